"""PostgreSQL as the box's database: `store.url = "postgresql://user:password@host/name"`.

Writers take one advisory lock per transaction, so that they come one after the other as with SQLite; readers see one
state of the database throughout. A connection that was lost is made anew before the next transaction; what was cut off
in the middle is undone by the server, and whoever asked for it is told.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import peewee
import psycopg
from psycopg.abc import Buffer
from psycopg.types.bool import BoolDumper
from psycopg.types.numeric import FloatLoader, Int2Dumper
from psycopg.types.string import StrDumperUnknown

from appliance.store.errors import StoreError

SCHEMES = ("postgresql://", "postgres://")
CONNECT_TIMEOUT_S = 5
SILENCE_MS = 15_000
"""A server that acknowledges nothing for so long is gone."""
LOCK_TIMEOUT_S = 30
"""How long a write waits for another process before it gives up."""
_WRITE_LOCK = 0x484C_4258
_SESSION = (
    "SET plan_cache_mode = force_custom_plan",  # no search is like the one before
    "SET work_mem = '32MB'",
    "SET random_page_cost = 1.1",
    "SET jit = off",
    "SET max_parallel_workers_per_gather = 0",  # calls come first
    "SET cursor_tuple_fraction = 1.0",  # whoever opens a cursor reads all
)
_READER = (
    "SET default_transaction_read_only = on",
    "SET default_transaction_isolation = 'repeatable read'",
)
_PASSWORD = re.compile(r"(?<=:)[^:@/]*(?=@)|(?<=password=)[^&]*")
_LOST = "与数据库的连接中断，这次操作可能没有保存，请核对后重试。通话照常进行，记录先存在流水里，恢复后自动补齐。"


class _Flag(BoolDumper):
    """Truth as 0 and 1: the columns are numbers, as in SQLite."""

    oid = Int2Dumper.oid

    def dump(self, obj: bool) -> bytes:
        return b"1" if obj else b"0"


class _Text(StrDumperUnknown):
    """PostgreSQL knows no zero characters; a line from outside must not stop the journal for one."""

    def dump(self, obj: str) -> Buffer | None:
        return super().dump(obj.replace("\0", ""))


class PostgresConnection(peewee.PostgresqlDatabase):
    """One connection; what holds for its session is said again whenever it is made anew."""

    def __init__(self, url: str, *, read_only: bool) -> None:
        super().__init__(
            url,
            prefer_psycopg3=True,
            thread_safe=False,
            connect_timeout=CONNECT_TIMEOUT_S,
            tcp_user_timeout=SILENCE_MS,
            application_name="hotlinebox",
        )
        self._lasting = (*_SESSION, *(_READER if read_only else (f"SET lock_timeout = '{LOCK_TIMEOUT_S}s'",)))

    def _connect(self) -> psycopg.Connection[tuple[object, ...]]:
        made: psycopg.Connection[tuple[object, ...]] = super()._connect()  # type: ignore[misc]
        made.adapters.register_dumper(bool, _Flag)
        made.adapters.register_dumper(str, _Text)
        made.adapters.register_loader("numeric", FloatLoader)
        for statement in self._lasting:
            made.execute(statement.encode())
        return made

    @property
    def _raw(self) -> psycopg.Connection[tuple[object, ...]]:
        made: psycopg.Connection[tuple[object, ...]] = self.connection()  # type: ignore[no-untyped-call]
        return made

    @property
    def is_lost(self) -> bool:
        """The connection is gone, whoever cut it."""
        return self.is_closed() or bool(self._raw.closed)

    def rows_one_by_one(self, sql: str, parameters: tuple[object, ...]) -> Iterator[tuple[object, ...]]:
        """Rows of a query from a cursor of the server, in constant memory."""
        with self._raw.cursor(name="rows") as cursor:
            cursor.itersize = 2_000
            yield from cursor.execute(sql, parameters)


class PostgresServer:
    """Where the database is. Errors name it without its password."""

    def __init__(self, url: str) -> None:
        self._url = "postgresql://" + url.partition("://")[2]
        self.shown = _PASSWORD.sub("***", url)

    def open_writer(self) -> PostgresConnection:
        """Raises `StoreError` when the server does not let us in, or cannot hold Chinese."""
        connection = PostgresConnection(self._url, read_only=False)
        self._connect(connection)
        (encoding,) = connection.execute_sql("SHOW server_encoding").fetchone()  # type: ignore[no-untyped-call]
        if encoding != "UTF8":
            connection.close()
            raise StoreError(f"数据库 {self.shown} 的编码是 {encoding}，存不了中文。请用 ENCODING 'UTF8' 重新建库。")
        return connection

    def open_reader(self, *, for_job: bool) -> PostgresConnection:  # noqa: ARG002 the server has its own caches
        """Raises `StoreError`."""
        connection = PostgresConnection(self._url, read_only=True)
        self._connect(connection)
        return connection

    @contextmanager
    def transaction(self, connection: peewee.Database, *, write: bool) -> Iterator[None]:
        """Begin, commit, or undo everything. Raises `StoreError` when the server is away or went away."""
        if not isinstance(connection, PostgresConnection):
            raise TypeError(connection)
        self._ensure_connected(connection)
        try:
            with writing(connection) if write else connection.atomic():
                yield
        except (peewee.DatabaseError, peewee.InterfaceError, psycopg.Error) as error:
            if not connection.is_lost:
                raise
            connection.dispose()
            raise StoreError(_LOST) from error

    def _ensure_connected(self, connection: PostgresConnection) -> None:
        if not connection.is_closed():
            try:
                connection.execute_sql("SELECT 1")  # type: ignore[no-untyped-call]
            except (peewee.DatabaseError, peewee.InterfaceError):
                connection.dispose()
            else:
                return
        self._connect(connection)

    def _connect(self, connection: PostgresConnection) -> None:
        try:
            connection.connect()
        except (peewee.DatabaseError, peewee.InterfaceError) as error:
            said = _PASSWORD.sub("***", str(error).strip().splitlines()[0])
            raise StoreError(
                f"连不上数据库 {self.shown}：{said}。请检查数据库服务器、网络和设置 store.url；"
                "通话照常进行，记录先存在流水里，恢复后自动补齐。"
            ) from error


@contextmanager
def writing(connection: PostgresConnection) -> Iterator[None]:
    """A transaction that no other writer of this database runs beside."""
    with connection.atomic():
        connection.execute_sql("SELECT pg_advisory_xact_lock(%s)", (_WRITE_LOCK,))  # type: ignore[no-untyped-call]
        yield
