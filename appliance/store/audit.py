"""The operation log: who changed what, with before and after. Entries are only ever added."""

from __future__ import annotations

from datetime import datetime

import msgspec

from appliance.store.connection import Connection, fetch_all
from appliance.store.models.people import AuditTable


class AuditEntry(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    at: str
    user_id: int | None
    user_name: str
    address: str
    action: str
    """Permission id or route action, e.g. `call.edit_reason`."""
    subject: str
    """Kind of thing, e.g. `call`."""
    subject_id: str
    before: str
    """JSON or text; empty when there was nothing."""
    after: str


_FIELDS = ", ".join(AuditEntry.__struct_fields__)


def add_audit_entry(
    db: Connection,
    *,
    at: datetime,
    user_id: int | None,
    user_name: str,
    action: str,
    address: str = "",
    subject: str = "",
    subject_id: str = "",
    before: str = "",
    after: str = "",
) -> None:
    """Write one entry; call it in the transaction of the change itself."""
    AuditTable.insert(
        at=at.isoformat(timespec="seconds"),
        user_id=user_id,
        user_name=user_name,
        address=address,
        action=action,
        subject=subject,
        subject_id=subject_id,
        before=before,
        after=after,
    ).execute(db)


def note_clock(db: Connection, how: str, before: datetime, after: datetime) -> None:
    """The clock of the box went from one moment to another; the same again is no entry. `how`: `set`, or `raised` at
    the start of the machine because it was behind the last known moment.
    """
    was, now = (f"{moment:%Y-%m-%d %H:%M:%S}" for moment in (before, after))
    fields = {"action": "clock", "subject": "clock", "subject_id": how, "before": was, "after": now}
    same = [getattr(AuditTable, name) == value for name, value in fields.items()]
    if not AuditTable.select().where(*same).exists(db):
        add_audit_entry(db, at=after, user_id=None, user_name="本机", **fields)


def last_audit_entry(db: Connection, subject: str, subject_id: str) -> AuditEntry | None:
    """The newest entry about one thing."""
    asked = (AuditTable.subject == subject) & (AuditTable.subject_id == subject_id)
    rows = AuditTable.select().where(asked).order_by(AuditTable.id.desc()).limit(1).dicts().execute(db)
    return next((AuditEntry(**{name: row[name] for name in AuditEntry.__struct_fields__}) for row in rows), None)


class AuditSearch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All that is given must hold."""

    user: int | None = None
    action: str = ""
    """Beginning of the action: `adm.` for all of its kind."""
    subject: str = ""
    subject_id: str = ""
    since: str = ""
    """Day or moment, included; local as the entries."""
    until: str = ""
    """Day (as a whole) or moment, included."""
    text: str = ""
    """Stands somewhere in what was before or after, or in the name of the person."""


def search_audit_entries(
    db: Connection, search: AuditSearch, *, limit: int, before_id: int | None = None
) -> list[AuditEntry]:
    """Newest first."""
    parts: list[tuple[str, object]] = []
    if before_id is not None:
        parts.append(("id < ?", before_id))
    if search.user is not None:
        parts.append(("user_id = ?", search.user))
    if search.action:
        parts.append(("substr(action, 1, ?) = ?", search.action))
    if search.subject:
        parts.append(("subject = ?", search.subject))
    if search.subject_id:
        parts.append(("subject_id = ?", search.subject_id))
    if search.since:
        parts.append(("at >= ?", search.since))
    if search.until:
        parts.append(("substr(at, 1, ?) <= ?", search.until))
    where, parameters = ["1 = 1"], list[object]()
    for sql, value in parts:
        where.append(sql)
        parameters += [len(str(value)), value] if sql.startswith("substr") else [value]
    if search.text:
        sign = _like(search.text)
        where.append("(before LIKE ? ESCAPE '!' OR after LIKE ? ESCAPE '!' OR user_name LIKE ? ESCAPE '!')")
        parameters += [sign, sign, sign]
    rows = fetch_all(
        db,
        f"SELECT {_FIELDS} FROM audit_entries WHERE {' AND '.join(where)}"  # noqa: S608 own names and marks
        " ORDER BY id DESC LIMIT ?",
        (*parameters, limit),
    )
    return [AuditEntry(**dict(zip(AuditEntry.__struct_fields__, row, strict=True))) for row in rows]


def audit_actions(db: Connection) -> tuple[str, ...]:
    """Every action that was ever logged."""
    rows = fetch_all(db, "SELECT DISTINCT action FROM audit_entries ORDER BY action")
    return tuple(action for (action,) in rows)


def _like(text: str) -> str:
    for sign in "!%_":
        text = text.replace(sign, f"!{sign}")
    return f"%{text}%"


def list_audit_entries(db: Connection, *, limit: int = 100, before_id: int | None = None) -> list[AuditEntry]:
    """Newest first; `before_id` continues after the last entry of the page before."""
    query = AuditTable.select().order_by(AuditTable.id.desc()).limit(limit)
    if before_id is not None:
        query = query.where(AuditTable.id < before_id)
    return [
        AuditEntry(**{name: row[name] for name in AuditEntry.__struct_fields__}) for row in query.dicts().execute(db)
    ]
