"""The database: one write thread, a small pool of read-only connections, migrations at opening.

Store functions are plain functions whose first argument is a `Connection`; they never open, commit or choose one.
`Database.write(function, …)` runs one in the write thread in a transaction that no other writer runs beside;
`Database.read` runs one on a read-only connection inside a snapshot. Both give their result back to asyncio.
`write_now` and `read_now` are the same for callers without a loop (command line, jobs, tests).
"""

from __future__ import annotations

import asyncio
import queue
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeAlias, TypeVar

import peewee

from appliance.store.connection import Connection
from appliance.store.errors import InvalidError, StoreError
from appliance.store.migrations import migrate
from appliance.store.postgres import SCHEMES, PostgresServer
from appliance.store.sqlite_file import SqliteFile, unreadable

P = ParamSpec("P")
T = TypeVar("T")
Source: TypeAlias = SqliteFile | PostgresServer
"""Where a database is; opens connections and says what a transaction is."""


def source_of(url: str, data: Path) -> Source:
    """What `settings.store.url` means; empty: the file in the data folder. Raises `StoreError` for another kind."""
    if not url:
        return SqliteFile(data / "hotlinebox.db")
    if url.startswith("sqlite:///"):
        return SqliteFile(Path(url.removeprefix("sqlite:///")))
    if url.startswith(SCHEMES):
        return PostgresServer(url)
    scheme = url.partition("://")[0]
    raise StoreError(
        f"设置 store.url 里的数据库类型“{scheme}”不支持。请留空（使用内置数据库），或写 sqlite:///文件路径、"
        "postgresql://用户:密码@主机/库名。"
    )


def has_database(url: str, data: Path) -> bool:
    """False when it is a file that is not there yet. Raises `StoreError` as `source_of`."""
    source = source_of(url, data)
    return not isinstance(source, SqliteFile) or source.path.exists()


class Database:
    """An open database. Raises `StoreError` when it cannot be opened or is newer than this program."""

    def __init__(self, source: Source | Path, *, readers: int = 2, read_only: bool = False) -> None:
        """A path is an SQLite file."""
        self._source = SqliteFile(source) if isinstance(source, Path) else source
        self._writer: Connection | None = None
        self._connections: list[Connection] = []
        try:
            if not read_only:
                self._writer = self._source.open_writer()
                migrate(self._writer)
            self._connections = [self._source.open_reader(for_job=read_only) for _ in range(readers)]
        except peewee.DatabaseError as error:
            self._close_connections()
            raise unreadable(self._source.shown, error) from error
        except StoreError:
            self._close_connections()
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
        self._close_connections()

    def _close_connections(self) -> None:
        for connection in (*self._connections, *([] if self._writer is None else [self._writer])):
            connection.close()

    def _in_transaction(self, work: Callable[[Connection], T]) -> T:
        if self._writer is None:
            raise StoreError("数据库以只读方式打开，不能写入。")
        with numbers_in_range(), self._source.transaction(self._writer, write=True):
            return work(self._writer)

    def _in_snapshot(self, work: Callable[[Connection], T]) -> T:
        connection = self._idle.get()
        try:
            with numbers_in_range(), self._source.transaction(connection, write=False):
                return work(connection)
        finally:
            self._idle.put(connection)


@contextmanager
def numbers_in_range() -> Iterator[None]:
    """A number from outside that no column can hold is a wrong value, not a mistake of ours. Raises `InvalidError`."""
    try:
        yield
    except (OverflowError, peewee.DataError) as error:
        raise InvalidError("数值太大。") from error


def open_database(url: str, data: Path, *, readers: int = 2) -> Database:
    """Database of a box with settings `store.url` and its data folder, migrated to this program's version."""
    return Database(source_of(url, data), readers=readers)


def open_read_only(url: str, data: Path) -> Database:
    """For jobs: one read-only connection, no migration."""
    return Database(source_of(url, data), readers=1, read_only=True)
