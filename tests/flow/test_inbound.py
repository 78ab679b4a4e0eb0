"""Calls from outside through the default plan."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from appliance.telephony.call import CallerIdKind, CallResult, CallState, HangUpCause, NoRecordingReason, Side
from appliance.wire.messages import CallChanged, ScreenPop
from drivers.base import PortId
from drivers.sim.card import SimCard
from drivers.sim.profile import CallerIdSending, Fault, HangUpShown, LineProfile
from drivers.sim.speech import speech
from drivers.sim.steps import Voice

from .box import Box, conversation, correlation

NIGHT = datetime(2026, 11, 2, 22, 0, 0, tzinfo=timezone(timedelta(hours=8)))


def card_showing(shown: HangUpShown, caller_id: CallerIdSending = CallerIdSending.FSK) -> SimCard:
    return SimCard(lines=[LineProfile(hang_up=shown, caller_id=caller_id)] * 4, paced=False)


def test_repair_call_is_answered_talked_and_recorded(tmp_path: Path) -> None:
    caller_says = speech(Voice(1, 6.0))
    agent_says = speech(Voice(2, 5.0))

    async def script(box: Box) -> None:
        caller, phone = box.outside("13905621234"), box.phone("801")
        box.sign_in("1001", "1")
        caller.call("13905621234")
        await box.answered(caller)
        caller.press("1")
        await box.rings(phone)
        assert phone.ringing is not None
        assert phone.ringing.number == "13905621234"
        phone.lift()
        await box.in_state(CallState.CONNECTED)
        caller.say(caller_says)
        phone.say(agent_says)
        await box.until(lambda: not caller.mouth.speaking and not phone.mouth.speaking)
        caller.hang_up()
        await box.until(lambda: not box.engine.switch.lines[1].call_id, 10)
        phone.hang_up()
        await box.record()

    box = conversation(tmp_path, script)
    (record,) = box.records
    assert record.result is CallResult.TALKED
    assert record.peer_number == "13905621234"
    assert record.caller_id is CallerIdKind.FSK
    assert record.agent == "1001"
    assert record.queue == "repair"
    assert (record.hang_up_side, record.hang_up_cause) == (Side.PEER, HangUpCause.BUSY_TONE)
    assert 5.0 < record.talk_s < 12.0
    left, right = box.recording(record).T
    assert correlation(left, caller_says) > 0.9
    assert correlation(right, agent_says) > 0.9
    assert correlation(left, agent_says) < 0.5
    pops = [event for event in box.events if isinstance(event, ScreenPop)]
    assert [(pop.agent, pop.seat, pop.call.peer_number) for pop in pops] == [("1001", "1", "13905621234")]


def test_agent_hangs_up_first_and_the_flow_says_goodbye(tmp_path: Path) -> None:
    async def script(box: Box) -> None:
        caller, phone = await box.talking("2")
        caller.say(speech(Voice(3, 2.0)))
        await box.until(lambda: not caller.mouth.speaking)
        phone.hang_up()
        record = await box.record()
        assert record.hang_up_side is Side.AGENT
        assert record.hang_up_cause is HangUpCause.HOOK
        assert record.queue == "service"

    conversation(tmp_path, script)


@pytest.mark.parametrize(
    ("shown", "cause"),
    [
        (HangUpShown.BUSY_TONE, HangUpCause.BUSY_TONE),
        (HangUpShown.POLARITY, HangUpCause.POLARITY),
        (HangUpShown.LOOP_BREAK, HangUpCause.LOOP_BREAK),
        (HangUpShown.CONGESTION_TONE, HangUpCause.CONGESTION_TONE),
    ],
)
def test_every_hang_up_sign_ends_the_call(tmp_path: Path, shown: HangUpShown, cause: HangUpCause) -> None:
    async def script(box: Box) -> None:
        caller, _phone = await box.talking()
        caller.say(speech(Voice(4, 3.0)))
        await box.until(lambda: not caller.mouth.speaking)
        caller.hang_up()
        record = await box.record(within_s=8)
        assert record.hang_up_cause is cause
        assert record.hang_up_side is Side.PEER

    conversation(tmp_path, script, card=lambda: card_showing(shown))


@pytest.mark.parametrize(
    ("sending", "kind", "number"),
    [
        (CallerIdSending.FSK, CallerIdKind.FSK, "13905621234"),
        (CallerIdSending.DTMF_BEFORE_RING, CallerIdKind.DTMF, "13905621234"),
        (CallerIdSending.DTMF_AFTER_RING, CallerIdKind.DTMF, "13905621234"),
        (CallerIdSending.NONE, CallerIdKind.NONE, ""),
    ],
)
def test_caller_id_of_every_kind(tmp_path: Path, sending: CallerIdSending, kind: CallerIdKind, number: str) -> None:
    async def script(box: Box) -> None:
        caller = box.outside()
        caller.call("13905621234")
        await box.answered(caller)
        await box.until(lambda: caller.ear.level_dbm0() > -40)
        caller.hang_up()
        record = await box.record()
        assert (record.caller_id, record.peer_number) == (kind, number)
        assert record.ring_s < 6.5, "answering is never delayed beyond the second ring"

    conversation(tmp_path, script, card=lambda: card_showing(HangUpShown.POLARITY, sending))


def test_caller_gives_up_while_it_rings(tmp_path: Path) -> None:
    async def script(box: Box) -> None:
        caller = box.outside()
        caller.call("13905621234")
        await box.until(lambda: box.engine.switch.lines[1].call_id)
        caller.hang_up()
        record = await box.record()
        assert record.result is CallResult.HUNG_UP_BEFORE_ANSWER
        assert record.hang_up_cause is HangUpCause.RINGING_STOPPED
        assert record.no_recording is NoRecordingReason.NOT_TALKED

    conversation(tmp_path, script, card=lambda: card_showing(HangUpShown.BUSY_TONE, CallerIdSending.NONE))


def test_another_caller_rings_right_after_one_who_gave_up(tmp_path: Path) -> None:
    """Two callers, two calls: what would have told that the first stopped ringing ends nothing of the second's."""

    async def script(box: Box) -> None:
        one, two = box.outside("13900000001"), box.outside("13900000002")
        placed = one.call("13900000001")
        assert placed.line is not None
        line = box.card.exchange.line_of(placed.line)
        await box.passes(0.7)
        one.hang_up()
        await box.until(lambda: line.free)
        await box.passes(1.0)
        two.call("13900000002", line.port)
        await box.answered(two)
        await box.passes(1)
        two.hang_up()
        first, second = await box.record(1), await box.record(2)
        assert first.result is CallResult.HUNG_UP_BEFORE_ANSWER
        assert second.result is CallResult.HUNG_UP_IN_FLOW
        await box.passes(10)
        assert len(box.records) == 2, "one caller's ringing is one call"

    conversation(tmp_path, script, card=lambda: card_showing(HangUpShown.POLARITY, CallerIdSending.NONE))


