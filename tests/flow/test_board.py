"""What the live board is told while people call: lines, queues, agents, and each business by its queue."""

from __future__ import annotations

from pathlib import Path

import pytest

from appliance.telephony.call import AgentState, AgentStatus, CallState, LineState
from appliance.telephony.ids import AgentId, LineId, QueueId, SeatId
from appliance.wire.messages import (
    AgentChanged,
    AgentView,
    CallChanged,
    LineChanged,
    QueueChanged,
    QueueView,
    SetAgentStatus,
)
from drivers.sim.card import SimCard
from drivers.sim.profile import HangUpShown, LineProfile

from .box import MONDAY_MORNING, Box, conversation
from .drawing import node, plan_of


def card() -> SimCard:
    return SimCard(lines=[LineProfile(hang_up=HangUpShown.POLARITY)] * 4, paced=False)


def queue(box: Box, name: str) -> QueueView:
    return next(each for each in box.engine.snapshot().queues if each.queue == QueueId(name))


def agent(box: Box, name: str) -> AgentView:
    return next(each for each in box.engine.snapshot().agents if each.agent == AgentId(name))


async def waits(box: Box, key: str, number: str) -> None:
    """A caller who has keyed and stands in line."""
    caller = box.outside(number)
    caller.call(number)
    await box.answered(caller)
    before = len([call for call in box.engine.switch.book if call.state is CallState.QUEUED])
    caller.press(key)
    await box.until(
        lambda: len([call for call in box.engine.switch.book if call.state is CallState.QUEUED]) > before, 20
    )


def test_every_line_is_shown_with_what_it_does(tmp_path: Path) -> None:
    """(S047) A line's way through a call, each state told at once, and the number of whoever is on it."""

    async def script(box: Box) -> None:
        caller, phone = await box.talking()
        views = {view.line: view for view in box.engine.snapshot().lines}
        assert [views[LineId(number)].state for number in (2, 3, 4)] == [LineState.IDLE] * 3
        assert views[LineId(1)].state is LineState.TALKING
        assert views[LineId(1)].peer_number == "13905621234"
        phone.hang_up()
        caller.hang_up()
        await box.record()
        await box.passes(2)
        told = [event.line.state for event in box.events if isinstance(event, LineChanged) and event.line.line == 1]
        seen = list(dict.fromkeys(told))
        assert seen == [LineState.RINGING, LineState.TALKING, LineState.RELEASING, LineState.IDLE]

    conversation(tmp_path, script, card=card)


def test_how_many_wait_and_since_when(tmp_path: Path) -> None:
    """(S048) The length of the line, its order, and how long the first has waited."""

    async def script(box: Box) -> None:
        await box.talking()
        await waits(box, "1", "13900000001")
        first = queue(box, "repair")
        assert len(first.waiting) == 1
        await waits(box, "1", "13900000002")
        both = queue(box, "repair")
        assert both.waiting[0] == first.waiting[0]
        assert len(both.waiting) == 2
        assert [each.position for each in both.callers] == [1, 2]
        assert both.longest_since == first.longest_since
        told = [event.queue for event in box.events if isinstance(event, QueueChanged)]
        assert max(len(view.waiting) for view in told if view.queue == "repair") == 2

    conversation(tmp_path, script, card=card)


def test_one_queue_and_all_queues(tmp_path: Path) -> None:
    """(S050) Every queue by itself: who waits in one does not count in another; together they are all there are."""

    async def script(box: Box) -> None:
        await box.talking()
        await waits(box, "1", "13900000001")
        await waits(box, "2", "13900000002")
        views = box.engine.snapshot().queues
        assert {view.queue: len(view.waiting) for view in views} == {"repair": 1, "service": 1, "complaint": 0}
        assert {view.signed_in_agents for view in views} == {1}
        assert {view.ready_agents for view in views} == {0}, "the one agent talks"

    conversation(tmp_path, script, card=card)


