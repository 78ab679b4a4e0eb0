"""The connection that every store function takes first, and plain SQL on it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeAlias

import peewee

Connection: TypeAlias = peewee.Database


def execute(db: Connection, sql: str, parameters: Sequence[Any] = ()) -> None:
    """Run one statement for its effect."""
    db.execute_sql(sql, parameters)  # type: ignore[no-untyped-call]


def fetch_all(db: Connection, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """Every row of a query."""
    rows: list[tuple[Any, ...]] = db.execute_sql(sql, parameters).fetchall()  # type: ignore[no-untyped-call]
    return rows


def fetch_each(db: Connection, sql: str, parameters: Sequence[Any] = ()) -> Iterator[tuple[Any, ...]]:
    """Rows of a query one by one, in constant memory."""
    rows: Iterable[tuple[Any, ...]] = db.execute_sql(sql, parameters)  # type: ignore[no-untyped-call]
    yield from rows


def fetch_value(db: Connection, sql: str, parameters: Sequence[Any] = ()) -> Any:
    """First column of the first row, None without a row."""
    row = db.execute_sql(sql, parameters).fetchone()  # type: ignore[no-untyped-call]
    return None if row is None else row[0]
