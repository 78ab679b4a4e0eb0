"""Callers in line: strategies, order, priority, overflow, what they are told, and agents who do not pick up."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from appliance.callplan import Agent, AgentSkill, CallPlan, MissedCallRules, Strategy, write_callplan
from appliance.defaults.plan import REPAIR, SERVICE, default_plan
from appliance.engine.commands import Refusal
from appliance.ivr.graph import Node
from appliance.ivr.prompts import prompt_file
from appliance.telephony.call import AgentState, AgentStatus, CallState, StationState, StepKind
from appliance.telephony.ids import AgentId, NodeId, PromptId, QueueId, StationId
from appliance.telephony.leg import QueueOutcome
from appliance.wire.messages import AgentChanged, QueueChanged, QueueView, ReloadCallPlan, ScreenPop, SetAgentStatus
from drivers.sim.caller import OutsideCaller
from drivers.sim.card import SimCard
from drivers.sim.profile import HangUpShown, LineProfile
from drivers.wavefile import read_wav

from .box import MONDAY_MORNING, Box, conversation, correlation

NUMBERS = ("13900000001", "13900000002", "13900000003", "13900000004")


def card() -> SimCard:
    return SimCard(lines=[LineProfile(hang_up=HangUpShown.POLARITY)] * 4, paced=False)


def plan_with(
    *, agents: tuple[Agent, ...] = (), missed_calls: MissedCallRules | None = None, **repair: Any
) -> CallPlan:
    """The default plan with other rules for the queue `repair`."""
    plan = default_plan("铜陵广电", "0562-96599", "0562")
    queues = tuple(msgspec.structs.replace(each, **repair) if each.id == REPAIR else each for each in plan.queues)
    rules = missed_calls or plan.missed_calls
    return msgspec.structs.replace(plan, queues=queues, agents=agents, missed_calls=rules)


async def waits(box: Box, number: str, key: str = "1") -> OutsideCaller:
    """A caller gets through to the queue: 1 repair, 2 service."""
    caller = box.outside(number)
    caller.call(number)
    await box.answered(caller)
    caller.press(key)
    await box.until(lambda: any(call.peer_number == number and call.waits() for call in box.engine.switch.book), 10)
    return caller


async def served(box: Box, station: str) -> str:
    """The phone rings, is lifted, and hung up again; returns the number of the caller."""
    phone = box.phone(station)
    await box.rings(phone)
    assert phone.ringing is not None
    number = phone.ringing.number
    phone.lift()
    await box.passes(1)
    phone.hang_up()
    await box.passes(0.2)
    return number


async def who_rings(box: Box) -> str:
    """The one phone that rings next."""
    stations = [each.id for each in box.plan.stations]
    await box.until(lambda: any(box.phone(each).ringing for each in stations))
    await box.passes(0.3)
    (station,) = [each for each in stations if box.phone(each).ringing]
    return station


def queue_view(box: Box, queue: QueueId = REPAIR) -> QueueView:
    return next(view for view in box.engine.snapshot().queues if view.queue == queue)


def sign_in(box: Box, *agents: int) -> None:
    for number in agents:
        box.sign_in(f"100{number}", str(number))


def test_all_phones_ring_and_the_first_to_pick_up_has_the_call(tmp_path: Path) -> None:
    async def script(box: Box) -> None:
        sign_in(box, 1, 2, 3)
        caller = await waits(box, NUMBERS[0])
        for station in ("801", "802", "803"):
            await box.rings(box.phone(station), 1)
        box.phone("802").lift()
        await box.in_state(CallState.CONNECTED)
        await box.passes(0.1)
        assert not box.phone("801").ringing
        assert not box.phone("803").ringing
        assert [box.agent_state(f"100{n}") for n in (1, 2, 3)] == [AgentState.IDLE, AgentState.ON_CALL, AgentState.IDLE]
        assert all(agent.missed == 0 and agent.skipped_until is None for agent in box.engine.switch.roster)
        caller.hang_up()
        record = await box.record()
        assert record.agent == "1002"
        assert [step.agent for step in record.steps if step.kind is StepKind.OFFERED] == ["1001", "1002", "1003"]
        assert not [step for step in record.steps if step.kind is StepKind.AGENT_NO_ANSWER]

    box = conversation(tmp_path, script, card=card, plan=plan_with(strategy=Strategy.RING_ALL))
    assert [pop.agent for pop in box.events if isinstance(pop, ScreenPop)] == ["1001", "1002", "1003"]


def test_a_phone_that_becomes_free_rings_along(tmp_path: Path) -> None:
    async def script(box: Box) -> None:
        sign_in(box, 1)
        await waits(box, NUMBERS[0])
        await box.rings(box.phone("801"), 1)
        sign_in(box, 2)
        await box.rings(box.phone("802"), 1)
        assert box.phone("801").ringing
        box.phone("802").lift()
        await box.in_state(CallState.CONNECTED)
        await box.passes(0.1)
        assert not box.phone("801").ringing

    conversation(tmp_path, script, card=card, plan=plan_with(strategy=Strategy.RING_ALL))


def test_two_pick_up_at_once_and_one_of_them_has_the_call(tmp_path: Path) -> None:
    async def script(box: Box) -> None:
        sign_in(box, 1, 2)
        await waits(box, NUMBERS[0])
        await box.rings(box.phone("801"), 1)
        box.phone("801").lift()
        box.phone("802").lift()
        await box.in_state(CallState.CONNECTED)
        await box.passes(0.5)
        states = {box.engine.switch.stations[StationId(each)].state for each in ("801", "802")}
        assert states == {StationState.TALKING, StationState.OFF_HOOK}, "the other one hears busy tone"
        assert {box.agent_state("1001"), box.agent_state("1002")} == {AgentState.ON_CALL, AgentState.IDLE}
        box.phone("801").hang_up()
        box.phone("802").hang_up()
        await waits(box, NUMBERS[1])
        await box.rings(box.phone("801"))

    conversation(tmp_path, script, card=card, plan=plan_with(strategy=Strategy.RING_ALL, wrap_up_s=0.0))


def test_all_ring_in_vain(tmp_path: Path) -> None:
    async def script(box: Box) -> None:
        sign_in(box, 1, 2)
        await waits(box, NUMBERS[0])
        await box.in_state(CallState.IN_VOICEMAIL)
        assert [agent.missed for agent in box.engine.switch.roster] == [1, 1]
        assert not box.phone("801").ringing

    box = conversation(tmp_path, script, card=card, plan=plan_with(strategy=Strategy.RING_ALL, ring_s=8.0))
    left = [step.note for record in box.records for step in record.steps if step.kind is StepKind.QUEUE_LEFT]
    assert left == [QueueOutcome.AGENTS_NO_ANSWER]


def three_agents() -> tuple[Agent, ...]:
    """In the order 1002, 1001, 1003."""
    levels = {"1001": 9, "1002": 4, "1003": 4}
    return tuple(
        Agent(id=AgentId(agent), name=agent, queues=(REPAIR,), skills=(AgentSkill(queue=REPAIR, level=levels[agent]),))
        for agent in ("1002", "1001", "1003")
    )


@pytest.mark.parametrize(
    ("strategy", "stations"),
    [
        (Strategy.LONGEST_IDLE, ["801", "802", "803", "801"]),
        (Strategy.FEWEST_CALLS, ["801", "802", "803", "801"]),
        (Strategy.ROUND_ROBIN, ["802", "801", "803", "802"]),
        (Strategy.LINEAR, ["802", "802", "802", "802"]),
        (Strategy.BY_SKILL, ["801", "801", "801", "801"]),
    ],
)
def test_four_calls_one_after_the_other(tmp_path: Path, strategy: Strategy, stations: list[str]) -> None:
    async def script(box: Box) -> None:
        sign_in(box, 1, 2, 3)
        rung = []
        for number in NUMBERS:
            caller = await waits(box, number)
            rung.append(await who_rings(box))
            await served(box, rung[-1])
            caller.hang_up()
            await box.passes(2)
        assert rung == stations

    plan = plan_with(strategy=strategy, wrap_up_s=0.0, agents=three_agents())
    conversation(tmp_path, script, card=card, plan=plan)


def test_who_took_few_calls_goes_first_even_if_others_idled_longer(tmp_path: Path) -> None:
    """(S017) Even distribution: fewest calls today."""

    async def script(box: Box) -> None:
        sign_in(box, 1)
        await waits(box, NUMBERS[0])
        await served(box, "801")
        sign_in(box, 2)
        await box.passes(1)
        await waits(box, NUMBERS[1])
        assert await who_rings(box) == "802"
        await served(box, "802")
        await waits(box, NUMBERS[2])
        assert await who_rings(box) == "801"

    conversation(tmp_path, script, card=card, plan=plan_with(strategy=Strategy.FEWEST_CALLS, wrap_up_s=0.0))


def test_a_lower_skill_is_rung_after_a_wait(tmp_path: Path) -> None:
    """(S019) By skill: the best first, others after a wait."""

    async def script(box: Box) -> None:
        sign_in(box, 1, 2)
        await waits(box, NUMBERS[0])
        await box.rings(box.phone("801"))
        box.phone("801").lift()
        await box.passes(1)
        await waits(box, NUMBERS[1])
        await box.passes(8)
        assert not box.phone("802").ringing, "the best one may become free"
        await box.rings(box.phone("802"), 4)

    plan = plan_with(strategy=Strategy.BY_SKILL, skill_wait_s=10.0, agents=three_agents())
    conversation(tmp_path, script, card=card, plan=plan)


def with_route(plan: CallPlan) -> CallPlan:
    """Callers are asked nothing: 13900000003 is urgent, everybody waits for repair."""
    (flow,) = plan.flows
    rules = [{"exit": "vip", "label": "VIP", "by": "number", "value": NUMBERS[2], "priority": 1}]
    exits = {"vip": NodeId("repair"), "other": NodeId("repair")}
    route = Node(id=NodeId("menu"), kind="route", params={"rules": rules}, exits=exits)
    nodes = tuple(route if node.id == "menu" else node for node in flow.nodes)
    return msgspec.structs.replace(plan, flows=(msgspec.structs.replace(flow, nodes=nodes),))


def test_a_caller_with_priority_goes_before_the_others(tmp_path: Path) -> None:
    async def script(box: Box) -> None:
        sign_in(box, 1)
        for number in NUMBERS:
            await waits(box, number)
        waiting = [box.engine.switch.book.get(call_id) for call_id in queue_view(box).waiting]
        assert [call.peer_number for call in waiting if call] == [NUMBERS[2], NUMBERS[0], NUMBERS[1], NUMBERS[3]]
        assert [caller.priority for caller in queue_view(box).callers] == [1, 0, 0, 0]
        assert [await served(box, "801") for _ in NUMBERS] == [NUMBERS[0], NUMBERS[2], NUMBERS[1], NUMBERS[3]], (
            "the phone rang for the first one before the urgent one came"
        )

    conversation(tmp_path, script, card=card, plan=with_route(plan_with(wrap_up_s=0.0)))


def test_a_caller_hears_the_place_and_the_wait(tmp_path: Path) -> None:
    async def script(box: Box) -> None:
        sign_in(box, 1)
        await waits(box, NUMBERS[0])
        await box.rings(box.phone("801"))
        box.phone("801").lift()
        second, third = await waits(box, NUMBERS[1]), await waits(box, NUMBERS[2])
        for caller in (second, third):
            caller.ear.capture()
        await box.passes(19)
        heard = {caller.number: caller.ear.captured() for caller in (second, third)}

        def likeness(caller: OutsideCaller, prompt: str) -> float:
            path = prompt_file(PromptId(prompt))
            assert path is not None
            return correlation(heard[caller.number], read_wav(path).samples[:, 0])

        assert likeness(second, "position_next") > 0.7
        assert likeness(third, "position_before") > 0.7
        assert likeness(third, "position_after") > 0.7
        assert likeness(third, "position_next") < 0.5
        assert likeness(third, "wait_before") > 0.7
        view = queue_view(box)
        assert [caller.position for caller in view.callers] == [1, 2]
        assert [caller.expected_wait_s for caller in view.callers] == [120.0, 240.0]
        assert view.expected_wait_s == 360.0

    plan = plan_with(announce_position_every_s=10.0, announce_wait=True, repeat_prompt=None)
    box = conversation(tmp_path, script, card=card, plan=plan)
    assert any(isinstance(event, QueueChanged) and event.queue.callers for event in box.events)


def test_who_overflows_keeps_the_time_of_arrival(tmp_path: Path) -> None:
    async def script(box: Box) -> None:
        box.engine.commands.sign_in(AgentId("1001"), "甲", box.plan.stations[0].seat, (REPAIR,))
        box.engine.commands.sign_in(AgentId("1002"), "乙", box.plan.stations[1].seat, (SERVICE,))
        for number, key, station in ((NUMBERS[0], "1", "801"), (NUMBERS[1], "2", "802")):
            await waits(box, number, key)
            await box.rings(box.phone(station))
            box.phone(station).lift()
        await waits(box, NUMBERS[2], "1")
        await box.passes(5)
        await waits(box, NUMBERS[3], "2")
        await box.until(lambda: len(queue_view(box, SERVICE).waiting) == 2, 12)
        assert queue_view(box).waiting == ()
        box.phone("802").hang_up()
        assert await served(box, "802") == NUMBERS[2], "came first, though not to this queue"
        assert await served(box, "802") == NUMBERS[3]
        overflowed = await box.record(1, 60)
        while overflowed.peer_number != NUMBERS[2]:
            overflowed = await box.record(len(box.records) + 1)
        assert overflowed.queue == SERVICE
        assert overflowed.agent == "1002"
        assert overflowed.wait_s > 10
        assert [step.queue for step in overflowed.steps if step.kind is StepKind.QUEUED] == [REPAIR, SERVICE]
        assert [step.note for step in overflowed.steps if step.kind is StepKind.OVERFLOWED] == [REPAIR]

    plan = plan_with(overflow_to=SERVICE, overflow_after_s=10.0)
    plan = msgspec.structs.replace(
        plan, queues=tuple(msgspec.structs.replace(each, wrap_up_s=0.0) for each in plan.queues)
    )
    conversation(tmp_path, script, card=card, plan=plan)


def test_nobody_moves_to_a_queue_without_agents(tmp_path: Path) -> None:
    async def script(box: Box) -> None:
        box.engine.commands.sign_in(AgentId("1001"), "甲", box.plan.stations[0].seat, (REPAIR,))
        await waits(box, NUMBERS[0])
        await box.rings(box.phone("801"))
        box.phone("801").lift()
        await waits(box, NUMBERS[1])
        await box.passes(15)
        assert len(queue_view(box).waiting) == 1
        box.engine.commands.sign_in(AgentId("1002"), "乙", box.plan.stations[1].seat, (SERVICE,))
        await box.rings(box.phone("802"), 2)

    conversation(tmp_path, script, card=card, plan=plan_with(overflow_to=SERVICE, overflow_after_s=10.0))


@pytest.mark.parametrize("why", ["nobody", "full", "no answer"])
def test_a_queue_that_cannot_serve_overflows_at_once(tmp_path: Path, why: str) -> None:
    async def script(box: Box) -> None:
        if why != "nobody":
            box.engine.commands.sign_in(AgentId("1001"), "甲", box.plan.stations[0].seat, (REPAIR,))
        box.engine.commands.sign_in(AgentId("1002"), "乙", box.plan.stations[1].seat, (SERVICE,))
        if why == "full":
            await waits(box, NUMBERS[0])
            await box.rings(box.phone("801"))
        await waits(box, NUMBERS[1])
        await box.rings(box.phone("802"), 10)
        assert box.phone("802").ringing is not None
        assert box.phone("802").ringing.number == NUMBERS[1]

    conversation(tmp_path, script, card=card, plan=plan_with(overflow_to=SERVICE, max_waiting=1, ring_s=8.0))


def test_who_misses_a_call_is_skipped_and_then_on_a_break(tmp_path: Path) -> None:
    async def script(box: Box) -> None:
        sign_in(box, 1)
        await waits(box, NUMBERS[0])
        for missed in (1, 2):
            await box.rings(box.phone("801"), 12)
            await box.until(lambda: not box.phone("801").ringing, 12)
            agent = box.engine.switch.roster.get(AgentId("1001"))
            assert agent is not None
            assert agent.missed == missed
            await box.passes(9)
            assert not box.phone("801").ringing, "no caller for ten seconds"
        await box.rings(box.phone("801"), 3)
        await box.in_state(CallState.IN_VOICEMAIL, 30)
        assert (agent.status, agent.reason) == (AgentStatus.ON_BREAK, "未接来电")
        done = await box.command(SetAgentStatus(agent=AgentId("1001"), status=AgentStatus.READY))
        assert done
        assert agent.missed == 0

    plan = plan_with(ring_s=8.0, max_attempts=4, missed_calls=MissedCallRules(pause_s=10.0, break_after=3))
    box = conversation(tmp_path, script, card=card, plan=plan)
    told = [event.agent for event in box.events if isinstance(event, AgentChanged)]
    assert [agent.reason for agent in told if agent.status is AgentStatus.ON_BREAK] == ["未接来电"]


def test_a_caller_is_rung_for_only_so_often(tmp_path: Path) -> None:
    async def script(box: Box) -> None:
        sign_in(box, 1, 2)
        caller = await waits(box, NUMBERS[0])
        await box.in_state(CallState.IN_VOICEMAIL, 60)
        caller.hang_up()
        record = await box.record()
        missed = [step.agent for step in record.steps if step.kind is StepKind.AGENT_NO_ANSWER]
        assert missed == ["1001", "1002", "1001"]

    plan = plan_with(ring_s=6.0, max_attempts=3, missed_calls=MissedCallRules(pause_s=1.0, break_after=0))
    conversation(tmp_path, script, card=card, plan=plan)


def test_a_break_needs_a_reason_of_the_plan(tmp_path: Path) -> None:
    async def script(box: Box) -> None:
        sign_in(box, 1)
        on_break = SetAgentStatus(agent=AgentId("1001"), status=AgentStatus.ON_BREAK, reason="用餐")
        await box.command(on_break)
        with pytest.raises(AssertionError, match="小休原因应为以下之一：用餐、会议"):
            await box.command(msgspec.structs.replace(on_break, reason="钓鱼"))
        await box.command(SetAgentStatus(agent=AgentId("1001"), status=AgentStatus.READY))

    conversation(tmp_path, script, plan=msgspec.structs.replace(plan_with(), break_reasons=("用餐", "会议")))


def test_the_key_that_leaves_the_queue_works_while_a_phone_rings(tmp_path: Path) -> None:
    async def script(box: Box) -> None:
        sign_in(box, 1)
        caller = await waits(box, NUMBERS[0])
        await box.rings(box.phone("801"))
        caller.press("9")
        await box.until(lambda: not box.phone("801").ringing, 3)
        assert box.agent_state("1001") is AgentState.IDLE
        await box.record()

    plan = plan_with(leave_key="9")
    (flow,) = plan.flows
    nodes = tuple(
        msgspec.structs.replace(node, exits={**node.exits, "key_pressed": NodeId("goodbye")})
        if node.id == "repair"
        else node
        for node in flow.nodes
    )
    plan = msgspec.structs.replace(plan, flows=(msgspec.structs.replace(flow, nodes=nodes),))
    box = conversation(tmp_path, script, card=card, plan=plan)
    assert [record.agent for record in box.records] == [None]


@pytest.mark.parametrize("delay_ms", range(0, 200, 20))
def test_caller_and_agent_at_the_same_moment(tmp_path: Path, delay_ms: int) -> None:
    """The caller hangs up while the phone is being lifted: whoever is first, no phone and no agent stays behind."""

    async def script(box: Box) -> None:
        sign_in(box, 1)
        caller = await waits(box, NUMBERS[0])
        await box.rings(box.phone("801"))
        caller.hang_up()
        await box.passes(delay_ms / 1000)
        box.phone("801").lift()
        await box.record()
        await box.passes(1)
        box.phone("801").hang_up()
        await box.passes(11)
        assert box.agent_state("1001") is AgentState.IDLE
        await waits(box, NUMBERS[1])
        await box.rings(box.phone("801"), 2)

    conversation(tmp_path, script, card=card)


def test_agents_need_not_sign_in_again_after_a_restart(tmp_path: Path) -> None:
    async def before(box: Box) -> None:
        sign_in(box, 1, 2, 3)
        await waits(box, NUMBERS[0])
        await served(box, "801")
        await box.command(SetAgentStatus(agent=AgentId("1002"), status=AgentStatus.ON_BREAK, reason="用餐"))
        box.engine.commands.sign_out(AgentId("1003"))
        await box.passes(30)

    async def after(box: Box) -> None:
        roster = {agent.id: agent for agent in box.engine.switch.roster}
        assert set(roster) == {"1001", "1002"}
        assert (roster[AgentId("1002")].status, roster[AgentId("1002")].reason) == (AgentStatus.ON_BREAK, "用餐")
        assert roster[AgentId("1001")].talked_today == 1
        assert roster[AgentId("1001")].name == "话务员1001"
        await waits(box, NUMBERS[1])
        await box.rings(box.phone("801"), 3)
        with pytest.raises(Refusal):
            box.engine.commands.sign_out(AgentId("1003"))

    conversation(tmp_path, before, card=card)
    conversation(tmp_path, after, card=card, start=MONDAY_MORNING + timedelta(minutes=5))


def test_a_new_plan_gives_waiting_callers_to_agents_who_sit_there(tmp_path: Path) -> None:
    """Who signed in for what the plan says serves what the new one says, at once."""
    elsewhere = (Agent(id=AgentId("1001"), name="王", queues=(SERVICE,)),)
    plan = plan_with(agents=elsewhere, wait_without_agents=True)
    both = (Agent(id=AgentId("1001"), name="王", queues=(SERVICE, REPAIR)),)
    moved = msgspec.structs.replace(plan, version=2, agents=both)

    async def script(box: Box) -> None:
        box.sign_in("1001", "1")
        caller = await waits(box, NUMBERS[0])
        await box.passes(3)
        assert box.phone("801").ringing is None
        write_callplan(box.data / "callplan.json", moved)
        await box.command(ReloadCallPlan())
        await box.rings(box.phone("801"), within_s=3)
        caller.hang_up()
        await box.record()

    conversation(tmp_path, script, card=card, plan=plan)
