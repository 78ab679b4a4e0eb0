"""密码不过坐席: the seat sends the caller through a flow for card and password, and has it back with the result."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
import pytest

from appliance.callplan import CallPlan, CodeMeaning, TalkCode
from appliance.defaults.plan import default_plan
from appliance.ivr.graph import FlowGraph, Node
from appliance.telephony.call import AgentState, CallResult, CallState, Side, StepKind, TalkPhase
from appliance.telephony.ids import FlowId, NodeId, SeatId
from appliance.wire.messages import CallChanged, Supervise, SupervisionMode
from appliance.wire.softkeys import MoveCaller, PushToFlow, ResumeCall, Softkey, TransferTo
from drivers.dsp.dtmf import DtmfReceiver
from drivers.dsp.tones import dtmf_samples
from drivers.sim.caller import CallerState
from drivers.sim.card import SimCard
from drivers.sim.profile import HangUpShown, LineProfile

from .box import Box, conversation, correlation
from .drawing import node, quick_card
from .seatkeys import SEAT, flash, hear, kinds, refusal, says, view, voice

VERIFY, BROKEN = FlowId("verify"), FlowId("broken")


def plan() -> CallPlan:
    """A flow that asks for card number and password and keeps a result, and one that breaks down."""
    card = {"prompts": ["enter_number"], "variable": "card", "max_digits": 6, "min_digits": 6}
    secret = {"prompts": ["enter_number"], "variable": "pin", "max_digits": 6, "min_digits": 6, "secret": True}
    keep = {"assignments": [{"variable": "result", "value": "卡号 {card} 已验证，工单 {pushed}"}]}
    nodes: tuple[Node, ...] = (
        node("card", "collect", card, done="pin", invalid="end", no_input="end"),
        node("pin", "collect", secret, done="keep", invalid="end", no_input="end"),
        node("keep", "assign", keep, next="end"),
        node("end", "hangup"),
    )
    verify = FlowGraph(id=VERIFY, label="验密", start=NodeId("card"), nodes=nodes)
    broken = FlowGraph(
        id=BROKEN,
        label="坏流程",
        start=NodeId("seats"),
        nodes=(
            node("seats", "queue", {"queue": "repair"}, **dict.fromkeys(("no_agent", "timeout"), "out")),
            node("out", "subflow", {"flow": "broken"}),
        ),
    )
    base = default_plan("铜陵广电", "0562-96599", "0562")
    code = TalkCode(code="*75", to=CodeMeaning.PUSH, target=VERIFY)
    talk = msgspec.structs.replace(base.talk, codes=(*base.talk.codes, code))
    return msgspec.structs.replace(base, flows=(*base.flows, verify, broken), talk=talk)


def certain_card() -> SimCard:
    return SimCard(lines=[LineProfile(hang_up=HangUpShown.POLARITY, polarity_on_answer=True)] * 4, paced=False)


def digits_in(sound: np.ndarray) -> str:
    """Keys that can be heard in a sound."""
    whole = sound[: len(sound) // 160 * 160].astype(np.int16)[np.newaxis, :]
    return "".join(
        event.digit for event in DtmfReceiver(1).step(whole, np.ones(1, np.bool_)) if event.end_sample is None
    )


async def phase(box: Box, wanted: TalkPhase, within_s: float = 30.0) -> None:
    await box.until(lambda: view(box).phase is wanted, within_s)


async def at_node(box: Box, name: str) -> None:
    await box.until(lambda: view(box).node == name)
    await box.passes(0.5)


@pytest.mark.parametrize("by_phone", [False, True])
def test_card_and_password_reach_the_flow_and_nobody_else(tmp_path: Path, by_phone: bool) -> None:
    """(S013) The agent hears music and no key; the recording has none; the result is on the screen."""
    before, after = voice(81), voice(82)

    async def script(box: Box) -> None:
        caller, phone = await box.talking()
        await says(box, caller, before)
        if by_phone:
            await flash(box, phone, "*75")
        else:
            await box.command(PushToFlow(seat=SEAT, flow=VERIFY, value="W-17"))
        await phase(box, TalkPhase.PUSHED)
        await box.passes(0.5)
        phone.ear.capture()
        assert phone.ear.level_dbm0() > -40, "music"
        assert (view(box).state, view(box).recording) == (CallState.IN_FLOW, False)
        assert view(box).softkeys == (Softkey.RESUME, Softkey.HANG_UP)
        caller.press("123456")
        await at_node(box, "pin")
        caller.press("998877", on_ms=300.0)
        await phase(box, TalkPhase.TALKING)
        await box.passes(0.5)
        assert digits_in(phone.ear.captured()) == "", "not even the end of the last key"
        assert await hear(box, phone, caller, after), "the caller is back at the same seat"
        assert await hear(box, caller, phone, after)
        shown = {field.label: field.value for field in view(box).shown}
        assert shown == {"流程结果": f"卡号 123456 已验证，工单 {'' if by_phone else 'W-17'}"}
        caller.hang_up()
        record = await box.record()
        assert record.agents == ("1001",)
        left, right = box.recording(record).T
        assert digits_in(left) == digits_in(right) == ""
        assert correlation(left, before) > 0.85
        assert correlation(left, after) > 0.85
        steps = [step for step in record.steps if step.node in {"card", "pin"}]
        assert [(step.exit, step.digits) for step in steps] == [("done", "123456"), ("done", "******")]
        assert "998877" not in msgspec.json.encode(record).decode()
        order = [kind for kind in kinds(record) if kind in {StepKind.PUSHED, StepKind.PUSH_RETURNED}]
        assert order == [StepKind.PUSHED, StepKind.PUSH_RETURNED]
        phone.hang_up()

    box = conversation(tmp_path, script, card=quick_card, plan=plan())
    journal = "".join(path.read_text() for path in (box.data / "journal").glob("*.jsonl"))
    assert "998877" not in journal
    assert any(event.call.shown for event in box.events if isinstance(event, CallChanged))


def test_the_receiver_of_this_test_hears_keys() -> None:
    assert digits_in(dtmf_samples("1598", 80.0, 80.0, -9.0, 2.0)) == "1598"


def test_a_supervisor_who_listens_hears_no_key_either(tmp_path: Path) -> None:
    async def script(box: Box) -> None:
        caller, phone = await box.talking()
        leader = box.phone("803")
        await box.command(Supervise(call_id=view(box).call_id, seat=SeatId("3"), mode=SupervisionMode.LISTEN))
        await box.rings(leader)
        leader.lift()
        await box.passes(0.5)
        await box.command(PushToFlow(seat=SEAT, flow=VERIFY))
        await phase(box, TalkPhase.PUSHED)
        await box.passes(0.5)
        leader.press("1")
        await box.passes(0.5)
        leader.ear.capture()
        caller.press("123456")
        await at_node(box, "pin")
        caller.press("998877")
        await phase(box, TalkPhase.TALKING)
        assert digits_in(leader.ear.captured()) == ""
        assert await hear(box, caller, leader, voice(83)), "afterwards the leader listens on"
        for each in (phone, leader):
            each.hang_up()
        await box.record()

    conversation(tmp_path, script, card=quick_card, plan=plan())


@pytest.mark.parametrize("by_phone", [False, True])
def test_the_agent_takes_the_caller_back_before_the_end(tmp_path: Path, by_phone: bool) -> None:
    async def script(box: Box) -> None:
        caller, phone = await box.talking()
        await box.command(PushToFlow(seat=SEAT, flow=VERIFY))
        await phase(box, TalkPhase.PUSHED)
        await box.passes(1)
        if by_phone:
            phone.flash()
        else:
            await box.command(ResumeCall(seat=SEAT))
        await phase(box, TalkPhase.TALKING)
        assert await hear(box, phone, caller, voice(84))
        assert view(box).recording
        phone.hang_up()
        record = await box.record()
        assert next(step.exit for step in record.steps if step.node == "card") == "gone"
        del caller

    conversation(tmp_path, script, card=quick_card, plan=plan())


def test_the_caller_hangs_up_in_the_flow(tmp_path: Path) -> None:
    async def script(box: Box) -> None:
        caller, phone = await box.talking()
        await box.command(PushToFlow(seat=SEAT, flow=VERIFY))
        await phase(box, TalkPhase.PUSHED)
        await box.passes(1)
        caller.hang_up()
        record = await box.record()
        assert (record.result, record.hang_up_side) == (CallResult.TALKED, Side.PEER)
        assert kinds(record)[-1] is StepKind.HUNG_UP, "nothing happens after the end"
        await box.hears(phone)
        phone.hang_up()
        await box.passes(12)
        assert box.agent_state("1001") is AgentState.IDLE

    conversation(tmp_path, script, card=quick_card, plan=plan())


def test_the_agent_hangs_up_meanwhile_and_is_rung_with_the_caller_at_the_end(tmp_path: Path) -> None:
    async def script(box: Box) -> None:
        caller, phone = await box.talking()
        await box.command(PushToFlow(seat=SEAT, flow=VERIFY))
        await phase(box, TalkPhase.PUSHED)
        phone.hang_up()
        await box.passes(1)
        caller.press("123456")
        await at_node(box, "pin")
        caller.press("998877")
        await box.rings(phone)
        phone.lift()
        await box.in_state(CallState.CONNECTED)
        assert await hear(box, phone, caller, voice(85))
        assert {field.label for field in view(box).shown} == {"流程结果"}
        caller.hang_up()
        record = await box.record()
        assert record.agents == ("1001",)
        phone.hang_up()

    conversation(tmp_path, script, card=quick_card, plan=plan())


def test_the_agent_is_gone_for_good_and_the_caller_is_queued_again(tmp_path: Path) -> None:
    async def script(box: Box) -> None:
        caller, phone = await box.talking()
        box.sign_in("1002", "2")
        await box.command(PushToFlow(seat=SEAT, flow=VERIFY))
        await phase(box, TalkPhase.PUSHED)
        phone.hang_up()
        await box.passes(1)
        caller.press("123456")
        await at_node(box, "pin")
        caller.press("998877")
        await box.rings(phone)
        await box.rings(box.phone("802"), within_s=60)
        box.phone("802").lift()
        await box.in_state(CallState.CONNECTED)
        assert await hear(box, box.phone("802"), caller, voice(86))
        caller.hang_up()
        record = await box.record()
        assert record.agents == ("1001", "1002")
        box.phone("802").hang_up()

    conversation(tmp_path, script, card=quick_card, plan=plan())


def test_a_flow_that_breaks_down_brings_the_caller_back_and_says_so(tmp_path: Path) -> None:
    """A queue in a pushed flow serves nobody: the caller is somebody's already."""

    async def script(box: Box) -> None:
        caller, phone = await box.talking()
        await box.command(PushToFlow(seat=SEAT, flow=BROKEN))
        await phase(box, TalkPhase.PUSHED)
        await phase(box, TalkPhase.TALKING)
        assert await hear(box, phone, caller, voice(87))
        caller.hang_up()
        record = await box.record()
        assert [step.note for step in record.steps if step.kind is StepKind.PUSH_RETURNED] == ["流程出错"]
        phone.hang_up()

    conversation(tmp_path, script, card=quick_card, plan=plan())


