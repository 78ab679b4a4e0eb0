"""Lists of callers in the call plan: blacklist, VIP, an area's prefixes. Pure."""

from __future__ import annotations

from typing import Annotated

import msgspec

ListedNumber = Annotated[str, msgspec.Meta(pattern=r"^\d{1,20}\*?$")]


class CallerList(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Numbers with area code as the call record has them; `138*` stands for every number that begins so."""

    id: str
    label: str
    numbers: tuple[ListedNumber, ...] = ()

    def holds(self, number: str) -> bool:
        """Whether the list names `number` (normalised); a caller without a number is on no list."""
        return bool(number) and any(
            number.startswith(listed[:-1]) if listed.endswith("*") else number == listed for listed in self.numbers
        )
