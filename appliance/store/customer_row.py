"""A customer's rows: main row, numbers, index terms and history entry, always together."""

from __future__ import annotations

import unicodedata

import msgspec

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
_READ = f"SELECT {', '.join(_TEXTS)}, code, custom FROM customers WHERE id = ?"  # noqa: S608 own names


def plain_text(text: str) -> str:
    """As it is kept: full-width letters and digits become ordinary ones."""
    return unicodedata.normalize("NFKC", text).strip()


def read_state(db: Connection, customer_id: int) -> CustomerState:
    """Everything of the customer, sensitive values too. Raises `NotFoundError`."""
    rows = fetch_all(db, _READ, (customer_id,))
    if not rows:
        raise NotFoundError("没有这个客户，可能已被删除。请刷新页面。")
    *texts, code, custom = rows[0]
    numbers = fetch_all(
        db, "SELECT number FROM customer_numbers WHERE customer_id = ? ORDER BY position", (customer_id,)
    )
    return CustomerState(
        **dict(zip(_TEXTS, texts, strict=True)),
        code=code or "",
        numbers=tuple(number for (number,) in numbers),
        custom=msgspec.json.decode(custom, type=dict[str, str]),
    )


def insert_state(db: Connection, state: CustomerState, origin: Origin, customer_id: int | None = None) -> int:
    """Add a customer whose code and numbers are free; the id, never one that somebody had before."""
    if customer_id is None:
        customer_id = 1 + max(
            int(fetch_value(db, "SELECT max(id) FROM customers") or 0),
            int(fetch_value(db, "SELECT max(customer_id) FROM customer_history") or 0),
        )
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
