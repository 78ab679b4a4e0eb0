"""The key of a call in the database: its local start time, so that order by key is order by time.

`key = second × 1024 + millisecond`, with `second` counted from 1970-01-01 00:00 *local* wall time: a day is a span of
keys; time of day and weekday follow from the key alone. Calls of one millisecond take the next free keys.
"""

from __future__ import annotations

from datetime import datetime, timedelta

SLOTS_PER_SECOND = 1024
DAY_S = 86_400
LAST_KEY = (1 << 62) - 1
_ORIGIN = datetime(1970, 1, 1)  # noqa: DTZ001 local wall time is meant

SECOND_OF_DAY_SQL = f"((c.id / {SLOTS_PER_SECOND}) % {DAY_S})"
DAY_SQL = f"(c.id / {SLOTS_PER_SECOND * DAY_S})"
"""Days since 1970-01-01."""
WEEKDAY_SQL = f"((c.id / {SLOTS_PER_SECOND * DAY_S} + 3) % 7 + 1)"
"""1 Monday … 7 Sunday; 1970-01-01 was a Thursday."""


def key_of(moment: datetime) -> int:
    """Smallest key of a call that starts at this wall time (an offset is ignored)."""
    since = moment.replace(tzinfo=None) - _ORIGIN
    return (since.days * DAY_S + since.seconds) * SLOTS_PER_SECOND + since.microseconds // 1000


def day_number(day: str) -> int:
    """Days since 1970-01-01 of an ISO date."""
    return (datetime.fromisoformat(day) - _ORIGIN).days


def first_key(since: str) -> int:
    """Smallest key of `since`: an ISO date or local time."""
    return key_of(datetime.fromisoformat(since))


def last_key(until: str) -> int:
    """Largest key of `until`: the last one of a day, of a second."""
    length = timedelta(days=1) if len(until) == len("2026-11-02") else timedelta(seconds=1)
    return key_of(datetime.fromisoformat(until) + length) - 1
