"""All rows from one database to another of the same version, of whichever kind: backups are SQLite files always."""
# ruff: noqa: S608 the text of a statement is made of names from the schema; values are always parameters

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from appliance.store.connection import (
    Connection,
    execute,
    execute_many,
    fetch_all,
    fetch_each,
    fetch_value,
    is_postgres,
)
from appliance.store.database import Database, Source
from appliance.store.errors import StoreError
from appliance.store.sqlite_copy import copy_file
from appliance.store.sqlite_file import SqliteFile
from appliance.store.term_index import fill_term_index

_AT_ONCE = 500
_NOT_ROWS = ("migrations",)
_TREES = ("units", "reasons")
"""Their rows name others of the same table."""
_INDEXED = ("call", "customer")


def tables_of(db: Connection) -> list[str]:
    """Tables that hold what people entered and what happened, in the order in which they were made: none needs a later
    one. `db` is SQLite.
    """
    rows = fetch_all(db, "SELECT name, sql FROM sqlite_master WHERE type = 'table' ORDER BY rowid")
    indexes = tuple(f"{subject}_index" for subject in _INDEXED)
    return [str(name) for name, _ in rows if name not in _NOT_ROWS and not name.startswith(("sqlite_", *indexes))]


def schema_of(db: Connection) -> int:
    """Number of the newest migration."""
    return int(fetch_value(db, "SELECT max(number) FROM migrations") or 0)


def copy_to_file(source: Source, target: Path) -> None:
    """One state of a database as a new SQLite file; writers do not wait for it. Raises `StoreError`."""
    if isinstance(source, SqliteFile):
        copy_file(source.path, target)
        return
    there = Database(source, readers=1, read_only=True)
    try:
        here = Database(target, readers=1)
        try:
            there.read_now(lambda from_: here.write_now(lambda to: _copy_all(from_, to)))
        finally:
            here.close()
    finally:
        there.close()


def load_file(file: Path, target: Source) -> None:
    """Make the database hold what is in a SQLite file of this version, all of it or, when it fails, nothing.

    Raises `StoreError`.
    """
    here = Database(file, readers=1, read_only=True)
    try:
        there = Database(target, readers=1)
        try:
            here.read_now(lambda from_: there.write_now(lambda to: copy_rows(from_, to, tables_of(from_))))
        finally:
            there.close()
    finally:
        here.close()


def _copy_all(source: Connection, target: Connection) -> None:
    if schema_of(source) != schema_of(target):
        raise StoreError("数据库的版本与程序不同，没有复制。请重新启动网页服务后重试。")
    copy_rows(source, target, tables_of(target))


def copy_rows(source: Connection, target: Connection, tables: Sequence[str]) -> None:
    """Make `target` hold the rows of `source` and no others; call it in a transaction of both."""
    for table in _TREES:
        execute(target, f"UPDATE {table} SET parent_id = NULL")
    for table in reversed(tables):
        execute(target, f"DELETE FROM {table}")
    for table in tables:
        _copy_table(source, target, table)
    for subject in _INDEXED:
        fill_term_index(target, subject)


def _copy_table(source: Connection, target: Connection, table: str) -> None:
    columns = _columns(target, table)
    first = [column for column in columns if not (table in _TREES and column == "parent_id")]
    marks = ", ".join("?" for _ in first)
    insert = f"INSERT INTO {table} ({', '.join(first)}) VALUES ({marks})"
    for rows in _portions(fetch_each(source, f"SELECT {', '.join(first)} FROM {table}")):
        execute_many(target, insert, rows)
    if table in _TREES:
        links = fetch_all(source, f"SELECT parent_id, id FROM {table} WHERE parent_id IS NOT NULL")
        execute_many(target, f"UPDATE {table} SET parent_id = ? WHERE id = ?", links)
    if is_postgres(target) and "id" in columns:
        _count_on(target, table)


def _columns(db: Connection, table: str) -> list[str]:
    if is_postgres(db):
        sql = "SELECT column_name FROM information_schema.columns"
        sql += " WHERE table_schema = current_schema() AND table_name = ? ORDER BY ordinal_position"
        return [name for (name,) in fetch_all(db, sql, (table,))]
    return [name for (name,) in fetch_all(db, "SELECT name FROM pragma_table_info(?)", (table,))]


def _count_on(db: Connection, table: str) -> None:
    """New rows get numbers behind those that came."""
    sequence = fetch_value(db, "SELECT pg_get_serial_sequence(?, 'id')", (table,))
    if sequence is not None:
        last = fetch_value(db, f"SELECT coalesce(max(id), 0) FROM {table}")
        execute(db, "SELECT setval(?::regclass, ?, false)", (sequence, int(last) + 1))


def _portions(rows: Iterator[tuple[Any, ...]]) -> Iterator[list[tuple[Any, ...]]]:
    portion: list[tuple[Any, ...]] = []
    for row in rows:
        portion.append(row)
        if len(portion) == _AT_ONCE:
            yield portion
            portion = []
    if portion:
        yield portion
