"""One day of the ledger in figures: who asked for us in vain, what became of it, and whether all lines were in use."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec

from appliance.store.call_key import first_key, last_key
from appliance.store.connection import Connection, fetch_all, fetch_value
from appliance.store.errors import InvalidError
from appliance.store.followup_ledger import ContactKind, milliseconds
from appliance.store.followups import FollowUpReach

_LONGEST_CALL = timedelta(hours=24)
"""A call that began earlier does not reach into the day."""


class FollowUpDay(msgspec.Struct, frozen=True, kw_only=True):
    """Rows of the ledger that were opened on the day, as far as the person sees them; lines for the whole box."""

    day: str
    opened: int
    called_again: int
    reached: int
    by_hand: int
    open: int
    overdue: int
    in_time: int
    """Of those that closed by a talk, how many before they were due."""
    without_number: int
    """Unserved calls without a number: nobody can call back."""
    all_lines_busy_s: float
    """How long every outside line was in use: nobody could come through."""


def followup_day(db: Connection, day: str, reach: FollowUpReach, lines: int, now: datetime) -> FollowUpDay:
    """`lines`: how many outside lines there are. Raises `InvalidError` for no date."""
    try:
        datetime.fromisoformat(day)
    except ValueError as error:
        raise InvalidError(f"“{day}”不是日期，应写成 2026-11-02。", "day") from error
    clause, parameters = reach.clause
    rows = fetch_all(
        db,
        "SELECT f.closing, f.closed_ms, f.due_ms FROM followups f"  # noqa: S608 own names and marks
        f" WHERE substr(f.first_at, 1, 10) = ? AND {clause}",
        (day, *parameters),
    )
    now_ms = milliseconds(now.isoformat())
    closings = [closing for closing, _closed, _due in rows]
    talks = {ContactKind.CALLED_AGAIN.value, ContactKind.REACHED.value}
    return FollowUpDay(
        day=day,
        opened=len(rows),
        called_again=closings.count(ContactKind.CALLED_AGAIN),
        reached=closings.count(ContactKind.REACHED),
        by_hand=closings.count(ContactKind.BY_HAND),
        open=closings.count(""),
        overdue=sum(1 for closing, _closed, due_ms in rows if not closing and due_ms < now_ms),
        in_time=sum(1 for closing, closed_ms, due_ms in rows if closing in talks and closed_ms <= due_ms),
        without_number=_without_number(db, day),
        all_lines_busy_s=all_busy_s(_spans(db, day), lines),
    )


def all_busy_s(spans: Iterable[tuple[int, float, float]], lines: int) -> float:
    """Seconds in which at least `lines` different lines had a call; spans are line, begin and end in seconds."""
    changes = sorted(
        (at, change, line) for line, begin, end in spans if end > begin for at, change in ((begin, 1), (end, -1))
    )
    calls: dict[int, int] = {}
    total = before = 0.0
    for at, change, line in changes:
        if lines and sum(1 for count in calls.values() if count) >= lines:
            total += at - before
        calls[line] = calls.get(line, 0) + change
        before = at
    return round(total, 3)


def _spans(db: Connection, day: str) -> list[tuple[int, float, float]]:
    """Line, begin and end of every call that had a line, cut to the day; in seconds of local wall time."""
    start = datetime.fromisoformat(day)
    end = start + timedelta(days=1)
    rows = fetch_all(
        db,
        "SELECT c.line, d.started_at, d.ended_at FROM calls c JOIN call_details d ON d.id = c.id"
        " WHERE c.id BETWEEN ? AND ? AND c.line > 0",
        (first_key((start - _LONGEST_CALL).isoformat()), last_key(day)),
    )
    wall = [(line, _wall(began), _wall(ended)) for line, began, ended in rows]
    return [
        (line, max(began, start).timestamp(), min(ended, end).timestamp())
        for line, began, ended in wall
        if ended > start and began < end
    ]


def _wall(at: str) -> datetime:
    return datetime.fromisoformat(at).replace(tzinfo=None)


def _without_number(db: Connection, day: str) -> int:
    sql = "SELECT count(*) FROM contacts WHERE number = '' AND kind = 'unserved' AND substr(at, 1, 10) = ?"
    return int(fetch_value(db, sql, (day,)))
