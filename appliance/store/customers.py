"""Customers of the bureau. A number belongs to one customer only: that is how a caller is recognised."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from appliance.store.call_clause import among
from appliance.store.connection import Connection, execute, fetch_all, fetch_value
from appliance.store.customer_form import CustomerForm, checked_values, get_form
from appliance.store.customer_history import ChangeKind, CustomerState, Origin, note_change
from appliance.store.customer_index import reindex_customer
from appliance.store.customer_row import insert_state, plain_text, read_state, replace_state
from appliance.store.errors import ConflictError, InvalidError, NotFoundError
from appliance.store.settings import get_setting
from appliance.telephony.number import normalise_number

AREA_CODE_SETTING = "area_code"
"""The bureau's area code, e.g. `0562`; local numbers are stored with it."""


class Customer(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    name: str
    code: str = ""
    """Customer number (客户编号), unique where given."""
    card: str = ""
    """Smart card number (智能卡号); several are separated by blanks."""
    address: str = ""
    status: str = ""
    """业务状态."""
    level: str = ""
    area: str = ""
    """片区."""
    note: str = ""
    numbers: tuple[str, ...] = ()
    """Normalised telephone numbers, the main one first."""
    custom: dict[str, str] = {}
    """Values of the bureau's own fields by their id; sensitive ones only where they were asked for."""
    created_at: str = ""
    updated_at: str = ""


class CustomerDraft(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A customer as a person writes it; numbers in any spelling."""

    name: str
    code: str = ""
    card: str = ""
    address: str = ""
    status: str = ""
    level: str = ""
    area: str = ""
    note: str = ""
    numbers: tuple[str, ...] = ()
    custom: dict[str, str] = {}
    """Values of the bureau's own fields by their id, as people write them; what is left out stays, empty clears."""


class CustomerPage(msgspec.Struct, frozen=True, kw_only=True):
    rows: tuple[Customer, ...]
    next: int | None
    """`before` of the next page; None: this was the last."""


def get_customer(db: Connection, customer_id: int, *, sensitive: bool = False) -> Customer:
    """`sensitive`: with the values that not everybody sees. Raises `NotFoundError`."""
    found = load_customers(db, (customer_id,), sensitive=sensitive)
    if not found:
        raise NotFoundError("没有这个客户，可能已被删除。请刷新页面。")
    return found[0]


def load_customers(db: Connection, ids: Sequence[int], *, sensitive: bool = False) -> tuple[Customer, ...]:
    """Those of the ids that exist, in their order."""
    if not ids:
        return ()
    hidden = frozenset() if sensitive else get_form(db).sensitive
    marks, parameters = among("customer_id", tuple(ids))
    numbers: dict[int, list[str]] = {}
    sql = f"SELECT customer_id, number FROM customer_numbers WHERE {marks} ORDER BY customer_id, position"  # noqa: S608
    for customer_id, number in fetch_all(db, sql, parameters):
        numbers.setdefault(customer_id, []).append(number)
    marks, parameters = among("id", tuple(ids))
    rows = fetch_all(db, f"SELECT {', '.join(_COLUMNS)} FROM customers WHERE {marks}", parameters)  # noqa: S608
    known = {row[0]: _customer(row, numbers.get(row[0], []), hidden) for row in rows}
    return tuple(known[customer_id] for customer_id in ids if customer_id in known)


def find_by_number(db: Connection, number: str) -> Customer | None:
    """The customer with this number, in any spelling."""
    wanted = normalise_number(number, get_setting(db, AREA_CODE_SETTING))
    if not wanted:
        return None
    owner = fetch_value(db, "SELECT customer_id FROM customer_numbers WHERE number = ?", (wanted,))
    return None if owner is None else get_customer(db, owner)


def add_customer(db: Connection, draft: CustomerDraft, at: datetime, user_name: str = "") -> Customer:
    """Raises `InvalidError`, and `ConflictError` when code or a number belongs to somebody else."""
    state = _checked(db, draft, 0, {})
    customer_id = insert_state(db, state, Origin(at=at, user_name=user_name))
    return get_customer(db, customer_id)


def update_customer(
    db: Connection, customer_id: int, draft: CustomerDraft, at: datetime, user_name: str = ""
) -> Customer:
    """Replace what is known of the customer; calls keep what was true at their time. Raises as `add_customer`."""
    before = read_state(db, customer_id)
    state = _checked(db, draft, customer_id, before.custom)
    replace_state(db, customer_id, before, state, ChangeKind.CHANGED, Origin(at=at, user_name=user_name))
    return get_customer(db, customer_id)


def delete_customer(db: Connection, customer_id: int, at: datetime, user_name: str = "") -> None:
    """Calls stay, with the class they were snapped with. Raises `NotFoundError`."""
    before = read_state(db, customer_id)
    note_change(db, customer_id, ChangeKind.DELETED, before, Origin(at=at, user_name=user_name))
    execute(db, "DELETE FROM customer_numbers WHERE customer_id = ?", (customer_id,))
    execute(db, "DELETE FROM customers WHERE id = ?", (customer_id,))
    reindex_customer(db, customer_id)


def checked_numbers(numbers: Sequence[str], area_code: str) -> tuple[str, ...]:
    """The normalised numbers, each once. Raises `InvalidError`."""
    found: dict[str, None] = {}
    for number in numbers:
        if not number.strip():
            continue
        wanted = normalise_number(number, area_code)
        if not wanted:
            raise InvalidError(f"“{number}”不是电话号码。", "numbers")
        found[wanted] = None
    return tuple(found)


def _checked(db: Connection, draft: CustomerDraft, customer_id: int, kept: dict[str, str]) -> CustomerState:
    """What is to be kept of the draft. Raises `InvalidError` and `ConflictError`."""
    state = state_of(draft, get_form(db), get_setting(db, AREA_CODE_SETTING), kept)
    if state.code:
        other = fetch_all(db, "SELECT name FROM customers WHERE code = ? AND id <> ?", (state.code, customer_id))
        if other:
            raise ConflictError(f"客户编号“{state.code}”已属于客户“{other[0][0]}”，请核对。", "code")
    for number in state.numbers:
        owner = fetch_all(
            db,
            "SELECT k.id, k.name FROM customer_numbers n JOIN customers k ON k.id = n.customer_id WHERE n.number = ?",
            (number,),
        )
        if owner and owner[0][0] != customer_id:
            name = owner[0][1]
            raise ConflictError(f"号码 {number} 已属于客户“{name}”，请先在那里删除，或合并两个客户。", "numbers")
    return state


def state_of(draft: CustomerDraft, form: CustomerForm, area_code: str, kept: dict[str, str]) -> CustomerState:
    """The draft as it is kept; `kept` are values of own fields from before. Raises `InvalidError`."""
    if not draft.name.strip():
        raise InvalidError("客户姓名不能为空。", "name")
    return CustomerState(
        name=plain_text(draft.name),
        code=plain_text(draft.code),
        card=plain_text(draft.card),
        address=plain_text(draft.address),
        status=plain_text(draft.status),
        level=plain_text(draft.level),
        area=plain_text(draft.area),
        note=plain_text(draft.note),
        numbers=checked_numbers(draft.numbers, area_code),
        custom=checked_values(form, draft.custom, kept),
    )


_COLUMNS = (
    "id", "name", "code", "card", "address", "status", "level", "area", "note", "custom", "created_at", "updated_at",
)  # fmt: skip


def _customer(row: tuple[str, ...], numbers: list[str], hidden: frozenset[str]) -> Customer:
    customer_id, name, code, card, address, status, level, area, note, custom, created_at, updated_at = row
    values = msgspec.json.decode(custom, type=dict[str, str])
    return Customer(
        id=int(customer_id),
        name=name,
        code=code or "",
        card=card,
        address=address,
        status=status,
        level=level,
        area=area,
        note=note,
        numbers=tuple(numbers),
        custom={field: value for field, value in values.items() if field not in hidden},
        created_at=created_at,
        updated_at=updated_at,
    )
