"""The database opens, migrates, keeps what it promised and says clearly when it cannot."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from pathlib import Path

import pytest

from appliance.store.connection import Connection, execute, fetch_value
from appliance.store.database import Database, has_database, open_database, open_read_only, source_of
from appliance.store.errors import InvalidError, StoreError
from appliance.store.migrations import known_migrations, migrate
from appliance.store.settings import get_setting, set_setting


def _set_and_fail(db: Connection) -> None:
    set_setting(db, "bureau", "lost")
    raise RuntimeError("no")


def test_a_new_database_has_every_migration_once(tmp_path: Path) -> None:
    database = Database(tmp_path / "a.db")
    numbers = [number for number, _ in known_migrations()]
    assert len(set(numbers)) == len(numbers)
    assert database.read_now(lambda db: fetch_value(db, "SELECT count(*) FROM migrations")) == len(numbers)
    assert database.write_now(migrate) == []
    database.close()


def test_a_newer_database_is_refused(tmp_path: Path) -> None:
    database = Database(tmp_path / "a.db")
    database.write_now(execute, "INSERT INTO migrations (number, name, applied_at) VALUES (9999, 'later', '')")
    database.close()
    with pytest.raises(StoreError, match="更新的版本"):
        Database(tmp_path / "a.db")


def test_a_failed_migration_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(db: Connection) -> None:
        execute(db, "CREATE TABLE half (id INTEGER)")
        raise RuntimeError("power cut")

    monkeypatch.setattr("appliance.store.migrations.m0002_customers.apply", broken)
    with pytest.raises(RuntimeError):
        Database(tmp_path / "a.db")
    monkeypatch.undo()
    database = Database(tmp_path / "a.db")
    assert database.read_now(lambda db: fetch_value(db, "SELECT count(*) FROM sqlite_master WHERE name = 'half'")) == 0
    assert database.read_now(lambda db: fetch_value(db, "SELECT count(*) FROM customers")) == 0
    database.close()


def test_not_a_database(tmp_path: Path) -> None:
    (tmp_path / "a.db").write_bytes(b"this is a letter, not a database" * 100)
    with pytest.raises(StoreError, match="打不开数据库"):
        Database(tmp_path / "a.db")


def test_an_exception_undoes_everything(tmp_path: Path) -> None:
    database = Database(tmp_path / "a.db")
    database.write_now(set_setting, "bureau", "kept")
    with pytest.raises(RuntimeError):
        database.write_now(_set_and_fail)
    assert database.read_now(get_setting, "bureau") == "kept"
    database.close()


def test_power_safe_settings(tmp_path: Path) -> None:
    database = Database(tmp_path / "a.db")
    assert database.write_now(lambda db: fetch_value(db, "PRAGMA journal_mode")) == "wal"
    assert database.write_now(lambda db: fetch_value(db, "PRAGMA synchronous")) == 2
    assert database.write_now(lambda db: fetch_value(db, "PRAGMA foreign_keys")) == 1
    database.close()


def test_readers_cannot_write_and_jobs_have_no_writer(tmp_path: Path) -> None:
    database = Database(tmp_path / "hotlinebox.db")
    with pytest.raises(Exception, match="操作没有完成"):
        database.read_now(set_setting, "bureau", "x")
    job = open_read_only("", tmp_path)
    assert job.read_now(get_setting, "bureau", "none") == "none"
    with pytest.raises(StoreError, match="只读"):
        job.write_now(set_setting, "bureau", "x")
    job.close()
    database.close()


def test_reading_goes_on_while_somebody_writes(tmp_path: Path) -> None:
    """A long write does not hold up a page; the reader sees the state before it."""
    database = Database(tmp_path / "a.db")
    database.write_now(set_setting, "bureau", "before")
    inside, finish = threading.Event(), threading.Event()

    def slow(db: Connection) -> None:
        set_setting(db, "bureau", "after")
        inside.set()
        assert finish.wait(10)

    async def story() -> tuple[str, str]:
        writing = asyncio.ensure_future(database.write(slow))
        await asyncio.to_thread(inside.wait, 10)
        during = await database.read(get_setting, "bureau")
        finish.set()
        await writing
        return during, await database.read(get_setting, "bureau")

    assert asyncio.run(story()) == ("before", "after")
    database.close()


def test_another_process_that_locks_is_waited_for(tmp_path: Path) -> None:
    database = Database(tmp_path / "a.db")
    other = sqlite3.connect(tmp_path / "a.db", isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    timer = threading.Timer(0.2, other.execute, ("ROLLBACK",))
    timer.start()
    database.write_now(set_setting, "bureau", "patient")
    timer.join()
    other.close()
    assert database.read_now(get_setting, "bureau") == "patient"
    database.close()


def test_which_file_a_url_means(tmp_path: Path) -> None:
    assert source_of("", tmp_path).shown == str(tmp_path / "hotlinebox.db")
    assert source_of("sqlite:////var/x.db", tmp_path).shown == "/var/x.db"
    assert source_of("postgresql://box:secret@host/calls", tmp_path).shown == "postgresql://box:***@host/calls"
    assert not has_database("", tmp_path)
    with pytest.raises(StoreError, match="mysql"):
        source_of("mysql://box/calls", tmp_path)
    database = open_database("", tmp_path / "new" / "folder")
    assert (tmp_path / "new" / "folder" / "hotlinebox.db").exists()
    database.close()


def test_a_number_that_no_column_holds_is_a_wrong_value(tmp_path: Path) -> None:
    database = Database(tmp_path / "a.db")
    for run in (database.read_now, database.write_now):
        with pytest.raises(InvalidError):
            run(fetch_value, "SELECT ?", (1 << 70,))
    assert database.read_now(fetch_value, "SELECT ?", (1 << 62,)) == 1 << 62
    database.close()
