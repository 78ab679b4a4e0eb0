"""Orders of the call log. Newest first is the order of its keys; by another column it takes sorting what was found.

Calls with the same value come newest first, or oldest first when the order is ascending. The place in any order is the
key of a call: the page after it holds the calls that come behind that call.
"""
# ruff: noqa: S608 the text of a statement is made of our own names and marks; values are always parameters

from __future__ import annotations

from enum import StrEnum

import msgspec

from appliance.store.call_list import CallPage, calls_of_keys, list_calls
from appliance.store.call_query import query_of
from appliance.store.call_search import CallSearch
from appliance.store.connection import Connection, fetch_all
from appliance.store.scope import Scope


class OrderBy(StrEnum):
    """Ids of columns, as in exports."""

    STARTED_AT = "started_at"
    DIRECTION = "direction"
    RESULT = "result"
    PEER_NUMBER = "peer_number"
    LINE = "line"
    QUEUE = "queue"
    AGENT = "agent"
    WAIT_S = "wait_s"
    TALK_S = "talk_s"


class CallOrder(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    by: OrderBy = OrderBy.STARTED_AT
    ascending: bool = False


NEWEST_FIRST = CallOrder()
_COLUMNS = {
    OrderBy.DIRECTION: "c.direction",
    OrderBy.RESULT: "c.result",
    OrderBy.PEER_NUMBER: "c.peer_number",
    OrderBy.LINE: "c.line",
    OrderBy.QUEUE: "c.queue",
    OrderBy.AGENT: "c.agent",
    OrderBy.WAIT_S: "c.wait_sec",
    OrderBy.TALK_S: "c.talk_sec",
}


def list_in_order(
    db: Connection, search: CallSearch, scope: Scope, order: CallOrder, *, limit: int = 50, after: int | None = None
) -> CallPage:
    """The first `limit` calls behind the call with key `after`; None: from the start of the order."""
    if order == NEWEST_FIRST:
        return list_calls(db, search, scope, limit=limit, before=after)
    sql, parameters = ordered_keys_sql(db, search, scope, order, after)
    keys = [key for (key,) in fetch_all(db, f"{sql} LIMIT ?", (*parameters, limit + 1))]
    rows = calls_of_keys(db, keys[:limit], scope.voicemails)
    return CallPage(rows=rows, next=rows[-1].key if rows and len(keys) > limit else None)


def ordered_keys_sql(
    db: Connection, search: CallSearch, scope: Scope, order: CallOrder, after: int | None
) -> tuple[str, tuple[object, ...]]:
    """Query for the keys of all calls behind the call with key `after`, in this order."""
    query = query_of(db, search, scope)
    column = _COLUMNS.get(order.by)
    way, beyond = ("ASC", ">") if order.ascending else ("DESC", "<")
    where, parameters = query.where, query.parameters
    if column is None:
        if after is not None:
            where, parameters = f"{where} AND {query.key} {beyond} ?", (*parameters, after)
        return f"SELECT {query.key} FROM {query.tables} WHERE {where} ORDER BY {query.key} {way}", parameters
    query = query.with_rows()
    if after is not None:
        at = fetch_all(db, f"SELECT {column} FROM calls c WHERE c.id = ?", (after,))
        where = f"{where} AND ({column}, {query.key}) {beyond} (?, ?)" if at else f"{where} AND 1 = 0"
        parameters = (*parameters, at[0][0], after) if at else parameters
    return (
        f"SELECT {query.key} FROM {query.tables} WHERE {where} ORDER BY {column} {way}, {query.key} {way}",
        parameters,
    )