def test_caller_hangs_up_in_the_menu(tmp_path: Path) -> None:
    async def script(box: Box) -> None:
        caller = box.outside()
        caller.call("13905621234")
        await box.answered(caller)
        await box.until(lambda: caller.ear.level_dbm0() > -40)
        caller.hang_up()
        record = await box.record()
        assert record.result is CallResult.HUNG_UP_IN_FLOW

    conversation(tmp_path, script, card=lambda: card_showing(HangUpShown.POLARITY))


def test_caller_abandons_the_queue(tmp_path: Path) -> None:
    async def script(box: Box) -> None:
        caller = box.outside()
        box.sign_in("1001", "1")
        caller.call("13905621234")
        await box.answered(caller)
        caller.press("1")
        await box.rings(box.phone("801"))
        caller.hang_up()
        record = await box.record()
        assert record.result is CallResult.ABANDONED_IN_QUEUE
        assert record.wait_s > 0
        await box.until(lambda: box.phone("801").ringing is None, 5)

    conversation(tmp_path, script, card=lambda: card_showing(HangUpShown.POLARITY))


def test_agent_does_not_pick_up_so_the_next_one_rings(tmp_path: Path) -> None:
    async def script(box: Box) -> None:
        caller = box.outside()
        box.sign_in("1001", "1")
        box.sign_in("1002", "2")
        caller.call("13905621234")
        await box.answered(caller)
        caller.press("1")
        await box.rings(box.phone("801"))
        await box.rings(box.phone("802"), within_s=30)
        assert box.phone("801").ringing is None
        box.phone("802").lift()
        await box.in_state(CallState.CONNECTED)
        await box.passes(2)
        caller.hang_up()
        record = await box.record()
        assert record.agent == "1002"
        assert [step.agent for step in record.steps if step.kind == "agent_no_answer"] == ["1001"]

    conversation(tmp_path, script, card=lambda: card_showing(HangUpShown.POLARITY))


