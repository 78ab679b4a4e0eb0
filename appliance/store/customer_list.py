"""Finding customers: by any part of what is known, by category, within what a person sees."""

from __future__ import annotations

from typing import Annotated

import msgspec

from appliance.store.call_clause import among
from appliance.store.connection import Connection, fetch_all, fetch_value
from appliance.store.customer_index import LAST_ID, customers_with
from appliance.store.customers import Customer, CustomerPage, load_customers
from appliance.store.folded import words_of
from appliance.store.sight import CustomerScope

EVERYBODY = CustomerScope(everything=True)

Words = Annotated[tuple[str, ...], msgspec.Meta(max_length=50)]


class CustomerSearch(msgspec.Struct, frozen=True, kw_only=True):
    """Conditions that must all hold; an empty one holds for everybody. In a category, '' means: none given."""

    text: str = ""
    """Every word must be somewhere in name, pinyin of the name, code, card, address, numbers, status, area or the
    bureau's own fields that are not sensitive."""
    statuses: Words = ()
    levels: Words = ()
    areas: Words = ()


NO_CONDITION = CustomerSearch()


def list_customers(
    db: Connection,
    search: CustomerSearch | str = NO_CONDITION,
    *,
    scope: CustomerScope = EVERYBODY,
    limit: int = 50,
    before: int | None = None,
    sensitive: bool = False,
) -> CustomerPage:
    """Newest first. A text alone is a search for it."""
    if isinstance(search, str):
        search = CustomerSearch(text=search)
    ids = find_customers(db, search, scope=scope, limit=limit + 1, before=before)
    rows = load_customers(db, ids[:limit], sensitive=sensitive)
    return CustomerPage(rows=rows, next=ids[limit - 1] if len(ids) > limit else None)


def find_customers(
    db: Connection, search: CustomerSearch, *, scope: CustomerScope, limit: int, before: int | None = None
) -> list[int]:
    """Ids, newest first."""
    tables, key, where, parameters = _query(db, search, scope, LAST_ID if before is None else before - 1)
    sql = f"SELECT {key} FROM {tables} WHERE {where} ORDER BY {key} DESC LIMIT ?"  # noqa: S608 own names and marks
    return [customer_id for (customer_id,) in fetch_all(db, sql, (*parameters, limit))]


def count_customers(db: Connection, search: CustomerSearch, *, scope: CustomerScope) -> int:
    """How many there are."""
    tables, _, where, parameters = _query(db, search, scope, LAST_ID)
    return int(fetch_value(db, f"SELECT count(*) FROM {tables} WHERE {where}", parameters))  # noqa: S608 own names


def may_see(db: Connection, customer_id: int, scope: CustomerScope) -> bool:
    """Whether the customer is within the scope."""
    if scope.everything:
        return True
    clause, parameters = scope_clause(scope)
    sql = f"SELECT 1 FROM customers k WHERE k.id = ? AND {clause}"  # noqa: S608 own names and marks
    return fetch_value(db, sql, (customer_id, *parameters)) is not None


def scope_clause(scope: CustomerScope) -> tuple[str, tuple[object, ...]]:
    """What a customer `k` within the scope fulfils: one of the areas, or one of an area's managers."""
    if scope.everything:
        return "1 = 1", ()
    parts: list[str] = []
    parameters: list[object] = []
    if scope.areas:
        text, values = among("k.area", scope.areas)
        parts.append(text)
        parameters += values
    if scope.managers:
        text, values = among("manager", scope.managers)
        parts.append(f"k.area IN (SELECT label FROM areas WHERE {text})")  # noqa: S608 marks only
        parameters += values
    return (f"({' OR '.join(parts)})" if parts else "1 = 0"), tuple(parameters)


def _query(
    db: Connection, search: CustomerSearch, scope: CustomerScope, last: int
) -> tuple[str, str, str, tuple[object, ...]]:
    asked = customers_with(db, search.text, last=last)
    parameters: list[object]
    if asked is None:
        tables, key = "customers k", "k.id"
        parts, parameters = ["k.id <= ?"], [last]
    else:
        tables, key = f"{asked.tables} CROSS JOIN customers k ON k.id = {asked.key}", asked.key
        parts, parameters = [asked.where], [*asked.parameters]
    for word in words_of(search.text):
        parts.append("(instr(k.search_text, ?) > 0 OR instr(k.pinyin, ?) > 0)")
        parameters += (word, word)
    for column, words in (("status", search.statuses), ("level", search.levels), ("area", search.areas)):
        if words:
            text, values = among(f"k.{column}", words)
            parts.append(text)
            parameters += values
    clause, values = scope_clause(scope)
    return tables, key, " AND ".join((*parts, clause)), (*parameters, *values)


def similar_customers(
    db: Connection, customer: Customer, *, scope: CustomerScope, limit: int = 10
) -> tuple[Customer, ...]:
    """Who may be the same person: the same name, card, or address."""
    same = [(column, value) for column in ("name", "card", "address") if (value := getattr(customer, column))]
    alike = " OR ".join(f"k.{column} = ?" for column, _ in same)
    clause, values = scope_clause(scope)
    where = f"k.id <> ? AND ({alike}) AND {clause}"
    sql = f"SELECT k.id FROM customers k WHERE {where} ORDER BY k.id DESC LIMIT ?"  # noqa: S608 own names and marks
    rows = fetch_all(db, sql, (customer.id, *(value for _, value in same), *values, limit))
    return load_customers(db, [customer_id for (customer_id,) in rows])
