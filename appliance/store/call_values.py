"""Chosen fields of calls as plain rows, for exports: a million of them, each value as the database holds it."""
# ruff: noqa: S608 the text of a statement is made of our own names and marks; values are always parameters

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from typing import Any

from appliance.store.call_order import NEWEST_FIRST, CallOrder, ordered_keys_sql
from appliance.store.call_query import query_of
from appliance.store.call_search import CallSearch
from appliance.store.connection import Connection, fetch_all, fetch_each
from appliance.store.scope import Scope

PORTION = 500
"""Rows that are fetched at a time when every call is wanted in an order of its own."""
_IN_CALLS = (
    "direction", "result", "line", "queue", "talk_sec", "wait_sec", "peer_number", "peer_number_raw", "agent",
    "reason_id", "cust_status", "cust_level", "area", "rating",
)  # fmt: skip
_IN_DETAILS = (
    "call_id", "started_at", "ended_at", "answered_at", "connected_at", "hotline", "peer_name", "caller_id", "agents",
    "station", "ring_s", "total_s", "hang_up_side", "hang_up_cause", "transfers", "summary",
)  # fmt: skip
RECORDED = "recorded"
"""Value of `recording` for a call that has one; else the reason why not, or empty."""
_FIELDS = {
    **{name: f"c.{name}" for name in _IN_CALLS},
    **{name: f"d.{name}" for name in _IN_DETAILS},
    "customer_name": "k.name",
    "recording": f"CASE WHEN c.has_recording = 1 THEN '{RECORDED}' ELSE c.no_recording END",
    "voicemail_state": "c.voicemail_state",
    "ticket": "(SELECT t.number FROM call_tickets l JOIN tickets t ON t.id = l.ticket_id"
    " WHERE l.id = c.id ORDER BY t.id DESC LIMIT 1)",
}
_JOINS = (
    ("d.", "CROSS JOIN call_details d ON d.id = c.id"),
    ("k.", "LEFT JOIN customers k ON k.id = c.customer_id"),
)


def each_values(
    db: Connection, search: CallSearch, scope: Scope, order: CallOrder, fields: Sequence[str]
) -> Iterator[tuple[Any, ...]]:
    """These fields of every call of the search, in the order of the list.

    In constant memory newest first, else with eight bytes a call. What a person may not know of voicemails is empty.
    """
    columns, joins, parameters = _selected(scope, fields)
    if order == NEWEST_FIRST:
        query = query_of(db, search, scope).with_rows()
        sql = f"SELECT {columns} FROM {query.tables} {joins} WHERE {query.where} ORDER BY {query.key} DESC"
        yield from fetch_each(db, sql, (*parameters, *query.parameters))
        return
    keys_sql, keys_parameters = ordered_keys_sql(db, search, scope, order, None)
    keys = array("q", (key for (key,) in fetch_each(db, keys_sql, keys_parameters)))
    for at in range(0, len(keys), PORTION):
        portion = keys[at : at + PORTION]
        marks = ", ".join("?" * len(portion))
        sql = f"SELECT c.id, {columns} FROM calls c {joins} WHERE c.id IN ({marks})"
        found = {key: values for key, *values in fetch_all(db, sql, (*parameters, *portion))}
        yield from (tuple(found[key]) for key in portion if key in found)


def _selected(scope: Scope, fields: Sequence[str]) -> tuple[str, str, tuple[object, ...]]:
    """Columns, joins, and the parameters in the columns."""
    chosen: list[str] = []
    parameters: tuple[object, ...] = ()
    for name in fields:
        sql = _FIELDS[name]
        if name == "voicemail_state" and not scope.voicemails.everything:
            seen, bound = scope.voicemails.clause_of_call
            sql = f"CASE WHEN {seen} THEN {sql} ELSE '' END"
            parameters += bound
        chosen.append(sql)
    columns = ", ".join(chosen)
    return columns, " ".join(join for alias, join in _JOINS if any(sql.startswith(alias) for sql in chosen)), parameters