def test_one_group_of_agents_and_all_agents(tmp_path: Path) -> None:
    """(S051) What each agent does, and how many of a group are there and free."""

    async def script(box: Box) -> None:
        commands = box.engine.commands
        commands.sign_in(AgentId("1001"), "甲", SeatId("1"), (QueueId("repair"),))
        commands.sign_in(AgentId("1002"), "乙", SeatId("2"), (QueueId("repair"), QueueId("service")))
        commands.sign_in(AgentId("1003"), "丙", SeatId("3"), (QueueId("service"),))
        assert {name: queue(box, name).ready_agents for name in ("repair", "service")} == {"repair": 2, "service": 2}
        await box.command(SetAgentStatus(seq=1, agent=AgentId("1002"), status=AgentStatus.ON_BREAK, reason="用餐"))
        assert agent(box, "1002").reason == "用餐"
        assert {name: queue(box, name).ready_agents for name in ("repair", "service")} == {"repair": 1, "service": 1}
        assert queue(box, "repair").signed_in_agents == 2
        caller = box.outside("13900000001")
        caller.call("13900000001")
        await box.answered(caller)
        caller.press("1")
        await box.rings(box.phone("801"))
        assert agent(box, "1001").state is AgentState.OFFERED
        box.phone("801").lift()
        await box.in_state(CallState.CONNECTED)
        assert agent(box, "1001").state is AgentState.ON_CALL
        assert agent(box, "1003").state is AgentState.IDLE
        told = [
            event.agent.state for event in box.events if isinstance(event, AgentChanged) and event.agent.agent == "1001"
        ]
        assert list(dict.fromkeys(told)) == [AgentState.IDLE, AgentState.OFFERED, AgentState.ON_CALL]

    conversation(tmp_path, script, card=card)


def test_each_business_and_where_its_callers_are(tmp_path: Path) -> None:
    """(S052) By queue and node: who is with the machine, who waits, who talks, with whom."""

    async def script(box: Box) -> None:
        await box.talking(key="3")
        await waits(box, "1", "13900000001")
        undecided = box.outside("13900000002")
        undecided.call("13900000002")
        await box.answered(undecided)
        await box.passes(1)
        by_number = {view.peer_number: view for view in box.engine.snapshot().calls}
        talks, stands, listens = (by_number[number] for number in ("13905621234", "13900000001", "13900000002"))
        assert (talks.queue, talks.state, talks.agent) == ("complaint", CallState.CONNECTED, "1001")
        assert (stands.queue, stands.state, stands.agent) == ("repair", CallState.QUEUED, None)
        assert (listens.queue, listens.state, listens.node) == (None, CallState.IN_FLOW, "menu")
        told = {event.call.state for event in box.events if isinstance(event, CallChanged)}
        assert {CallState.OFFERED, CallState.IN_FLOW, CallState.QUEUED, CallState.ALERTING, CallState.CONNECTED} <= told

    conversation(tmp_path, script, card=card)


@pytest.mark.parametrize("hour", [3, 12])
def test_fixed_information_at_any_hour(tmp_path: Path, hour: int) -> None:
    """(S011) A recorded announcement is heard, heard again with a key, and left, at night as by day."""
    plan = plan_of(node("price", "announce", {"prompts": ["main_menu"]}, next="bye", leave="bye"))

    async def script(box: Box) -> None:
        caller = box.outside()
        caller.call("13905621234")
        await box.answered(caller)
        await box.until(lambda: caller.ear.level_dbm0() > -40)
        caller.press("1")
        await box.passes(1)
        await box.until(lambda: caller.ear.level_dbm0() > -40)
        caller.press("0")
        record = await box.record(within_s=40)
        assert record.result == "self_served"
        visited = [(step.node, step.exit) for step in record.steps if step.node == "price"]
        assert visited == [("price", "leave")]

    at = MONDAY_MORNING.replace(hour=hour)
    conversation(tmp_path, script, start=at, card=card, plan=plan)
