"""Conversations beside the straight ones: agents who come and go, keys at odd moments, lines that misbehave."""

from __future__ import annotations

import itertools
from pathlib import Path

import msgspec
import numpy as np
import pytest

from appliance.callplan import CallPlan, RecordingRules, Span, write_callplan
from appliance.defaults.plan import default_plan
from appliance.ivr.graph import FlowGraph, Node
from appliance.telephony.call import (
    AgentState,
    AgentStatus,
    CallerIdKind,
    CallResult,
    CallState,
    HangUpCause,
    LineState,
    NoRecordingReason,
    Side,
)
from appliance.telephony.ids import AgentId, LineId, NodeId
from appliance.wire.messages import ReloadCallPlan, SetAgentStatus, SignOut
from drivers.base import FRAME_S, SAMPLE_RATE, PortId
from drivers.dsp.level import level_of_power
from drivers.sim.caller import OutsideCaller
from drivers.sim.card import SimCard
from drivers.sim.directory import DirectoryEntry, FarOutcome
from drivers.sim.phone import Phone
from drivers.sim.profile import Fault, HangUpShown, LineProfile
from drivers.sim.speech import speech
from drivers.sim.steps import Say, Voice

from .box import Box, conversation

PLAN = default_plan("铜陵广电", "0562-96599", "0562")


def card(hang_up: HangUpShown = HangUpShown.POLARITY, *entries: DirectoryEntry) -> SimCard:
    return SimCard(lines=[LineProfile(hang_up=hang_up)] * 4, directory=entries, paced=False)


async def to_repair(box: Box, number: str) -> OutsideCaller:
    """Somebody calls and keys 1."""
    caller = box.outside(number)
    caller.call(number)
    await box.answered(caller)
    caller.press("1")
    return caller


async def talking(box: Box, number: str, phone: Phone) -> OutsideCaller:
    """Somebody calls, keys 1 and is answered at this phone."""
    caller = await to_repair(box, number)
    await box.rings(phone)
    phone.lift()
    await box.in_state(CallState.CONNECTED)
    return caller


# --- agents -----------------------------------------------------------------------------------------------------------


def test_two_agents_and_the_longest_idle_gets_the_next(tmp_path: Path) -> None:
    """(S018) The longest-idle agent has the next caller."""

    async def script(box: Box) -> None:
        one, two = box.phone("801"), box.phone("802")
        box.sign_in("1001", "1")
        await box.passes(1)
        box.sign_in("1002", "2")
        await to_repair(box, "13900000001")
        await box.rings(one)
        await to_repair(box, "13900000002")
        await box.rings(two)
        assert one.ringing is not None
        assert two.ringing is not None
        assert (one.ringing.number, two.ringing.number) == ("13900000001", "13900000002")
        one.lift()
        two.lift()
        await box.passes(2)
        two.hang_up()
        await box.until(lambda: box.agent_state("1002") is AgentState.IDLE, 30)
        one.hang_up()
        await box.until(lambda: box.agent_state("1001") is AgentState.IDLE, 30)
        await to_repair(box, "13900000003")
        await box.rings(two)
        assert one.ringing is None, "1002 has been idle longer"

    conversation(tmp_path, script, card=card)


def test_next_caller_waits_for_the_end_of_wrap_up(tmp_path: Path) -> None:
    async def script(box: Box) -> None:
        phone = box.phone("801")
        box.sign_in("1001", "1")
        first = await talking(box, "13900000001", phone)
        await to_repair(box, "13900000002")
        await box.in_state(CallState.QUEUED)
        phone.hang_up()
        first.hang_up()
        await box.until(lambda: box.agent_state("1001") is AgentState.WRAP_UP, 5)
        await box.passes(PLAN.queues[0].wrap_up_s - 1.0)
        assert phone.ringing is None
        await box.rings(phone, within_s=2)
        phone.lift()
        await box.passes(2)
        phone.hang_up()
        await box.until(lambda: box.agent_state("1001") is AgentState.WRAP_UP, 5)
        await box.command(SetAgentStatus(agent=AgentId("1001"), status=AgentStatus.READY))
        assert box.agent_state("1001") is AgentState.IDLE, "ready again by hand"

    conversation(tmp_path, script, card=card)


