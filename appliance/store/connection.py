"""The connection that every store function takes first, and plain SQL on it, written as SQLite reads it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, TypeAlias

import peewee

from appliance.store.postgres import PostgresConnection, writing
from appliance.store.postgres_words import in_postgres

Connection: TypeAlias = peewee.Database


def is_postgres(db: Connection) -> bool:
    """For the few places where the two databases need another plan, not only another spelling."""
    return isinstance(db, PostgresConnection)


def execute(db: Connection, sql: str, parameters: Sequence[Any] = ()) -> None:
    """Run one statement for its effect."""
    db.execute_sql(_spelled(db, sql), parameters)  # type: ignore[no-untyped-call]


def execute_many(db: Connection, sql: str, rows: Iterable[Sequence[Any]]) -> None:
    """Run one statement for each row of parameters."""
    with peewee.__exception_wrapper__:  # type: ignore[attr-defined] # the same errors as of `execute`
        db.cursor().executemany(_spelled(db, sql), list(rows))  # type: ignore[no-untyped-call]


def fetch_all(db: Connection, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """Every row of a query."""
    rows: list[tuple[Any, ...]] = db.execute_sql(_spelled(db, sql), parameters).fetchall()  # type: ignore[no-untyped-call]
    return rows


def fetch_each(db: Connection, sql: str, parameters: Sequence[Any] = ()) -> Iterator[tuple[Any, ...]]:
    """Rows of a query one by one, in constant memory; one such query at a time."""
    if isinstance(db, PostgresConnection):
        yield from db.rows_one_by_one(in_postgres(sql), tuple(parameters))
        return
    rows: Iterable[tuple[Any, ...]] = db.execute_sql(sql, parameters)  # type: ignore[no-untyped-call]
    yield from rows


def fetch_value(db: Connection, sql: str, parameters: Sequence[Any] = ()) -> Any:
    """First column of the first row, None without a row."""
    row = db.execute_sql(_spelled(db, sql), parameters).fetchone()  # type: ignore[no-untyped-call]
    return None if row is None else row[0]


def write_transaction(db: Connection) -> AbstractContextManager[Any]:
    """A transaction of the only writer; within one, a part that can be undone."""
    return writing(db) if isinstance(db, PostgresConnection) else db.atomic("IMMEDIATE")


def _spelled(db: Connection, sql: str) -> str:
    return in_postgres(sql) if isinstance(db, PostgresConnection) else sql
