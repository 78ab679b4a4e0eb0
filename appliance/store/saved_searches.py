"""Searches of the call log that people keep under a name, for themselves or for everybody."""

from __future__ import annotations

from typing import Annotated

import msgspec

from appliance.store.call_order import NEWEST_FIRST, CallOrder
from appliance.store.call_search import CallSearch
from appliance.store.connection import Connection, execute, fetch_all, fetch_value
from appliance.store.errors import ConflictError, NotFoundError

MOST = 50
"""Of one person."""


class SearchTerms(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
    search: CallSearch
    order: CallOrder = NEWEST_FIRST
    shared: bool = False
    """Everybody who sees the call log may use it; only its owner changes it."""


class SavedSearch(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    user_id: int
    user_name: str
    """The owner's."""
    terms: SearchTerms


_SELECT = """SELECT s.id, s.user_id, coalesce(u.name, ''), s.name, s.search, s.call_order, s.shared
    FROM saved_searches s LEFT JOIN users u ON u.id = s.user_id"""


def list_searches(db: Connection, user_id: int) -> tuple[SavedSearch, ...]:
    """The user's own in their order, then those that others share, by owner."""
    rows = fetch_all(
        db,
        f"{_SELECT} WHERE s.user_id = ? OR s.shared = 1"
        " ORDER BY CASE WHEN s.user_id = ? THEN 0 ELSE 1 END, s.user_id, s.place, s.id",
        (user_id, user_id),
    )
    return tuple(_search(row) for row in rows)


def get_search(db: Connection, search_id: int, user_id: int) -> SavedSearch:
    """One of the user's own. Raises `NotFoundError`, also for somebody else's."""
    rows = fetch_all(db, f"{_SELECT} WHERE s.id = ? AND s.user_id = ?", (search_id, user_id))
    if not rows:
        raise NotFoundError("没有这个已存查询，可能已被删除。请刷新页面。")
    return _search(rows[0])


def add_search(db: Connection, user_id: int, terms: SearchTerms) -> SavedSearch:
    """Keep it as the last one. Raises `ConflictError` for a name that is taken, or when there are too many."""
    if int(fetch_value(db, "SELECT count(*) FROM saved_searches WHERE user_id = ?", (user_id,))) >= MOST:
        raise ConflictError(f"最多保存 {MOST} 个查询，请先删除不用的。")
    _check_name(db, user_id, terms.name, None)
    execute(
        db,
        "INSERT INTO saved_searches (user_id, place, name, search, call_order, shared)"
        " VALUES (?, (SELECT coalesce(max(place), 0) + 1 FROM saved_searches WHERE user_id = ?), ?, ?, ?, ?)",
        (user_id, user_id, terms.name, _text(terms.search), _text(terms.order), int(terms.shared)),
    )
    found = fetch_value(db, "SELECT id FROM saved_searches WHERE user_id = ? AND name = ?", (user_id, terms.name))
    return get_search(db, int(found), user_id)


def change_search(db: Connection, search_id: int, user_id: int, terms: SearchTerms) -> SavedSearch:
    """Raises `NotFoundError`, `ConflictError` for a name that is taken."""
    get_search(db, search_id, user_id)
    _check_name(db, user_id, terms.name, search_id)
    execute(
        db,
        "UPDATE saved_searches SET name = ?, search = ?, call_order = ?, shared = ? WHERE id = ?",
        (terms.name, _text(terms.search), _text(terms.order), int(terms.shared), search_id),
    )
    return get_search(db, search_id, user_id)


def arrange_searches(db: Connection, user_id: int, ids: tuple[int, ...]) -> None:
    """Put the user's searches in this order; those that are not named follow. Others' are not touched."""
    own = [search.id for search in list_searches(db, user_id) if search.user_id == user_id]
    ordered = [each for each in dict.fromkeys(ids) if each in own]
    for place, search_id in enumerate([*ordered, *(each for each in own if each not in ordered)], 1):
        execute(db, "UPDATE saved_searches SET place = ? WHERE id = ?", (place, search_id))


def delete_search(db: Connection, search_id: int, user_id: int) -> SavedSearch:
    """What was deleted. Raises `NotFoundError`."""
    search = get_search(db, search_id, user_id)
    execute(db, "DELETE FROM saved_searches WHERE id = ?", (search_id,))
    return search


def _check_name(db: Connection, user_id: int, name: str, but: int | None) -> None:
    found = fetch_value(db, "SELECT id FROM saved_searches WHERE user_id = ? AND name = ?", (user_id, name))
    if found is not None and found != but:
        raise ConflictError(f"您已有名为“{name}”的查询，请换一个名称。", "name")


def _search(row: tuple[int, int, str, str, str, str, int]) -> SavedSearch:
    search_id, user_id, user_name, name, search, order, shared = row
    return SavedSearch(
        id=search_id,
        user_id=user_id,
        user_name=user_name,
        terms=SearchTerms(
            name=name,
            search=msgspec.json.decode(search, type=CallSearch),
            order=msgspec.json.decode(order, type=CallOrder),
            shared=bool(shared),
        ),
    )


def _text(value: object) -> str:
    return msgspec.json.encode(value).decode()