def test_break_keeps_the_phone_silent_and_its_end_rings_it(tmp_path: Path) -> None:
    async def script(box: Box) -> None:
        one, two = box.phone("801"), box.phone("802")
        box.sign_in("1001", "1")
        box.sign_in("1002", "2")
        await box.command(SetAgentStatus(agent=AgentId("1001"), status=AgentStatus.ON_BREAK, reason="就餐"))
        await talking(box, "13900000001", two)
        await to_repair(box, "13900000002")
        await box.in_state(CallState.QUEUED)
        await box.passes(5)
        assert one.ringing is None
        await box.command(SetAgentStatus(agent=AgentId("1001"), status=AgentStatus.READY))
        await box.rings(one, within_s=1)

    conversation(tmp_path, script, card=card)


def test_last_agent_signs_out_while_a_caller_waits(tmp_path: Path) -> None:
    async def script(box: Box) -> None:
        phone = box.phone("801")
        box.sign_in("1001", "1")
        first = await talking(box, "13900000001", phone)
        second = await to_repair(box, "13900000002")
        await box.in_state(CallState.QUEUED)
        await box.command(SignOut(agent=AgentId("1001")))
        await box.in_state(CallState.IN_VOICEMAIL)
        await box.passes(1)
        second.hang_up()
        record = await box.record()
        assert record.peer_number == "13900000002"
        assert record.result is CallResult.NO_AGENT
        assert "no_agent" in [step.exit for step in record.steps]
        first.say(speech(Voice(41, 1.0)))
        await box.passes(2)
        first.hang_up()
        record = await box.record(2)
        assert (record.result, record.agent) == (CallResult.TALKED, "1001"), "the running conversation went on"

    conversation(tmp_path, script, card=card)


# --- keys -------------------------------------------------------------------------------------------------------------


def test_key_in_the_middle_of_the_welcome_cuts_it_short(tmp_path: Path) -> None:
    """(S012) The common welcome, then the common flow."""

    async def script(box: Box) -> None:
        caller = box.outside()
        box.sign_in("1001", "1")
        caller.call("13905621234")
        await box.answered(caller)
        await box.until(lambda: caller.ear.level_dbm0() > -40)
        await box.passes(1.0)
        caller.press("2", on_ms=80.0)
        pressed_at = box.engine.media.frame
        await box.rings(box.phone("801"))
        assert (box.engine.media.frame - pressed_at) * FRAME_S < 0.3
        caller.hang_up()
        assert (await box.record()).queue == "service"

    conversation(tmp_path, script, card=card)


def test_key_pressed_at_the_very_moment_of_the_answer_is_not_lost(tmp_path: Path) -> None:
    async def script(box: Box) -> None:
        caller = box.outside()
        box.sign_in("1001", "1")
        caller.call("13905621234")
        await box.until(lambda: caller.placed is not None and caller.placed.answered_at_frame is not None, 20)
        caller.press("3", on_ms=60.0)
        await box.rings(box.phone("801"), within_s=2)
        caller.hang_up()
        record = await box.record()
        assert record.queue == "complaint"
        assert [step.digits for step in record.steps if step.digits] == ["3"]

    conversation(tmp_path, script, card=card)


def test_wrong_key_is_told_and_the_menu_asked_again(tmp_path: Path) -> None:
    async def script(box: Box) -> None:
        caller = box.outside()
        box.sign_in("1001", "1")
        caller.call("13905621234")
        await box.answered(caller)
        caller.press("7")
        await box.passes(3)
        assert box.phone("801").ringing is None
        assert caller.ear.level_dbm0() > -60
        caller.press("1")
        await box.rings(box.phone("801"), within_s=2)
        caller.hang_up()
        assert (await box.record()).queue == "repair"

    conversation(tmp_path, script, card=card)


