"""What finding calls costs, by walking the log or by asking the inverted index; µs, measured on a million calls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import inf, pow, prod  # noqa: A004 of floats

from appliance.store.call_clause import Clause
from appliance.store.call_tokens import ALL

WALK_US = 0.06
"""Looking at one call of the log, `TEST_US` for each clause, `ASK_US` for one that asks another table."""
TEST_US = 0.03
ASK_US = 0.6
MATCH_START_US = 100.0
POSTING_US = 0.03
"""Stepping over one entry of the shortest posting list …"""
PASS_US = 0.01
"""… over one entry of another that is looked through for those of the shortest …"""
MEET_US = 0.012
"""… and for each of these once more …"""
LEAP_US = 6.0
"""… or this, where the entries between two of them are left out …"""
MERGE_US = 0.013
"""… and this for each entry of a list that is one of several."""
FETCH_US = 1.0
"""Finding the row of a call that the index named …"""
NEAR_FETCH_US = 0.35
"""… and when one in `NEAR` calls is named, the next row is on the same page or the next."""
NEAR = 10
LIST_US = 0.4
"""Making one entry of the list that a subquery is."""
UNKNOWN_FRACTION = 0.2
"""Of calls that fulfil a clause without terms."""


class Estimate:
    """About one search: how many calls, and what each way to them costs."""

    def __init__(
        self,
        counts: Mapping[str, int],
        clauses: Sequence[Clause],
        *,
        calls_in_span: float,
        wanted: int | None,
        together: float,
    ) -> None:
        """`counts`: calls with each term. `together`: how much oftener clauses hold together than if by chance."""
        self._calls = max(1, counts.get(ALL, 0))
        self._counts = counts
        self._clauses = clauses
        self._in_span = calls_in_span
        fulfilled = calls_in_span * min(1.0, together * prod(self.fraction(clause) for clause in clauses))
        self._looked_at = 1.0 if wanted is None else min(1.0, wanted / max(fulfilled, 0.1))
        """Part of the span that has to be gone through until enough are found."""

    def group_fraction(self, group: tuple[str, ...]) -> float:
        """Of the calls that have one of the terms."""
        return min(1.0, sum(self._counts.get(term, 0) for term in group) / self._calls)

    def fraction(self, clause: Clause) -> float:
        """Of the calls that fulfil it."""
        if clause.listed is not None:
            named = min(1.0, clause.listed / self._calls)
            return 1.0 - named if clause.negated else named
        if not clause.groups:
            return UNKNOWN_FRACTION
        found = min(self.group_fraction(group) for group in clause.groups)
        return 1.0 - found if clause.negated else found

    def matched(self) -> list[Clause]:
        """What to put to the index: everything if it can answer alone and that costs least, else what saves more.

        A clause that the index only narrows down may be asked by some of its groups: their rows are tested anyway.
        """
        indexable = [clause for clause in self._clauses if clause.indexable]
        parts = sorted((part for clause in indexable for part in _parts(clause)), key=self.fraction)
        chosen: list[Clause] = []
        least_us = inf
        for part in parts:
            cost_us = self.match_us([*chosen, part])
            if cost_us < least_us:
                chosen.append(part)
                least_us = cost_us
        alone = all(clause.exact for clause in self._clauses) and len(indexable) == len(self._clauses)
        return indexable if alone and indexable and self.match_us(indexable) < least_us else chosen

    def walk_us(self) -> float:
        """Of going through the log, or through the shortest list of calls that a clause is."""
        lists_us = sum(clause.listed for clause in self._clauses if clause.listed is not None) * LIST_US
        named = [clause.listed for clause in self._clauses if clause.listed is not None and not clause.negated]
        walked = min(named) if named else self._in_span
        each_us = FETCH_US if named else WALK_US
        return lists_us + walked * self._looked_at * (each_us + self._tests_us(self._clauses))

    def match_us(self, chosen: Sequence[Clause]) -> float:
        """Of asking the index these and testing the rest on the rows."""
        rest = [clause for clause in self._clauses if clause not in chosen or not clause.exact]
        lists_us = sum(clause.listed for clause in rest if clause.listed is not None) * LIST_US
        named = self._together(chosen)
        fetch_us = NEAR_FETCH_US if named * NEAR > 1 else FETCH_US
        fetched = self._in_span * named if rest else 0.0
        tested_us = fetched * (fetch_us + self._tests_us(rest))
        return MATCH_START_US + lists_us + self._looked_at * (self._lists_us(chosen) + tested_us)

    def _lists_us(self, chosen: Sequence[Clause]) -> float:
        """Going through the posting lists of the whole span."""
        groups = [(group, clause.negated) for clause in chosen for group in clause.groups]
        lengths = [self._in_span * self.group_fraction(group) for group, _ in groups]
        shortest = min(
            (length for length, (_, negated) in zip(lengths, groups, strict=True) if not negated),
            default=self._in_span,
        )
        passed_us = sum(min(length * PASS_US + shortest * MEET_US, shortest * LEAP_US) for length in lengths)
        merged_us = sum(
            min(length, shortest * LEAP_US) * MERGE_US
            for length, (group, _) in zip(lengths, groups, strict=True)
            if len(group) > 1
        )
        return shortest * POSTING_US + passed_us + merged_us

    def _together(self, chosen: Sequence[Clause]) -> float:
        """Of the calls that the index names: groups of one clause say much the same, each next one counts less."""
        of_clause: dict[tuple[str, tuple[object, ...]], list[float]] = {}
        for part in chosen:
            of_clause.setdefault((part.sql, part.parameters), []).append(self.fraction(part))
        ordered = (sorted(fractions) for fractions in of_clause.values())
        return prod(pow(fraction, 0.5**at) for fractions in ordered for at, fraction in enumerate(fractions))

    def _tests_us(self, clauses: Sequence[Clause]) -> float:
        """Of one call: the plain tests come first, those that ask another table only where these are fulfilled."""
        plain = [clause for clause in clauses if not clause.asks_another_table]
        asking = [clause for clause in clauses if clause.asks_another_table]
        return TEST_US * len(plain) + prod(self.fraction(clause) for clause in plain) * ASK_US * len(asking)


def _parts(clause: Clause) -> list[Clause]:
    return [clause] if clause.exact else [replace(clause, groups=(group,)) for group in clause.groups]
