"""Which of the free agents of a queue is rung: pure.

Each strategy is a choice among agents who are free already; who waits first is `acd`'s business.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Self

from appliance.callplan import DEFAULT_SKILL, CallPlan, Queue, Strategy
from appliance.engine.agents import Agent
from appliance.telephony.ids import AgentId, QueueId


@dataclass(frozen=True, slots=True)
class Staffing:
    """What the call plan says about who serves whom."""

    queues: Mapping[QueueId, Queue]
    ranks: Mapping[AgentId, int]
    """Place of the agents in the plan."""
    levels: Mapping[tuple[AgentId, QueueId], int]
    priority_worth_s: float

    @classmethod
    def of(cls, plan: CallPlan) -> Self:
        return cls(
            queues={queue.id: queue for queue in plan.queues},
            ranks={agent.id: index for index, agent in enumerate(plan.agents)},
            levels={(agent.id, skill.queue): skill.level for agent in plan.agents for skill in agent.skills},
            priority_worth_s=plan.priority_worth_s,
        )

    def rank(self, agent: AgentId) -> tuple[int, str]:
        """Sorts agents in the order of the plan; those whom it does not list come last, by staff number."""
        return self.ranks.get(agent, len(self.ranks)), agent

    def level(self, agent: AgentId, queue: QueueId) -> int:
        """Skill 1–9, 9 best."""
        return self.levels.get((agent, queue), DEFAULT_SKILL)


class Rota:
    """Whom each queue rang last."""

    def __init__(self) -> None:
        self._last: dict[QueueId, AgentId] = {}

    def rang(self, queue: QueueId, agent: AgentId) -> None:
        self._last[queue] = agent

    def last(self, queue: QueueId) -> AgentId | None:
        return self._last.get(queue)


def lowest_level(queue: Queue, levels: Iterable[int], waited_s: float) -> int:
    """The lowest skill level that may be rung for a caller who waited so long in this queue.

    `levels` are those of everybody who could take the caller, now or when free: the best of them begin, and after each
    `skill_wait_s` those of the next lower level that is there join. 1 for other strategies.
    """
    if queue.strategy is not Strategy.BY_SKILL:
        return 1
    there = sorted(set(levels), reverse=True)
    if not there or queue.skill_wait_s <= 0:
        return 1
    return there[min(int(waited_s / queue.skill_wait_s), len(there) - 1)]


def choose(queue: Queue, free: list[Agent], staffing: Staffing, last: AgentId | None) -> tuple[Agent, ...]:
    """Whom to ring of the `free` ones: nobody without any, all of them under `ring_all`, else one.

    `last` is whom the queue rang last.
    """
    if not free:
        return ()
    match queue.strategy:
        case Strategy.LONGEST_IDLE:
            chosen = min(free, key=_idle)
        case Strategy.FEWEST_CALLS:
            chosen = min(free, key=lambda agent: (agent.talked_today, agent.order))
        case Strategy.BY_SKILL:
            chosen = min(free, key=lambda agent: (-staffing.level(agent.id, queue.id), agent.order))
        case Strategy.LINEAR:
            chosen = min(free, key=lambda agent: staffing.rank(agent.id))
        case Strategy.ROUND_ROBIN:
            chosen = _next(free, staffing, last)
        case Strategy.RING_ALL:
            return tuple(sorted(free, key=lambda agent: staffing.rank(agent.id)))
    return (chosen,)


def _idle(agent: Agent) -> int:
    return agent.order


def _next(free: list[Agent], staffing: Staffing, last: AgentId | None) -> Agent:
    """The first behind `last` in the order of the plan, round to its beginning."""
    ordered = sorted(free, key=lambda agent: staffing.rank(agent.id))
    if last is None:
        return ordered[0]
    return next((agent for agent in ordered if staffing.rank(agent.id) > staffing.rank(last)), ordered[0])
