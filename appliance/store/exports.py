"""Excel exports that were asked for. Their progress is in the job's status file (`appliance.jobs.export_status`)."""

from __future__ import annotations

import secrets
from datetime import datetime

import msgspec

from appliance.store.call_order import NEWEST_FIRST, CallOrder
from appliance.store.call_search import CallSearch
from appliance.store.connection import Connection, execute, fetch_all
from appliance.store.errors import NotFoundError
from appliance.store.scope import Scope


class Export(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    user_id: int
    search: CallSearch
    scope: Scope
    columns: tuple[str, ...]
    """Ids of `appliance.jobs.export_columns`; empty: all of them."""
    created_at: str
    order: CallOrder = NEWEST_FIRST
    masked: bool = False
    """Without whole telephone numbers."""


_SELECT = "SELECT id, user_id, search, scope, columns, created_at, call_order, masked FROM exports"


def add_export(
    db: Connection,
    *,
    user_id: int,
    search: CallSearch,
    scope: Scope,
    columns: tuple[str, ...],
    at: datetime,
    order: CallOrder = NEWEST_FIRST,
    masked: bool = False,
) -> Export:
    """Note what is to be exported; the caller starts the job with its id."""
    export = Export(
        id=f"{at:%Y%m%d-%H%M%S}-{secrets.token_hex(4)}",
        user_id=user_id,
        search=search,
        scope=scope,
        columns=columns,
        created_at=at.isoformat(timespec="seconds"),
        order=order,
        masked=masked,
    )
    execute(
        db,
        "INSERT INTO exports (id, user_id, search, scope, columns, created_at, call_order, masked)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (export.id, user_id, _text(search), _text(scope), _text(columns), export.created_at, _text(order), int(masked)),
    )
    return export


def get_export(db: Connection, export_id: str) -> Export:
    """Raises `NotFoundError`."""
    rows = fetch_all(db, f"{_SELECT} WHERE id = ?", (export_id,))
    if not rows:
        raise NotFoundError("没有这个导出任务，可能已被清理。请重新导出。")
    return _export(rows[0])


def list_exports(db: Connection, user_id: int, *, limit: int = 20) -> list[Export]:
    """The user's latest exports, newest first."""
    rows = fetch_all(db, f"{_SELECT} WHERE user_id = ? ORDER BY created_at DESC, id DESC LIMIT ?", (user_id, limit))
    return [_export(row) for row in rows]


def delete_export(db: Connection, export_id: str) -> None:
    """Forget it; removing its files is up to the caller. An unknown id is no error."""
    execute(db, "DELETE FROM exports WHERE id = ?", (export_id,))


def _export(row: tuple[str, ...]) -> Export:
    export_id, user_id, search, scope, columns, created_at, order, masked = row
    return Export(
        id=export_id,
        user_id=int(user_id),
        search=msgspec.json.decode(search, type=CallSearch),
        scope=msgspec.json.decode(scope, type=Scope),
        columns=msgspec.json.decode(columns, type=tuple[str, ...]),
        created_at=created_at,
        order=msgspec.json.decode(order, type=CallOrder),
        masked=bool(masked),
    )


def _text(value: object) -> str:
    return msgspec.json.encode(value).decode()
