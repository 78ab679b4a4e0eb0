"""The database: one write thread, a small pool of read-only connections, migrations at opening.

Store functions are plain functions whose first argument is a `Connection`; they never open, commit or choose one.
`Database.write(function, …)` runs one in the write thread inside `BEGIN IMMEDIATE … COMMIT`; `Database.read` runs one
on a read-only connection inside a snapshot. Both give their result back to asyncio. `write_now` and `read_now` are the
same for callers without a loop (command line, jobs, tests).
"""

from __future__ import annotations

import asyncio
import queue
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

import peewee

from appliance.store.connection import Connection
from appliance.store.errors import InvalidError, StoreError
from appliance.store.migrations import migrate

P = ParamSpec("P")
T = TypeVar("T")

BUSY_TIMEOUT_S = 30
"""How long a write waits for another process (backup, restore) before it gives up."""
PAGE_CACHE_KIB = 16_384
JOB_CACHE_KIB = 2_048
"""A job reads everything once: more would only be memory."""
MAPPED_BYTES = 512 * 1024 * 1024
"""Part of the file that readers of the web process see as memory; it is the system's cache, not the process's own."""


def database_path(url: str, data: Path) -> Path:
    """File of the database that `settings.store.url` means. Raises `StoreError` for a URL that is not SQLite."""
    if not url:
        return data / "hotlinebox.db"
    if url.startswith("sqlite:///"):
        return Path(url.removeprefix("sqlite:///"))
    scheme = url.partition("://")[0]
    raise StoreError(
        f"设置 store.url 里的数据库类型“{scheme}”本版本不支持。请留空（使用内置数据库）或写 sqlite:///文件路径。"
    )


class Database:
    """An open database. Raises `StoreError` when it cannot be opened or is newer than this program."""

    def __init__(self, path: Path, *, readers: int = 2, read_only: bool = False) -> None:
        self.path = path
        self._writer: Connection | None = None
        try:
            if not read_only:
                path.parent.mkdir(parents=True, exist_ok=True)
                self._writer = _open_writer(path)
                migrate(self._writer)
            cache_kib, mapped = (JOB_CACHE_KIB, 0) if read_only else (PAGE_CACHE_KIB, MAPPED_BYTES)
            self._connections = [_open_reader(path, cache_kib, mapped) for _ in range(readers)]
        except (peewee.DatabaseError, OSError) as error:
            self._close_writer()
            raise StoreError(f"打不开数据库 {path}：{error}。请检查文件、权限和磁盘空间，必要时从备份恢复。") from error
        except StoreError:
            self._close_writer()
            raise
        self._idle: queue.SimpleQueue[Connection] = queue.SimpleQueue()
        for connection in self._connections:
            self._idle.put(connection)
        self._write_thread = ThreadPoolExecutor(1, thread_name_prefix="db-write")
        self._read_threads = ThreadPoolExecutor(readers, thread_name_prefix="db-read")

    async def write(self, function: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `function` in the write thread in one transaction; an exception undoes everything and is raised here."""
        return await asyncio.wrap_future(
            self._write_thread.submit(self._in_transaction, lambda db: function(db, *args, **kwargs))
        )

    async def read(self, function: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `function` on a read-only connection: it sees one state of the database throughout."""
        return await asyncio.wrap_future(
            self._read_threads.submit(self._in_snapshot, lambda db: function(db, *args, **kwargs))
        )

    def write_now(self, function: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """As `write`, blocking the calling thread."""
        return self._write_thread.submit(self._in_transaction, lambda db: function(db, *args, **kwargs)).result()

    def read_now(self, function: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """As `read`, in the calling thread."""
        return self._in_snapshot(lambda db: function(db, *args, **kwargs))

    def close(self) -> None:
        """Wait for what runs, then close every connection."""
        self._write_thread.shutdown(wait=True)
        self._read_threads.shutdown(wait=True)
        for connection in self._connections:
            connection.close()
        self._close_writer()

    def _close_writer(self) -> None:
        if self._writer is not None:
            self._writer.close()

    def _in_transaction(self, work: Callable[[Connection], T]) -> T:
        if self._writer is None:
            raise StoreError("数据库以只读方式打开，不能写入。")
        with numbers_in_range(), self._writer.atomic("IMMEDIATE"):
            return work(self._writer)

    def _in_snapshot(self, work: Callable[[Connection], T]) -> T:
        connection = self._idle.get()
        try:
            with numbers_in_range(), connection.atomic("DEFERRED"):
                return work(connection)
        finally:
            self._idle.put(connection)


@contextmanager
def numbers_in_range() -> Iterator[None]:
    """A number from outside that no column can hold is a wrong value, not a mistake of ours. Raises `InvalidError`."""
    try:
        yield
    except OverflowError as error:
        raise InvalidError("数值太大。") from error


def open_database(url: str, data: Path, *, readers: int = 2) -> Database:
    """Database of a box with settings `store.url` and its data folder, migrated to this program's version."""
    return Database(database_path(url, data), readers=readers)


def open_read_only(url: str, data: Path) -> Database:
    """For jobs: one read-only connection, no migration."""
    return Database(database_path(url, data), readers=1, read_only=True)


def _open_writer(path: Path) -> Connection:
    connection = peewee.SqliteDatabase(
        str(path),
        pragmas={
            "journal_mode": "wal",
            "synchronous": "full",
            "foreign_keys": 1,
            "cache_size": -PAGE_CACHE_KIB,
            "temp_store": "memory",
        },
        timeout=BUSY_TIMEOUT_S,
        thread_safe=False,
        check_same_thread=False,
    )
    connection.connect()
    return connection


def _open_reader(path: Path, cache_kib: int, mapped_bytes: int) -> Connection:
    connection = peewee.SqliteDatabase(
        f"{path.resolve().as_uri()}?mode=ro",
        pragmas={"query_only": 1, "cache_size": -cache_kib, "mmap_size": mapped_bytes, "temp_store": "memory"},
        timeout=BUSY_TIMEOUT_S,
        thread_safe=False,
        check_same_thread=False,
        uri=True,
    )
    connection.connect()
    return connection
