"""A customer's rows: main row, numbers, index terms and history entry, always together."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Mapping

import msgspec

from appliance.store.call_clause import among
from appliance.store.connection import Connection, execute, execute_many, fetch_all, fetch_value
from appliance.store.customer_form import get_form
from appliance.store.customer_history import ChangeKind, CustomerState, Origin, note_change, note_changes
from appliance.store.customer_index import index_new_customers, reindex_customer
from appliance.store.errors import NotFoundError
from appliance.store.folded import fold
from appliance.store.pinyin import pinyin_text

_TEXTS = ("name", "card", "address", "status", "level", "area", "note")
_WRITTEN = (*_TEXTS, "code", "custom", "search_text", "pinyin", "updated_at")
_SEARCH_TEXT, _PINYIN = _WRITTEN.index("search_text"), _WRITTEN.index("pinyin")
_UPDATE = f"UPDATE customers SET {', '.join(f'{name} = ?' for name in _WRITTEN)} WHERE id = ?"  # noqa: S608 own names
_INSERT = f"""INSERT INTO customers ({", ".join(_WRITTEN)}, created_at, id)
    VALUES ({", ".join("?" * (len(_WRITTEN) + 2))})"""  # noqa: S608 own names


def plain_text(text: str) -> str:
    """As it is kept: full-width letters and digits become ordinary ones."""
    return unicodedata.normalize("NFKC", text).strip()


def read_state(db: Connection, customer_id: int) -> CustomerState:
    """Everything of the customer, sensitive values too. Raises `NotFoundError`."""
    found = read_states(db, (customer_id,))
    if not found:
        raise NotFoundError("没有这个客户，可能已被删除。请刷新页面。")
    return found[customer_id]


def read_states(db: Connection, ids: Collection[int]) -> dict[int, CustomerState]:
    """Those of the customers that exist."""
    marks, parameters = among("customer_id", tuple(ids))
    numbers: dict[int, list[str]] = {}
    sql = f"SELECT customer_id, number FROM customer_numbers WHERE {marks} ORDER BY customer_id, position"  # noqa: S608
    for customer_id, number in fetch_all(db, sql, parameters):
        numbers.setdefault(customer_id, []).append(number)
    marks, parameters = among("id", tuple(ids))
    rows = fetch_all(db, f"SELECT {', '.join(_TEXTS)}, code, custom, id FROM customers WHERE {marks}", parameters)  # noqa: S608
    return {
        customer_id: CustomerState(
            **dict(zip(_TEXTS, texts, strict=True)),
            code=code or "",
            numbers=tuple(numbers.get(customer_id, ())),
            custom=msgspec.json.decode(custom, type=dict[str, str]),
        )
        for *texts, code, custom, customer_id in rows
    }


def next_customer_id(db: Connection) -> int:
    """An id that nobody has or ever had: calls of somebody deleted must not become somebody else's."""
    return 1 + max(
        int(fetch_value(db, "SELECT max(id) FROM customers") or 0),
        int(fetch_value(db, "SELECT max(customer_id) FROM customer_history") or 0),
    )


def insert_state(db: Connection, state: CustomerState, origin: Origin) -> int:
    """Add a customer whose code and numbers are free; the id, never one that somebody had before."""
    customer_id = next_customer_id(db)
    insert_states(db, {customer_id: state}, origin)
    return customer_id


def insert_states(db: Connection, states: Mapping[int, CustomerState], origin: Origin) -> None:
    """Add customers with these ids, which nobody had before; their codes and numbers are free."""
    now = origin.at.isoformat(timespec="seconds")
    hidden = get_form(db).sensitive
    rows = {customer_id: _values(state, hidden, now) for customer_id, state in states.items()}
    execute_many(db, _INSERT, [(*values, now, customer_id) for customer_id, values in rows.items()])
    _add_numbers(db, states)
    searched = [(key, str(values[_SEARCH_TEXT]), str(values[_PINYIN])) for key, values in rows.items()]
    index_new_customers(db, searched)
    note_changes(db, states, ChangeKind.CREATED, None, origin)


def replace_state(
    db: Connection, customer_id: int, before: CustomerState, after: CustomerState, kind: ChangeKind, origin: Origin
) -> None:
    """Make the customer what `after` says and note what was before; nothing happens when both are the same."""
    if before == after:
        return
    now = origin.at.isoformat(timespec="seconds")
    execute(db, _UPDATE, (*_values(after, get_form(db).sensitive, now), customer_id))
    if before.numbers != after.numbers:
        execute(db, "DELETE FROM customer_numbers WHERE customer_id = ?", (customer_id,))
        _add_numbers(db, {customer_id: after})
    reindex_customer(db, customer_id)
    note_change(db, customer_id, kind, before, origin)


def _add_numbers(db: Connection, states: Mapping[int, CustomerState]) -> None:
    execute_many(
        db,
        "INSERT INTO customer_numbers (number, customer_id, position) VALUES (?, ?, ?)",
        [(number, owner, at) for owner, state in states.items() for at, number in enumerate(state.numbers)],
    )


def _values(state: CustomerState, hidden: Collection[str], now: str) -> tuple[str | None, ...]:
    """In the order of `_WRITTEN`."""
    shown = (value for field, value in sorted(state.custom.items()) if field not in hidden)
    searched = (state.name, state.code, state.card, state.address, *state.numbers, state.status, state.area, *shown)
    return (
        *(getattr(state, name) for name in _TEXTS),
        state.code or None,
        msgspec.json.encode(state.custom).decode(),
        "\n".join(fold(part) for part in searched if part),
        pinyin_text(state.name),
        now,
    )
