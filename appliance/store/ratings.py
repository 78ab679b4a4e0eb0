"""What callers said of the service by agent, and whose callers were never asked."""

from __future__ import annotations

import msgspec

from appliance.store.call_key import first_key, last_key
from appliance.store.connection import Connection, fetch_all
from appliance.store.users import agent_names
from appliance.telephony.call import Rating


class AgentRatings(msgspec.Struct, frozen=True, kw_only=True):
    """Of the calls from outside that the agent ended up with, in queues that ask for a rating."""

    agent: str
    name: str
    talked: int
    not_invited: int
    """The caller hung up first, or was let go without being asked: an agent with many waits for callers to hang up."""
    unrated: int
    satisfied: int
    neutral: int
    dissatisfied: int


def agent_ratings(db: Connection, since: str, until: str, queues: tuple[str, ...]) -> tuple[AgentRatings, ...]:
    """Days or local times, both included; who has most callers that were not asked comes first."""
    if not queues:
        return ()
    marks = ", ".join("?" * len(queues))
    rows = fetch_all(
        db,
        "SELECT agent, rating, count(*) FROM calls WHERE id BETWEEN ? AND ? AND result = 'talked'"  # noqa: S608 marks
        f" AND direction = 'inbound' AND agent <> '' AND queue IN ({marks}) GROUP BY agent, rating",
        (first_key(since), last_key(until), *queues),
    )
    counts: dict[str, dict[str, int]] = {}
    for agent, rating, count in rows:
        counts.setdefault(agent, {})[rating] = count
    names = agent_names(db)
    found = [
        AgentRatings(
            agent=agent,
            name=names.get(agent, ""),
            talked=sum(of.values()),
            not_invited=of.get(Rating.NOT_INVITED, 0),
            unrated=of.get(Rating.UNRATED, 0),
            satisfied=of.get(Rating.SATISFIED, 0),
            neutral=of.get(Rating.NEUTRAL, 0),
            dissatisfied=of.get(Rating.DISSATISFIED, 0),
        )
        for agent, of in counts.items()
    ]
    return tuple(sorted(found, key=lambda each: (-each.not_invited / each.talked, each.agent)))
