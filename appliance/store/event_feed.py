"""Numbered events for other programs, in the order in which they became known; nobody who counts misses one.

A call record enters the feed in the transaction that stores it, by its id alone: readers see the row as it is now.
What only was so for a moment (a call's state) carries its whole text and is kept for two days.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from appliance.store.call_list import CallRow
from appliance.store.calls import get_call
from appliance.store.connection import Connection, execute, fetch_all, fetch_value
from appliance.store.errors import NotFoundError
from appliance.store.scope import Scope
from appliance.telephony.ids import CallId

RECORDS = "records"
"""Topic of call records."""
PASSING_KEPT_S = 2 * 86_400.0


class FeedEntry(msgspec.Struct, frozen=True, kw_only=True):
    n: int
    topic: str
    body: str
    """JSON of a passing event; empty for a record."""
    row: CallRow | None
    """The record; None for a passing event."""


def feed_end(db: Connection) -> int:
    """Number of the newest event, 0 when there never was one."""
    return int(fetch_value(db, "SELECT max(n) FROM event_feed") or 0)


def add_records(db: Connection, call_ids: Iterable[CallId], at: float) -> None:
    """Each call once, whatever is stored again."""
    n = feed_end(db)
    for call_id in call_ids:
        if fetch_value(db, "SELECT 1 FROM event_feed WHERE call_id = ?", (call_id,)) is None:
            n += 1
            execute(db, "INSERT INTO event_feed (n, at, topic, call_id) VALUES (?, ?, ?, ?)", (n, at, RECORDS, call_id))


def add_passing(db: Connection, events: Sequence[tuple[str, str]], at: float) -> None:
    """Topic and JSON of events that no record keeps. Old ones are forgotten; the newest stays, it holds the count."""
    n = feed_end(db)
    for topic, body in events:
        n += 1
        execute(db, "INSERT INTO event_feed (n, at, topic, body) VALUES (?, ?, ?, ?)", (n, at, topic, body))
    execute(db, "DELETE FROM event_feed WHERE call_id = '' AND at < ? AND n < ?", (at - PASSING_KEPT_S, n))


def read_feed(
    db: Connection, since: int, topics: Sequence[str], scope: Scope, *, limit: int = 100
) -> tuple[tuple[FeedEntry, ...], int]:
    """Events after number `since` that the scope may see, and the number up to which everything was looked at."""
    marks = ", ".join("?" * len(topics))
    rows = fetch_all(
        db,
        f"SELECT n, topic, call_id, body FROM event_feed WHERE n > ? AND topic IN ({marks})"  # noqa: S608 own names
        " ORDER BY n LIMIT ?",
        (since, *topics, limit),
    )
    found = []
    for n, topic, call_id, body in rows:
        if topic != RECORDS:
            found.append(FeedEntry(n=n, topic=topic, body=body, row=None))
            continue
        try:
            row = get_call(db, call_id, scope).row
        except NotFoundError:  # outside the scope, or deleted since
            continue
        found.append(FeedEntry(n=n, topic=topic, body="", row=row))
    seen = rows[-1][0] if len(rows) == limit else max(since, feed_end(db))
    return tuple(found), int(seen)
