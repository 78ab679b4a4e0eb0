"""Counted shapes of calls: how many calls are alike in all the respects that have few values each.

A log of a million calls has some hundred shapes. They say at once when conditions exclude each other (not talked, but
recorded), how conditions go together, and how many calls there are when shapes are all that was asked for.
"""
# ruff: noqa: S608 the text of a statement is made of our own names and marks; values are always parameters

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from appliance.store.call_clause import Clause, among
from appliance.store.connection import Connection, execute, fetch_all

RESPECTS = {
    "d": "direction",
    "r": "result",
    "q": "queue",
    "g": "recording",
    "gn": "no_recording",
    "gl": "locked",
    "gc": "checked",
    "v": "voicemail",
    "s": "rating",
    "xn": "transfers",
    "yn": "summary",
    "tb": "talk",
    "wb": "wait",
}
"""Kind of term and column of `call_shapes`, which holds the call's term of that kind; empty: it has none."""
_LENGTHS = {"tb": ("tb_0", "tb"), "wb": ("wb_0", "wb")}
"""Of a length a shape knows only whether it is nothing."""


@dataclass(frozen=True)
class ShapeTest:
    """What a clause says of a shape: at least the shapes of all its calls, and no others' when `exact`."""

    sql: str
    parameters: tuple[object, ...]
    exact: bool


@dataclass(frozen=True)
class ShapesFound:
    """Calls of the shapes that fulfil all tests, and each of them."""

    together: int
    each: tuple[int, ...]


def shape_of(tokens: Iterable[str]) -> tuple[str, ...]:
    """The shape of a call with these terms, in the order of `RESPECTS`."""
    found = dict.fromkeys(RESPECTS, "")
    for token in tokens:
        kind = token.partition("_")[0]
        if kind in found:
            found[kind] = _shaped(kind, token)
    return tuple(found.values())


def count_shape(db: Connection, shape: tuple[str, ...], calls: int) -> None:
    """There are so many more calls of this shape."""
    columns = ", ".join(RESPECTS.values())
    execute(
        db,
        f"INSERT INTO call_shapes ({columns}, calls) VALUES ({', '.join('?' * len(shape))}, ?)"
        f" ON CONFLICT ({columns}) DO UPDATE SET calls = call_shapes.calls + excluded.calls",
        (*shape, calls),
    )


def shape_test(clause: Clause) -> ShapeTest | None:
    """None: shapes say nothing of it."""
    tests = [test for group in clause.groups if (test := _group_test(group)) is not None]
    exact = clause.exact and len(tests) == len(clause.groups) and all(test.exact for test in tests)
    if not tests or (clause.negated and not exact):
        return None
    sql = " AND ".join(test.sql for test in tests)
    parameters = tuple(value for test in tests for value in test.parameters)
    return ShapeTest(f"NOT ({sql})" if clause.negated else f"({sql})", parameters, exact)


def find_shapes(db: Connection, tests: Sequence[ShapeTest]) -> ShapesFound:
    """How many calls have a shape that fulfils all of the tests, and each of them."""
    conditions = (" AND ".join(test.sql for test in tests), *(test.sql for test in tests))
    counted = [f"sum(CASE WHEN {sql} THEN calls ELSE 0 END)" for sql in conditions]
    parameters = tuple(value for test in tests for value in test.parameters) * 2
    rows = fetch_all(db, f"SELECT {', '.join(counted)} FROM call_shapes", parameters)
    together, *each = (int(calls or 0) for calls in rows[0])
    return ShapesFound(together, tuple(each))


def _group_test(group: tuple[str, ...]) -> ShapeTest | None:
    """One of these terms, which may be of several kinds."""
    wanted: dict[str, dict[str, None]] = {}
    exact = True
    for token in group:
        kind = token.partition("_")[0]
        if kind not in RESPECTS:
            return None
        shaped = _shaped(kind, token)
        exact = exact and shaped == token
        wanted.setdefault(RESPECTS[kind], {})[shaped] = None
    parts: list[str] = []
    parameters: list[object] = []
    for column, terms in wanted.items():
        sql, bound = among(column, tuple(terms))
        parts.append(sql)
        parameters += bound
    return ShapeTest(f"({' OR '.join(parts)})", tuple(parameters), exact)


def _shaped(kind: str, token: str) -> str:
    nothing, something = _LENGTHS.get(kind, (token, token))
    return token if token == nothing else something
