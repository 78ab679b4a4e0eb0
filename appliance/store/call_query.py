"""Choosing how to find the calls of a search: walk the log from its newest end, or intersect the inverted index.

Both ways give the same calls in the same order, newest first; only the time differs. The choice rests on how many calls
have each term (`call_token_counts`) and each shape (`call_shapes`) and on what both ways cost (`call_costs`).
"""
# ruff: noqa: S608 the text of a statement is made of our own names and marks; values are always parameters

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum
from math import prod

from appliance.store.call_clause import Clause, KeySpan
from appliance.store.call_clauses import clauses_of
from appliance.store.call_clauses_time import ALWAYS
from appliance.store.call_costs import Estimate
from appliance.store.call_index import token_counts
from appliance.store.call_lookup import look_up
from appliance.store.call_search import CallSearch
from appliance.store.call_shapes import ShapesFound, find_shapes, shape_test
from appliance.store.call_tokens import ALL
from appliance.store.connection import Connection, fetch_all
from appliance.store.scope import Scope
from appliance.store.term_index import ask, leaves_out

FIRST_LOOK = 20_000
"""Newest calls that a walk for a page goes through before the index is asked after all: conditions that exclude each
other in more respects than shapes know look like a full page at once and are none in the whole log."""
PAGE_CALLS = 1_000
"""Whoever wants more than that is counting or exporting."""


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
    calls: int | None = None
    """How many there are, where that is known without looking for them."""

    def keys_sql(self) -> str:
        """Keys of the calls, newest first; add a LIMIT."""
        return f"SELECT {self.key} FROM {self.tables} WHERE {self.where} ORDER BY {self.key} DESC"

    def with_rows(self) -> CallQuery:
        """The same, with the rows of `calls c` at hand."""
        if self.has_rows:
            return self
        tables = f"{self.tables} CROSS JOIN calls c ON c.id = {self.key}"
        return replace(self, tables=tables, has_rows=True)


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
    tests = [(clause, test) for clause in clauses if (test := shape_test(clause)) is not None]
    shapes = find_shapes(db, [test for _, test in tests]) if tests else None
    if shapes is not None and not shapes.together:
        return _Plan(span, clauses, (), Way.WALK, 0.0, calls=0)
    counts = token_counts(db, {term for clause in clauses for group in clause.groups for term in group})
    all_exact = len(tests) == len(clauses) and all(test.exact for _, test in tests)
    in_span = _calls_in(db, span, counts.get(ALL, 0))
    estimate = Estimate(
        counts, clauses, calls_in_span=in_span, wanted=wanted, together=_together(shapes, counts.get(ALL, 0))
    )
    chosen = estimate.matched()
    way = Way.MATCH if chosen and estimate.match_us(chosen) < estimate.walk_us() else Way.WALK
    known = shapes.together if shapes is not None and all_exact and span == ALWAYS else None
    return _Plan(span, clauses, chosen, way, in_span, calls=known)


def _together(shapes: ShapesFound | None, calls: int) -> float:
    """How much oftener the tests of the shapes hold together than if each held by chance."""
    if shapes is None or not calls:
        return 1.0
    return shapes.together / calls / prod(each / calls for each in shapes.each)


@dataclass(frozen=True)
class _Plan:
    span: KeySpan
    clauses: Sequence[Clause]
    chosen: Sequence[Clause]
    """What the index would be asked."""
    way: Way
    in_span: float
    """About how many calls."""
    calls: int | None
    """How many fulfil everything, if shapes tell."""

    def query(self, db: Connection, way: Way | None) -> CallQuery:
        """`way` is for those who compare the ways: then what shapes tell is not used."""
        if way is None and self.calls == 0:
            return CallQuery(Way.WALK, "calls c", "c.id", "1 = 0", (), has_rows=True, calls=0)
        if (way or self.way) is Way.WALK:
            query = _walk(self.span, self.clauses)
        else:
            chosen = self.chosen or [clause for clause in self.clauses if clause.indexable]
            query = _match(db, self.span, self.clauses, chosen)
        return query if way else replace(query, calls=self.calls)

    def queries_of_page(self, db: Connection) -> tuple[CallQuery, ...]:
        listed = any(clause.listed is not None and not clause.negated for clause in self.clauses)
        if self.way is Way.MATCH or not self.chosen or listed or self.in_span <= FIRST_LOOK or self.calls == 0:
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
