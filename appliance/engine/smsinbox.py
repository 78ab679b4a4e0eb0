"""Messages that came, out of parts: what is kept until all parts are there, and what was read before. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from appliance.journal import recent_facts
from appliance.wire.facts import (
    AnyFact,
    SmsDelivered,
    SmsFailed,
    SmsPartArrived,
    SmsQueued,
    SmsReceived,
    SmsSending,
    SmsSent,
)
from drivers.cellular.sms import PduError, SmsPart, decode_incoming
from drivers.cellular.smsassembly import SmsMessage, StoredPart, assemble

_KINDS = (SmsPartArrived, SmsReceived, SmsQueued, SmsSending, SmsSent, SmsFailed, SmsDelivered)


def sms_facts(folder: Path) -> list[AnyFact]:
    """What the journal in `folder` says of messages of the last days, in order. Raises `OSError`."""
    return [fact for fact in recent_facts(folder) if isinstance(fact, _KINDS)]


@dataclass(frozen=True, slots=True)
class Whole:
    """A message to journal; `parts` are ids of `SmsPartArrived`."""

    module: str
    message: SmsMessage
    parts: tuple[str, ...]


class Inbox:
    """Of all modules."""

    def __init__(self) -> None:
        self._parts: dict[str, dict[int, StoredPart]] = {}
        """By module."""
        self._fact_ids: dict[int, str] = {}
        self._last_at: dict[tuple[str, str], str] = {}
        """The PDU that was journalled last of each module and place."""
        self._count = 0

    def restore(self, fact: AnyFact) -> None:
        """Take a fact of an engine before this one, in order."""
        match fact:
            case SmsPartArrived():
                self._last_at[fact.module, fact.place] = fact.pdu
                try:
                    part = decode_incoming(fact.pdu)
                except PduError:
                    return
                if isinstance(part, SmsPart):
                    self.add(fact.id, fact.module, part, datetime.fromisoformat(fact.at))
            case SmsReceived():
                self._drop(fact.module, set(fact.parts))
            case _:
                pass

    def was_read(self, module: str, place: str, pdu: str) -> bool:
        """Whether an engine before this one had it in the journal, and died before it could be deleted."""
        return self._last_at.get((module, place)) == pdu

    def add(self, fact_id: str, module: str, part: SmsPart, at: datetime) -> None:
        """A part that is in the journal as `fact_id`."""
        self._count += 1
        self._fact_ids[self._count] = fact_id
        self._parts.setdefault(module, {})[self._count] = StoredPart(self._count, part, at)

    def take_whole(self, now: datetime) -> list[Whole]:
        """Messages that are complete, or waited long enough; they are gone from here."""
        found = [
            Whole(module, message, tuple(self._fact_ids[each] for each in message.parts))
            for module, parts in self._parts.items()
            for message in assemble(parts.values(), now)
        ]
        for whole in found:
            self._drop(whole.module, set(whole.parts))
        return found

    def _drop(self, module: str, fact_ids: set[str]) -> None:
        parts = self._parts.get(module, {})
        for number in [number for number in parts if self._fact_ids[number] in fact_ids]:
            parts.pop(number)
            self._fact_ids.pop(number)