# --- tones ------------------------------------------------------------------------------------------------------------


def level_and_pitch(samples: np.ndarray) -> tuple[float, float]:
    """dBm0 and Hz of a steady tone."""
    wide = samples.astype(np.float64)
    spectrum = np.abs(np.fft.rfft(wide * np.hanning(len(wide)), 8 * len(wide)))
    return level_of_power(float(np.mean(wide**2))), float(np.argmax(spectrum) * SAMPLE_RATE / (8 * len(wide)))


def bursts(samples: np.ndarray) -> list[tuple[bool, float]]:
    """On and off parts with their lengths in seconds; the first and the last, cut by the observation, are left out."""
    loud = np.abs(samples.reshape(-1, 40).astype(np.int32)).max(axis=1) > 300
    edges = np.flatnonzero(np.diff(loud.astype(np.int8))) + 1
    return [(bool(loud[a]), float(b - a) * 0.005) for a, b in itertools.pairwise(edges)]


async def heard(box: Box, phone: Phone, seconds: float) -> np.ndarray:
    phone.ear.capture()
    await box.passes(seconds)
    return phone.ear.captured()


def test_tones_at_the_phone_are_those_of_the_national_plan(tmp_path: Path) -> None:
    async def script(box: Box) -> None:
        phone = box.phone("801")
        phone.lift()
        await box.passes(1.0)
        dial = await heard(box, phone, 2.0)
        assert level_and_pitch(dial) == (pytest.approx(-10.0, abs=3.0), pytest.approx(450.0, abs=5.0))
        assert bursts(dial) == [], "dial tone is steady"

        phone.press("802")
        await box.rings(box.phone("802"))
        ringback = await heard(box, phone, 11.0)
        parts = bursts(ringback)
        assert {round(length_s, 1) for on, length_s in parts if on} == {1.0}
        assert {round(length_s, 1) for on, length_s in parts if not on} == {4.0}
        box.phone("802").lift()
        await box.in_state(CallState.CONNECTED)
        box.phone("802").hang_up()
        await box.record()

        busy = await heard(box, phone, 3.0)
        parts = bursts(busy)
        assert len(parts) > 5
        assert all(length_s == pytest.approx(0.35, abs=0.03) for _, length_s in parts)
        on = busy[: SAMPLE_RATE * 3][np.abs(busy) > 0]
        assert level_and_pitch(on)[0] == pytest.approx(-10.0, abs=3.0)

        await box.passes(30.0)
        howler = [await heard(box, phone, 1.5) for _ in range(6)]
        levels = [level_and_pitch(each)[0] for each in howler]
        assert all(level_and_pitch(each)[1] == pytest.approx(950.0, abs=10.0) for each in howler)
        assert max(levels) > -9.0, "it gets loud: the receiver lies on the desk"
        phone.hang_up()

    conversation(tmp_path, script, card=card)


# --- lines that misbehave ---------------------------------------------------------------------------------------------


def test_announcement_is_no_answer(tmp_path: Path) -> None:
    entry = DirectoryEntry("13900000009", FarOutcome.ANNOUNCEMENT, steps=(Say(Voice(9, 4.0)),))

    async def script(box: Box) -> None:
        phone = box.phone("801")
        box.sign_in("1001", "1")
        phone.lift()
        await box.passes(1)
        phone.press("913900000009")
        await box.until(lambda: any(line.state is LineState.DIALING for line in box.engine.switch.lines.values()), 10)
        phone.ear.capture()
        record = await box.record(within_s=40)
        assert record.result is not CallResult.TALKED
        assert record.recording is None
        assert record.talk_s == 0.0
        announcement = speech(Voice(9, 4.0))
        said = phone.ear.captured()
        cross = np.correlate(said.astype(np.float32), announcement[:8000].astype(np.float32), "valid")
        at = int(np.argmax(cross))
        part = said[at : at + 8000].astype(np.float32)
        like = cross[at] / (np.linalg.norm(part) * np.linalg.norm(announcement[:8000].astype(np.float32)))
        assert like > 0.9, "the agent hears what the exchange says"
        phone.hang_up()

    conversation(tmp_path, script, card=lambda: card(HangUpShown.BUSY_TONE, entry))


