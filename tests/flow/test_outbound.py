"""Calls that begin at a phone set."""

from __future__ import annotations

from pathlib import Path

from appliance.telephony.call import (
    AgentState,
    CallerIdKind,
    CallResult,
    CallState,
    Direction,
    HangUpCause,
    LineState,
    Side,
)
from appliance.telephony.ids import AgentId, SeatId
from appliance.wire.messages import Dial
from drivers.base import PortId
from drivers.signals import RingStarted
from drivers.sim.card import SimCard
from drivers.sim.directory import DirectoryEntry, FarOutcome
from drivers.sim.profile import HangUpShown, LineProfile
from drivers.sim.speech import speech
from drivers.sim.steps import Say, Voice, Wait, WaitHangUp

from .box import Box, conversation, correlation

FAR = (
    DirectoryEntry("13900000001", FarOutcome.ANSWERS, after_s=6.0, steps=(Wait(1.0), Say(Voice(7, 4.0)), WaitHangUp())),
    DirectoryEntry("13900000002", FarOutcome.BUSY),
    DirectoryEntry("13900000003", FarOutcome.NO_ANSWER),
)


def card() -> SimCard:
    return SimCard(lines=[LineProfile(hang_up=HangUpShown.BUSY_TONE)] * 4, directory=FAR, paced=False)


def test_seat_dials_out_talks_and_is_recorded(tmp_path: Path) -> None:
    agent_says = speech(Voice(8, 4.0))

    async def script(box: Box) -> None:
        phone = box.phone("801")
        box.sign_in("1001", "1")
        phone.lift()
        await box.passes(1)
        assert phone.ear.level_dbm0() > -25, "dial tone"
        phone.press("913900000001")
        await box.in_state(CallState.CONNECTED, within_s=40)
        assert box.agent_state("1001") is AgentState.ON_CALL
        phone.say(agent_says)
        await box.until(lambda: not phone.mouth.speaking)
        await box.passes(3)
        phone.hang_up()
        record = await box.record()
        assert record.direction is Direction.OUTBOUND
        assert record.result is CallResult.TALKED
        assert (record.hang_up_side, record.hang_up_cause) == (Side.AGENT, HangUpCause.HOOK)
        assert record.caller_id is CallerIdKind.DIALLED
        assert record.peer_number == "13900000001"
        assert record.agent == "1001"
        assert record.answer_inferred
        left, right = box.recording(record).T
        assert correlation(left, speech(Voice(7, 4.0))) > 0.9
        assert correlation(right, agent_says) > 0.9
        assert box.agent_state("1001") is AgentState.IDLE

    conversation(tmp_path, script, card=card)


def test_busy_number(tmp_path: Path) -> None:
    async def script(box: Box) -> None:
        phone = box.phone("802")
        phone.lift()
        await box.passes(1)
        phone.press("913900000002")
        record = await box.record(within_s=40)
        assert record.result is CallResult.BUSY
        assert record.hang_up_cause is HangUpCause.PEER_BUSY
        assert record.recording is None
        assert not list((box.data / "recordings").rglob("*.wav"))
        assert phone.ear.level_dbm0() > -40 or await box.hears(phone), "busy tone until the handset goes down"
        phone.hang_up()

    conversation(tmp_path, script, card=card)


def test_nobody_answers(tmp_path: Path) -> None:
    async def script(box: Box) -> None:
        phone = box.phone("801")
        phone.lift()
        await box.passes(1)
        phone.press("913900000003")
        await box.passes(30)
        phone.hang_up()
        record = await box.record()
        assert record.result is CallResult.PEER_NO_ANSWER
        assert record.recording is None

    conversation(tmp_path, script, card=card)


