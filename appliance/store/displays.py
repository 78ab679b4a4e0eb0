"""Television screens that show the wallboard without anybody signed in; only hashes of their secrets are kept."""

from __future__ import annotations

from typing import Annotated

import msgspec

from appliance.store.connection import Connection, execute, fetch_all, fetch_value
from appliance.store.errors import ConflictError, NotFoundError
from appliance.telephony.ids import QueueId

MOST = 50


class DisplayTerms(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    label: Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
    """Where the screen hangs."""
    queues: Annotated[tuple[QueueId, ...], msgspec.Meta(max_length=50)] = ()
    """Empty: all."""
    agents: bool = True
    """Names of agents with their states."""
    rotate_s: Annotated[int, msgspec.Meta(ge=5, le=300)] = 15
    """How long one page is shown when not everything finds room."""


class Display(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    terms: DisplayTerms
    created_at: str
    created_by: str


def add_display(db: Connection, terms: DisplayTerms, *, secret_hash: str, at: str, by: str) -> Display:
    """Raises `ConflictError` when there are too many."""
    if int(fetch_value(db, "SELECT count(*) FROM displays")) >= MOST:
        raise ConflictError(f"大屏链接已达上限 {MOST} 个，请先停用不再使用的。")
    display_id = int(fetch_value(db, "SELECT coalesce(max(id), 0) + 1 FROM displays"))
    execute(
        db,
        "INSERT INTO displays (id, secret_hash, terms, created_at, created_by) VALUES (?, ?, ?, ?, ?)",
        (display_id, secret_hash, msgspec.json.encode(terms).decode(), at, by),
    )
    return Display(id=display_id, terms=terms, created_at=at, created_by=by)


def list_displays(db: Connection) -> tuple[Display, ...]:
    """In the order in which they were set up."""
    return tuple(_display(row) for row in fetch_all(db, f"SELECT {_COLUMNS} FROM displays ORDER BY id"))  # noqa: S608


def display_by_hash(db: Connection, secret_hash: str) -> Display | None:
    """The screen with this secret; None: there is none, or it was retired."""
    rows = fetch_all(db, f"SELECT {_COLUMNS} FROM displays WHERE secret_hash = ?", (secret_hash,))  # noqa: S608
    return _display(rows[0]) if rows else None


def delete_display(db: Connection, display_id: int) -> Display:
    """The screen shows nothing any more. Raises `NotFoundError`."""
    rows = fetch_all(db, f"SELECT {_COLUMNS} FROM displays WHERE id = ?", (display_id,))  # noqa: S608 own names
    if not rows:
        raise NotFoundError("没有这个大屏链接，可能已被停用。请刷新页面。")
    execute(db, "DELETE FROM displays WHERE id = ?", (display_id,))
    return _display(rows[0])


_COLUMNS = "id, terms, created_at, created_by"


def _display(row: tuple[int, str, str, str]) -> Display:
    display_id, terms, created_at, created_by = row
    return Display(
        id=display_id,
        terms=msgspec.json.decode(terms, type=DisplayTerms),
        created_at=created_at,
        created_by=created_by,
    )
