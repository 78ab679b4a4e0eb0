"""Choosing how to find the calls of a search: walk the log from its newest end, or intersect the inverted index.

Both ways give the same calls in the same order, newest first; only the time differs. The choice rests on how many calls
have each term (`call_token_counts`) and on costs measured with `bench/search.py`.
"""
# ruff: noqa: S608 the text of a statement is made of our own names and marks; values are always parameters

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum
from math import inf, prod

from appliance.store.call_clause import Clause, KeySpan
from appliance.store.call_clauses import clauses_of
from appliance.store.call_clauses_time import ALWAYS
from appliance.store.call_index import token_counts
from appliance.store.call_lookup import look_up
from appliance.store.call_search import CallSearch
from appliance.store.call_tokens import ALL
from appliance.store.connection import Connection, fetch_all
from appliance.store.scope import Scope
from appliance.store.term_index import ask, leaves_out

WALK_US = 0.08
"""Looking at one call of the log, `TEST_US` for each clause, `ASK_US` for one that asks another table."""
TEST_US = 0.04
ASK_US = 0.8
POSTING_US = 0.06
"""Stepping over one entry of a posting list."""
FETCH_US = 2.0
"""Finding the row of a call that the index named …"""
NEAR_FETCH_US = 0.5
"""… and when one in `NEAR` calls is named, the next row is on the same page or the next."""
NEAR = 20
MATCH_START_US = 300.0
LIST_US = 0.4
"""Making one entry of the list that a subquery is."""
FIRST_LOOK = 20_000
"""Newest calls that a walk for a page goes through before the index is asked after all: conditions that exclude each
other look like a full page at once and are none in the whole log."""
PAGE_CALLS = 1_000
"""Whoever wants more than that is counting or exporting."""
UNKNOWN_FRACTION = 0.2
"""Of calls that fulfil a clause without terms."""


class Way(Enum):
    WALK = "walk"
    MATCH = "match"


@dataclass(frozen=True)
class CallQuery:
    """FROM and WHERE of the search; the calls are `c`, or only keys of the index when `has_rows` is False."""

    way: Way
    tables: str
    key: str
    where: str
    parameters: tuple[object, ...]
    has_rows: bool

    def keys_sql(self) -> str:
        """Keys of the calls, newest first; add a LIMIT."""
        return f"SELECT {self.key} FROM {self.tables} WHERE {self.where} ORDER BY {self.key} DESC"

    def with_rows(self) -> CallQuery:
        """The same, with the rows of `calls c` at hand."""
        if self.has_rows:
            return self
        tables = f"{self.tables} CROSS JOIN calls c ON c.id = {self.key}"
        return CallQuery(self.way, tables, self.key, self.where, self.parameters, has_rows=True)


def query_of(
    db: Connection,
    search: CallSearch,
    scope: Scope,
    *,
    before: int | None = None,
    wanted: int | None = None,
    way: Way | None = None,
) -> CallQuery:
    """The query for the newest `wanted` calls (all of them if None) with keys below `before`; `way` forces a choice."""
    return _plan(db, search, scope, before, wanted).query(db, way)


def queries_of_page(
    db: Connection, search: CallSearch, scope: Scope, *, before: int | None, wanted: int
) -> tuple[CallQuery, ...]:
    """Queries for the newest `wanted` calls, one after the other as long as there are not enough."""
    return _plan(db, search, scope, before, wanted).queries_of_page(db)


def _plan(db: Connection, search: CallSearch, scope: Scope, before: int | None, wanted: int | None) -> _Plan:
    page = wanted is not None and wanted <= PAGE_CALLS
    span, clauses = clauses_of(search, scope, look_up(db, search, page=page))
    if before is not None:
        span = KeySpan(span.first, min(span.last, before - 1))
    counts = token_counts(db, {term for clause in clauses for group in clause.groups for term in group})
    in_span = _calls_in(db, span, counts.get(ALL, 0))
    estimate = _Estimate(counts, clauses, in_span, wanted)
    chosen = estimate.matched()
    way = Way.MATCH if chosen and estimate.match_us(chosen) < estimate.walk_us() else Way.WALK
    return _Plan(span, clauses, chosen, way, in_span)


@dataclass(frozen=True)
class _Plan:
    span: KeySpan
    clauses: Sequence[Clause]
    chosen: Sequence[Clause]
    """What the index would be asked."""
    way: Way
    in_span: float
    """About how many calls."""

    def query(self, db: Connection, way: Way | None) -> CallQuery:
        if (way or self.way) is Way.WALK:
            return _walk(self.span, self.clauses)
        chosen = self.chosen or [clause for clause in self.clauses if clause.indexable]
        return _match(db, self.span, self.clauses, chosen)

    def queries_of_page(self, db: Connection) -> tuple[CallQuery, ...]:
        listed = any(clause.listed is not None and not clause.negated for clause in self.clauses)
        if self.way is Way.MATCH or not self.chosen or listed or self.in_span <= FIRST_LOOK:
            return (self.query(db, None),)
        oldest, newest = _ends(db)
        first, last = max(self.span.first, oldest), min(self.span.last, newest)
        turn = last - int((last - first) * FIRST_LOOK / self.in_span)
        older = replace(self, span=KeySpan(self.span.first, turn - 1))
        return _walk(KeySpan(turn, self.span.last), self.clauses), older.query(db, Way.MATCH)


