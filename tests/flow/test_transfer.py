"""What an agent can do with a caller from the phone set: hold, consult, transfer, three-way."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from appliance.telephony.call import AgentState, CallResult, CallState, HangUpCause, Side, StepKind
from appliance.wire.facts import CallRecord
from appliance.wire.messages import ScreenPop
from drivers.sim.caller import OutsideCaller
from drivers.sim.card import SimCard
from drivers.sim.phone import Phone
from drivers.sim.profile import HangUpShown, LineProfile
from drivers.sim.speech import speech
from drivers.sim.steps import Voice

from .box import Box, conversation, correlation


def card() -> SimCard:
    return SimCard(lines=[LineProfile(hang_up=HangUpShown.POLARITY)] * 4, paced=False)


async def talking(box: Box) -> tuple[OutsideCaller, Phone]:
    """A caller talks with agent 1001 at phone 801; agent 1002 sits down at 802 meanwhile."""
    caller, phone = await box.talking()
    box.sign_in("1002", "2")
    await box.passes(0.5)
    return caller, phone


def kinds(record: CallRecord) -> list[StepKind]:
    return [step.kind for step in record.steps]


def test_flash_holds_with_music_and_another_flash_takes_the_caller_back(tmp_path: Path) -> None:
    said = speech(Voice(31, 3.0))

    async def script(box: Box) -> None:
        caller, phone = await talking(box)
        phone.flash()
        await box.in_state(CallState.HELD)
        await box.passes(1)
        assert caller.ear.level_dbm0() > -40, "music on hold"
        assert phone.ear.level_dbm0() > -25, "dial tone"
        caller.ear.capture()
        phone.say(said)
        await box.until(lambda: not phone.mouth.speaking)
        assert correlation(caller.ear.captured(), said) < 0.3, "the caller on hold hears nothing of the agent"
        phone.flash()
        await box.in_state(CallState.CONNECTED)
        phone.say(said)
        await box.until(lambda: not phone.mouth.speaking)
        caller.hang_up()
        record = await box.record()
        assert [StepKind.HELD in kinds(record), StepKind.RESUMED in kinds(record)] == [True, True]
        right = box.recording(record)[:, 1]
        assert correlation(right, said) > 0.9
        phone.hang_up()

    conversation(tmp_path, script, card=card)


def test_attended_transfer_moves_call_screen_agent_and_recording(tmp_path: Path) -> None:
    first, second, caller_says = speech(Voice(32, 2.0)), speech(Voice(33, 3.0)), speech(Voice(34, 3.0))

    async def script(box: Box) -> None:
        caller, phone = await talking(box)
        colleague = box.phone("802")
        phone.say(first)
        await box.until(lambda: not phone.mouth.speaking)
        phone.flash()
        await box.in_state(CallState.HELD)
        await box.passes(0.5)
        phone.press("802")
        await box.rings(colleague)
        assert colleague.ringing is not None
        assert colleague.ringing.number == "13905621234", "the colleague sees the caller's number"
        colleague.lift()
        await box.passes(1)
        colleague.ear.capture()
        phone.say(first)
        await box.until(lambda: not phone.mouth.speaking)
        await box.passes(0.2)
        assert correlation(colleague.ear.captured(), first) > 0.9, "they talk in private"
        phone.hang_up()
        await box.until(lambda: box.engine.switch.lines[1].call_id and _agent(box) == "1002")
        await box.until(lambda: box.agent_state("1001") is not AgentState.ON_CALL)
        colleague.say(second)
        caller.say(caller_says)
        await box.until(lambda: not colleague.mouth.speaking and not caller.mouth.speaking)
        assert box.agent_state("1002") is AgentState.ON_CALL
        caller.hang_up()
        colleague.hang_up()
        record = await box.record()
        assert record.result is CallResult.TALKED
        assert record.agents == ("1001", "1002")
        assert record.agent == "1002"
        assert record.transfers == ("agent:1002",)
        left, right = box.recording(record).T
        assert correlation(left, caller_says) > 0.9
        assert correlation(right, second) > 0.9, "the recording follows the transfer"
        assert correlation(right, first) > 0.9
        pops = [event.seat for event in box.events if isinstance(event, ScreenPop)]
        assert pops == ["1", "2"], "the screen follows the call"

    conversation(tmp_path, script, card=card)


def _agent(box: Box) -> str | None:
    return next((call.agent for call in box.engine.switch.book), None)


def test_blind_transfer_rings_on_after_the_agent_has_gone(tmp_path: Path) -> None:
    async def script(box: Box) -> None:
        caller, phone = await talking(box)
        colleague = box.phone("802")
        phone.flash()
        await box.in_state(CallState.HELD)
        await box.passes(0.5)
        phone.press("802")
        await box.rings(colleague)
        phone.hang_up()
        await box.passes(3)
        assert caller.ear.level_dbm0() > -40, "music while it rings"
        await box.rings(colleague)
        colleague.lift()
        await box.in_state(CallState.CONNECTED)
        await box.passes(1)
        colleague.hang_up()
        record = await box.record()
        assert record.agents == ("1001", "1002")
        assert (record.hang_up_side, record.hang_up_cause) == (Side.AGENT, HangUpCause.HOOK)
        del caller

    conversation(tmp_path, script, card=card)


def test_blind_transfer_that_nobody_takes_comes_back(tmp_path: Path) -> None:
    async def script(box: Box) -> None:
        caller, phone = await talking(box)
        phone.flash()
        await box.in_state(CallState.HELD)
        await box.passes(0.5)
        phone.press("802")
        await box.rings(box.phone("802"))
        phone.hang_up()
        await box.rings(phone, within_s=60)
        phone.lift()
        await box.in_state(CallState.CONNECTED)
        await box.passes(1)
        caller.hang_up()
        record = await box.record()
        assert StepKind.TRANSFER_RETURNED in kinds(record)
        assert record.agent == "1001"
        phone.hang_up()
        await box.passes(12)
        assert box.agent_state("1002") is AgentState.IDLE

    conversation(tmp_path, script, card=card)


def test_three_way_all_hear_each_other_and_the_agent_may_leave(tmp_path: Path) -> None:
    one, two, three = (speech(Voice(seed, 2.5)) for seed in (35, 36, 37))

    async def script(box: Box) -> None:
        caller, phone = await talking(box)
        colleague = box.phone("802")
        phone.flash()
        await box.in_state(CallState.HELD)
        await box.passes(0.5)
        phone.press("802")
        await box.rings(colleague)
        colleague.lift()
        await box.passes(1)
        phone.flash()
        await box.in_state(CallState.CONNECTED)
        for ear in (caller.ear, phone.ear, colleague.ear):
            ear.capture()
        for mouth, what in ((caller, one), (phone, two), (colleague, three)):
            mouth.say(what)
            await box.until(lambda mouth=mouth: not mouth.mouth.speaking)
        await box.passes(0.3)
        heard = [who.ear.captured() for who in (caller, phone, colleague)]
        others = ((two, three), (one, three), (one, two))
        for ear, voices in zip(heard, others, strict=True):
            for voice in voices:
                assert correlation(ear, voice) > 0.9
        phone.hang_up()
        await box.until(lambda: _agent(box) == "1002")
        caller.ear.capture()
        colleague.say(two)
        await box.until(lambda: not colleague.mouth.speaking)
        await box.passes(0.3)
        assert correlation(caller.ear.captured(), two) > 0.9, "the colleague goes on with the caller"
        caller.hang_up()
        colleague.hang_up()
        record = await box.record()
        right = box.recording(record)[:, 1]
        assert correlation(right, three) > 0.9
        assert correlation(right.astype(np.float64), two) > 0.9

    conversation(tmp_path, script, card=card)


def test_colleague_hangs_up_and_the_agent_has_the_caller_back(tmp_path: Path) -> None:
    async def script(box: Box) -> None:
        caller, phone = await talking(box)
        colleague = box.phone("802")
        phone.flash()
        await box.in_state(CallState.HELD)
        await box.passes(0.5)
        phone.press("802")
        await box.rings(colleague)
        colleague.lift()
        await box.passes(1)
        colleague.hang_up()
        await box.in_state(CallState.CONNECTED)
        caller.hang_up()
        record = await box.record()
        assert record.agents == ("1001",)
        phone.hang_up()

    conversation(tmp_path, script, card=card)


def test_busy_colleague_gives_busy_tone_and_then_the_caller_again(tmp_path: Path) -> None:
    async def script(box: Box) -> None:
        caller, phone = await talking(box)
        box.phone("803").lift()
        await box.passes(1)
        phone.flash()
        await box.in_state(CallState.HELD)
        await box.passes(0.5)
        phone.press("803")
        await box.in_state(CallState.CONNECTED, 10)
        caller.hang_up()
        await box.record()
        phone.hang_up()

    conversation(tmp_path, script, card=card)


def test_caller_hangs_up_on_hold(tmp_path: Path) -> None:
    async def script(box: Box) -> None:
        caller, phone = await talking(box)
        phone.flash()
        await box.in_state(CallState.HELD)
        caller.hang_up()
        record = await box.record()
        assert record.hang_up_side is Side.PEER
        await box.hears(phone)
        phone.hang_up()
        await box.passes(12)
        assert box.agent_state("1001") is AgentState.IDLE

    conversation(tmp_path, script, card=card)
