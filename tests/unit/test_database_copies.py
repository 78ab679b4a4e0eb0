"""Copies of the database, and what becomes of a broken one."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from appliance.support.databasecopies import KEPT, DatabaseCopies, NoRoomError

NOON = datetime(2026, 11, 2, 12, 0, 0).astimezone()
HOUR = timedelta(hours=1)


def fill(path: Path, *words: str) -> None:
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("PRAGMA journal_mode=wal")
        db.execute("CREATE TABLE IF NOT EXISTS said (word TEXT, filling TEXT)")
        db.executemany("INSERT INTO said VALUES (?, ?)", [(word, "x" * 5000) for word in words])


def words(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as db:
        return [row[0] for row in db.execute("SELECT word FROM said")]


def spoil(path: Path) -> None:
    """Half of the file is something else, as after a dying disk."""
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(os.urandom(path.stat().st_size - 4096))


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "hotlinebox.db"
    fill(path, *"abcdefgh")
    return path


def test_a_copy_has_what_was_committed_while_others_write(database: Path) -> None:
    with closing(sqlite3.connect(database)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("INSERT INTO said VALUES ('not yet', '')")
        state = DatabaseCopies(database).copy(NOON)
        writer.rollback()
    assert (state.copied_at, state.damage) == (NOON.isoformat(timespec="seconds"), "")
    (copy,) = (database.parent / "copies").glob("*.db")
    assert words(copy) == list("abcdefgh")


def test_a_log_that_breaks_takes_nothing_away_that_a_copy_has(database: Path) -> None:
    with closing(sqlite3.connect(database)) as web:
        web.execute("PRAGMA wal_autocheckpoint = 0")
        web.execute("INSERT INTO said VALUES ('written ahead', '')")
        web.commit()
        DatabaseCopies(database).copy(NOON)
        killed = database.with_name("killed.db")
        killed.write_bytes(database.read_bytes())
    killed.with_name("killed.db-wal").write_bytes(b"broken" * 1000)
    assert words(killed) == [*"abcdefgh", "written ahead"]


def test_only_the_last_copies_stay(database: Path) -> None:
    for hour in range(KEPT + 2):
        DatabaseCopies(database).copy(NOON + hour * HOUR)
    kept = sorted(path.name for path in (database.parent / "copies").iterdir())
    assert kept == ["20261102-140000.db", "20261102-150000.db", "20261102-160000.db", "state.json"]


def test_damage_is_found_and_the_good_copies_stay(database: Path) -> None:
    copies = DatabaseCopies(database)
    copies.copy(NOON)
    spoil(database)
    state = copies.copy(NOON + HOUR)
    assert state.damage
    assert state.copied_at == NOON.isoformat(timespec="seconds")
    assert len(list((database.parent / "copies").glob("*.db"))) == 1


def test_the_last_good_copy_takes_the_place_of_a_broken_database(database: Path) -> None:
    copies = DatabaseCopies(database)
    copies.copy(NOON)
    fill(database, "i")
    copies.copy(NOON + HOUR)
    spoil(database)
    (database.parent / "copies" / "20261102-130000.db").write_bytes(b"broken as well")
    state = copies.repair(NOON + 2 * HOUR, "boot 1")
    assert words(database) == list("abcdefgh")
    assert state.restored_at == (NOON + 2 * HOUR).isoformat(timespec="seconds")
    assert datetime.fromisoformat(state.restored_from) == NOON
    assert copies.state() == state
    assert [path.name for path in (database.parent / "copies" / "broken").rglob("*.db")] == ["hotlinebox.db"]


def test_a_database_that_is_gone_comes_back(database: Path) -> None:
    copies = DatabaseCopies(database)
    copies.copy(NOON)
    database.unlink()
    copies.repair(NOON + HOUR, "boot 1")
    assert words(database) == list("abcdefgh")


def test_without_a_copy_it_begins_anew(database: Path) -> None:
    spoil(database)
    state = DatabaseCopies(database).repair(NOON, "boot 1")
    assert not database.exists()
    assert (bool(state.restored_at), state.restored_from) == (True, "")


def test_a_sound_database_is_looked_at_once_in_the_life_of_the_machine(database: Path) -> None:
    copies = DatabaseCopies(database)
    first = copies.repair(NOON, "boot 1")
    assert (first.checked_boot, first.restored_at) == ("boot 1", "")
    assert copies.repair(NOON + HOUR, "boot 1") == first
    assert copies.repair(NOON + HOUR, "boot 2").checked_at != first.checked_at
    spoil(database)
    copies.copy(NOON + 2 * HOUR)
    assert copies.repair(NOON + 2 * HOUR, "boot 2").restored_at, "what the hourly copy found is seen to at once"


def test_what_was_written_ahead_is_not_lost_by_looking(database: Path) -> None:
    writer = sqlite3.connect(database)
    writer.execute("INSERT INTO said VALUES ('ahead', '')")
    writer.commit()
    DatabaseCopies(database).repair(NOON, "boot 1")
    writer.close()
    assert words(database)[-1] == "ahead"


def test_a_new_box_has_nothing_to_repair(tmp_path: Path) -> None:
    state = DatabaseCopies(tmp_path / "hotlinebox.db").repair(NOON, "boot 1")
    assert state.checked_at == ""
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_gets_no_copy(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _path: type("Usage", (), {"free": 1000})())
    with pytest.raises(NoRoomError):
        DatabaseCopies(database).copy(NOON)


@pytest.mark.parametrize("harm", ["gone", "cut short", "no database"])
def test_what_broke_while_the_machine_ran_is_put_right_when_the_web_starts_again(database: Path, harm: str) -> None:
    copies = DatabaseCopies(database)
    copies.copy(NOON)
    copies.repair(NOON, "boot")
    assert not copies.repair(NOON, "boot").restored_at
    content = database.read_bytes()
    match harm:
        case "gone":
            database.unlink()
        case "cut short":
            database.write_bytes(content[: len(content) // 2])
        case _:
            database.write_bytes(bytes(len(content)))
    assert copies.repair(NOON + HOUR, "boot").restored_at == (NOON + HOUR).isoformat(timespec="seconds")
    assert words(database) == list("abcdefgh")