def test_bell_that_never_stops_blocks_its_line_only(tmp_path: Path) -> None:
    async def script(box: Box) -> None:
        line = box.engine.switch.lines[1]
        box.card.set_fault(PortId("sim/1"), Fault.STUCK_RING, on=True)
        record = await box.record(within_s=12)
        assert (record.line, record.hang_up_side, record.hang_up_cause) == (1, Side.SYSTEM, HangUpCause.PORT_FAULT)
        assert line.state is LineState.OUT_OF_SERVICE
        assert "振铃" in line.view().fault
        other = box.outside("13900000001")
        other.call("13900000001", PortId("sim/2"))
        await box.answered(other)
        other.hang_up()
        await box.record(2)
        box.card.set_fault(PortId("sim/1"), Fault.STUCK_RING, on=False)
        await box.until(lambda: line.state is LineState.IDLE, 2)
        assert line.view().fault == ""
        again = box.outside("13900000002")
        again.call("13900000002", PortId("sim/1"))
        await box.answered(again)
        await box.passes(1)
        again.hang_up()
        record = await box.record(3)
        assert (record.line, record.peer_number) == (1, "13900000002")

    conversation(tmp_path, script, card=card)


def test_hang_up_that_is_never_shown_ends_by_silence(tmp_path: Path) -> None:
    plan = msgspec.structs.replace(PLAN, silence_hang_up_s=20.0)

    async def script(box: Box) -> None:
        phone = box.phone("801")
        box.sign_in("1001", "1")
        caller = await talking(box, "13900000001", phone)
        caller.say(speech(Voice(6, 2.0)))
        await box.passes(2.0)
        caller.hang_up()
        record = await box.record(within_s=30)
        assert (record.result, record.hang_up_cause) == (CallResult.TALKED, HangUpCause.SILENCE)
        assert record.talk_s == pytest.approx(22.0, abs=1.5)
        phone.hang_up()
        await box.until(lambda: box.engine.switch.lines[1].state is LineState.IDLE, 5)

    conversation(tmp_path, script, card=lambda: card(HangUpShown.NEVER), plan=plan)


def test_no_call_is_longer_than_the_plan_allows(tmp_path: Path) -> None:
    plan = msgspec.structs.replace(PLAN, max_call_s=25.0)

    async def script(box: Box) -> None:
        phone = box.phone("801")
        box.sign_in("1001", "1")
        caller = await talking(box, "13900000001", phone)
        caller.say(speech(Voice(7, 30.0)))
        record = await box.record(within_s=40)
        assert (record.hang_up_side, record.hang_up_cause) == (Side.SYSTEM, HangUpCause.MAX_DURATION)
        assert record.total_s == pytest.approx(25.0, abs=0.1)
        assert record.recording is not None
        phone.hang_up()
        await box.until(lambda: box.engine.switch.lines[1].state is LineState.IDLE, 5)
        assert caller.state.value == "hung_up", "the caller hears busy tone"

    conversation(tmp_path, script, card=card, plan=plan)


def test_withheld_number(tmp_path: Path) -> None:
    async def script(box: Box) -> None:
        caller = box.outside()
        caller.call("")
        await box.answered(caller)
        await box.passes(1)
        caller.hang_up()
        record = await box.record()
        assert (record.caller_id, record.peer_number) == (CallerIdKind.WITHHELD, "")

    conversation(tmp_path, script, card=card)


# --- the plan ---------------------------------------------------------------------------------------------------------


