"""The event feed: numbers in order, each call once, nothing lost by forgetting what has passed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from appliance.store.call_write import save_call
from appliance.store.connection import execute
from appliance.store.database import Database, Source
from appliance.store.event_feed import PASSING_KEPT_S, RECORDS, add_passing, add_records, feed_end, read_feed
from appliance.store.interface_log import KEPT, LogEntry, LogKind, add_log_entries, list_log_entries
from appliance.store.migrations import m0006_interfaces, migrate
from appliance.store.scope import EVERYTHING, Scope
from appliance.telephony.ids import AgentId, CallId
from tests.web.fake_engine import record


@pytest.fixture
def database(store: Source) -> Iterator[Database]:
    opened = Database(store)
    yield opened
    opened.close()


def stored(database: Database, call_id: str, agent: str = "1001") -> None:
    database.write_now(save_call, record(call_id, "13812341234", agent))
    database.write_now(add_records, [CallId(call_id)], 100.0)


def read(database: Database, since: int, scope: Scope = EVERYTHING, limit: int = 100) -> tuple[list[int], int]:
    entries, last = database.read_now(read_feed, since, (RECORDS, "calls"), scope, limit=limit)
    return [entry.n for entry in entries], last


def test_a_call_gets_one_number_whatever_is_stored_again(database: Database) -> None:
    for call in ("c1", "c2", "c1"):
        stored(database, call)
    assert read(database, 0) == ([1, 2], 2)
    assert read(database, 1) == ([2], 2)
    assert read(database, 0, limit=1) == ([1], 1)


def test_what_lies_outside_the_scope_is_passed_over_and_counted(database: Database) -> None:
    stored(database, "c1")
    stored(database, "c2", "1002")
    assert read(database, 0, Scope(agents=(AgentId("1002"),))) == ([2], 2)
    assert read(database, 0, Scope(agents=(AgentId("1002"),)), limit=1) == ([], 1)


def test_old_passing_events_are_forgotten_but_never_a_number(database: Database) -> None:
    stored(database, "c1")
    database.write_now(add_passing, [("calls", "{}"), ("calls", "{}")], 200.0)
    database.write_now(add_passing, [], 200.0 + PASSING_KEPT_S + 1)
    assert read(database, 0) == ([1, 3], 3), "the newest stays: it holds the count"
    stored(database, "c2")
    assert database.read_now(feed_end) == 4


def test_calls_from_before_the_feed_are_in_it(database: Database) -> None:
    database.write_now(save_call, record("old", "13812341234"))
    for table in ("api_keys", "interface_log", "api_replies", "event_feed", "web_hooks"):
        database.write_now(execute, f"DROP TABLE {table}")
    number = int(m0006_interfaces.__name__.rpartition(".m")[2][:4])
    database.write_now(execute, "DELETE FROM migrations WHERE number = ?", (number,))
    assert database.write_now(migrate) == ["m0006_interfaces"]
    assert read(database, 0) == ([1], 1)


def test_the_log_keeps_the_newest(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("appliance.store.interface_log.KEPT", 3)
    assert KEPT > 1000
    entries = [
        LogEntry(at="2026-11-22T09:00:00+08:00", kind=LogKind.HTTP, who="", address="", what=f"{n}", status=200)
        for n in range(5)
    ]
    database.write_now(add_log_entries, entries)
    assert [entry.what for entry in database.read_now(list_log_entries)] == ["4", "3", "2"]