def test_nobody_signed_in_leads_to_voicemail(tmp_path: Path) -> None:
    message = speech(Voice(5, 6.0))

    async def script(box: Box) -> None:
        caller = box.outside()
        caller.call("13905621234")
        await box.answered(caller)
        caller.press("1")
        await box.in_state(CallState.IN_VOICEMAIL)
        await box.passes(1.0)
        caller.say(message)
        await box.until(lambda: not caller.mouth.speaking)
        caller.hang_up()
        record = await box.record()
        assert record.result is CallResult.VOICEMAIL
        assert record.voicemail is not None
        assert 5.5 < record.voicemail.length_s < 8.0, "the busy tone after the hang-up is cut off"
        assert correlation(box.sound(record.voicemail.path)[:, 0], message) > 0.9

    conversation(tmp_path, script, card=lambda: card_showing(HangUpShown.BUSY_TONE))


def test_at_night_a_caller_who_says_nothing_leaves_no_message(tmp_path: Path) -> None:
    """(S010) Answered round the clock, with or without people."""

    async def script(box: Box) -> None:
        caller = box.outside()
        caller.call("13905621234")
        await box.answered(caller)
        await box.in_state(CallState.IN_VOICEMAIL)
        await box.passes(1.0)
        caller.hang_up()
        record = await box.record()
        assert record.result is CallResult.HUNG_UP_IN_FLOW
        assert record.voicemail is None
        assert not list((box.data / "voicemail").rglob("*.wav"))

    conversation(tmp_path, script, start=NIGHT, card=lambda: card_showing(HangUpShown.BUSY_TONE))


def test_unplugged_line_ends_the_call_and_comes_back(tmp_path: Path) -> None:

    async def script(box: Box) -> None:
        _caller, _phone = await box.talking()
        await box.passes(1)
        box.card.set_fault(PortId("sim/1"), Fault.UNPLUGGED, on=True)
        record = await box.record()
        assert record.result is CallResult.TALKED
        assert (record.hang_up_side, record.hang_up_cause) == (Side.SYSTEM, HangUpCause.PORT_FAULT)
        assert box.engine.switch.lines[1].view().fault
        box.card.set_fault(PortId("sim/1"), Fault.UNPLUGGED, on=False)
        await box.until(lambda: not box.engine.switch.lines[1].view().fault, 10)
        again = box.outside("13905629999")
        again.call("13905629999")
        await box.answered(again)

    box = conversation(tmp_path, script)
    assert any(isinstance(event, CallChanged) for event in box.events)


def test_third_and_later_calls_wait_in_order(tmp_path: Path) -> None:
    async def script(box: Box) -> None:
        box.sign_in("1001", "1")
        phone = box.phone("801")
        callers = []
        for number in ("13900000001", "13900000002", "13900000003"):
            caller = box.outside(number)
            caller.call(number)
            await box.answered(caller)
            caller.press("1")
            callers.append(caller)
            await box.passes(3)
        served = []
        for _ in callers:
            await box.rings(phone, within_s=60)
            assert phone.ringing is not None
            served.append(phone.ringing.number)
            phone.lift()
            await box.passes(2)
            phone.hang_up()
            await box.passes(3)
        assert served == ["13900000001", "13900000002", "13900000003"]

    conversation(tmp_path, script)
