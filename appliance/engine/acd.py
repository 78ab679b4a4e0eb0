"""Who gets which agent: pure, by priority and first come first served over all queues.

`match` is asked after every change (a caller came, an agent became idle, a phone was put down). It never gives one
agent to two callers, and one caller two agents only where all phones ring.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from appliance.callplan import Queue, Strategy
from appliance.engine.agents import Agent, Roster
from appliance.engine.strategy import Rota, Staffing, choose, lowest_level
from appliance.telephony.call import AgentState
from appliance.telephony.ids import AgentId, CallId, QueueId


@dataclass(slots=True, eq=False)
class Waiter:
    """A caller in a queue."""

    call_id: CallId
    queue: QueueId
    arrived: int
    """Running number over all queues: smaller came first. Kept when the caller overflows to another queue."""
    arrived_at: datetime
    entered_at: datetime
    """Into the present queue."""
    priority: int = 0
    offered: set[AgentId] = field(default_factory=set)
    """Whose phones ring for this caller."""
    tried: set[AgentId] = field(default_factory=set)
    """Whose phones rang for this caller in vain, in this round."""
    attempts: int = 0
    """How many phones rang in vain."""
    closed: bool = False
    """Served, or about to leave: gets no agent any more."""

    def move_to(self, queue: QueueId, at: datetime) -> None:
        """Into another queue, with the time of arrival."""
        self.queue, self.entered_at, self.closed = queue, at, False
        self.tried.clear()
        self.attempts = 0

    def precedence(self, worth_s: float) -> tuple[float, int]:
        """Sorts waiters, the first one first.

        Each step of priority counts as `worth_s` of waiting. So within a priority the order is that of arrival, and a
        caller of low priority is before everyone who comes late enough, whatever their priority.
        """
        return self.arrived_at.timestamp() - self.priority * worth_s, self.arrived


@dataclass(frozen=True, slots=True)
class Floor:
    """Everything by which callers and agents are brought together at one moment."""

    staffing: Staffing
    roster: Roster
    phone_free: Callable[[Agent], bool]
    now: datetime

    def queue_of(self, waiter: Waiter) -> Queue | None:
        return self.staffing.queues.get(waiter.queue)

    def free_for(self, waiter: Waiter) -> list[Agent]:
        """Idle agents who may be rung for this caller now."""
        queue = self.queue_of(waiter)
        if queue is None:
            return []
        could = [
            agent
            for agent in self.roster.in_queue(waiter.queue)
            if agent.id not in waiter.tried and not agent.skipped(self.now)
        ]
        waited_s = (self.now - waiter.entered_at).total_seconds()
        lowest = lowest_level(queue, (self.staffing.level(agent.id, queue.id) for agent in could), waited_s)
        return [
            agent
            for agent in could
            if agent.state is AgentState.IDLE
            and self.staffing.level(agent.id, queue.id) >= lowest
            and self.phone_free(agent)
        ]

    def may_get_agent(self, waiter: Waiter) -> bool:
        """Whether the caller is to be offered (another) agent."""
        queue = self.queue_of(waiter)
        if queue is None or waiter.closed or 0 < queue.max_attempts <= waiter.attempts:
            return False
        return not waiter.offered or queue.strategy is Strategy.RING_ALL


@dataclass(frozen=True, slots=True)
class Offer:
    """Ring these agents' phones for this caller."""

    waiter: Waiter
    agents: tuple[Agent, ...]


def in_order(waiters: Iterable[Waiter], worth_s: float) -> list[Waiter]:
    """The line over all queues, the first one first."""
    return sorted(waiters, key=lambda waiter: waiter.precedence(worth_s))


def match(waiters: Iterable[Waiter], floor: Floor, rota: Rota) -> list[Offer]:
    """Phones to ring now. The first caller of the line chooses first, by the strategy of the queue."""
    offers: list[Offer] = []
    taken: set[AgentId] = set()
    for waiter in in_order(waiters, floor.staffing.priority_worth_s):
        queue = floor.queue_of(waiter)
        if queue is None or not floor.may_get_agent(waiter):
            continue
        free = [agent for agent in floor.free_for(waiter) if agent.id not in taken]
        agents = choose(queue, free, floor.staffing, rota.last(queue.id))
        if agents:
            offers.append(Offer(waiter, agents))
            taken.update(agent.id for agent in agents)
            rota.rang(queue.id, agents[-1].id)
    return offers


def passed_over(offers: list[Offer], waiters: Iterable[Waiter], floor: Floor) -> list[tuple[Waiter, Offer]]:
    """Callers who could have had an agent that was offered to somebody behind them; looked at before the phones ring.

    Empty as long as the order is held: the check of `match` by another way.
    """
    served = {id(offer.waiter) for offer in offers}
    worth_s = floor.staffing.priority_worth_s
    return [
        (waiter, offer)
        for waiter in waiters
        if id(waiter) not in served and floor.may_get_agent(waiter)
        for offer in offers
        if waiter.precedence(worth_s) < offer.waiter.precedence(worth_s)
        and {agent.id for agent in floor.free_for(waiter)} & {agent.id for agent in offer.agents}
    ]


def hopeless(waiter: Waiter, queue: Queue, roster: Roster) -> bool:
    """True when the caller has had all attempts that the queue allows, or nobody is left who could answer."""
    if waiter.offered:
        return False
    there = roster.in_queue(queue.id)
    if queue.max_attempts:
        return not there or waiter.attempts >= queue.max_attempts
    return all(agent.id in waiter.tried for agent in there)


def begin_next_round(waiter: Waiter, roster: Roster) -> None:
    """When everybody was tried, everybody may be tried again."""
    there = roster.in_queue(waiter.queue)
    if there and all(agent.id in waiter.tried for agent in there):
        waiter.tried.clear()
