"""The numbers of the outside world: what happens when the box dials them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from drivers.sim.profile import HangUpShown
from drivers.sim.steps import CallerStep


class FarOutcome(StrEnum):
    """What a dialled number does."""

    ANSWERS = "answers"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    ANNOUNCEMENT = "announcement"
    """The exchange plays the entry's steps (what is said in them) without answering, then busy tone."""
    CONGESTION = "congestion"
    UNOBTAINABLE = "unobtainable"


@dataclass(frozen=True, slots=True)
class DirectoryEntry:
    """A number or pattern (`x` any digit, a final `*` any further digits) and its outcome."""

    number: str
    outcome: FarOutcome = FarOutcome.ANSWERS
    setup_s: float = 1.0
    """From the last digit to ring-back, busy tone or the announcement."""
    after_s: float = 6.0
    """Ring-back until the answer."""
    hang_up: HangUpShown | None = None
    """How this party's hang-up shows; None: as the line's exchange does it."""
    steps: tuple[CallerStep, ...] = ()
    """What the far party does after it answered."""


def number_matches(pattern: str, number: str) -> bool:
    """Whether `number` fits `pattern`: digits, `x` for any one digit, a final `*` for any number of further digits."""
    fixed = pattern.removesuffix("*")
    if len(number) < len(fixed) or (fixed == pattern and len(number) != len(fixed)):
        return False
    return all(expected in ("x", digit) for expected, digit in zip(fixed, number, strict=False))


class Directory:
    """Looks numbers up; the first entry that fits wins."""

    def __init__(self, entries: Sequence[DirectoryEntry]) -> None:
        self._entries = tuple(entries)

    def find(self, number: str) -> DirectoryEntry:
        """The entry for a whole number; an unknown number is unobtainable."""
        for entry in self._entries:
            if number_matches(entry.number, number):
                return entry
        return DirectoryEntry(number, FarOutcome.UNOBTAINABLE)

    def is_complete(self, digits: str) -> bool:
        """No further digit could lead to another entry, so the exchange need not wait for one."""
        fits = any(number_matches(entry.number, digits) for entry in self._entries)
        return fits and not any(self._could_grow(entry.number, digits) for entry in self._entries)

    @staticmethod
    def _could_grow(pattern: str, digits: str) -> bool:
        fixed = pattern.removesuffix("*")
        if len(digits) >= len(fixed):
            return fixed != pattern and number_matches(pattern, digits)
        return number_matches(fixed[: len(digits)], digits)
