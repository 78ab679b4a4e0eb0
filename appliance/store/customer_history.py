"""What became of a customer: one entry a change, with what was before it. What came after is the next one's before."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

import msgspec

from appliance.store.connection import Connection, execute_many, fetch_all, fetch_value


class ChangeKind(StrEnum):
    CREATED = "created"
    CHANGED = "changed"
    MERGED = "merged"
    """Took in another customer, or was taken in."""
    DELETED = "deleted"
    UNDONE = "undone"
    """Put back to what was before an import."""


class CustomerState(msgspec.Struct, frozen=True, kw_only=True):
    """Everything of a customer at one moment."""

    name: str
    code: str = ""
    card: str = ""
    address: str = ""
    status: str = ""
    level: str = ""
    area: str = ""
    note: str = ""
    numbers: tuple[str, ...] = ()
    custom: dict[str, str] = {}


class Change(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    customer_id: int
    at: str
    user_name: str
    kind: ChangeKind
    import_id: str
    """Empty: changed by hand."""
    before: CustomerState | None
    """None: there was no such customer."""


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """Who changes a customer, and by what."""

    at: datetime
    user_name: str = ""
    import_id: str = ""


_SELECT = "SELECT id, customer_id, at, user_name, kind, import_id, before FROM customer_history"


def note_change(
    db: Connection, customer_id: int, kind: ChangeKind, before: CustomerState | None, origin: Origin
) -> None:
    """Write the entry; call it in the transaction of the change itself."""
    note_changes(db, (customer_id,), kind, before, origin)


def note_changes(
    db: Connection, customer_ids: Iterable[int], kind: ChangeKind, before: CustomerState | None, origin: Origin
) -> None:
    """The same for customers of whom the same is to be noted."""
    at = origin.at.isoformat(timespec="seconds")
    was = "" if before is None else msgspec.json.encode(before).decode()
    execute_many(
        db,
        "INSERT INTO customer_history (customer_id, at, user_name, kind, import_id, before) VALUES (?, ?, ?, ?, ?, ?)",
        [(each, at, origin.user_name, kind.value, origin.import_id, was) for each in customer_ids],
    )


def list_changes(db: Connection, customer_id: int, *, limit: int = 200) -> tuple[Change, ...]:
    """Newest first."""
    rows = fetch_all(db, f"{_SELECT} WHERE customer_id = ? ORDER BY id DESC LIMIT ?", (customer_id, limit))
    return tuple(_changes(rows))


def changes_of_import(db: Connection, import_id: str, *, before_id: int, limit: int) -> tuple[Change, ...]:
    """Newest first, those before an entry."""
    sql = f"{_SELECT} WHERE import_id = ? AND kind <> ? AND id < ? ORDER BY id DESC LIMIT ?"
    return tuple(_changes(fetch_all(db, sql, (import_id, ChangeKind.UNDONE.value, before_id, limit))))


def newest_change(db: Connection, customer_id: int) -> int:
    """Number of the customer's last entry; 0 without any."""
    return int(fetch_value(db, "SELECT max(id) FROM customer_history WHERE customer_id = ?", (customer_id,)) or 0)


def _changes(rows: Iterable[tuple[object, ...]]) -> Iterable[Change]:
    for change_id, customer_id, at, user_name, kind, import_id, before in rows:
        state = msgspec.json.decode(str(before), type=CustomerState) if before else None
        yield msgspec.convert(
            {
                "id": change_id, "customer_id": customer_id, "at": at, "user_name": user_name, "kind": kind,
                "import_id": import_id, "before": state,
            },
            Change,
        )  # fmt: skip
