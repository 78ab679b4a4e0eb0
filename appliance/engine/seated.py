"""Who was signed in when the last engine went: they need not sign in again."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from appliance.engine.agents import Agent, SignInError
from appliance.engine.agentwork import refresh
from appliance.journal import recent_facts
from appliance.telephony.call import AgentStatus
from appliance.telephony.ids import AgentId, QueueId, SeatId
from appliance.wire.facts import AgentStatusChanged, AnyFact, CallEnded, EngineStarted, EngineStopped

if TYPE_CHECKING:
    from appliance.engine.switch import Switch

log = logging.getLogger(__name__)

LONGEST_SHIFT = timedelta(hours=16)
"""Whoever signed in longer ago has gone home, and the box was off meanwhile."""
RESTART = timedelta(minutes=30)
"""An engine stopped in order is back within this time, or the working day was over."""


@dataclass(frozen=True, slots=True)
class Seated:
    """An agent at a seat, as the journal has it."""

    agent: AgentId
    name: str
    seat: SeatId
    queues: tuple[QueueId, ...]
    status: AgentStatus
    reason: str
    since: datetime
    signed_in_at: datetime
    talked_today: int = 0


def seated_agents(folder: Path, now: datetime) -> list[Seated]:
    """Of the journal in `folder`. Raises `OSError` when it cannot be read."""
    return seated_by(recent_facts(folder), now)


def seated_by(facts: Iterable[AnyFact], now: datetime) -> list[Seated]:
    """Who is seated after all these facts, in the order in which they signed in."""
    there: dict[AgentId, Seated] = {}
    talks: list[tuple[AgentId, ...]] = []
    stopped_at: datetime | None = None
    for fact in facts:
        match fact:
            case EngineStarted():
                stopped_at = None
            case EngineStopped():
                stopped_at = datetime.fromisoformat(fact.at)
            case AgentStatusChanged():
                _note(there, fact)
            case CallEnded() if datetime.fromisoformat(fact.record.started_at).date() == now.date():
                talks.append(fact.record.agents)
            case _:
                pass
    if stopped_at is not None and now - stopped_at > RESTART:
        return []
    return [
        replace(each, talked_today=sum(each.agent in agents for agents in talks))
        for each in there.values()
        if now - each.signed_in_at < LONGEST_SHIFT
    ]


def seat_again(switch: Switch, seated: Iterable[Seated]) -> None:
    """Put them back to their phones with the status they had. A seat that the plan has no longer stays empty."""
    for each in seated:
        station = next((station for station in switch.stations.values() if station.plan.seat == each.seat), None)
        if station is None:
            log.warning("agent %s sat at seat %s, which is no more", each.agent, each.seat)
            continue
        queues = frozenset(queue.id for queue in switch.plan.queues) & set(each.queues)
        agent = Agent(each.agent, each.name, each.seat, station.plan.id, queues, each.since, each.since)
        try:
            switch.roster.sign_in(agent)
        except SignInError as error:
            log.warning("agent %s is not seated again: %s", each.agent, error)
            continue
        agent.status, agent.reason, agent.talked_today = each.status, each.reason, each.talked_today
        refresh(switch, agent)


def _note(there: dict[AgentId, Seated], fact: AgentStatusChanged) -> None:
    if fact.status is AgentStatus.LOGGED_OUT or fact.seat is None:
        there.pop(fact.agent, None)
        return
    at, before = datetime.fromisoformat(fact.at), there.get(fact.agent)
    there[fact.agent] = Seated(
        agent=fact.agent,
        name=fact.name,
        seat=fact.seat,
        queues=fact.queues,
        status=fact.status,
        reason=fact.reason,
        since=at,
        signed_in_at=before.signed_in_at if before is not None else at,
    )
