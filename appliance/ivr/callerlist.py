"""Lists of callers in the call plan: blacklist, VIP, an area's prefixes. Pure."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import msgspec

ListedNumber = Annotated[str, msgspec.Meta(pattern=r"^\d{1,20}\*?$")]
ListDate = Annotated[str, msgspec.Meta(pattern=r"^\d{4}-\d{2}-\d{2}$")]
AHEAD_PRIORITY = 5
"""Of callers whose list lets them go ahead; flows may give any from 0 to 9."""


class ListEffect(StrEnum):
    """What happens to a caller on the list before any flow is asked."""

    NONE = "none"
    """Nothing: only flows look at the list."""
    REFUSE = "refuse"
    """Never answered: the caller hears it ring."""
    AHEAD = "ahead"
    """Goes ahead in every queue."""


class ListNote(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the bureau wrote beside a listed number."""

    number: ListedNumber
    text: Annotated[str, msgspec.Meta(max_length=100)] = ""
    until: ListDate | None = None
    """Last day on which the number counts as listed; None: for ever."""


class CallerList(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Numbers with area code as the call record has them; `138*` stands for every number that begins so."""

    id: str
    label: str
    effect: ListEffect = ListEffect.NONE
    numbers: tuple[ListedNumber, ...] = ()
    notes: tuple[ListNote, ...] = ()
    """Of those numbers that have one."""

    def holds(self, number: str, on: str = "") -> bool:
        """Whether the list names `number` (normalised) on the day `on` (`YYYY-MM-DD`; '': nothing has run out).

        A caller without a number is on no list.
        """
        return bool(number) and any(
            (number.startswith(listed[:-1]) if listed.endswith("*") else number == listed)
            and not self._over(listed, on)
            for listed in self.numbers
        )

    def _over(self, listed: str, on: str) -> bool:
        return any(note.number == listed and note.until is not None and note.until < on for note in self.notes)
