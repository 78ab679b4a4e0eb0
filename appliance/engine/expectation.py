"""How long a caller will wait, from how long the last callers of the queue were served: pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping

from appliance.telephony.ids import AgentId, QueueId

RECENT = 30
"""So many of the last services of a queue count."""
FIRST_GUESS_S = 120.0
"""Length of a service while none is known."""
SHORTEST_S, LONGEST_S = 5.0, 1800.0
"""A service outside of this counts as that much: one forgotten handset must not spoil the hour."""


class ServiceTimes:
    """What the last services of each queue took, conversation and wrap-up."""

    def __init__(self) -> None:
        self._recent: dict[QueueId, deque[float]] = {}

    def add(self, queue: QueueId, service_s: float) -> None:
        recent = self._recent.setdefault(queue, deque(maxlen=RECENT))
        recent.append(min(max(service_s, SHORTEST_S), LONGEST_S))

    def mean_s(self, queue: QueueId) -> float:
        recent = self._recent.get(queue)
        return sum(recent) / len(recent) if recent else FIRST_GUESS_S


def expected_wait_s(ahead: float, free: int, serving: int, mean_service_s: float) -> float | None:
    """Seconds until a caller with `ahead` callers in front is served.

    `serving` agents are there, `free` of them idle. Each agent becomes free once in `mean_service_s` on average, so
    somebody does every `mean_service_s / serving`; None without agents.
    """
    if serving <= 0:
        return None
    departures = ahead + 1 - free
    return 0.0 if departures <= 0 else departures * mean_service_s / serving


def rivals_ahead(queue: QueueId, ahead: Iterable[QueueId], agents: Mapping[QueueId, frozenset[AgentId]]) -> float:
    """How many of the callers ahead, each given by the queue, will take an agent away from this queue.

    One in a queue whose agents are all ours counts whole; where only some of them are, as much as they are.
    """
    ours = agents.get(queue, frozenset())
    total = 0.0
    for other in ahead:
        theirs = agents.get(other, frozenset())
        if theirs:
            total += len(ours & theirs) / len(theirs)
    return total
