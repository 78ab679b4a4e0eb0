"""What a condition becomes: SQL that is exact, and terms of the inverted index that narrow it down."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

Groups: TypeAlias = tuple[tuple[str, ...], ...]
"""Terms: every group must have one of its terms in the call."""


@dataclass(frozen=True)
class Clause:
    """A part of the WHERE over `calls c`.

    `groups` select a superset of what `sql` selects, and exactly that when `exact`; without groups only `sql` can tell.
    `negated` turns both round; only an exact one can then use the index.
    """

    sql: str
    parameters: tuple[object, ...] = ()
    groups: Groups = ()
    exact: bool = False
    negated: bool = False
    listed: int | None = None
    """The SQL is a list of about so many calls, which a walk can go through instead of the log."""

    @property
    def asks_another_table(self) -> bool:
        """The test of one call is a search of its own."""
        return "EXISTS" in self.sql

    @property
    def where(self) -> str:
        """The SQL with its "not"."""
        return f"NOT ({self.sql})" if self.negated else f"({self.sql})"

    @property
    def indexable(self) -> bool:
        """The inverted index can help."""
        return bool(self.groups) and (self.exact or not self.negated)


@dataclass(frozen=True)
class KeySpan:
    """Keys from `first` to `last`, both included."""

    first: int
    last: int


def among(column: str, values: tuple[object, ...]) -> tuple[str, tuple[object, ...]]:
    """`column IN (…)` and its parameters; no values: never true."""
    if not values:
        return "1 = 0", ()
    return f"{column} IN ({', '.join('?' * len(values))})", values
