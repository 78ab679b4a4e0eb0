"""Who gets which agent: examples to read, and properties over any floor."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.callplan import Queue, Strategy
from appliance.engine.acd import Floor, Offer, Waiter, begin_next_round, hopeless, in_order, match, passed_over
from appliance.engine.agents import Agent, Roster
from appliance.engine.strategy import Rota, Staffing
from appliance.telephony.call import AgentState, AgentStatus
from appliance.telephony.ids import AgentId, CallId, QueueId, SeatId, StationId

NOW = datetime(2026, 11, 2, 9, 0, 0, tzinfo=timezone(timedelta(hours=8)))
REPAIR, SERVICE = QueueId("repair"), QueueId("service")
WORTH_S = 120.0


def staffing(*queues: Queue, levels: dict[tuple[AgentId, QueueId], int] | None = None) -> Staffing:
    return Staffing({queue.id: queue for queue in queues}, {}, levels or {}, WORTH_S)


def queue(queue_id: QueueId = REPAIR, strategy: Strategy = Strategy.LONGEST_IDLE, **fields: object) -> Queue:
    return Queue(id=queue_id, label=queue_id, strategy=strategy, **fields)  # type: ignore[arg-type]


def roster(**agents: tuple[QueueId, ...]) -> Roster:
    """`a1=(REPAIR,)`: agents in the order in which they became idle."""
    made = Roster()
    for number, (name, queues) in enumerate(agents.items(), 1):
        station = StationId(str(800 + number))
        made.sign_in(Agent(AgentId(name), name, SeatId(str(number)), station, frozenset(queues), NOW, NOW))
    return made


def waiter(arrived: int, queue_id: QueueId = REPAIR, priority: int = 0, waited_s: float = 0.0) -> Waiter:
    at = NOW - timedelta(seconds=waited_s)
    return Waiter(CallId(f"c{arrived}"), queue_id, arrived, at, at, priority)


def floor(staff: Staffing, there: Roster, now: datetime = NOW) -> Floor:
    return Floor(staff, there, lambda _agent: True, now)


def rung(waiters: list[Waiter], staff: Staffing, there: Roster, now: datetime = NOW) -> list[tuple[str, list[str]]]:
    offers = match(waiters, floor(staff, there, now), Rota())
    return [(offer.waiter.call_id, [agent.id for agent in offer.agents]) for offer in offers]


def test_the_first_caller_gets_who_is_idle_longest() -> None:
    there = roster(a1=(REPAIR,), a2=(REPAIR,))
    waiters = [waiter(2, waited_s=5), waiter(1, waited_s=10)]
    assert rung(waiters, staffing(queue()), there) == [("c1", ["a1"]), ("c2", ["a2"])]


def test_an_agent_of_several_queues_serves_who_came_first_in_any() -> None:
    there = roster(a1=(REPAIR, SERVICE))
    waiters = [waiter(2, REPAIR, waited_s=5), waiter(1, SERVICE, waited_s=10)]
    assert rung(waiters, staffing(queue(), queue(SERVICE)), there) == [("c1", ["a1"])]


def test_a_caller_whose_agents_are_busy_does_not_hold_up_another_queue() -> None:
    there = roster(a1=(REPAIR,), a2=(SERVICE,))
    there.at_station(StationId("802")).state = AgentState.ON_CALL  # type: ignore[union-attr]
    waiters = [waiter(1, SERVICE, waited_s=10), waiter(2, REPAIR, waited_s=5)]
    assert rung(waiters, staffing(queue(), queue(SERVICE)), there) == [("c2", ["a1"])]


def test_priority_goes_first_and_within_it_who_came_first() -> None:
    there = roster(a1=(REPAIR,))
    waiters = [waiter(1, waited_s=60), waiter(2, priority=1, waited_s=50), waiter(3, priority=1, waited_s=40)]
    assert [each.call_id for each in in_order(waiters, WORTH_S)] == ["c2", "c3", "c1"]
    assert rung(waiters, staffing(queue()), there) == [("c2", ["a1"])]


def test_nobody_waits_for_ever_behind_those_with_priority() -> None:
    patient = waiter(1, waited_s=9 * WORTH_S + 1)
    assert in_order([waiter(2, priority=9), patient], WORTH_S)[0] is patient


def test_ring_all_rings_every_free_phone_and_those_that_become_free() -> None:
    there = roster(a1=(REPAIR,), a2=(REPAIR,), a3=(REPAIR,))
    there.at_station(StationId("803")).state = AgentState.WRAP_UP  # type: ignore[union-attr]
    caller, staff = waiter(1), staffing(queue(strategy=Strategy.RING_ALL))
    assert rung([caller], staff, there) == [("c1", ["a1", "a2"])]
    caller.offered = {AgentId("a1"), AgentId("a2")}
    for name in caller.offered:
        there.get(name).state = AgentState.OFFERED  # type: ignore[union-attr]
    assert rung([caller], staff, there) == []
    there.becomes_idle(there.get(AgentId("a3")), NOW)  # type: ignore[arg-type]
    assert rung([caller], staff, there) == [("c1", ["a3"])]


def test_best_skill_first_and_lower_levels_after_a_wait() -> None:
    levels = {(AgentId("a1"), REPAIR): 3, (AgentId("a2"), REPAIR): 9}
    staff = staffing(queue(strategy=Strategy.BY_SKILL, skill_wait_s=10.0), levels=levels)
    there = roster(a1=(REPAIR,), a2=(REPAIR,), a3=(REPAIR,))
    assert rung([waiter(1)], staff, there) == [("c1", ["a2"])]
    there.get(AgentId("a2")).state = AgentState.ON_CALL  # type: ignore[union-attr]
    assert rung([waiter(1, waited_s=9.9)], staff, there) == []
    assert rung([waiter(1, waited_s=10)], staff, there) == [("c1", ["a3"])], "level 5 unless the plan says otherwise"
    there.get(AgentId("a3")).state = AgentState.ON_CALL  # type: ignore[union-attr]
    assert rung([waiter(1, waited_s=19.9)], staff, there) == []
    assert rung([waiter(1, waited_s=20)], staff, there) == [("c1", ["a1"])]


def test_who_missed_a_call_is_skipped_for_a_while() -> None:
    there = roster(a1=(REPAIR,), a2=(REPAIR,))
    there.get(AgentId("a1")).skipped_until = NOW + timedelta(seconds=5)  # type: ignore[union-attr]
    assert rung([waiter(1), waiter(2)], staffing(queue()), there) == [("c1", ["a2"])]
    later = NOW + timedelta(seconds=5)
    assert rung([waiter(1), waiter(2)], staffing(queue()), there, later) == [("c1", ["a1"]), ("c2", ["a2"])]


def test_overflow_keeps_the_arrival() -> None:
    moved, other = waiter(1, REPAIR, waited_s=60), waiter(2, SERVICE, waited_s=30)
    moved.tried.add(AgentId("a1"))
    moved.move_to(SERVICE, NOW)
    assert in_order([other, moved], WORTH_S) == [moved, other]
    assert not moved.tried


def test_a_caller_gives_up_when_everybody_was_tried() -> None:
    there, caller = roster(a1=(REPAIR,), a2=(REPAIR,)), waiter(1)
    assert not hopeless(caller, queue(), there)
    caller.tried = {AgentId("a1"), AgentId("a2")}
    assert hopeless(caller, queue(), there)
    caller.offered = {AgentId("a2")}
    assert not hopeless(caller, queue(), there), "a phone rings"
    assert hopeless(waiter(2), queue(), Roster()), "nobody is there"


def test_attempts_go_round_until_they_are_used_up() -> None:
    there, caller, twice = roster(a1=(REPAIR,), a2=(REPAIR,)), waiter(1), queue(max_attempts=3)
    caller.tried, caller.attempts = {AgentId("a1"), AgentId("a2")}, 2
    assert not hopeless(caller, twice, there)
    begin_next_round(caller, there)
    assert rung([caller], staffing(twice), there) == [("c1", ["a1"])]
    caller.attempts = 3
    assert hopeless(caller, twice, there)
    assert rung([caller], staffing(twice), there) == []


def test_the_check_of_the_order_sees_who_was_passed_over() -> None:
    there = roster(a1=(REPAIR,))
    first, second = waiter(1, waited_s=10), waiter(2, waited_s=5)
    wrong = [Offer(second, (there.get(AgentId("a1")),))]  # type: ignore[arg-type]
    assert [
        (each.call_id, offer.waiter.call_id)
        for each, offer in passed_over(wrong, [first, second], floor(staffing(queue()), there))
    ] == [("c1", "c2")]


QUEUES = (REPAIR, SERVICE, QueueId("complaint"))
AGENTS = tuple(AgentId(f"a{number}") for number in range(6))
agents = st.fixed_dictionaries(
    {
        "queues": st.frozensets(st.sampled_from(QUEUES), min_size=1),
        "state": st.sampled_from(AgentState),
        "status": st.sampled_from((AgentStatus.READY, AgentStatus.READY, AgentStatus.ON_BREAK)),
        "talked": st.integers(0, 5),
        "skipped_s": st.sampled_from((None, -1.0, 1.0)),
        "phone_free": st.booleans(),
        "levels": st.tuples(*[st.integers(1, 9)] * len(QUEUES)),
    }
)
callers = st.fixed_dictionaries(
    {
        "queue": st.sampled_from(QUEUES),
        "priority": st.integers(0, 9),
        "waited_s": st.floats(0, 400),
        "tried": st.frozensets(st.sampled_from(AGENTS), max_size=2),
        "closed": st.sampled_from((False, False, False, True)),
    }
)


@given(
    st.tuples(*[st.sampled_from(Strategy)] * len(QUEUES)),
    st.lists(agents, max_size=6),
    st.lists(callers, max_size=8),
    st.permutations(range(8)),
)
def test_whatever_the_floor_looks_like_the_order_is_held(
    strategies: tuple[Strategy, ...], drawn: list[dict[str, Any]], calling: list[dict[str, Any]], shuffled: list[int]
) -> None:
    levels, there, free_phones = {}, Roster(), set()
    for number, each in enumerate(drawn):
        agent = Agent(AGENTS[number], "", SeatId(str(number)), StationId(str(number)), each["queues"], NOW, NOW)
        there.sign_in(agent)
        agent.state, agent.status, agent.talked_today = each["state"], each["status"], each["talked"]
        agent.skipped_until = None if each["skipped_s"] is None else NOW + timedelta(seconds=each["skipped_s"])
        levels.update({(agent.id, queue_id): level for queue_id, level in zip(QUEUES, each["levels"], strict=True)})
        if each["phone_free"]:
            free_phones.add(agent.id)
    by_arrival = sorted(calling, key=lambda each: -each["waited_s"])
    waiters = [
        waiter(number, each["queue"], each["priority"], each["waited_s"]) for number, each in enumerate(by_arrival, 1)
    ]
    for made, each in zip(waiters, by_arrival, strict=True):
        made.tried, made.closed = set(each["tried"]), each["closed"]
    staff = staffing(*(queue(*pair) for pair in zip(QUEUES, strategies, strict=True)), levels=levels)
    seen = Floor(staff, there, lambda agent: agent.id in free_phones, NOW)
    given_order = [waiters[index] for index in shuffled if index < len(waiters)]
    offers = match(given_order, seen, Rota())

    rung_agents = [agent.id for offer in offers for agent in offer.agents]
    assert len(rung_agents) == len(set(rung_agents)), "no agent has two callers"
    assert len({id(offer.waiter) for offer in offers}) == len(offers)
    for offer in offers:
        assert not offer.waiter.closed
        assert len(offer.agents) == 1 or staff.queues[offer.waiter.queue].strategy is Strategy.RING_ALL
        for agent in offer.agents:
            assert agent.state is AgentState.IDLE
            assert agent.status is AgentStatus.READY
            assert offer.waiter.queue in agent.queues
            assert agent.id in free_phones
            assert agent.id not in offer.waiter.tried
            assert not agent.skipped(NOW)
    assert not passed_over(offers, waiters, seen)
    served = {id(offer.waiter) for offer in offers}
    for left in waiters:
        if id(left) not in served and not left.closed:
            free = {agent.id for agent in seen.free_for(left)}
            assert free <= set(rung_agents), "nobody waits while an agent is free"
    within = [(made.priority, made.arrived) for made in in_order(waiters, WORTH_S)]
    for priority in range(10):
        arrivals = [arrived for each, arrived in within if each == priority]
        assert arrivals == sorted(arrivals), "first come, first served within a priority"


@pytest.mark.parametrize("strategy", Strategy)
def test_nobody_is_rung_in_an_empty_room(strategy: Strategy) -> None:
    assert rung([waiter(1)], staffing(queue(strategy=strategy)), Roster()) == []
