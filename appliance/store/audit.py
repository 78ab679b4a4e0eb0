"""The operation log: who changed what, with before and after. Entries are only ever added."""

from __future__ import annotations

from datetime import datetime

import msgspec

from appliance.store.connection import Connection
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


def last_audit_entry(db: Connection, subject: str, subject_id: str) -> AuditEntry | None:
    """The newest entry about one thing."""
    asked = (AuditTable.subject == subject) & (AuditTable.subject_id == subject_id)
    rows = AuditTable.select().where(asked).order_by(AuditTable.id.desc()).limit(1).dicts().execute(db)
    return next((AuditEntry(**{name: row[name] for name in AuditEntry.__struct_fields__}) for row in rows), None)


def list_audit_entries(db: Connection, *, limit: int = 100, before_id: int | None = None) -> list[AuditEntry]:
    """Newest first; `before_id` continues after the last entry of the page before."""
    query = AuditTable.select().order_by(AuditTable.id.desc()).limit(limit)
    if before_id is not None:
        query = query.where(AuditTable.id < before_id)
    return [
        AuditEntry(**{name: row[name] for name in AuditEntry.__struct_fields__}) for row in query.dicts().execute(db)
    ]
