"""Customers of the bureau. A number belongs to one customer only: that is how a caller is recognised."""

from __future__ import annotations

import unicodedata
from datetime import datetime

import msgspec

from appliance.store.connection import Connection, fetch_all
from appliance.store.customer_index import expression, reindex_customer
from appliance.store.errors import ConflictError, InvalidError, NotFoundError
from appliance.store.folded import fold, words_of
from appliance.store.models.customer import CustomerNumberTable, CustomerTable
from appliance.store.settings import get_setting
from appliance.telephony.number import normalise_number

AREA_CODE_SETTING = "area_code"
"""The bureau's area code, e.g. `0562`; local numbers are stored with it."""

LAST_ID = (1 << 62) - 1


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


class CustomerPage(msgspec.Struct, frozen=True, kw_only=True):
    rows: tuple[Customer, ...]
    next: int | None
    """`before` of the next page; None: this was the last."""


def list_customers(db: Connection, query: str = "", *, limit: int = 50, before: int | None = None) -> CustomerPage:
    """Newest first. Every word of `query` must be somewhere in name, code, card, address, numbers, status or area."""
    asked = expression(query)
    tables = "customer_index CROSS JOIN customers k ON k.id = customer_index.rowid" if asked else "customers k"
    key = "customer_index.rowid" if asked else "k.id"
    parts = [f"{key} < ?", *(["customer_index MATCH ?"] if asked else [])]
    parameters: list[object] = [LAST_ID if before is None else before, *([asked] if asked else [])]
    for word in words_of(query):
        parts.append("instr(k.search_text, ?) > 0")
        parameters.append(word)
    ids = fetch_all(
        db,
        f"SELECT {key} FROM {tables} WHERE {' AND '.join(parts)} ORDER BY {key} DESC LIMIT ?",  # noqa: S608 own text
        (*parameters, limit + 1),
    )
    keys = [key for (key,) in ids[:limit]]
    rows = CustomerTable.select().where(CustomerTable.id << keys).order_by(CustomerTable.id.desc())
    return CustomerPage(rows=tuple(_customers(db, list(rows.execute(db)))), next=keys[-1] if len(ids) > limit else None)


def get_customer(db: Connection, customer_id: int) -> Customer:
    """Raises `NotFoundError`."""
    return _customers(db, [_row(db, customer_id)])[0]


def find_by_number(db: Connection, number: str) -> Customer | None:
    """The customer with this number, in any spelling."""
    wanted = normalise_number(number, get_setting(db, AREA_CODE_SETTING))
    if not wanted:
        return None
    row = CustomerNumberTable.select().where(CustomerNumberTable.number == wanted).first(db)
    return None if row is None else get_customer(db, row.customer_id)


def add_customer(db: Connection, draft: CustomerDraft, at: datetime) -> Customer:
    """Raises `InvalidError`, and `ConflictError` when code or a number belongs to somebody else."""
    numbers = _checked(db, draft, 0)
    now = at.isoformat(timespec="seconds")
    customer_id = CustomerTable.insert(**_columns(draft, numbers), created_at=now, updated_at=now).execute(db)
    _set_numbers(db, customer_id, numbers)
    reindex_customer(db, customer_id)
    return get_customer(db, customer_id)


def update_customer(db: Connection, customer_id: int, draft: CustomerDraft, at: datetime) -> Customer:
    """Replace what is known of the customer; calls keep what was true at their time. Raises as `add_customer`."""
    _row(db, customer_id)
    numbers = _checked(db, draft, customer_id)
    change = CustomerTable.update(**_columns(draft, numbers), updated_at=at.isoformat(timespec="seconds"))
    change.where(CustomerTable.id == customer_id).execute(db)
    _set_numbers(db, customer_id, numbers)
    reindex_customer(db, customer_id)
    return get_customer(db, customer_id)


def delete_customer(db: Connection, customer_id: int) -> None:
    """Calls stay, with the class they were snapped with. Raises `NotFoundError`."""
    _row(db, customer_id)
    CustomerTable.delete().where(CustomerTable.id == customer_id).execute(db)
    reindex_customer(db, customer_id)


def _row(db: Connection, customer_id: int) -> CustomerTable:
    row: CustomerTable | None = CustomerTable.select().where(CustomerTable.id == customer_id).first(db)
    if row is None:
        raise NotFoundError("没有这个客户，可能已被删除。请刷新页面。")
    return row


def _customers(db: Connection, rows: list[CustomerTable]) -> list[Customer]:
    numbers: dict[int, list[str]] = {row.id: [] for row in rows}
    query = CustomerNumberTable.select().where(CustomerNumberTable.customer_id << list(numbers))
    for entry in query.order_by(CustomerNumberTable.position).execute(db):
        numbers[entry.customer_id].append(entry.number)
    return [
        Customer(
            id=row.id,
            name=row.name,
            code=row.code or "",
            card=row.card,
            address=row.address,
            status=row.status,
            level=row.level,
            area=row.area,
            note=row.note,
            numbers=tuple(numbers[row.id]),
            created_at=row.created_at,
            updated_at=row.updated_at,
        )
        for row in rows
    ]


def _checked(db: Connection, draft: CustomerDraft, customer_id: int) -> tuple[str, ...]:
    """The normalised numbers, each once. Raises `InvalidError` and `ConflictError`."""
    if not draft.name.strip():
        raise InvalidError("客户姓名不能为空。", "name")
    code = _plain(draft.code)
    if code:
        other = CustomerTable.select().where((CustomerTable.code == code) & (CustomerTable.id != customer_id)).first(db)
        if other is not None:
            raise ConflictError(f"客户编号“{code}”已属于客户“{other.name}”，请核对。", "code")
    area_code = get_setting(db, AREA_CODE_SETTING)
    numbers: dict[str, None] = {}
    for number in draft.numbers:
        if not number.strip():
            continue
        wanted = normalise_number(number, area_code)
        if not wanted:
            raise InvalidError(f"“{number}”不是电话号码。", "numbers")
        numbers[wanted] = None
        owner = CustomerNumberTable.select().where(CustomerNumberTable.number == wanted).first(db)
        if owner is not None and owner.customer_id != customer_id:
            name = _row(db, owner.customer_id).name
            raise ConflictError(f"号码 {wanted} 已属于客户“{name}”，请先在那里删除，或合并两个客户。", "numbers")
    return tuple(numbers)


def _columns(draft: CustomerDraft, numbers: tuple[str, ...]) -> dict[str, str | None]:
    texts = {
        name: _plain(getattr(draft, name)) for name in ("name", "card", "address", "status", "level", "area", "note")
    }
    code = _plain(draft.code)
    searched = (texts["name"], code, texts["card"], texts["address"], *numbers, texts["status"], texts["area"])
    return {**texts, "code": code or None, "search_text": "\n".join(fold(part) for part in searched if part)}


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip()


def _set_numbers(db: Connection, customer_id: int, numbers: tuple[str, ...]) -> None:
    CustomerNumberTable.delete().where(CustomerNumberTable.customer_id == customer_id).execute(db)
    for position, number in enumerate(numbers):
        CustomerNumberTable.insert(number=number, customer_id=customer_id, position=position).execute(db)
