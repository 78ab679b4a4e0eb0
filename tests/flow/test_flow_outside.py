"""A flow takes a second line: the technician's mobile, reached or not, always recorded."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from appliance.callplan import CallPlan
from appliance.telephony.call import CallResult, CallState, HangUpCause, LineState, Side
from appliance.telephony.ids import LineId
from appliance.wire.messages import HangUpCall
from drivers.sim.speech import speech
from drivers.sim.steps import Voice

from .box import Box, conversation, correlation
from .drawing import MOBILE, card, kinds, node, plan_of


def to_mobile(number: str, **params: object) -> CallPlan:
    exits = dict.fromkeys(("busy", "no_answer", "no_line"), "bye")
    return plan_of(node("out", "dial", {"number": number, "ring_s": 20} | params, **exits))


@pytest.mark.parametrize("music", [None, "music"])
def test_the_technicians_mobile_over_a_second_line_is_recorded(tmp_path: Path, music: str | None) -> None:
    caller_says = speech(Voice(3, 4.0))

    async def script(box: Box) -> None:
        caller = box.outside()
        caller.call("13905621234")
        await box.answered(caller)
        await box.in_state(CallState.CONNECTED, within_s=40)
        call = next(iter(box.engine.switch.book))
        taken = [line for line in box.engine.switch.lines.values() if line.call_id == call.id]
        assert [(line.plan.id, line.state) for line in taken] == [(1, LineState.TALKING), (4, LineState.TALKING)]
        await box.passes(5)
        caller.say(caller_says)
        await box.until(lambda: not caller.mouth.speaking)
        caller.hang_up()
        record = await box.record()
        assert record.result is CallResult.TALKED
        assert (record.line, record.direction.value) == (1, "inbound")
        assert record.transfers == (f"external:{MOBILE}",)
        assert record.hang_up_side is Side.PEER
        left, right = box.recording(record).T
        assert correlation(left, caller_says) > 0.9, "the caller is on the left"
        if music is None:
            assert correlation(right, speech(Voice(7, 4.0))) > 0.9, "the first words of the far end are there"
        await box.passes(3)
        assert {line.state for line in box.engine.switch.lines.values()} == {LineState.IDLE}

    plan = to_mobile(MOBILE) if music is None else to_mobile(MOBILE, music=music)
    conversation(tmp_path, script, card=card, plan=plan)


def test_a_caller_who_gives_up_while_the_mobile_rings_was_in_no_queue(tmp_path: Path) -> None:
    async def script(box: Box) -> None:
        caller = box.outside()
        caller.call("13905621234")
        await box.answered(caller)
        await box.in_state(CallState.ALERTING, within_s=40)
        caller.hang_up()
        record = await box.record()
        assert record.result is CallResult.HUNG_UP_IN_FLOW
        assert record.hang_up_side is Side.PEER

    conversation(tmp_path, script, card=card, plan=to_mobile("13900000009", music="music"))


def test_when_the_mobile_hangs_up_the_flow_goes_on(tmp_path: Path) -> None:
    async def script(box: Box) -> None:
        caller = box.outside()
        caller.call("13905621234")
        await box.answered(caller)
        record = await box.record(within_s=60)
        assert record.result is CallResult.TALKED
        assert record.hang_up_cause is HangUpCause.FLOW_ENDED
        assert "far_end_hung_up" in kinds(record.steps)
        assert next(step.exit for step in record.steps if step.node == "out") == "served"

    conversation(tmp_path, script, card=card, plan=to_mobile("13900000004"))


@pytest.mark.parametrize(("number", "outcome"), [("13900000002", "busy"), ("13900000003", "no_answer")])
def test_a_mobile_that_is_not_reached(tmp_path: Path, number: str, outcome: str) -> None:
    async def script(box: Box) -> None:
        caller = box.outside()
        caller.call("13905621234")
        await box.answered(caller)
        record = await box.record(within_s=60)
        assert [step.note for step in record.steps if step.kind == "dial_failed"] == [outcome]
        assert record.result is CallResult.AGENT_NO_ANSWER
        assert record.recording is None
        assert not list((box.data / "recordings").rglob("*.wav"))
        await box.passes(3)
        assert {line.state for line in box.engine.switch.lines.values()} == {LineState.IDLE}

    conversation(tmp_path, script, card=card, plan=to_mobile(number))


@pytest.mark.parametrize("number", ["0085212345678", "01088886666", "16899999", "12"])
def test_a_flow_dials_nothing_that_agents_without_rights_may_not(tmp_path: Path, number: str) -> None:
    """Toll fraud: a caller keys an expensive number where the flow asks for one."""
    ask = {"prompts": ["enter_number"], "variable": "wanted"}
    exits = dict.fromkeys(("busy", "no_answer", "no_line"), "bye")
    plan = plan_of(
        node("ask", "collect", ask, done="out", invalid="bye", no_input="bye"),
        node("out", "dial", {"number": "{wanted}"}, **exits),
    )

    async def script(box: Box) -> None:
        caller = box.outside()
        caller.call("13905621234")
        await box.answered(caller)
        caller.press(f"{number}#")
        record = await box.record(within_s=40)
        assert [kind for kind in kinds(record.steps) if kind in {"refused", "line_seized"}] == ["refused"]
        assert next(step.exit for step in record.steps if step.node == "out") == "no_line"

    conversation(tmp_path, script, card=card, plan=plan)


def test_without_a_free_line_the_caller_is_told(tmp_path: Path) -> None:
    async def script(box: Box) -> None:
        caller = box.outside()
        caller.call("13905621234", line=box.engine.switch.lines[LineId(1)].port)
        await box.answered(caller)
        record = await box.record(within_s=40)
        assert [step.note for step in record.steps if step.kind == "dial_failed"] == ["no_line"]

    plan = to_mobile(MOBILE)
    lines = tuple(msgspec.structs.replace(line, outgoing=line.id == 1) for line in plan.lines)
    conversation(tmp_path, script, card=card, plan=msgspec.structs.replace(plan, lines=lines))


def test_a_supervisor_ends_the_whole_call_not_its_second_line(tmp_path: Path) -> None:
    async def script(box: Box) -> None:
        caller = box.outside()
        caller.call("13905621234", line=box.engine.switch.lines[LineId(4)].port)
        await box.answered(caller)
        await box.in_state(CallState.CONNECTED, within_s=40)
        await box.command(HangUpCall(call_id=next(iter(box.engine.switch.book)).id))
        record = await box.record()
        assert (record.hang_up_side, record.hang_up_cause) == (Side.SYSTEM, HangUpCause.SUPERVISOR)

    conversation(tmp_path, script, card=card, plan=to_mobile(MOBILE))


def test_overflow_from_a_queue_to_the_mobile_and_a_second_talk_in_one_recording(tmp_path: Path) -> None:
    """Nobody answers in the queue, the technician does; afterwards the caller wants the agent once more."""
    agent_says = speech(Voice(5, 3.0))
    onward = dict.fromkeys(("no_agent", "timeout", "full", "agents_no_answer"), "out")
    plan = plan_of(
        node("repair", "queue", {"queue": "repair"}, **onward),
        node("out", "dial", {"number": "13900000004"}, busy="bye", no_answer="bye", no_line="bye", served="seat"),
        node("seat", "ring", {"target": "seat", "name": "1"}, busy="bye", no_answer="bye", absent="bye"),
    )

    async def script(box: Box) -> None:
        caller, phone = box.outside(), box.phone("801")
        caller.call("13905621234")
        await box.answered(caller)
        await box.rings(phone, within_s=60)
        phone.lift()
        await box.in_state(CallState.CONNECTED)
        phone.say(agent_says)
        await box.until(lambda: not phone.mouth.speaking)
        caller.hang_up()
        record = await box.record()
        right = box.recording(record)[:, 1]
        assert correlation(right, speech(Voice(8, 3.0))) > 0.9, "the technician"
        assert correlation(right, agent_says) > 0.9, "and the seat, in the same file"

    conversation(tmp_path, script, card=card, plan=plan)
