"""One day in figures, as the live board and the wallboard show them: per queue, for everything, and per agent."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import msgspec

from appliance.store.call_key import first_key, last_key
from appliance.store.connection import Connection, fetch_all
from appliance.telephony.call import CallResult, Direction
from appliance.telephony.ids import AgentId, QueueId

_LOST = frozenset(
    {CallResult.ABANDONED_IN_QUEUE, CallResult.AGENT_NO_ANSWER, CallResult.NO_AGENT, CallResult.VOICEMAIL}
)
"""Wanted an agent and did not get one."""


class CallFigures(msgspec.Struct, frozen=True, kw_only=True):
    """Of the inbound calls that began on the day and are over; waits in whole seconds."""

    calls: int = 0
    answered: int = 0
    """An agent talked to the caller."""
    lost: int = 0
    """Came as far as a queue and talked to nobody: gave up, nobody answered, left a message."""
    abandoned: int = 0
    """Of these, who gave up while waiting."""
    in_time: int = 0
    """Of those answered, who waited no longer than the service time."""
    mean_wait_s: float = 0.0
    """Of those answered."""
    longest_wait_s: float = 0.0
    """Of those who wanted an agent, answered or not."""
    service_level: float | None = None
    """Share answered in time of all who wanted an agent, 0 to 1; None without any."""


class QueueDay(CallFigures, frozen=True, kw_only=True):
    queue: QueueId


class AgentDay(msgspec.Struct, frozen=True, kw_only=True):
    agent: AgentId
    talked: int
    talk_s: int


class DayFigures(msgspec.Struct, frozen=True, kw_only=True):
    day: str
    service_s: int
    """Waits up to this count as in time."""
    all: CallFigures
    """All inbound calls, those that never reached a queue too."""
    queues: tuple[QueueDay, ...]
    agents: tuple[AgentDay, ...]
    outbound: int


def day_figures(db: Connection, day: str, service_s: int, queues: Collection[QueueId] = ()) -> DayFigures:
    """`queues`: only these are counted, in `all` too; empty: everything. `day` is an ISO date of local time."""
    span = (first_key(day), last_key(day))
    rows = fetch_all(
        db,
        "SELECT c.queue, c.result, count(*), sum(c.wait_sec), max(c.wait_sec),"
        " sum(CASE WHEN c.wait_sec <= ? THEN 1 ELSE 0 END) FROM calls c"
        " WHERE c.id BETWEEN ? AND ? AND c.direction = ? GROUP BY c.queue, c.result",
        (service_s, *span, Direction.INBOUND.value),
    )
    groups = [
        _Group(QueueId(queue), CallResult(result), int(calls), int(wait or 0), int(longest or 0), int(in_time or 0))
        for queue, result, calls, wait, longest, in_time in rows
        if not queues or queue in queues
    ]
    return DayFigures(
        day=day,
        service_s=service_s,
        all=_figures(groups),
        queues=tuple(_queue_day(queue, groups) for queue in sorted({group.queue for group in groups if group.queue})),
        agents=_agents(db, span),
        outbound=int(
            fetch_all(
                db,
                "SELECT count(*) FROM calls c WHERE c.id BETWEEN ? AND ? AND c.direction = ?",
                (*span, Direction.OUTBOUND.value),
            )[0][0]
        ),
    )


class _Group(msgspec.Struct, frozen=True):
    """Calls of one queue with one result."""

    queue: QueueId
    result: CallResult
    calls: int
    wait_s: int
    longest_s: int
    in_time: int


def _figures(groups: Iterable[_Group]) -> CallFigures:
    groups = list(groups)
    answered = [group for group in groups if group.result is CallResult.TALKED]
    lost = [group for group in groups if group.result in _LOST and group.queue]
    talked, missed = (sum(group.calls for group in part) for part in (answered, lost))
    in_time = sum(group.in_time for group in answered)
    return CallFigures(
        calls=sum(group.calls for group in groups),
        answered=talked,
        lost=missed,
        abandoned=sum(group.calls for group in lost if group.result is CallResult.ABANDONED_IN_QUEUE),
        in_time=in_time,
        mean_wait_s=round(sum(group.wait_s for group in answered) / talked, 1) if talked else 0.0,
        longest_wait_s=float(max((group.longest_s for group in (*answered, *lost)), default=0)),
        service_level=round(in_time / (talked + missed), 4) if talked + missed else None,
    )


def _queue_day(queue: QueueId, groups: list[_Group]) -> QueueDay:
    figures = _figures(group for group in groups if group.queue == queue)
    return QueueDay(queue=queue, **{name: getattr(figures, name) for name in CallFigures.__struct_fields__})


def _agents(db: Connection, span: tuple[int, int]) -> tuple[AgentDay, ...]:
    rows = fetch_all(
        db,
        "SELECT agent, count(*), sum(talk_sec) FROM calls WHERE id BETWEEN ? AND ? AND agent <> '' AND result = ?"
        " GROUP BY agent ORDER BY agent",
        (*span, CallResult.TALKED.value),
    )
    return tuple(AgentDay(agent=AgentId(agent), talked=int(talked), talk_s=int(s or 0)) for agent, talked, s in rows)
