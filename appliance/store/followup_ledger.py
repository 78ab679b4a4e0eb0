"""From the contacts with one number to what is open: pure, the same whatever the order in which contacts came in.

A ledger row is an *episode*: it opens with an unserved call or a wish to be called back, and closes when the two
talk, whoever called, or by hand. Every contact changes only its own episode and later ones.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise

import msgspec

from appliance.ivr.callerlist import CallerList, ListEffect
from appliance.ivr.hours import Hours
from appliance.queueplan import FollowUpOwner, FollowUpRules

_STEP = timedelta(minutes=5)
"""Office hours are walked through in such steps."""
_FARTHEST = timedelta(days=30)
"""Offices that stay closed longer have no due time within their hours; then this is it."""


class ContactKind(StrEnum):
    """What happened with a number; the order is the order within one millisecond."""

    UNSERVED = "unserved"
    BOOKED = "booked"
    ASSIGNED = "assigned"
    TRIED = "tried"
    """We called and did not reach anybody."""
    CALLED_AGAIN = "called_again"
    """The customer called and talked."""
    REACHED = "reached"
    """We called and talked."""
    BY_HAND = "by_hand"


_ORDER = {kind: position for position, kind in enumerate(ContactKind)}
_OPENING = {ContactKind.UNSERVED, ContactKind.BOOKED}
_CLOSING = {ContactKind.CALLED_AGAIN, ContactKind.REACHED, ContactKind.BY_HAND}


class FollowUpKind(StrEnum):
    MISSED = "missed"
    CALL_BACK = "call_back"
    """The caller asked for it."""


class Contact(msgspec.Struct, frozen=True, kw_only=True):
    """One call with a number, or what a person did about it. `source` is unique: the call, the fact or the deed."""

    source: str
    number: str
    at: str
    """ISO 8601 with offset: when the call ended, the wish was booked, the person acted."""
    kind: ContactKind
    call_id: str = ""
    queue: str = ""
    area: str = ""
    agent: str = ""
    """Who called, who closed it by hand (a name), to whom it was assigned (a staff number)."""
    result: str = ""
    """Of an unserved call; the reason of whoever closed it by hand."""

    @property
    def at_ms(self) -> int:
        return milliseconds(self.at)

    @property
    def order(self) -> tuple[int, int, str]:
        """Contacts sort by this."""
        return self.at_ms, _ORDER[self.kind], self.source


class Episode(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the ledger. Named by the contact that opened it."""

    source: str
    number: str
    kind: FollowUpKind
    queue: str
    area: str
    owner: str
    """Staff number; empty: the queue's agents together."""
    result: str
    """Of the last unserved call."""
    calls: int
    """How often the customer asked for it."""
    tries: int
    """How often we called in vain."""
    first_at: str
    last_at: str
    due_at: str
    closing: ContactKind | None = None
    closed_at: str = ""
    closed_by: str = ""
    closed_call: str = ""
    note: str = ""


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """The call plan's rules with what they name."""

    rules: FollowUpRules = FollowUpRules()
    hours: Hours | None = None
    skipped: tuple[CallerList, ...] = ()

    def skips(self, number: str, on: str) -> bool:
        """Whether nobody follows up this number on that day."""
        return any(each.holds(number, on) for each in self.skipped)

    def due_at(self, since: str, kind: FollowUpKind) -> str:
        """Until when somebody has to call."""
        wish = kind is FollowUpKind.CALL_BACK
        seconds = self.rules.call_back_due_s if wish else self.rules.due_s
        return due_within(datetime.fromisoformat(since), seconds, self.hours).isoformat(timespec="seconds")

    def owner(self, queue: str, area: str) -> str:
        """Who follows up; empty: the queue's agents together."""
        return next((rule.agent for rule in self.rules.owners if _fits(rule, queue, area)), "")


def policy_of(rules: FollowUpRules, hours: Iterable[Hours], lists: Iterable[CallerList]) -> Policy:
    """The rules with the office hours and the caller lists that they name."""
    return Policy(
        rules=rules,
        hours=next((each for each in hours if each.id == rules.hours), None),
        skipped=tuple(each for each in lists if each.effect is ListEffect.REFUSE or each.id in rules.skip_lists),
    )


def milliseconds(at: str) -> int:
    """Of an ISO time with offset, since 1970."""
    return round(datetime.fromisoformat(at).timestamp() * 1000)


def due_within(since: datetime, seconds: float, hours: Hours | None) -> datetime:
    """`seconds` of office hours after `since`, to five minutes; round the clock to the second."""
    if hours is None:
        return since + timedelta(seconds=seconds)
    left, at, end = timedelta(seconds=seconds), since, since + _FARTHEST
    while at < end:
        if hours.is_open(at):
            if left <= _STEP:
                return at + left
            left -= _STEP
        at += _STEP
    return end


def episodes(contacts: Iterable[Contact], policy: Policy) -> list[Episode]:
    """The ledger rows of one number, oldest first: all but the last are closed."""
    rows: list[Episode] = []
    for contact in sorted(contacts, key=lambda each: each.order):
        current = rows[-1] if rows and rows[-1].closing is None else None
        if contact.kind in _OPENING:
            if current is None:
                rows.append(_opened(contact, policy))
            else:
                rows[-1] = _repeated(current, contact, policy)
        elif current is not None:
            rows[-1] = _continued(current, contact)
    assert all(before.closing for before, _after in pairwise(rows))
    return rows


def _opened(contact: Contact, policy: Policy) -> Episode:
    kind = FollowUpKind.CALL_BACK if contact.kind is ContactKind.BOOKED else FollowUpKind.MISSED
    return Episode(
        source=contact.source,
        number=contact.number,
        kind=kind,
        queue=contact.queue,
        area=contact.area,
        owner=policy.owner(contact.queue, contact.area),
        result=contact.result,
        calls=1,
        tries=0,
        first_at=contact.at,
        last_at=contact.at,
        due_at=policy.due_at(contact.at, kind),
    )


def _repeated(row: Episode, contact: Contact, policy: Policy) -> Episode:
    """The customer asks again: the due time of the first time stays, unless a wish brings an earlier one."""
    kind, due_at = row.kind, row.due_at
    if contact.kind is ContactKind.BOOKED:
        kind = FollowUpKind.CALL_BACK
        due_at = min(due_at, policy.due_at(contact.at, kind), key=milliseconds)
    return msgspec.structs.replace(
        row,
        kind=kind,
        due_at=due_at,
        queue=contact.queue or row.queue,
        area=contact.area or row.area,
        owner=row.owner or policy.owner(contact.queue or row.queue, contact.area or row.area),
        result=contact.result or row.result,
        calls=row.calls + 1,
        last_at=contact.at,
    )


def _continued(row: Episode, contact: Contact) -> Episode:
    if contact.kind is ContactKind.ASSIGNED:
        return msgspec.structs.replace(row, owner=contact.agent)
    if contact.kind is ContactKind.TRIED:
        return msgspec.structs.replace(row, tries=row.tries + 1)
    assert contact.kind in _CLOSING
    return msgspec.structs.replace(
        row,
        closing=contact.kind,
        closed_at=contact.at,
        closed_by=contact.agent,
        closed_call=contact.call_id,
        note=contact.result,
    )


def _fits(rule: FollowUpOwner, queue: str, area: str) -> bool:
    return rule.queue in (None, queue) and rule.area in ("", area)
