"""Who is calling: what the store knows of a number, for the screen pop."""

from __future__ import annotations

import msgspec

from appliance.store.call_list import CallRow
from appliance.store.calls import earlier_calls
from appliance.store.connection import Connection
from appliance.store.customers import Customer, find_by_number
from appliance.wire.messages import ScreenPop

MOST_CALLS = 10


class Acquaintance(msgspec.Struct, frozen=True):
    """`earlier` holds calls that anybody took: whoever serves the caller now needs to know them all."""

    customer: Customer | None
    earlier: tuple[CallRow, ...]


class PoppedCall(ScreenPop, frozen=True, kw_only=True, tag="ScreenPop"):
    """A screen pop with who is calling. A second one for the same call replaces the first."""

    customer: Customer | None = None
    earlier: tuple[CallRow, ...] = ()


def acquaintance(db: Connection, number: str) -> Acquaintance:
    """Customer and newest calls of a number, in any spelling."""
    rows = earlier_calls(db, number, limit=MOST_CALLS)
    return Acquaintance(find_by_number(db, number), rows)
