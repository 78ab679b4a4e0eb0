"""The key-press survey of a queue: who is asked, who is not, and what the record says in every case (S126)."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from appliance.callplan import CallPlan, check_callplan
from appliance.defaults.plan import default_plan
from appliance.ivr.graph import FlowGraph
from appliance.telephony.call import CallResult, Side, StepKind
from appliance.telephony.ids import FlowId, NodeId, QueueId
from drivers.sim.card import SimCard
from drivers.sim.profile import HangUpShown, LineProfile
from drivers.sim.speech import Voice, speech

from .box import Box, conversation
from .drawing import node, quick_card


def asking(survey_flow: FlowGraph | None = None) -> CallPlan:
    """The default plan, in which 报修 (key 1) asks for ratings and the others do not."""
    plan = default_plan("铜陵广电", "0562-96599", "0562")
    flow = survey_flow.id if survey_flow else None
    queues = tuple(
        msgspec.structs.replace(queue, survey=True, survey_flow=flow) if queue.id == "repair" else queue
        for queue in plan.queues
    )
    flows = (*plan.flows, survey_flow) if survey_flow else plan.flows
    plan = msgspec.structs.replace(plan, queues=queues, flows=flows)
    assert [problem for problem in check_callplan(plan) if problem.grave] == []
    return plan


def busy_tone_card() -> SimCard:
    return SimCard(lines=[LineProfile(hang_up=HangUpShown.BUSY_TONE)] * 4, paced=False)


@pytest.mark.parametrize(("key", "rating"), [("1", "satisfied"), ("2", "neutral"), ("3", "dissatisfied")])
def test_s126_the_agent_hangs_up_and_the_caller_rates(tmp_path: Path, key: str, rating: str) -> None:
    async def script(box: Box) -> None:
        caller, phone = await box.talking("1")
        await box.passes(3)
        phone.hang_up()
        await box.passes(2)
        caller.press(key)
        record = await box.record()
        assert (record.rating, record.hang_up_side, record.result) == (rating, Side.AGENT, CallResult.TALKED)
        assert [step.kind for step in record.steps if step.kind in {StepKind.SURVEY, StepKind.RATED}] == [
            StepKind.SURVEY, StepKind.RATED,
        ]  # fmt: skip

    conversation(tmp_path, script, card=quick_card, plan=asking())


def test_invited_without_a_key_is_unrated(tmp_path: Path) -> None:
    async def script(box: Box) -> None:
        _caller, phone = await box.talking("1")
        await box.passes(3)
        phone.hang_up()
        assert (await box.record(within_s=60)).rating == "unrated"

    conversation(tmp_path, script, card=quick_card, plan=asking())


def test_who_hangs_up_on_the_invitation_is_invited_and_unrated(tmp_path: Path) -> None:
    async def script(box: Box) -> None:
        caller, phone = await box.talking("1")
        await box.passes(3)
        phone.hang_up()
        await box.passes(2)
        caller.hang_up()
        assert (await box.record()).rating == "unrated"

    conversation(tmp_path, script, card=quick_card, plan=asking())


def test_a_caller_who_hangs_up_first_is_not_invited(tmp_path: Path) -> None:
    async def script(box: Box) -> None:
        caller, _phone = await box.talking("1")
        await box.passes(3)
        caller.hang_up()
        record = await box.record()
        assert (record.rating, record.hang_up_side) == ("", Side.PEER)

    conversation(tmp_path, script, card=quick_card, plan=asking())


def test_an_agent_who_reacts_to_the_busy_tone_asks_nobody(tmp_path: Path) -> None:
    """The caller went first; the agent's handset was down before the tone was certain."""

    async def script(box: Box) -> None:
        caller, phone = await box.talking("1")
        caller.say(speech(Voice(2, 2.0)))
        await box.until(lambda: not caller.mouth.speaking)
        caller.hang_up()
        await box.passes(0.9)
        phone.hang_up()
        record = await box.record(within_s=60)
        assert StepKind.SURVEY in {step.kind for step in record.steps}, "the invitation had begun"
        assert (record.rating, record.hang_up_side) == ("", Side.PEER)

    conversation(tmp_path, script, card=busy_tone_card, plan=asking())


def test_a_queue_without_the_switch_asks_nobody(tmp_path: Path) -> None:
    async def script(box: Box) -> None:
        _caller, phone = await box.talking("2")
        await box.passes(3)
        phone.hang_up()
        record = await box.record()
        assert (record.queue, record.rating) == ("service", "")

    conversation(tmp_path, script, card=quick_card, plan=asking())


def test_nobody_is_asked_who_was_not_served(tmp_path: Path) -> None:
    async def script(box: Box) -> None:
        caller = box.outside()
        caller.call("13905621234")
        await box.answered(caller)
        caller.press("1")
        await box.passes(20)
        caller.hang_up()
        assert (await box.record()).rating == ""

    conversation(tmp_path, script, card=quick_card, plan=asking())


def test_after_an_overflow_the_queue_that_served_decides(tmp_path: Path) -> None:
    plan = asking()
    queues = tuple(
        msgspec.structs.replace(queue, overflow_to=QueueId("repair")) if queue.id == "service" else queue
        for queue in plan.queues
    )
    plan = msgspec.structs.replace(plan, queues=queues)

    async def script(box: Box) -> None:
        caller, phone = box.outside(), box.phone("801")
        box.sign_in("1001", "1")
        agent = box.engine.switch.roster.get("1001")
        assert agent is not None
        agent.queues = frozenset({QueueId("repair")})
        caller.call("13905621234")
        await box.answered(caller)
        caller.press("2")
        await box.rings(phone)
        phone.lift()
        await box.passes(3)
        phone.hang_up()
        await box.passes(2)
        caller.press("1")
        record = await box.record()
        assert (record.queue, record.rating) == ("repair", "satisfied")

    conversation(tmp_path, script, card=quick_card, plan=plan)


def test_a_flow_of_the_bureau_asks_in_its_own_way(tmp_path: Path) -> None:
    keys = {"satisfied_key": "5", "neutral_key": "6", "dissatisfied_key": "7"}
    nodes = (
        node("on", "answer", next="ask"),
        node("ask", "survey", keys, rated="b", unrated="b"),
        node("b", "back"),
    )
    flow = FlowGraph(id=FlowId("ask"), label="回访", start=NodeId("on"), nodes=nodes)

    async def script(box: Box) -> None:
        caller, phone = await box.talking("1")
        await box.passes(3)
        phone.hang_up()
        await box.passes(2)
        caller.press("7")
        record = await box.record()
        assert record.rating == "dissatisfied"
        assert [step.flow for step in record.steps if step.node == "ask"] == ["ask"]

    conversation(tmp_path, script, card=quick_card, plan=asking(flow))
