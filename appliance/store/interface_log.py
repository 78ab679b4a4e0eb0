"""The interface log: what other programs asked of the box, and what the box sent to them. Bounded: the oldest go."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

import msgspec

from appliance.store.connection import Connection, execute, fetch_all

KEPT = 20_000
"""Entries; the newest of them."""


class LogKind(StrEnum):
    HTTP = "http"
    STREAM = "stream"
    HOOK = "hook"


class LogEntry(msgspec.Struct, frozen=True, kw_only=True):
    at: str
    """ISO 8601 local."""
    kind: LogKind
    who: str
    """Label of the key or of the hook; empty for a stranger."""
    address: str
    what: str
    """Method and path, topics of a stream, or the event that was sent."""
    status: int = 0
    """HTTP status; 0: none came."""
    note: str = ""
    """The error's code, or a half sentence."""
    took_ms: int = 0


class LoggedEntry(LogEntry, frozen=True, kw_only=True):
    id: int


def add_log_entries(db: Connection, entries: Sequence[LogEntry]) -> None:
    """In their order; what is beyond `KEPT` is forgotten."""
    for entry in entries:
        execute(
            db,
            "INSERT INTO interface_log (at, kind, who, address, what, status, note, took_ms)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (entry.at, entry.kind.value, entry.who, entry.address, entry.what[:300], entry.status, entry.note[:300],
             entry.took_ms),
        )  # fmt: skip
    execute(db, "DELETE FROM interface_log WHERE id <= (SELECT max(id) FROM interface_log) - ?", (KEPT,))


def list_log_entries(
    db: Connection, *, limit: int = 100, before: int | None = None, failed_only: bool = False
) -> list[LoggedEntry]:
    """Newest first."""
    rows = fetch_all(
        db,
        "SELECT id, at, kind, who, address, what, status, note, took_ms FROM interface_log"
        " WHERE id < ? AND (? = 0 OR status NOT BETWEEN 200 AND 299) ORDER BY id DESC LIMIT ?",
        (2**31 - 1 if before is None else before, int(failed_only), limit),
    )
    return [
        LoggedEntry(
            id=entry_id, at=at, kind=LogKind(kind), who=who, address=address, what=what, status=status, note=note,
            took_ms=took_ms,
        )
        for entry_id, at, kind, who, address, what, status, note, took_ms in rows
    ]  # fmt: skip
