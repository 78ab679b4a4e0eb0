"""Looking up what a search only names: reasons below a reason, people of a unit, customers of a text, days off."""

from __future__ import annotations

from appliance.store.call_clauses import LookedUp, tickets_sql
from appliance.store.call_search import CallSearch, CustomerField, CustomerIs, CustomerMatch
from appliance.store.connection import Connection, fetch_all, fetch_value
from appliance.store.customer_index import customers_with
from appliance.store.customers import AREA_CODE_SETTING
from appliance.store.folded import fold
from appliance.store.holidays import holidays
from appliance.store.reasons import reasons_below
from appliance.store.settings import get_setting
from appliance.store.units import agents_of_units

MAX_NAMED_CUSTOMERS = 1_000
"""More customers than that are left to a subquery."""
MAX_LISTED_CALLS = 2_000
"""More calls with such a ticket than that are not listed for a page but asked for one by one …"""
MAX_LISTED_TO_COUNT = 200_000
"""… and more than that not even for a count."""

_FIELDS = {
    CustomerField.NAME: "k.name",
    CustomerField.CODE: "coalesce(k.code, '')",
    CustomerField.CARD: "k.card",
    CustomerField.ADDRESS: "k.address",
}


def look_up(db: Connection, search: CallSearch, *, page: bool) -> LookedUp:
    """Everything that `clauses_of` needs for this search; `page` when few calls are wanted."""
    reason, agent = search.reason, search.agent
    reason_ids: tuple[int, ...] = ()
    if reason is not None:
        reason_ids = (*reasons_below(db, reason.values), *((0,) if reason.none else ()))
    agents: tuple[str, ...] = ()
    if agent is not None:
        agents = tuple(dict.fromkeys((*agent.agents, *agents_of_units(db, agent.units))))
    day_kinds = search.time_span is not None and bool(search.time_span.day_kinds)
    closed_days, opened_days = holidays(db) if day_kinds else ((), ())
    sql, parameters = _customers_sql(db, search.customer)
    return LookedUp(
        area_code=get_setting(db, AREA_CODE_SETTING),
        reason_ids=reason_ids,
        agents=agents,
        customer_ids=_customer_ids(db, search.customer, sql, parameters),
        customers_sql=sql,
        customers_parameters=parameters,
        listed_calls=_listed_calls(db, search, MAX_LISTED_CALLS if page else MAX_LISTED_TO_COUNT),
        closed_days=closed_days,
        opened_days=opened_days,
    )


def _listed_calls(db: Connection, search: CallSearch, most: int) -> int | None:
    sql, parameters = ("", ()) if search.ticket is None else tickets_sql(search.ticket)
    if not sql:
        return None
    counted = fetch_value(db, f"SELECT count(*) FROM ({sql} LIMIT ?) AS found", (*parameters, most + 1))  # noqa: S608
    return None if counted > most else int(counted)


def _customers_sql(db: Connection, condition: CustomerIs | None) -> tuple[str, tuple[object, ...]]:
    """Query for the ids of customers that the text matches; empty without a text."""
    if condition is None or condition.match is CustomerMatch.UNKNOWN:
        return "", ()
    text = fold(condition.text).strip()
    asked = customers_with(db, text)
    if asked is None:
        return "", ()
    columns = list(_FIELDS.values()) if condition.field is CustomerField.ANY else [_FIELDS[condition.field]]
    if condition.match is CustomerMatch.EQUAL:
        where = " OR ".join(f"lower({column}) = ?" for column in columns)
    else:
        where = " OR ".join(f"instr(lower({column}), ?) > 0" for column in columns)
    tables = f"{asked.tables} CROSS JOIN customers k ON k.id = {asked.key}"
    sql = f"SELECT k.id FROM {tables} WHERE {asked.where} AND ({where})"  # noqa: S608 own names and marks
    return sql, (*asked.parameters, *((text,) * len(columns)))


def _customer_ids(
    db: Connection, condition: CustomerIs | None, sql: str, parameters: tuple[object, ...]
) -> tuple[int, ...] | None:
    if condition is None:
        return None
    if condition.match is CustomerMatch.UNKNOWN:
        return (0,)
    if condition.ids:
        return condition.ids
    if not sql:
        return None
    rows = fetch_all(db, f"{sql} LIMIT ?", (*parameters, MAX_NAMED_CUSTOMERS + 1))
    if len(rows) > MAX_NAMED_CUSTOMERS:
        return None
    return tuple(customer_id for (customer_id,) in rows)
