"""Who gets which agent: pure, first come first served over all queues.

`match` is asked after every change (a caller came, an agent became idle, a phone was put down). It never gives one
agent to two callers nor one caller two agents.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from appliance.engine.agents import Agent, Roster
from appliance.telephony.ids import AgentId, CallId, QueueId


@dataclass(slots=True)
class Waiter:
    """A caller in a queue. `tried` are the agents whose phones rang for this caller in vain."""

    call_id: CallId
    queue: QueueId
    arrived: int
    """Running number: smaller came first."""
    since: str
    offered: AgentId | None = None
    tried: set[AgentId] = field(default_factory=set)


def match(waiters: Iterable[Waiter], roster: Roster, phone_free: Callable[[Agent], bool]) -> list[tuple[Waiter, Agent]]:
    """Pairs to ring now, oldest caller first, each with the agent of its queue who has been idle longest."""
    pairs: list[tuple[Waiter, Agent]] = []
    taken: set[AgentId] = set()
    for waiter in sorted(waiters, key=lambda waiter: waiter.arrived):
        if waiter.offered is not None:
            continue
        free = [
            agent
            for agent in roster.in_queue(waiter.queue)
            if agent.id not in taken and agent.id not in waiter.tried and phone_free(agent)
        ]
        agent = roster.longest_idle(free)
        if agent is not None:
            pairs.append((waiter, agent))
            taken.add(agent.id)
    return pairs


def hopeless(waiter: Waiter, roster: Roster) -> bool:
    """True when every agent of the queue has been tried for this caller (or nobody is left)."""
    return all(agent.id in waiter.tried for agent in roster.in_queue(waiter.queue))
