"""SQLite in the data folder as the box's database: one file, written ahead, safe against a power cut."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import peewee

from appliance.store.errors import StoreError
from appliance.store.sqlite_trouble import file_trouble

log = logging.getLogger(__name__)

BUSY_TIMEOUT_S = 30
"""How long a write waits for another process (backup, restore) before it gives up."""
PAGE_CACHE_KIB = 16_384
JOB_CACHE_KIB = 2_048
"""A job reads everything once: more would only be memory."""
MAPPED_BYTES = 2047 * 1024 * 1024
"""Part of the file that readers of the web process see as memory; it is the system's cache, not the process's own."""


class SqliteFile:
    """Where the database is."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.shown = str(path)

    def open_writer(self) -> peewee.SqliteDatabase:
        """Makes file and folder when there are none. Raises `StoreError`."""
        with self._explained():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            return _opened(
                str(self.path),
                {
                    "journal_mode": "wal",
                    "synchronous": "full",
                    "foreign_keys": 1,
                    "cache_size": -PAGE_CACHE_KIB,
                    "temp_store": "memory",
                },
            )

    def open_reader(self, *, for_job: bool) -> peewee.SqliteDatabase:
        """Raises `StoreError`."""
        cache_kib, mapped_bytes = (JOB_CACHE_KIB, 0) if for_job else (PAGE_CACHE_KIB, MAPPED_BYTES)
        with self._explained():
            return _opened(
                f"{self.path.resolve().as_uri()}?mode=ro",
                {"query_only": 1, "cache_size": -cache_kib, "mmap_size": mapped_bytes, "temp_store": "memory"},
            )

    @contextmanager
    def transaction(self, connection: peewee.Database, *, write: bool) -> Iterator[None]:
        """Begin, commit, or undo everything. Raises `StoreError` when the disk or the file is the trouble."""
        try:
            with connection.atomic("IMMEDIATE" if write else "DEFERRED"):
                yield
        except peewee.DatabaseError as error:
            if (trouble := file_trouble(error)) is not None:
                log.warning("the database %s cannot be used: %s", self.shown, error)
                raise trouble from error
            raise

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (peewee.DatabaseError, OSError) as error:
            raise unreadable(self.shown, error) from error


def unreadable(shown: str, error: Exception) -> StoreError:
    """What to say of a database that cannot be opened."""
    return StoreError(f"打不开数据库 {shown}：{error}。请检查文件、权限和磁盘空间，必要时从备份恢复。")


def _opened(file: str, pragmas: dict[str, int | str]) -> peewee.SqliteDatabase:
    connection = peewee.SqliteDatabase(
        file,
        pragmas=pragmas,
        timeout=BUSY_TIMEOUT_S,
        thread_safe=False,
        check_same_thread=False,
        uri=file.startswith("file:"),
    )
    connection.connect()
    return connection
