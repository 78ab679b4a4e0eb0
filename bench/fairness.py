"""Queue fairness: each strategy's share of calls per agent, waits by priority, and how good the announced wait is.

`python bench/fairness.py [CALLS]` plays a day of callers with four agents through the roster and the matching of the
engine, without phones and sound: 1,000 calls take a second.
"""

from __future__ import annotations

import heapq
import itertools
import random
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from functools import partial

from appliance.callplan import Agent as AgentPlan
from appliance.callplan import AgentSkill, Queue, Strategy
from appliance.defaults.plan import default_plan
from appliance.engine.acd import Floor, Offer, Waiter, match, passed_over
from appliance.engine.agents import Agent, Roster
from appliance.engine.expectation import ServiceTimes, expected_wait_s
from appliance.engine.strategy import Rota, Staffing
from appliance.telephony.call import AgentState
from appliance.telephony.ids import AgentId, CallId, QueueId, SeatId, StationId

MORNING = datetime(2026, 11, 2, 8, 0, 0, tzinfo=timezone(timedelta(hours=8)))
AGENTS = tuple(AgentId(f"100{number}") for number in (1, 2, 3, 4))
QUEUE = QueueId("repair")
SKILLS = (9, 7, 5, 5)
REACTION_S = (1.0, 4.0)
"""From the first ring to the lifted handset."""


@dataclass(frozen=True)
class Day:
    """What comes in. `load` is in Erlang: agents busy on average."""

    calls: int = 1000
    load: float = 1.0
    service_s: float = 120.0
    vip_share: float = 0.0
    seed: int = 1


@dataclass
class Result:
    """What came of a day."""

    served: Counter[AgentId] = field(default_factory=Counter)
    waits_s: dict[int, list[float]] = field(default_factory=dict)
    """By priority."""
    expected: list[tuple[float, float]] = field(default_factory=list)
    """Announced on arrival and real wait of callers who had to wait."""
    passed_over: int = 0
    out_of_order: int = 0
    """Callers served after one of the same priority who came later."""

    def shares(self) -> list[float]:
        total = sum(self.served.values())
        return [self.served[agent] / total for agent in AGENTS]


class _Office:
    """One queue, four agents, and the clock."""

    def __init__(self, queue: Queue, day: Day) -> None:
        plan = default_plan("", "96599", "0562")
        agents = tuple(
            AgentPlan(id=agent, name=agent, skills=(AgentSkill(queue=QUEUE, level=level),))
            for agent, level in zip(AGENTS, SKILLS, strict=True)
        )
        self.staffing = Staffing({QUEUE: queue}, *_ranks_and_levels(agents), plan.priority_worth_s)
        self.day = day
        self.random = random.Random(day.seed)
        self.roster, self.rota, self.times = Roster(), Rota(), ServiceTimes()
        self.now_s = 0.0
        self.result = Result()
        self.waiters: list[Waiter] = []
        self._expected: dict[int, float | None] = {}
        self._last_served: dict[int, int] = {}
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._count = itertools.count()
        for index, agent in enumerate(AGENTS, 1):
            seat, station = SeatId(f"{index}"), StationId(f"80{index}")
            self.roster.sign_in(Agent(agent, agent, seat, station, frozenset({QUEUE}), MORNING, MORNING))

    def run(self) -> Result:
        at_s = 0.0
        for number in range(1, self.day.calls + 1):
            at_s += self.random.expovariate(self.day.load / self.day.service_s)
            self._at(at_s, partial(self._arrive, number))
        while self._events:
            self.now_s, _, event = heapq.heappop(self._events)
            event()
            self._dispatch()
        return self.result

    def _at(self, at_s: float, event: Callable[[], None]) -> None:
        heapq.heappush(self._events, (at_s, next(self._count), event))

    def _now(self) -> datetime:
        return MORNING + timedelta(seconds=self.now_s)

    def _floor(self) -> Floor:
        return Floor(self.staffing, self.roster, lambda _agent: True, self._now())

    def _arrive(self, number: int) -> None:
        priority = 1 if self.random.random() < self.day.vip_share else 0
        ahead = sum(1 for waiter in self.waiters if not waiter.offered)
        idle = sum(1 for agent in self.roster if agent.state is AgentState.IDLE)
        expected = expected_wait_s(ahead, idle, len(AGENTS), self.times.mean_s(QUEUE))
        self._expected[number] = expected
        waiter = Waiter(CallId(f"{number}"), QUEUE, number, self._now(), self._now(), priority)
        self.waiters.append(waiter)
        queue = self.staffing.queues[QUEUE]
        for level in range(1, len(set(SKILLS))):
            self._at(self.now_s + level * queue.skill_wait_s, lambda: None)

    def _dispatch(self) -> None:
        offers = match(self.waiters, self._floor(), self.rota)
        self.result.passed_over += len(passed_over(offers, self.waiters, self._floor()))
        for offer in offers:
            self._ring(offer)

    def _ring(self, offer: Offer) -> None:
        """Phones ring; the quickest agent has the caller."""
        if not offer.waiter.offered:
            self._reached(offer.waiter)
        for agent in offer.agents:
            offer.waiter.offered.add(agent.id)
            agent.state = AgentState.OFFERED
        reaction_s, quickest = min((self.random.uniform(*REACTION_S), agent.id) for agent in offer.agents)
        self._at(self.now_s + reaction_s, lambda: self._answer(offer, quickest))

    def _answer(self, offer: Offer, winner: AgentId) -> None:
        if offer.waiter.closed:
            return
        offer.waiter.closed = True
        self.waiters.remove(offer.waiter)
        for other in self.roster:
            if other.id in offer.waiter.offered and other.id != winner:
                self.roster.freed(other, self._now())
        agent = self.roster.get(winner)
        assert agent is not None
        agent.state = AgentState.ON_CALL
        agent.talked_today += 1
        self.result.served[winner] += 1
        service_s = self.random.expovariate(1 / self.day.service_s)
        self.times.add(QUEUE, service_s)
        self._at(self.now_s + service_s, partial(self._becomes_idle, agent))

    def _becomes_idle(self, agent: Agent) -> None:
        self.roster.becomes_idle(agent, self._now())

    def _reached(self, waiter: Waiter) -> None:
        wait_s = (self._now() - waiter.arrived_at).total_seconds()
        self.result.waits_s.setdefault(waiter.priority, []).append(wait_s)
        before = self._last_served.get(waiter.priority, 0)
        self.result.out_of_order += before > waiter.arrived
        self._last_served[waiter.priority] = max(before, waiter.arrived)
        expected = self._expected[waiter.arrived]
        if expected:
            self.result.expected.append((expected, wait_s))


