"""The clock of the box is set while it runs: the journal says so, and the operation log."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from appliance.engine.clockwatch import LEAST_S, ClockWatch, watch_clock
from appliance.engine.diary import Diary
from appliance.journal import Journal, read_facts
from appliance.media.virtualloop import VirtualLoop
from appliance.store.audit import AuditEntry, AuditSearch, note_clock, search_audit_entries
from appliance.store.database import Database, Source
from appliance.store.ingest import ingest
from appliance.wire.facts import ClockJumped

NOON = datetime.fromisoformat("2026-11-02T12:00:00+08:00")


class SetClock:
    """A wall clock that somebody sets, beside one that goes on."""

    def __init__(self) -> None:
        self.passed_s = 0.0
        self.set_by_s = 0.0

    def now(self) -> datetime:
        return NOON + timedelta(seconds=self.passed_s + self.set_by_s)

    def seconds(self) -> float:
        return 1000.0 + self.passed_s


@pytest.mark.parametrize("by_s", [3600.0, -3600.0, LEAST_S, -LEAST_S])
def test_a_jump_is_told_once_with_what_it_would_be(by_s: float) -> None:
    clock = SetClock()
    watch = ClockWatch(clock.now, clock.seconds)
    clock.passed_s, clock.set_by_s = 1.0, by_s
    assert watch.look() == NOON + timedelta(seconds=1)
    clock.passed_s = 2.0
    assert watch.look() is None


@pytest.mark.parametrize("by_s", [0.0, 0.9, -0.9])
def test_corrections_of_a_time_server_and_a_late_look_are_none(by_s: float) -> None:
    clock = SetClock()
    watch = ClockWatch(clock.now, clock.seconds)
    clock.passed_s, clock.set_by_s = 90.0, by_s  # the loop hung for a minute and a half
    assert watch.look() is None


def jumped(folder: Path, by_s: float) -> list[ClockJumped]:
    """An engine's watch over a clock that is set by so much in the middle of a minute."""
    loop = VirtualLoop()
    set_by = timedelta()
    journal = Journal(folder, "b1", synchronous=True)

    def now() -> datetime:
        return NOON + timedelta(seconds=loop.time()) + set_by

    async def minute() -> None:
        nonlocal set_by
        watching = asyncio.create_task(watch_clock(now, Diary(journal, now)))
        await asyncio.sleep(30.5)
        set_by = timedelta(seconds=by_s)
        await asyncio.sleep(30.0)
        watching.cancel()

    try:
        loop.run_until_complete(minute())
    finally:
        loop.close()
        journal.close()
    return [line.fact for line in read_facts(folder, {}) if isinstance(line.fact, ClockJumped)]


def test_the_journal_has_it_by_the_new_time(tmp_path: Path) -> None:
    (fact,) = jumped(tmp_path, -86_400.0)
    went_by = datetime.fromisoformat(fact.at) - datetime.fromisoformat(fact.expected)
    assert -86_401 < went_by.total_seconds() < -86_399
    assert jumped(tmp_path / "still", 0.0) == []


@pytest.fixture
def database(store: Source) -> Iterator[Database]:
    opened = Database(store)
    yield opened
    opened.close()


def entries(database: Database) -> list[AuditEntry]:
    return database.read_now(search_audit_entries, AuditSearch(action="clock"), limit=10)


def test_the_operation_log_has_it_once(tmp_path: Path, database: Database) -> None:
    jumped(tmp_path, 7200.0)
    database.write_now(ingest, tmp_path)
    (entry,) = entries(database)
    assert (entry.user_name, entry.subject, entry.subject_id) == ("本机", "clock", "set")
    assert datetime.fromisoformat(entry.after) - datetime.fromisoformat(entry.before) == timedelta(hours=2)
    database.write_now(note_clock, "set", *map(datetime.fromisoformat, (entry.before, entry.after)))
    assert len(entries(database)) == 1, "the journal may be read again"


def test_a_jump_without_a_moment_stops_nothing(tmp_path: Path, database: Database) -> None:
    journal = Journal(tmp_path, "b1", synchronous=True)
    journal.append(ClockJumped(id="b1-1", at="noon", expected="eleven"))
    journal.append(ClockJumped(id="b1-2", at=NOON.isoformat(), expected="eleven"))
    journal.close()
    assert database.write_now(ingest, tmp_path).garbage == 2
    assert entries(database) == []
