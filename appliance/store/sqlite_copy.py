"""A copy of the SQLite file while others write to it, and whether such a file is whole."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from appliance.store.errors import StoreError

SIDE_FILES = ("", "-wal", "-shm")
"""What belongs to one database: the file, what was written ahead of it, and its index."""
_FINDINGS = 3


def copy_file(source: Path, target: Path) -> None:
    """One state of `source`, all transactions up to it, as a new file, on the disk. Writers do not wait for it.

    Raises `StoreError` when it cannot be read or written; `target` is then not to be used.
    """
    try:
        with (
            closing(sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro", uri=True)) as from_,
            closing(sqlite3.connect(target)) as to,
        ):
            from_.backup(to)
        handle = os.open(target, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
    except (sqlite3.Error, OSError) as error:
        raise StoreError(f"不能复制数据库 {source}：{error}。请检查磁盘。") from error


def settle_file(path: Path) -> None:
    """Move what was written ahead into the file itself, as far as that goes without anybody waiting.

    What breaks the log afterwards takes nothing away that was there before. Raises `StoreError`.
    """
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=rw", uri=True)) as db:
            db.execute("PRAGMA wal_checkpoint(PASSIVE)")
    except sqlite3.Error as error:
        raise StoreError(f"不能整理数据库 {path}：{error}。请检查磁盘。") from error


def damage_of_file(path: Path) -> str:
    """What SQLite finds wrong with a database file that nobody has open; empty when it is whole."""
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=rw", uri=True)) as db:
            rows = [str(row[0]) for row in db.execute(f"PRAGMA quick_check({_FINDINGS})")]
    except sqlite3.Error as error:
        return str(error)
    return "" if rows == ["ok"] else "；".join(rows)


class FileCounts(NamedTuple):
    """What a database file holds."""

    schema: int
    """Number of its newest migration."""
    calls: int
    customers: int


def counts_of_file(path: Path) -> FileCounts:
    """Of a file that nobody has open. Raises `StoreError`."""
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as db:
            counts = [
                int(db.execute(f"SELECT {what}").fetchone()[0] or 0)
                for what in ("max(number) FROM migrations", "count(*) FROM calls", "count(*) FROM customers")
            ]
    except sqlite3.Error as error:
        raise StoreError(f"读不了数据库 {path}：{error}。") from error
    return FileCounts(*counts)