def test_the_agent_supervises_nothing_away_while_the_caller_is_in_the_flow(tmp_path: Path) -> None:
    async def script(box: Box) -> None:
        caller, phone = await box.talking()
        await box.command(PushToFlow(seat=SEAT, flow=VERIFY))
        await phase(box, TalkPhase.PUSHED)
        move = MoveCaller(call_id=view(box).call_id, to=TransferTo.QUEUE, target="service")
        assert "只能转移" in await refusal(box, move)
        caller.hang_up()
        await box.record()
        phone.hang_up()

    conversation(tmp_path, script, card=quick_card, plan=plan())


def test_an_outgoing_call_can_be_pushed_as_well(tmp_path: Path) -> None:
    async def script(box: Box) -> None:
        customer, phone = box.outside("13905627777"), box.phone("801")
        box.sign_in("1001", "1")
        phone.lift()
        await box.passes(1)
        phone.press("913905627777")
        await box.until(lambda: customer.state is CallerState.RINGING)
        customer.answer()
        await box.in_state(CallState.CONNECTED)
        await box.command(PushToFlow(seat=SEAT, flow=VERIFY, value="x"))
        await phase(box, TalkPhase.PUSHED)
        await box.passes(0.5)
        customer.press("123456")
        await at_node(box, "pin")
        customer.press("998877")
        await phase(box, TalkPhase.TALKING)
        assert await hear(box, phone, customer, voice(89))
        assert view(box).shown[0].value == "卡号 123456 已验证，工单 x"
        phone.hang_up()
        await box.record()

    conversation(tmp_path, script, card=certain_card, plan=plan())
