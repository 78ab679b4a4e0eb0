"""Two entries that are one person: one stays, takes numbers and calls of the other, and the other goes."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec

from appliance.store.call_index import reindex_call
from appliance.store.connection import Connection, execute, fetch_all, fetch_value
from appliance.store.customer_history import ChangeKind, CustomerState, Origin, note_change
from appliance.store.customer_index import reindex_customer
from appliance.store.customer_row import read_state, replace_state
from appliance.store.errors import InvalidError

_FIELDS = ("name", "code", "card", "address", "status", "level", "area", "note")


class Choice(StrEnum):
    THIS = "this"
    OTHER = "other"


class MergeOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """What it takes to undo it by hand."""

    this: CustomerState
    """The one that stays, as it was."""
    other: CustomerState
    other_id: int
    calls: tuple[str, ...]
    """Ids of the calls that were the other one's."""


def calls_of_customer(db: Connection, customer_id: int) -> int:
    """How many calls are the customer's."""
    return int(fetch_value(db, "SELECT count(*) FROM calls WHERE customer_id = ?", (customer_id,)))


def merge_customers(
    db: Connection, this_id: int, other_id: int, choices: dict[str, Choice], at: datetime, user_name: str
) -> MergeOutcome:
    """`choices`: whose value stays, by field (`area`, `custom.<id>`); without one the one that there is, first this.

    Numbers are united, this one's first. Calls keep the class of their time. Raises `InvalidError`, `NotFoundError`.
    """
    if this_id == other_id:
        raise InvalidError("不能把客户和自己合并，请选择另一个客户。", "other")
    this, other = read_state(db, this_id), read_state(db, other_id)
    merged = _merged(this, other, choices)
    origin = Origin(at=at, user_name=user_name)
    calls = fetch_all(
        db,
        "SELECT c.id, d.call_id FROM calls c JOIN call_details d ON d.id = c.id WHERE c.customer_id = ? ORDER BY c.id",
        (other_id,),
    )
    note_change(db, other_id, ChangeKind.MERGED, other, origin)
    execute(db, "DELETE FROM customer_numbers WHERE customer_id = ?", (other_id,))
    execute(db, "DELETE FROM customers WHERE id = ?", (other_id,))
    reindex_customer(db, other_id)
    replace_state(db, this_id, this, merged, ChangeKind.MERGED, origin)
    execute(db, "UPDATE calls SET customer_id = ? WHERE customer_id = ?", (this_id, other_id))
    for key, _ in calls:
        reindex_call(db, key)
    return MergeOutcome(this=this, other=other, other_id=other_id, calls=tuple(call_id for _, call_id in calls))


def _merged(this: CustomerState, other: CustomerState, choices: dict[str, Choice]) -> CustomerState:
    own = {*this.custom, *other.custom}
    for name in choices:
        if name not in _FIELDS and name.removeprefix("custom.") not in own:
            raise InvalidError("没有这个客户字段，请刷新页面。", f"choices.{name}")

    def chosen(name: str, mine: str, others: str) -> str:
        choice = choices.get(name)
        if choice is None:
            return mine or others
        return mine if choice is Choice.THIS else others

    fields = {name: chosen(name, getattr(this, name), getattr(other, name)) for name in _FIELDS}
    if not fields["name"]:
        raise InvalidError("客户姓名不能为空。", "choices.name")
    custom = {
        name: chosen(f"custom.{name}", this.custom.get(name, ""), other.custom.get(name, "")) for name in sorted(own)
    }
    return CustomerState(
        **fields,
        numbers=tuple(dict.fromkeys((*this.numbers, *other.numbers))),
        custom={name: value for name, value in custom.items() if value},
    )
