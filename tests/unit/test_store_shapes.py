"""Counted shapes are those of the calls, whatever is written, and tell only what is true."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator

import pytest

from appliance.store import call_search as cs
from appliance.store.call_index import reindex_call
from appliance.store.call_list import count_calls, list_calls
from appliance.store.call_query import Way, query_of
from appliance.store.call_search import CallSearch
from appliance.store.call_shapes import RESPECTS, shape_of
from appliance.store.connection import Connection, execute, fetch_all, fetch_value
from appliance.store.database import Source
from appliance.store.migrations import m0020_call_shapes
from appliance.store.scope import EVERYTHING
from appliance.telephony.call import CallResult
from bench.searchsample import make_search, random_levels
from tests.unit.store_world import Log, fill_log

CALLS = 400


@pytest.fixture(scope="module")
def log(lasting_store: Source) -> Iterator[Log]:
    log = fill_log(lasting_store, CALLS, 30, 2_000.0)
    yield log
    log.database.close()


def _counted(db: Connection) -> Counter[tuple[str, ...]]:
    rows = fetch_all(db, f"SELECT {', '.join(RESPECTS.values())}, calls FROM call_shapes")
    return Counter({tuple(shape): calls for *shape, calls in rows if calls})


def _real(db: Connection) -> Counter[tuple[str, ...]]:
    return Counter(shape_of(tokens.split()) for (tokens,) in fetch_all(db, "SELECT tokens FROM call_tokens"))


def test_shapes_follow_calls_that_change_and_go(log: Log) -> None:
    """The log's calls were saved, edited, locked and checked; then one is rated and one goes."""
    assert log.database.read_now(_counted) == log.database.read_now(_real)
    key = log.database.read_now(fetch_value, "SELECT min(id) FROM calls")

    def rate_and_remove(db: Connection) -> None:
        execute(db, "UPDATE calls SET rating = 'excellent' WHERE id = ?", (key,))
        reindex_call(db, key)
        assert any("s_excellent" in shape for shape in _counted(db))
        assert _counted(db) == _real(db)
        execute(db, "DELETE FROM calls WHERE id = ?", (key,))
        reindex_call(db, key)
        assert _counted(db) == _real(db)
        assert _counted(db).total() == CALLS - 1
        raise InterruptedError  # the log stays as it was

    with pytest.raises(InterruptedError):
        log.database.write_now(rate_and_remove)


def test_a_database_from_before_is_counted(log: Log) -> None:
    def count_anew(db: Connection) -> None:
        before = _counted(db)
        execute(db, "DROP TABLE call_shapes")
        execute(db, "DROP INDEX calls_customer")
        m0020_call_shapes.apply(db)
        assert _counted(db) == before
        raise InterruptedError

    with pytest.raises(InterruptedError):
        log.database.write_now(count_anew)


def _known(log: Log, search: CallSearch) -> int | None:
    return log.database.read_now(lambda db: query_of(db, search, EVERYTHING).calls)


def test_conditions_that_exclude_each_other_are_known_at_once(log: Log) -> None:
    recorded = cs.RecordingIs(values=(cs.RecordingChoice.YES,))
    search = CallSearch(result=cs.ResultIs(not_talked=True), recording=recorded)
    assert _known(log, search) == 0
    assert log.database.read_now(list_calls, search, EVERYTHING).rows == ()
    long = CallSearch(result=cs.ResultIs(not_talked=True), talk_sec=cs.LengthBetween(min=10, max=20))
    assert _known(log, long) == 0


def test_what_shapes_tell_is_what_the_log_has(log: Log) -> None:
    """A single choice is counted without looking; whatever is told of random searches is true."""
    talked = CallSearch(result=cs.ResultIs(values=(CallResult.TALKED,)))
    assert _known(log, talked) == log.database.read_now(count_calls, talked, EVERYTHING, cap=None, way=Way.WALK).count
    assert _known(log, CallSearch(talk_sec=cs.LengthBetween(min=10))) is None
    dice = random.Random(20)
    told = 0
    for _ in range(150):
        search = make_search(dice, log.sample, random_levels(dice, 0.12), 10)
        if (known := _known(log, search)) is not None:
            told += 1
            walked = log.database.read_now(count_calls, search, EVERYTHING, cap=None, way=Way.WALK)
            assert known == walked.count, search
    assert told > 20
