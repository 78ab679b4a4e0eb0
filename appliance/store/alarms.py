"""Alarms: what was wrong from when to when, who took note. At most one of a kind is open about one subject."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum

import msgspec

from appliance.store.connection import Connection, execute, fetch_all, fetch_value
from appliance.store.errors import NotFoundError

ENGINE_BOOT = "engine_boot"
"""Setting: the engine's last known start, so that a restart is noticed across one of the web."""
KEPT = 20_000
"""Alarms; the newest of them."""


class AlarmKind(StrEnum):
    LINE_DOWN = "line_down"
    NO_DIAL_TONE = "no_dial_tone"
    LINES_BUSY = "lines_busy"
    QUEUE_LONG = "queue_long"
    WAIT_LONG = "wait_long"
    DISK = "disk"
    ENGINE_DOWN = "engine_down"
    ENGINE_RESTARTED = "engine_restarted"
    WEB_RESTARTED = "web_restarted"
    RULES_BROKEN = "rules_broken"
    JOURNAL_BEHIND = "journal_behind"
    CLOCK_JUMP = "clock_jump"
    CLOCK_UNSURE = "clock_unsure"
    DATABASE = "database"
    BACKUP_FAILED = "backup_failed"
    BACKUP_OLD = "backup_old"


class AlarmLevel(StrEnum):
    NOTICE = "notice"
    """It has passed by itself, or is worth knowing."""
    WARN = "warn"
    GRAVE = "grave"
    """Callers are not served, or something is being lost."""


class AlarmDraft(msgspec.Struct, frozen=True, kw_only=True):
    kind: AlarmKind
    subject: str
    """Line, queue or water mark; empty for the whole box."""
    level: AlarmLevel
    text: str
    """Chinese sentence: what is wrong, and what to do."""


class Alarm(AlarmDraft, frozen=True, kw_only=True):
    id: int
    raised_at: str
    cleared_at: str
    """Empty while it lasts."""
    acknowledged_at: str
    acknowledged_by: str
    """Name; empty: nobody yet."""


class AlarmQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which alarms; everything that is empty does not matter."""

    kinds: Collection[AlarmKind]
    open_only: bool = False
    """Only what lasts."""
    level: AlarmLevel | None = None
    since: str = ""
    """ISO date: raised on this day or later."""
    until: str = ""
    before: int | None = None
    """`id` of the last alarm of the page before."""
    limit: int = 50


_COLUMNS = "id, kind, subject, level, text, raised_at, cleared_at, acknowledged_at, acknowledged_by"


def raise_alarm(db: Connection, draft: AlarmDraft, at: str) -> Alarm:
    """The open alarm about this; one that lasts already stays as it is."""
    alarm_id = int(fetch_value(db, "SELECT coalesce(max(id), 0) + 1 FROM alarms"))
    execute(
        db,
        "INSERT INTO alarms (id, kind, subject, level, text, raised_at) VALUES (?, ?, ?, ?, ?, ?)"
        " ON CONFLICT DO NOTHING",
        (alarm_id, draft.kind.value, draft.subject, draft.level.value, draft.text, at),
    )
    execute(db, "DELETE FROM alarms WHERE id <= ? AND cleared_at <> ''", (alarm_id - KEPT,))
    where = "kind = ? AND subject = ? AND cleared_at = ''"
    return _alarms(db, where, (draft.kind.value, draft.subject))[0]


def clear_alarm(db: Connection, kind: AlarmKind, subject: str, at: str) -> Alarm | None:
    """It is over; None when none was open."""
    found = _alarms(db, "kind = ? AND subject = ? AND cleared_at = ''", (kind.value, subject))
    if not found:
        return None
    execute(db, "UPDATE alarms SET cleared_at = ? WHERE id = ?", (at, found[0].id))
    return get_alarm(db, found[0].id)


def acknowledge_alarm(db: Connection, alarm_id: int, by: str, at: str) -> Alarm:
    """Somebody takes note; the first one stands. Raises `NotFoundError`."""
    execute(
        db,
        "UPDATE alarms SET acknowledged_at = ?, acknowledged_by = ? WHERE id = ? AND acknowledged_at = ''",
        (at, by, alarm_id),
    )
    return get_alarm(db, alarm_id)


def get_alarm(db: Connection, alarm_id: int) -> Alarm:
    """Raises `NotFoundError`."""
    found = _alarms(db, "id = ?", (alarm_id,))
    if not found:
        raise NotFoundError("没有这条告警，可能已过期清除。请刷新页面。")
    return found[0]


def open_alarms(db: Connection) -> tuple[Alarm, ...]:
    """What lasts, oldest first."""
    return tuple(reversed(_alarms(db, "cleared_at = ''", ())))


def list_alarms(db: Connection, query: AlarmQuery) -> tuple[tuple[Alarm, ...], int | None]:
    """Newest first, and `before` of the next page."""
    parts, parameters = ["1 = 1"], list[str | int]()
    if query.open_only:
        parts.append("cleared_at = ''")
    for column, sign, value in (
        ("level", "=", query.level.value if query.level else ""),
        ("raised_at", ">=", query.since),
        ("raised_at", "<", f"{query.until}U" if query.until else ""),  # U comes after the T before the time of day
        ("id", "<", query.before or ""),
    ):
        if value:
            parts.append(f"{column} {sign} ?")
            parameters.append(value)
    marks = ", ".join("?" * len(query.kinds))
    parts.append(f"kind IN ({marks})" if query.kinds else "1 = 0")
    where = " AND ".join(parts)
    parameters += [kind.value for kind in query.kinds]
    rows = _alarms(db, where, tuple(parameters), query.limit + 1)
    page = rows[: query.limit]
    return page, page[-1].id if len(rows) > query.limit else None


def _alarms(db: Connection, where: str, parameters: tuple[str | int, ...], limit: int = KEPT) -> tuple[Alarm, ...]:
    rows = fetch_all(
        db,
        f"SELECT {_COLUMNS} FROM alarms WHERE {where} ORDER BY id DESC LIMIT ?",  # noqa: S608 own names and marks
        (*parameters, limit),
    )
    return tuple(
        Alarm(
            id=alarm_id, kind=AlarmKind(kind), subject=subject, level=AlarmLevel(level), text=text, raised_at=raised_at,
            cleared_at=cleared_at, acknowledged_at=acknowledged_at, acknowledged_by=acknowledged_by,
        )
        for (
            alarm_id, kind, subject, level, text, raised_at, cleared_at, acknowledged_at, acknowledged_by
        ) in rows
    )  # fmt: skip
