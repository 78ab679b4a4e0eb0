"""Who is calling: what the store knows of a number, for the screen pop."""

from __future__ import annotations

from datetime import datetime

import msgspec

from appliance.store.call_list import CallRow
from appliance.store.calls import earlier_calls
from appliance.store.connection import Connection
from appliance.store.customers import AREA_CODE_SETTING, Customer, find_by_number
from appliance.store.followups import FollowUp, open_followup
from appliance.store.running_notes import NOTHING_WRITTEN, RunningNote, noted_customer, read_note
from appliance.store.scope import Scope
from appliance.store.settings import get_setting
from appliance.telephony.ids import CallId
from appliance.telephony.number import normalise_number
from appliance.wire.messages import ScreenPop

MOST_CALLS = 10
_CALLS = Scope(everything=True)
"""Voicemails among them are for whom they were left: the pop asks for those by itself."""


class Acquaintance(msgspec.Struct, frozen=True):
    """`earlier` holds calls that anybody took: whoever serves the caller now needs to know them all."""

    customer: Customer | None
    earlier: tuple[CallRow, ...]
    follow_up: FollowUp | None = None
    """What is open with this caller, whoever is to call back."""
    note: RunningNote = NOTHING_WRITTEN


class PoppedCall(ScreenPop, frozen=True, kw_only=True, tag="ScreenPop"):
    """A screen pop with who is calling. A second one for the same call replaces the first."""

    customer: Customer | None = None
    earlier: tuple[CallRow, ...] = ()
    follow_up: FollowUp | None = None
    note: RunningNote = NOTHING_WRITTEN
    """What was written about the call so far, by whoever had it before."""
    served: bool = False
    """The agent has talked with the caller."""
    left: bool = False
    """The call is not at the agent's seat any more."""


def acquaintance(db: Connection, number: str, call_id: CallId) -> Acquaintance:
    """Customer and newest calls of a number, in any spelling; what was written about the call so far.

    A customer to whom the call was bound counts, not the one who has the number.
    """
    note = read_note(db, call_id)
    rows = earlier_calls(db, number, _CALLS, limit=MOST_CALLS)
    wanted = normalise_number(number, get_setting(db, AREA_CODE_SETTING))
    opened = open_followup(db, wanted, datetime.now().astimezone())
    return Acquaintance(noted_customer(db, note) or find_by_number(db, number), rows, opened, note)
