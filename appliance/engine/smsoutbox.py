"""Messages to be sent: in which order, how fast, what was used of the day, and what a report belongs to. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from appliance.smsplan import SmsRules
from appliance.wire.facts import AnyFact, SmsDelivered, SmsFailed, SmsQueued, SmsSending, SmsSent

LONGEST_WAIT = timedelta(hours=24)
_REMEMBERED = 5000
"""Sent messages whose reports may still come."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message in the outbox."""

    sms_id: str
    number: str
    text: str
    parts: int
    queued_at: datetime
    tries: int = 0
    not_before: datetime | None = None


@dataclass(slots=True)
class _Awaited:
    """Reports to come for a message."""

    number: str
    references: set[int]


class Outbox:
    """Its state follows from facts: those of engines before (`restore`) and those that are written now (`note`)."""

    def __init__(self, now: datetime) -> None:
        self._waiting: dict[str, Outgoing] = {}
        self._sending: dict[str, Outgoing] = {}
        self._known: set[str] = set()
        self._awaited: dict[tuple[str, str], _Awaited] = {}
        """By module and message, the oldest first."""
        self._day = now.date()
        self._next_at = now
        self.parts_today = 0
        self.cost_today_yuan = 0.0

    def note(self, fact: AnyFact, rules: SmsRules) -> None:
        """What was written into the journal is so."""
        at = datetime.fromisoformat(fact.at)
        match fact:
            case SmsQueued():
                self._known.add(fact.sms_id)
                self._waiting[fact.sms_id] = Outgoing(fact.sms_id, fact.number, fact.text, fact.parts, at)
            case SmsSending() if fact.sms_id in self._waiting:
                outgoing = self._waiting.pop(fact.sms_id)
                self._sending[fact.sms_id] = replace(outgoing, tries=outgoing.tries + 1)
            case SmsSent() if fact.sms_id in self._sending:
                self._sent(self._sending.pop(fact.sms_id), fact, at)
            case SmsFailed():
                outgoing_or_none = self._sending.pop(fact.sms_id, None) or self._waiting.pop(fact.sms_id, None)
                if outgoing_or_none is not None and not fact.final:
                    again_at = at + timedelta(seconds=rules.retry_s)
                    self._waiting[fact.sms_id] = replace(outgoing_or_none, not_before=again_at)
            case SmsDelivered():
                for key in [key for key in self._awaited if key[1] == fact.sms_id]:
                    self._awaited.pop(key)
            case _:
                pass

    def interrupted(self) -> list[Outgoing]:
        """What an engine that died was just sending."""
        return list(self._sending.values())

    def knows(self, sms_id: str) -> bool:
        return sms_id in self._known

    def number_of(self, sms_id: str) -> str:
        """Of a message that is being sent."""
        return self._sending[sms_id].number

    def tries_of(self, sms_id: str) -> int:
        return self._sending[sms_id].tries

    def is_sending(self, sms_id: str) -> bool:
        return sms_id in self._sending

    @property
    def waiting(self) -> int:
        return len(self._waiting) + len(self._sending)

    def room_today(self, rules: SmsRules, now: datetime) -> int:
        """Parts that may still be queued today."""
        self._turn(now.date())
        queued = sum(each.parts for each in (*self._waiting.values(), *self._sending.values()))
        return rules.parts_per_day - self.parts_today - queued

    def next(self, now: datetime) -> Outgoing | None:
        """The message to hand to a module now, if any."""
        if now < self._next_at:
            return None
        return next(
            (each for each in self._waiting.values() if each.not_before is None or each.not_before <= now), None
        )

    def wait_s(self, now: datetime) -> float | None:
        """How long until there may be one; None: nothing waits."""
        if not self._waiting:
            return None
        due = min(each.not_before or now for each in self._waiting.values())
        return max(0.0, (max(due, self._next_at) - now).total_seconds())

    def too_old(self, now: datetime) -> list[Outgoing]:
        """What has waited for longer than anybody wants it sent."""
        return [each for each in self._waiting.values() if now - each.queued_at >= LONGEST_WAIT]

    def handed_over(self, outgoing: Outgoing, rules: SmsRules, now: datetime) -> None:
        """From now on the pace counts."""
        self._next_at = now + timedelta(seconds=60 / rules.parts_per_minute * outgoing.parts)

    def report(self, module: str, recipient: str, reference: int, *, delivered: bool) -> str | None:
        """The message that is now delivered (or never will be), if this report decides it.

        References repeat after 256 parts, so the newest message to the same number counts.
        """
        for key, awaited in reversed(self._awaited.items()):
            if key[0] == module and reference in awaited.references and _same(awaited.number, recipient):
                awaited.references.discard(reference)
                return key[1] if not delivered or not awaited.references else None
        return None

    def _sent(self, outgoing: Outgoing, fact: SmsSent, at: datetime) -> None:
        self._turn(at.date())
        self.parts_today += len(fact.references)
        self.cost_today_yuan = round(self.cost_today_yuan + fact.cost_yuan, 3)
        self._awaited[fact.module, fact.sms_id] = _Awaited(outgoing.number, set(fact.references))
        while len(self._awaited) > _REMEMBERED:
            self._awaited.pop(next(iter(self._awaited)))

    def _turn(self, day: date) -> None:
        if day != self._day:
            self._day, self.parts_today, self.cost_today_yuan = day, 0, 0.0


def _same(number: str, recipient: str) -> bool:
    """Reports may name the country (`+8613…`) where we did not."""
    return recipient.removeprefix("+").endswith(number.removeprefix("+"))