def with_flow(plan: CallPlan, *nodes: Node) -> CallPlan:
    flow = FlowGraph(id=plan.default_flow, label="改版", version=2, start=nodes[0].id, nodes=nodes)
    return msgspec.structs.replace(plan, version=2, flows=(flow,))


def test_new_plan_in_mid_call_is_for_the_next_call(tmp_path: Path) -> None:
    """(S006) The bureau changes its flow at any time, also while people are in it."""
    end_at_once = with_flow(
        PLAN,
        Node(id=NodeId("pick_up"), kind="answer", label="应答", exits={"next": NodeId("bye")}),
        Node(id=NodeId("bye"), kind="hangup", label="挂机"),
    )

    async def script(box: Box) -> None:
        phone = box.phone("801")
        box.sign_in("1001", "1")
        first = box.outside("13900000001")
        first.call("13900000001")
        await box.answered(first)
        write_callplan(box.data / "callplan.json", end_at_once)
        await box.command(ReloadCallPlan())
        assert box.engine.switch.plan.version == 2
        first.press("1")
        await box.rings(phone, within_s=3)
        phone.lift()
        await box.passes(2)
        second = box.outside("13900000002")
        second.call("13900000002")
        record = await box.record(within_s=20)
        assert record.peer_number == "13900000002"
        assert [step.node for step in record.steps if step.kind == "node"] == ["pick_up", "bye"]
        first.hang_up()
        record = await box.record(2)
        assert (record.peer_number, record.result) == ("13900000001", CallResult.TALKED)
        assert record.recording is not None
        phone.hang_up()

    conversation(tmp_path, script, card=card)


@pytest.mark.parametrize(
    ("rules", "reason"),
    [
        (RecordingRules(min_s=5.0), NoRecordingReason.TOO_SHORT),
        (RecordingRules(min_s=1.0), None),
        (RecordingRules(enabled=False), NoRecordingReason.RULE),
        (RecordingRules(exempt_agents=(AgentId("1001"),)), NoRecordingReason.RULE),
        (RecordingRules(exempt_agents=(AgentId("1002"),)), None),
        (RecordingRules(exempt_lines=(LineId(1),)), NoRecordingReason.RULE),
        (RecordingRules(exempt_numbers=("13900000001",)), NoRecordingReason.RULE),
        (RecordingRules(windows=(Span(days=(1,), since="08:00", until="09:30"),)), None),
        (RecordingRules(windows=(Span(days=(1,), since="13:00", until="17:00"),)), NoRecordingReason.RULE),
        (
            RecordingRules(
                windows=(
                    Span(days=(2,), since="08:00", until="12:00"),
                    Span(days=(1,), since="08:59", until="24:00"),
                )
            ),
            None,
        ),
    ],
)
def test_recording_rules(tmp_path: Path, rules: RecordingRules, reason: NoRecordingReason | None) -> None:
    async def script(box: Box) -> None:
        phone = box.phone("801")
        box.sign_in("1001", "1")
        caller = await talking(box, "13900000001", phone)
        await box.passes(2)
        caller.hang_up()
        record = await box.record()
        assert record.result is CallResult.TALKED
        assert record.no_recording is reason
        assert (record.recording is None) is (reason is not None)
        assert len(list((box.data / "recordings").rglob("*.wav"))) == (0 if reason else 1)

    conversation(tmp_path, script, card=card, plan=msgspec.structs.replace(PLAN, recording=rules))


def test_a_recording_ends_at_its_longest_and_the_conversation_goes_on(tmp_path: Path) -> None:
    async def script(box: Box) -> None:
        phone = box.phone("801")
        box.sign_in("1001", "1")
        caller = await talking(box, "13900000001", phone)
        await box.passes(6)
        caller.hang_up()
        record = await box.record()
        assert record.recording is not None
        assert 2.9 < record.recording.length_s < 3.2
        assert record.talk_s > 6

    rules = RecordingRules(max_s=3.0)
    conversation(tmp_path, script, card=card, plan=msgspec.structs.replace(PLAN, recording=rules))
