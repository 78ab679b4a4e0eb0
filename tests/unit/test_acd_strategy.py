"""Which of the free agents is rung, and the shares that come of it."""

from __future__ import annotations

import msgspec
import pytest

from appliance.callplan import Agent as AgentPlan
from appliance.callplan import AgentSkill, Queue, Strategy
from appliance.defaults.plan import default_plan
from appliance.engine.agents import Agent
from appliance.engine.strategy import Rota, Staffing, choose, lowest_level
from appliance.telephony.ids import AgentId, QueueId, SeatId, StationId
from bench.fairness import AGENTS, Day, Result, erlang_shares, play

from .test_acd import NOW, REPAIR


def agent(name: str, *, idle_since: int = 0, talked: int = 0) -> Agent:
    made = Agent(AgentId(name), name, SeatId(name), StationId(name), frozenset({REPAIR}), NOW, NOW)
    made.order, made.talked_today = idle_since, talked
    return made


def staff(*order: str, **levels: int) -> Staffing:
    """The plan lists these agents in this order, with these levels."""
    listed = tuple(
        AgentPlan(
            id=AgentId(name),
            name=name,
            skills=(AgentSkill(queue=REPAIR, level=levels[name]),) if name in levels else (),
        )
        for name in order
    )
    return Staffing.of(msgspec.structs.replace(default_plan("", "96599", "0562"), agents=listed))


def chosen(
    strategy: Strategy, free: list[Agent], staffing: Staffing | None = None, last: str | None = None
) -> list[str]:
    queue = Queue(id=REPAIR, label="", strategy=strategy)
    return [each.id for each in choose(queue, free, staffing or staff(), AgentId(last) if last else None)]


@pytest.mark.parametrize("strategy", Strategy)
def test_nobody_free_nobody_rung(strategy: Strategy) -> None:
    assert chosen(strategy, []) == []


def test_longest_idle() -> None:
    assert chosen(Strategy.LONGEST_IDLE, [agent("a", idle_since=3), agent("b", idle_since=1)]) == ["b"]


def test_fewest_calls_and_by_idleness_among_equals() -> None:
    free = [agent("a", talked=2, idle_since=1), agent("b", talked=1, idle_since=3), agent("c", talked=1, idle_since=2)]
    assert chosen(Strategy.FEWEST_CALLS, free) == ["c"]


def test_linear_follows_the_plan_and_then_the_staff_numbers() -> None:
    free = [agent("d"), agent("c"), agent("b"), agent("a")]
    assert chosen(Strategy.LINEAR, free, staff("b", "c")) == ["b"]
    assert chosen(Strategy.LINEAR, free[:1] + free[3:], staff("b", "c")) == ["a"]


def test_round_robin_goes_on_behind_the_last_one_round_to_the_beginning() -> None:
    free, plan = [agent("c"), agent("a"), agent("b")], staff("c", "b", "a")
    assert chosen(Strategy.ROUND_ROBIN, free, plan) == ["c"]
    assert chosen(Strategy.ROUND_ROBIN, free, plan, "c") == ["b"]
    assert chosen(Strategy.ROUND_ROBIN, free, plan, "a") == ["c"]
    assert chosen(Strategy.ROUND_ROBIN, free[:2], plan, "b") == ["a"]
    assert chosen(Strategy.ROUND_ROBIN, free[1:], plan, "c") == ["b"], "the last one is not there any more"


def test_each_queue_has_its_own_rota() -> None:
    rota = Rota()
    rota.rang(REPAIR, AgentId("a"))
    assert rota.last(REPAIR) == "a"
    assert rota.last(QueueId("service")) is None


def test_ring_all_rings_all() -> None:
    assert chosen(Strategy.RING_ALL, [agent("b"), agent("a")]) == ["a", "b"]


def test_best_skill_then_longest_idle() -> None:
    free = [agent("a", idle_since=1), agent("b", idle_since=3), agent("c", idle_since=2)]
    assert chosen(Strategy.BY_SKILL, free, staff("a", "b", "c", b=7, c=7)) == ["c"]
    assert chosen(Strategy.BY_SKILL, free, staff("a", "b", "c")) == ["a"]


@pytest.mark.parametrize(("waited_s", "lowest"), [(0.0, 9), (14.9, 9), (15.0, 6), (29.9, 6), (30.0, 2), (1000.0, 2)])
def test_each_lower_level_joins_after_one_more_wait(waited_s: float, lowest: int) -> None:
    by_skill = Queue(id=REPAIR, label="", strategy=Strategy.BY_SKILL, skill_wait_s=15.0)
    assert lowest_level(by_skill, [2, 6, 9, 6], waited_s) == lowest


def test_levels_only_matter_by_skill() -> None:
    at_once = Queue(id=REPAIR, label="", strategy=Strategy.BY_SKILL, skill_wait_s=0.0)
    assert lowest_level(at_once, [9, 3], 0.0) == 1
    assert lowest_level(Queue(id=REPAIR, label=""), [9, 3], 0.0) == 1


def thousand(strategy: Strategy, load: float = 1.0) -> Result:
    result = play(strategy, Day(calls=1000, load=load))
    assert sum(result.served.values()) == 1000
    assert result.passed_over == 0
    assert result.out_of_order == 0
    return result


@pytest.mark.parametrize("load", [1.0, 3.2])
@pytest.mark.parametrize("strategy", [Strategy.LONGEST_IDLE, Strategy.ROUND_ROBIN, Strategy.RING_ALL])
def test_a_thousand_calls_are_shared_evenly(strategy: Strategy, load: float) -> None:
    assert all(abs(share - 0.25) < 0.03 for share in thousand(strategy, load).shares())


def test_under_fewest_calls_nobody_has_more_than_one_more() -> None:
    served = thousand(Strategy.FEWEST_CALLS).served
    assert max(served.values()) - min(served.values()) <= 1


def test_linear_shares_are_those_of_ordered_servers() -> None:
    shares = thousand(Strategy.LINEAR).shares()
    assert all(abs(share - wanted) < 0.03 for share, wanted in zip(shares, erlang_shares(1.0, 4), strict=True))


def test_by_skill_the_best_two_have_the_most_and_equals_the_same() -> None:
    best, second, *equals = thousand(Strategy.BY_SKILL).shares()
    assert best > second > max(equals)
    assert abs(equals[0] - equals[1]) < 0.03


def test_priority_waits_less_and_keeps_its_order() -> None:
    result = play(Strategy.LONGEST_IDLE, Day(calls=1000, load=3.6, vip_share=0.1))
    mean_s = {priority: sum(waits) / len(waits) for priority, waits in result.waits_s.items()}
    assert mean_s[1] < mean_s[0] - 20
    assert result.out_of_order == 0
    assert result.passed_over == 0
    assert set(result.served) == set(AGENTS)


def test_the_expected_wait_is_right_on_average() -> None:
    pairs = play(Strategy.LONGEST_IDLE, Day(calls=1000, load=3.6)).expected
    expected, real = (sum(column) / len(pairs) for column in zip(*pairs, strict=True))
    assert len(pairs) > 500
    assert abs(expected - real) < 0.2 * real
