"""A customer's rows: main row, numbers, index terms and history entry, always together."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection

import msgspec

from appliance.store.call_clause import among
from appliance.store.connection import Connection, execute, fetch_all, fetch_value
from appliance.store.customer_form import get_form
from appliance.store.customer_history import ChangeKind, CustomerState, Origin, note_change
from appliance.store.customer_index import reindex_customer
from appliance.store.errors import NotFoundError
from appliance.store.folded import fold
from appliance.store.pinyin import pinyin_text

_TEXTS = ("name", "card", "address", "status", "level", "area", "note")
_WRITTEN = (*_TEXTS, "code", "custom", "search_text", "pinyin", "updated_at")
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


def insert_state(db: Connection, state: CustomerState, origin: Origin, customer_id: int | None = None) -> int:
    """Add a customer whose code and numbers are free; the id, never one that somebody had before."""
    if customer_id is None:
        customer_id = next_customer_id(db)
    now = origin.at.isoformat(timespec="seconds")
    execute(db, _INSERT, (*_values(db, state, now), now, customer_id))
    _add_numbers(db, customer_id, state.numbers)
    reindex_customer(db, customer_id)
    note_change(db, customer_id, ChangeKind.CREATED, None, origin)
    return customer_id


def replace_state(
    db: Connection, customer_id: int, before: CustomerState, after: CustomerState, kind: ChangeKind, origin: Origin
) -> None:
    """Make the customer what `after` says and note what was before; nothing happens when both are the same."""
    if before == after:
        return
    execute(db, _UPDATE, (*_values(db, after, origin.at.isoformat(timespec="seconds")), customer_id))
    if before.numbers != after.numbers:
        execute(db, "DELETE FROM customer_numbers WHERE customer_id = ?", (customer_id,))
        _add_numbers(db, customer_id, after.numbers)
    reindex_customer(db, customer_id)
    note_change(db, customer_id, kind, before, origin)


def _add_numbers(db: Connection, customer_id: int, numbers: tuple[str, ...]) -> None:
    for position, number in enumerate(numbers):
        execute(
            db,
            "INSERT INTO customer_numbers (number, customer_id, position) VALUES (?, ?, ?)",
            (number, customer_id, position),
        )


def _values(db: Connection, state: CustomerState, now: str) -> tuple[object, ...]:
    hidden = get_form(db).sensitive
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
