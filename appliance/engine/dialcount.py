"""Which outside calls of the last day the limits against toll fraud have counted: a restart forgives nobody."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from appliance.journal import recent_facts
from appliance.telephony.ids import SeatId
from appliance.wire.facts import AnyFact, OutsideDialled

LONGEST = timedelta(days=1)
"""No limit looks further back."""


@dataclass(frozen=True, slots=True)
class Counted:
    """One outside call that was counted."""

    seat: SeatId
    number: str
    at: datetime


def counted_calls(folder: Path, now: datetime) -> list[Counted]:
    """Of the journal in `folder`, in order. Raises `OSError` when it cannot be read."""
    return counted_in(recent_facts(folder), now)


def counted_in(facts: Iterable[AnyFact], now: datetime) -> list[Counted]:
    """What of all these facts still counts."""
    dialled = (fact for fact in facts if isinstance(fact, OutsideDialled))
    calls = [Counted(fact.seat, fact.number, datetime.fromisoformat(fact.at)) for fact in dialled]
    return [call for call in calls if now - call.at <= LONGEST]
