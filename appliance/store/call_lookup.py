"""Looking up what a search only names: reasons below a reason, people of a unit, customers of a text, days off."""

from __future__ import annotations

from dataclasses import replace

from appliance.store.call_clauses import CustomersFound, LookedUp, tickets_sql
from appliance.store.call_search import CallSearch, CustomerField, CustomerIs, CustomerMatch
from appliance.store.call_tokens import ALL, term
from appliance.store.connection import Connection, fetch_all, fetch_value, is_postgres
from appliance.store.customer_index import customers_with
from appliance.store.customers import AREA_CODE_SETTING
from appliance.store.folded import fold
from appliance.store.holidays import holidays
from appliance.store.reasons import reasons_below
from appliance.store.settings import get_setting
from appliance.store.units import agents_of_units

MAX_NAMED_CUSTOMERS = 1_000
"""More customers than that are not named: for a count their calls are listed, for a page it is asked of each call …"""
MAX_LISTED_OF_CUSTOMERS = 30_000
"""… and also for a count where they have about more calls than that."""
MAX_NAMED_ON_POSTGRES = 50
"""The same as `MAX_NAMED_CUSTOMERS`: there every row that is found is compared with all of the names once more."""
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
    customers = _customers(db, search.customer)
    customer_ids = _customer_ids(db, search.customer, customers)
    if customers is not None and customer_ids is None and not page:
        customers = replace(customers, listed_calls=_calls_of(db, customers))
    return LookedUp(
        area_code=get_setting(db, AREA_CODE_SETTING),
        reason_ids=reason_ids,
        agents=agents,
        customer_ids=customer_ids,
        customers=customers,
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


def _customers(db: Connection, condition: CustomerIs | None) -> CustomersFound | None:
    """Which customers the text matches; None without a text."""
    if condition is None or condition.match is CustomerMatch.UNKNOWN:
        return None
    text = fold(condition.text).strip()
    asked = customers_with(db, text)
    if asked is None:
        return None
    columns = list(_FIELDS.values()) if condition.field is CustomerField.ANY else [_FIELDS[condition.field]]
    if condition.match is CustomerMatch.EQUAL:
        test = " OR ".join(f"lower({column}) = ?" for column in columns)
    else:
        test = " OR ".join(f"instr(lower({column}), ?) > 0" for column in columns)
    tables = f"{asked.tables} CROSS JOIN customers k ON k.id = {asked.key}"
    sql = f"SELECT k.id FROM {tables} WHERE {asked.where} AND ({test})"  # noqa: S608 own names and marks
    bound = (text,) * len(columns)
    return CustomersFound(sql, (*asked.parameters, *bound), test, bound)


def _customer_ids(
    db: Connection, condition: CustomerIs | None, customers: CustomersFound | None
) -> tuple[int, ...] | None:
    if condition is None:
        return None
    if condition.match is CustomerMatch.UNKNOWN:
        return (0,)
    if condition.ids:
        return condition.ids
    if customers is None:
        return None
    most = min(MAX_NAMED_CUSTOMERS, MAX_NAMED_ON_POSTGRES) if is_postgres(db) else MAX_NAMED_CUSTOMERS
    rows = fetch_all(db, f"{customers.sql} LIMIT ?", (*customers.parameters, most + 1))
    if len(rows) > most:
        return None
    return tuple(customer_id for (customer_id,) in rows)


def _calls_of(db: Connection, customers: CustomersFound) -> int | None:
    """About how many calls these customers have, each taken to have as many; None: too many to list."""
    sql = (
        f"SELECT (SELECT count(*) FROM ({customers.sql}) f), (SELECT count(*) FROM customers),"  # noqa: S608 own names
        " (SELECT calls FROM call_token_counts WHERE token = ?), (SELECT calls FROM call_token_counts WHERE token = ?)"
    )
    found, on_file, calls, without = fetch_all(db, sql, (*customers.parameters, ALL, term("c", 0)))[0]
    of_these = int(((calls or 0) - (without or 0)) * found / max(on_file, 1))
    return None if of_these > MAX_LISTED_OF_CUSTOMERS else of_these