def _calls_in(db: Connection, span: KeySpan, calls: int) -> float:
    """About how many calls lie in the span, taking them as evenly spread over the log's time."""
    if span == ALWAYS or not calls:
        return calls
    oldest, newest = _ends(db)
    first, last = max(span.first, oldest), min(span.last, newest)
    return calls * max(0.0, min(1.0, (last - first + 1) / (newest - oldest + 1)))


def _ends(db: Connection) -> tuple[int, int]:
    rows: list[tuple[int, int]] = fetch_all(
        db, "SELECT coalesce((SELECT min(id) FROM calls), 0), coalesce((SELECT max(id) FROM calls), 0)"
    )
    return rows[0]


class _Estimate:
    def __init__(
        self, counts: dict[str, int], clauses: Sequence[Clause], calls_in_span: float, wanted: int | None
    ) -> None:
        self._calls = max(1, counts.get(ALL, 0))
        self._counts = counts
        self._clauses = clauses
        self._in_span = calls_in_span
        fulfilled = calls_in_span * prod(self.fraction(clause) for clause in clauses)
        self._looked_at = 1.0 if wanted is None else min(1.0, wanted / max(fulfilled, 0.1))
        """Part of the span that has to be gone through until enough are found."""

    def group_fraction(self, group: tuple[str, ...]) -> float:
        return min(1.0, sum(self._counts.get(term, 0) for term in group) / self._calls)

    def fraction(self, clause: Clause) -> float:
        if clause.listed is not None:
            named = min(1.0, clause.listed / self._calls)
            return 1.0 - named if clause.negated else named
        if not clause.groups:
            return UNKNOWN_FRACTION
        found = min(self.group_fraction(group) for group in clause.groups)
        return 1.0 - found if clause.negated else found

    def matched(self) -> list[Clause]:
        """Clauses to put to the index: all if it can answer alone and that costs least, else those that save more."""
        indexable = sorted((clause for clause in self._clauses if clause.indexable), key=self.fraction)
        chosen: list[Clause] = []
        least_us = inf
        for clause in indexable:
            cost_us = self.match_us([*chosen, clause])
            if cost_us < least_us:
                chosen.append(clause)
                least_us = cost_us
        alone = all(clause.exact for clause in self._clauses) and len(indexable) == len(self._clauses)
        return indexable if alone and indexable and self.match_us(indexable) < least_us else chosen

    def walk_us(self) -> float:
        lists_us = sum(clause.listed for clause in self._clauses if clause.listed is not None) * LIST_US
        named = [clause.listed for clause in self._clauses if clause.listed is not None and not clause.negated]
        walked = min(named) if named else self._in_span
        each_us = FETCH_US if named else WALK_US
        return lists_us + walked * self._looked_at * (each_us + self._tests_us(self._clauses))

    def match_us(self, chosen: Sequence[Clause]) -> float:
        groups = [group for clause in chosen if not clause.negated for group in clause.groups]
        fractions = [self.group_fraction(group) for group in groups] or [1.0]
        terms = sum(len(group) for clause in chosen for group in clause.groups)
        stepped = self._in_span * min(fractions) * (len(fractions) + 0.3 * terms)
        rest = [clause for clause in self._clauses if clause not in chosen or not clause.exact]
        lists_us = sum(clause.listed for clause in rest if clause.listed is not None) * LIST_US
        named = prod(self.fraction(clause) for clause in chosen)
        fetch_us = NEAR_FETCH_US if named * NEAR > 1 else FETCH_US
        fetched = self._in_span * named if rest else 0.0
        return (
            MATCH_START_US
            + lists_us
            + self._looked_at * (stepped * POSTING_US + fetched * (fetch_us + self._tests_us(rest)))
        )

    def _tests_us(self, clauses: Sequence[Clause]) -> float:
        """Of one call: the plain tests come first, those that ask another table only where these are fulfilled."""
        plain = [clause for clause in clauses if not clause.asks_another_table]
        asking = [clause for clause in clauses if clause.asks_another_table]
        return TEST_US * len(plain) + prod(self.fraction(clause) for clause in plain) * ASK_US * len(asking)


def _walk(span: KeySpan, clauses: Sequence[Clause]) -> CallQuery:
    where = ["c.id BETWEEN ? AND ?", *(clause.where for clause in clauses)]
    parameters = (span.first, span.last, *(value for clause in clauses for value in clause.parameters))
    return CallQuery(Way.WALK, "calls c", "c.id", " AND ".join(where), parameters, has_rows=True)


def _match(db: Connection, span: KeySpan, clauses: Sequence[Clause], chosen: Sequence[Clause]) -> CallQuery:
    """All groups of the positive clauses, none of the negated ones as far as the index can leave out."""
    without = [clause for clause in chosen if clause.negated] if leaves_out(db) else []
    groups = tuple(group for clause in chosen if not clause.negated for group in clause.groups)
    asked = ask(
        db, "call", groups or ((ALL,),), [clause.groups for clause in without], first=span.first, last=span.last
    )  # fmt: skip
    answered = [clause for clause in chosen if clause.exact and (clause in without or not clause.negated)]
    rest = [clause for clause in clauses if clause not in answered]
    where = " AND ".join([asked.where, *(clause.where for clause in rest)])
    parameters = (*asked.parameters, *(value for clause in rest for value in clause.parameters))
    query = CallQuery(Way.MATCH, asked.tables, asked.key, where, parameters, has_rows=False)
    return query.with_rows() if rest else query