def _ranks_and_levels(
    agents: Sequence[AgentPlan],
) -> tuple[dict[AgentId, int], dict[tuple[AgentId, QueueId], int]]:
    ranks = {agent.id: index for index, agent in enumerate(agents)}
    return ranks, {(agent.id, skill.queue): skill.level for agent in agents for skill in agent.skills}


def play(strategy: Strategy, day: Day) -> Result:
    """A day of callers under one strategy."""
    return _Office(Queue(id=QUEUE, label="报修", strategy=strategy), day).run()


def erlang_shares(load: float, agents: int) -> list[float]:
    """What each of ordered agents carries of `load` when a caller always takes the first free one (Erlang, 1917)."""
    blocked = [1.0]
    for number in range(1, agents + 1):
        blocked.append(load * blocked[-1] / (number + load * blocked[-1]))
    carried = [blocked[number] - blocked[number + 1] for number in range(agents)]
    return [part / sum(carried) for part in carried]


def mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def main() -> None:
    calls = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    print(f"{calls} calls, 4 agents; share of each agent in per cent")
    print(f"{'strategy':14}" + "".join(f"{f'load {load}':>32}" for load in (1.0, 2.0, 3.2)))
    for strategy in Strategy:
        cells = ""
        for load in (1.0, 2.0, 3.2):
            result = play(strategy, Day(calls=calls, load=load))
            assert not result.passed_over, "somebody was passed over"
            cells += f"{' '.join(f'{share * 100:5.1f}' for share in result.shares()):>32}"
        print(f"{strategy:14}{cells}")
    print("ordered agents by Erlang's formula, load 1.0: " + " ".join(f"{s * 100:.1f}" for s in erlang_shares(1.0, 4)))
    result = play(Strategy.LONGEST_IDLE, Day(calls=calls, load=3.6, vip_share=0.1))
    vip, others = result.waits_s.get(1, []), result.waits_s.get(0, [])
    print(f"load 3.6, a tenth with priority 1: they wait {mean(vip):.0f} s, others {mean(others):.0f} s on average;")
    print(f"served out of order within a priority: {result.out_of_order}")
    result = play(Strategy.LONGEST_IDLE, Day(calls=calls, load=3.6))
    expected, real = mean([pair[0] for pair in result.expected]), mean([pair[1] for pair in result.expected])
    off = mean([abs(a - b) for a, b in result.expected])
    print(f"announced wait {expected:.0f} s, real {real:.0f} s on average, off by {off:.0f} s on average")


if __name__ == "__main__":
    main()
