"""The inverted index of a subject (`call`, `customer`): which rows have which terms.

`<subject>_tokens` keeps each row's terms as text. SQLite intersects posting lists in `<subject>_index` (FTS5), newest
first; PostgreSQL keeps the terms as an array there, with a GIN index, and cannot leave terms out.
"""
# ruff: noqa: S608 the text of a statement is made of our own names and marks; values are always parameters

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from appliance.store.call_clause import Groups
from appliance.store.connection import Connection, execute, execute_many, fetch_value, is_postgres

_FTS = """CREATE VIRTUAL TABLE {0}_index USING fts5 (
    tokens, content='{0}_tokens', content_rowid='id', detail=none, columnsize=0, tokenize="ascii tokenchars '_'"
)"""
_GIN = (
    "CREATE TABLE {0}_index (id BIGINT PRIMARY KEY, terms TEXT[] NOT NULL)",
    "CREATE INDEX {0}_index_terms ON {0}_index USING gin (terms) WITH (fastupdate = off)",
)


@dataclass(frozen=True)
class Asked:
    """Rows that have the terms, as part of a query: FROM `tables` WHERE `where`; `parameters` of both."""

    tables: str
    key: str
    where: str
    parameters: tuple[object, ...]


def create_term_index(db: Connection, subject: str) -> None:
    """The empty index; `<subject>_tokens` must be there."""
    for statement in _GIN if is_postgres(db) else (_FTS,):
        execute(db, statement.format(subject))


def set_terms(db: Connection, subject: str, key: int, terms: Sequence[str] | None) -> tuple[set[str], set[str]]:
    """Make the index say that the row has these terms, None: that it is gone; its terms before and after."""
    old = fetch_value(db, f"SELECT tokens FROM {subject}_tokens WHERE id = ?", (key,))
    new = None if terms is None else " ".join(terms)
    before, after = set((old or "").split()), set((new or "").split())
    if old == new:
        return before, after
    if old is not None:
        _forget(db, subject, key, old)
    if new is not None:
        _add(db, subject, [(key, new)])
    return before, after


def add_terms(db: Connection, subject: str, rows: Iterable[tuple[int, Sequence[str]]]) -> None:
    """The same for rows that the index has never heard of."""
    _add(db, subject, [(key, " ".join(terms)) for key, terms in rows])


def fill_term_index(db: Connection, subject: str) -> None:
    """Make the index anew from `<subject>_tokens`, which was filled by another way."""
    if is_postgres(db):
        execute(db, f"DELETE FROM {subject}_index")
        sql = f"INSERT INTO {subject}_index (id, terms) SELECT id, string_to_array(tokens, ' ') FROM {subject}_tokens"
        execute(db, sql)
    else:
        execute(db, f"INSERT INTO {subject}_index ({subject}_index) VALUES ('rebuild')")


def ask(
    db: Connection, subject: str, groups: Groups, without: Sequence[Groups] = (), *, first: int, last: int
) -> Asked:
    """Rows with keys from `first` to `last` that have one of each group and fulfil none of `without`."""
    if is_postgres(db):
        return _ask_postgres(subject, groups, first, last)
    key = f"{subject}_index.rowid"
    where = f"{subject}_index MATCH ? AND {key} BETWEEN ? AND ?"
    return Asked(f"{subject}_index", key, where, (_expression(groups, without), first, last))


def leaves_out(db: Connection) -> bool:
    """The index can answer `without`."""
    return not is_postgres(db)


def _ask_postgres(subject: str, groups: Groups, first: int, last: int) -> Asked:
    """A subquery of its own (OFFSET 0): the planner must not walk by key and test arrays."""
    single = [group[0] for group in groups if len(group) == 1]
    several = [list(group) for group in groups if len(group) > 1]
    tests = [*(["terms @> ?::text[]"] if single else []), *("terms && ?::text[]" for _ in several)]
    where = " AND ".join(["id BETWEEN ? AND ?", *tests])
    parameters = (first, last, *([single] if single else []), *several)
    return Asked(f"(SELECT id FROM {subject}_index WHERE {where} OFFSET 0) i", "i.id", "1 = 1", parameters)


def _expression(groups: Groups, without: Sequence[Groups]) -> str:
    asked = _all_of(groups)
    return f"({asked}) NOT ({' OR '.join(map(_all_of, without))})" if without else asked


def _all_of(groups: Groups) -> str:
    return "(" + " AND ".join(f"({' OR '.join(group)})" for group in groups) + ")"


def _forget(db: Connection, subject: str, key: int, tokens: str) -> None:
    if is_postgres(db):
        execute(db, f"DELETE FROM {subject}_index WHERE id = ?", (key,))
    else:
        sql = f"INSERT INTO {subject}_index ({subject}_index, rowid, tokens) VALUES ('delete', ?, ?)"
        execute(db, sql, (key, tokens))
    execute(db, f"DELETE FROM {subject}_tokens WHERE id = ?", (key,))


def _add(db: Connection, subject: str, rows: Sequence[tuple[int, str]]) -> None:
    execute_many(db, f"INSERT INTO {subject}_tokens (id, tokens) VALUES (?, ?)", rows)
    if is_postgres(db):
        execute_many(db, f"INSERT INTO {subject}_index (id, terms) VALUES (?, string_to_array(?, ' '))", rows)
    else:
        execute_many(db, f"INSERT INTO {subject}_index (rowid, tokens) VALUES (?, ?)", rows)
