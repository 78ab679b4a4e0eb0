"""A call can be searched as soon as it is over, on either database, and after the server was away."""

from __future__ import annotations

import asyncio
from datetime import datetime
from pathlib import Path

import pytest

from appliance.store.call_list import list_calls
from appliance.store.call_search import CallSearch
from appliance.store.database import Database, open_read_only
from appliance.store.scope import EVERYTHING
from appliance.wire.facts import CallEnded
from tests.postgres import PostgresCluster

from .livebox import LiveBox

pytestmark = pytest.mark.slow

WITHIN_S = 1.0


def _found(database: Database) -> list[str]:
    return [row.call_id for row in database.read_now(list_calls, CallSearch(), EVERYTHING).rows]


async def _call(box: LiveBox, number: str) -> str:
    call_id = await box.calls_in("out-1", number, 1)
    await box.hangs_up("out-1")
    await box.until(lambda: call_id in box.ended(), 20)
    await box.until(box.at_rest, 20)
    return call_id


async def _searchable_after_s(box: LiveBox, database: Database, number: str) -> float:
    """From the end of the call in the journal to the first search that finds it."""
    call_id = await box.calls_in("out-1", number, 1)
    await box.hangs_up("out-1")
    await box.until(lambda: call_id in _found(database), 20)
    seen = datetime.now().astimezone()
    ended = next(fact for fact in box.facts() if isinstance(fact, CallEnded) and fact.record.call_id == call_id)
    await box.until(box.at_rest, 20)
    return (seen - datetime.fromisoformat(ended.at)).total_seconds()


async def _story(box: LiveBox, url: str) -> None:
    box.run("engine")
    box.run("web")
    await box.engine_up()
    await box.web_up()
    database = open_read_only(url, box.data)
    try:
        took_s = [await _searchable_after_s(box, database, f"1390562000{number}") for number in range(3)]
    finally:
        database.close()
    assert min(took_s) <= WITHIN_S, took_s  # the quickest: the others may have met a busy machine


def test_a_call_is_searchable_within_a_second_on_sqlite(tmp_path: Path) -> None:
    async def script() -> None:
        async with LiveBox(tmp_path) as box:
            await _story(box, "")

    asyncio.run(script())


def test_on_postgresql_too_and_nothing_is_lost_while_it_is_away(tmp_path: Path) -> None:
    try:
        cluster = PostgresCluster(synchronous_commit="on")
    except FileNotFoundError as error:
        pytest.skip(str(error))

    async def script() -> None:
        url = cluster.new_database()
        async with LiveBox(tmp_path, settings=f'[store]\nurl = "{url}"\n') as box:
            await _story(box, url)
            cluster.stop()
            missed = await _call(box, "13905620009")
            cluster.start()
            database = open_read_only(url, box.data)
            try:
                await box.until(lambda: missed in _found(database), 30)
                assert len(_found(database)) == 4
            finally:
                database.close()

    try:
        asyncio.run(script())
    finally:
        cluster.remove()
