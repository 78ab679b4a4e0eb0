"""What only a server can do to us: go away, come back, cut a connection, be written to from elsewhere."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.store.connection import Connection, execute, fetch_all, fetch_each, fetch_value
from appliance.store.database import Database, open_database, open_read_only, source_of
from appliance.store.errors import InvalidError, StoreError
from appliance.store.integrity import damage_of
from appliance.store.postgres import PostgresServer
from appliance.store.postgres_words import in_postgres
from appliance.store.settings import get_setting, set_setting
from tests.postgres import PostgresCluster

slow = pytest.mark.slow


@pytest.fixture
def database(postgres: PostgresCluster) -> Iterator[Database]:
    opened = Database(PostgresServer(postgres.new_database()))
    yield opened
    opened.close()


@slow
def test_a_server_that_was_away_has_everything_that_was_acknowledged() -> None:
    try:
        cluster = PostgresCluster(synchronous_commit="on")
    except FileNotFoundError as error:
        pytest.skip(str(error))
    try:
        database = Database(PostgresServer(cluster.new_database()))
        database.write_now(set_setting, "bureau", "kept")
        cluster.stop()
        for ask in (lambda: database.write_now(set_setting, "bureau", "lost"), lambda: database.read_now(damage_of)):
            with pytest.raises(StoreError, match=r"连不上数据库.*通话照常进行"):
                ask()
        cluster.start()
        assert database.read_now(get_setting, "bureau") == "kept"
        database.write_now(set_setting, "bureau", "after")
        assert database.read_now(get_setting, "bureau") == "after"
        database.close()
    finally:
        cluster.remove()


@slow
def test_a_connection_cut_in_the_middle_undoes_everything_and_says_so(database: Database) -> None:
    def cut(db: Connection) -> None:
        set_setting(db, "bureau", "half")
        execute(db, "SELECT pg_terminate_backend(pg_backend_pid())")

    database.write_now(set_setting, "bureau", "whole")
    with pytest.raises(StoreError, match=r"连接中断.*可能没有保存"):
        database.write_now(cut)
    assert database.read_now(get_setting, "bureau") == "whole"
    database.write_now(set_setting, "bureau", "again")
    with pytest.raises(StoreError, match="连接中断"):
        database.read_now(execute, "SELECT pg_terminate_backend(pg_backend_pid())")
    assert database.read_now(get_setting, "bureau") == "again"


@slow
def test_writers_of_two_processes_come_one_after_the_other(postgres: PostgresCluster) -> None:
    """Between reading and writing nobody else writes, as with SQLite: no increment is lost."""
    url = postgres.new_database()
    databases = [Database(PostgresServer(url)) for _ in range(2)]
    databases[0].write_now(set_setting, "count", "0")

    def increment(db: Connection) -> None:
        set_setting(db, "count", str(int(get_setting(db, "count")) + 1))

    def increments(database: Database) -> None:
        for _ in range(40):
            database.write_now(increment)

    threads = [threading.Thread(target=increments, args=(database,)) for database in databases]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert databases[0].read_now(get_setting, "count") == "80"
    for database in databases:
        database.close()


@slow
def test_readers_see_one_state_and_cannot_write(database: Database) -> None:
    database.write_now(set_setting, "bureau", "before")

    def read_twice(db: Connection) -> tuple[str, str]:
        first = get_setting(db, "bureau")
        database.write_now(set_setting, "bureau", "after")
        return first, get_setting(db, "bureau")

    assert database.read_now(read_twice) == ("before", "before")
    assert database.read_now(get_setting, "bureau") == "after"
    with pytest.raises(Exception, match="read-only"):
        database.read_now(set_setting, "bureau", "x")


@slow
def test_values_that_postgresql_takes_otherwise(database: Database) -> None:
    """A zero character in a line from outside stops nothing; a number beyond every column is a wrong value."""
    database.write_now(set_setting, "bureau", "a\0b")
    assert database.read_now(get_setting, "bureau") == "ab"
    with pytest.raises(InvalidError):
        database.write_now(execute, "UPDATE units SET position = ?", (1 << 70,))
    database.write_now(execute, "INSERT INTO units (kind, label, position) VALUES ('unit', '一', ?)", (True,))
    assert database.read_now(fetch_all, "SELECT id, position FROM units") == [(1, 1)]
    assert database.read_now(fetch_value, "SELECT count(*) FROM units WHERE label LIKE '%一%'") == 1


@slow
def test_many_rows_come_one_by_one(database: Database) -> None:
    def count(db: Connection) -> int:
        return sum(1 for _ in fetch_each(db, "SELECT generate_series(1, ?)", (50_000,)))

    assert database.read_now(count) == 50_000
    assert database.read_now(count) == 50_000


@slow
def test_a_database_that_cannot_hold_chinese_is_refused(postgres: PostgresCluster) -> None:
    import psycopg  # noqa: PLC0415

    with psycopg.connect(postgres.url(), autocommit=True) as connection:
        connection.execute("CREATE DATABASE ascii ENCODING 'SQL_ASCII' TEMPLATE template0")
    with pytest.raises(StoreError, match="SQL_ASCII"):
        Database(PostgresServer(postgres.url("ascii")))


@slow
def test_the_url_of_the_settings_opens_it(postgres: PostgresCluster, tmp_path: Path) -> None:
    url = postgres.new_database()
    database = open_database(url, tmp_path)
    database.write_now(set_setting, "bureau", "广电")
    job = open_read_only(url, tmp_path)
    assert job.read_now(get_setting, "bureau") == "广电"
    job.close()
    database.close()
    assert list(tmp_path.iterdir()) == []


def test_no_password_in_what_is_shown(tmp_path: Path) -> None:
    for url in ("postgresql://box:s3cret@127.0.0.1:1/calls", "postgres://127.0.0.1:1/calls?user=box&password=s3cret"):
        source = source_of(url, tmp_path)
        assert "s3cret" not in source.shown
        with pytest.raises(StoreError, match="连不上数据库") as caught:
            Database(source)
        assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    ("sql", "spelled"),
    [
        ("SELECT 1 WHERE a = ? AND b % 7 = ?", "SELECT 1 WHERE a = %s AND b %% 7 = %s"),
        ("CREATE TABLE a (id INTEGER PRIMARY KEY, x REAL)",
         "CREATE TABLE a (id BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, x DOUBLE PRECISION)"),
        ("ALTER TABLE a ADD COLUMN b TEXT", 'ALTER TABLE a ADD COLUMN b TEXT COLLATE "C"'),
        ("CREATE TABLE a (t TEXT[])", 'CREATE TABLE a (t TEXT[] COLLATE "C")'),
        ("SELECT instr(a, ?) FROM b CROSS JOIN c d ON d.e = b.e", "SELECT strpos(a, %s) FROM b JOIN c d ON d.e = b.e"),
    ],
)  # fmt: skip
def test_spelling(sql: str, spelled: str) -> None:
    assert in_postgres(sql) == spelled