def test_internal_call(tmp_path: Path) -> None:
    """(S003) The box stands in for the company's telephone exchange: phones call each other by number."""

    async def script(box: Box) -> None:
        one, two = box.phone("801"), box.phone("802")
        one.lift()
        await box.passes(1)
        one.press("802")
        await box.rings(two)
        assert two.ringing is not None
        assert two.ringing.number == "801"
        two.lift()
        await box.in_state(CallState.CONNECTED)
        two.ear.capture()
        said = speech(Voice(9, 3.0))
        one.say(said)
        await box.until(lambda: not one.mouth.speaking)
        await box.passes(0.2)
        assert correlation(two.ear.captured(), said) > 0.9
        two.hang_up()
        record = await box.record()
        assert record.direction is Direction.INTERNAL
        assert record.result is CallResult.TALKED
        assert record.hang_up_side is Side.PEER
        one.hang_up()

    conversation(tmp_path, script, card=card)


def test_internal_call_to_a_busy_phone(tmp_path: Path) -> None:
    async def script(box: Box) -> None:
        one, two = box.phone("801"), box.phone("802")
        two.lift()
        await box.passes(1)
        one.lift()
        await box.passes(1)
        one.press("802")
        record = await box.record()
        assert record.result is CallResult.BUSY
        one.hang_up()
        two.hang_up()

    conversation(tmp_path, script, card=card)


def test_phone_lifted_without_dialling_leaves_no_record_and_howls(tmp_path: Path) -> None:
    async def script(box: Box) -> None:
        phone = box.phone("801")
        phone.lift()
        await box.passes(60)
        assert phone.ear.level_dbm0() > -25, "howler"
        phone.hang_up()
        await box.passes(2)
        assert box.records == []

    conversation(tmp_path, script, card=card)


def test_click_to_dial_rings_the_seat_first(tmp_path: Path) -> None:
    """(S005) An enquiry from the web is answered by telephone with one click; the box has no e-mail and no fax."""

    async def script(box: Box) -> None:
        phone = box.phone("801")
        box.sign_in("1001", "1")
        reply = await box.command(Dial(seq=1, seat=SeatId("1"), number="139-0000-0001"))
        assert reply.call_id is not None
        await box.rings(phone)
        phone.lift()
        await box.in_state(CallState.CONNECTED, within_s=40)
        await box.passes(2)
        phone.hang_up()
        record = await box.record()
        assert record.call_id == reply.call_id
        assert record.result is CallResult.TALKED
        assert record.agent == AgentId("1001")

    conversation(tmp_path, script, card=card)


def test_click_to_dial_when_the_seat_does_not_pick_up(tmp_path: Path) -> None:
    async def script(box: Box) -> None:
        await box.command(Dial(seq=1, seat=SeatId("1"), number="13900000001"))
        record = await box.record(within_s=40)
        assert record.result is CallResult.AGENT_NO_ANSWER

    conversation(tmp_path, script, card=card)


def test_glare_the_caller_wins_and_the_agent_gets_another_line(tmp_path: Path) -> None:
    async def script(box: Box) -> None:
        phone, caller = box.phone("801"), box.outside("13905621234")
        phone.lift()
        await box.passes(1)
        phone.press("913900000001")
        await box.until(lambda: box.engine.switch.lines[4].state is LineState.SEIZED, 10)
        # The exchange offered the call in the frame in which we went off hook: our ring detector saw the first of it.
        box.engine.switch.lines[4].on_signal(RingStarted(PortId("sim/4"), box.engine.media.frame))
        await box.in_state(CallState.IN_FLOW, 5)
        await box.until(lambda: box.engine.switch.lines[3].state is LineState.SEIZED, 5)
        assert box.engine.switch.lines[4].state is LineState.TALKING
        await box.in_state(CallState.CONNECTED, within_s=40)
        phone.hang_up()
        assert caller.placed is None

    box = conversation(tmp_path, script, card=card)
    assert sorted(record.line or 0 for record in box.records) == [3, 4]


def test_international_number_is_refused_and_recorded(tmp_path: Path) -> None:
    async def script(box: Box) -> None:
        phone = box.phone("801")
        phone.lift()
        await box.passes(1)
        phone.press("90014155550100#")
        record = await box.record()
        assert record.result is CallResult.REJECTED
        assert record.hang_up_cause is HangUpCause.NOT_ALLOWED
        assert record.line is None, "no line was touched"
        assert await box.hears(phone), "the agent hears that it does not go"
        phone.hang_up()

    conversation(tmp_path, script, card=card)
