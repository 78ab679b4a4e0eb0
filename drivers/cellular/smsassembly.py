"""Parts of long messages put together: in any order, doubled or with gaps. Whoever keeps the parts keeps them safe."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from drivers.cellular.sms import SmsPart, join_text

PATIENCE = timedelta(hours=24)
"""A message whose parts do not all come is shown with what is there."""


@dataclass(frozen=True, slots=True)
class StoredPart:
    """A part with the number under which it is kept and when it came."""

    id: int
    part: SmsPart
    arrived_at: datetime


@dataclass(frozen=True, slots=True)
class SmsMessage:
    """A message to show. `parts` are the ids of everything it was made of, doubles included."""

    sender: str
    text: str
    sent_at: datetime | None
    arrived_at: datetime
    parts: tuple[int, ...]
    missing: int = 0
    """Parts that never came; `…` stands in their place."""
    binary: bytes = b""


def assemble(kept: Iterable[StoredPart], now: datetime) -> list[SmsMessage]:
    """Messages that are whole, or have waited long enough, oldest first; parts of the others are in none.

    Parts belong together by sender, reference and number of parts (TS 23.040 §9.2.3.24.1). What a network sends twice
    is one; a reference that comes again with another text begins another message.
    """
    groups: list[list[StoredPart]] = []
    for each in sorted(kept, key=lambda stored: (stored.arrived_at, stored.id)):
        home = next((group for group in reversed(groups) if _belongs(each.part, group)), None)
        if home is None:
            groups.append([each])
        else:
            home.append(each)
    return [_message(group) for group in groups if not _missing(group) or now - group[0].arrived_at >= PATIENCE]


def _belongs(part: SmsPart, group: list[StoredPart]) -> bool:
    """Whether the part is one that the group lacks, or has already."""
    first = group[0].part
    if (part.sender, part.reference, part.total) != (first.sender, first.reference, first.total):
        return False
    twin = next((stored.part for stored in group if stored.part.number == part.number), None)
    return part == twin or (twin is None and part.total > 1)


def _missing(group: list[StoredPart]) -> int:
    return group[0].part.total - len({stored.part.number for stored in group})


def _message(group: list[StoredPart]) -> SmsMessage:
    by_number = {stored.part.number: stored.part for stored in group}
    gap = SmsPart("", "…", None)
    parts = [by_number.get(number, gap) for number in range(1, group[0].part.total + 1)]
    first = by_number[min(by_number)]
    return SmsMessage(
        sender=first.sender,
        text=join_text(parts),
        sent_at=first.sent_at,
        arrived_at=group[-1].arrived_at,
        parts=tuple(stored.id for stored in group),
        missing=_missing(group),
        binary=b"".join(by_number[number].binary for number in sorted(by_number)),
    )
