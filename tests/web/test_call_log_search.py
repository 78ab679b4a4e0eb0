"""List, count, print and workbook of the same search hold the same calls: those that the slow oracle names."""

from __future__ import annotations

import asyncio
import io
import random
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec
import openpyxl
import pytest

from appliance.jobs.export import DONE, run_job
from appliance.jobs.export_status import ExportFiles
from appliance.store.call_order import NEWEST_FIRST, CallOrder, OrderBy
from appliance.store.call_search import CallSearch, DirectionIs
from appliance.store.connection import execute
from appliance.store.exports import add_export
from appliance.store.holidays import set_holidays
from appliance.store.scope import EVERYTHING
from appliance.telephony.call import Direction
from bench import callstore
from bench.searchsample import Level, make_search, random_levels
from tests.unit.store_oracle import Facts, fulfils
from tests.unit.store_world import Log, fill_log
from tests.web.box import Box, Browser, in_box, until_true

pytestmark = pytest.mark.slow

NOW = datetime(2026, 11, 2, tzinfo=UTC)
CALLS, CUSTOMERS, GAP_S = 400, 40, 4_000.0
SEARCHES = 200
THROUGH_A_JOB = 10
"""Each of these exports is a process of its own, as on the box; the others run the same job here."""
SHARES = (0.02, 0.06, 0.1, 0.2, 0.5)
"""Of conditions that are on: few find much, many find little."""


def log_in(data: Path) -> Log:
    log = fill_log(data / "hotlinebox.db", CALLS, CUSTOMERS, GAP_S)
    kinds = "CASE id WHEN 1 THEN 'organisation' WHEN 2 THEN 'department' ELSE 'team' END"
    log.database.write_now(execute, f"UPDATE units SET kind = {kinds}")
    log.database.close()
    return log


def searches(log: Log) -> list[CallSearch]:
    """Without the condition about voicemails: who finds those is a matter of their own reach (test_voicemails.py)."""
    dice = random.Random(2026)
    days = callstore.sample_days(CALLS, GAP_S)
    levels = [{**random_levels(dice, dice.choice(SHARES)), "voicemail": Level.OFF} for _ in range(SEARCHES)]
    return [make_search(dice, log.sample, each, days) for each in levels]


def asked(search: CallSearch) -> str:
    return quote(msgspec.json.encode(search).decode())


async def listed(browser: Browser, search: CallSearch, order: str = "") -> list[str]:
    found: list[str] = []
    before = ""
    while True:
        page = (await browser.get(f"/api/calls?search={asked(search)}&limit=150{order}{before}")).json
        found += [row["call_id"] for row in page["rows"]]
        if page["next"] is None:
            return found
        before = f"&before={page['next']}"


async def printed(browser: Browser, search: CallSearch, order: str = "") -> tuple[list[str], int]:
    sheet = (await browser.get(f"/api/call-print?search={asked(search)}{order}")).json
    return [row["call_id"] for row in sheet["rows"]], sheet["count"]


def workbook_rows(content: bytes) -> list[tuple[Any, ...]]:
    sheet = openpyxl.load_workbook(io.BytesIO(content), read_only=True).active
    assert sheet is not None
    return list(sheet.iter_rows(values_only=True))[1:]


async def exported(browser: Browser, wish: dict[str, Any]) -> list[tuple[Any, ...]]:
    """As a person gets it: started, waited for, downloaded."""
    begun = await browser.post("/api/exports", wish)
    while begun.status == 409:  # the processes of earlier ones end a moment after their files are there
        await asyncio.sleep(0.05)
        begun = await browser.post("/api/exports", wish)
    path = f"/api/exports/{begun.json['id']}"

    async def done() -> bool:
        return bool((await browser.get(path)).json["state"] == "done")

    await until_true(done)
    return workbook_rows((await browser.get(f"{path}/file")).body)


async def exported_here(box: Box, search: CallSearch, order: CallOrder = NEWEST_FIRST) -> list[tuple[Any, ...]]:
    """The same job without a process of its own."""
    export = await box.context.database.write(
        add_export, user_id=1, search=search, scope=EVERYTHING, columns=("call_id",), at=NOW, order=order
    )
    assert run_job(box.data, box.context.database, export.id, lambda: False) == DONE
    return workbook_rows(ExportFiles(box.data, export.id).workbook.read_bytes())


def test_list_count_print_and_workbook_agree(tmp_path: Path) -> None:
    log = log_in(tmp_path)

    async def test(box: Box) -> None:
        browser = await box.person("boss", "manager", "admin")
        # The box has the calendar of its plan; these calls have one of their own.
        await box.context.database.write(set_holidays, callstore.CLOSED_ON, callstore.OPENED_ON)
        found: set[str] = set()
        for at, search in enumerate(searches(log)):
            wanted = [call.record.call_id for call in log.calls if fulfils(call, search, log.world)]
            assert await listed(browser, search) == wanted, search
            assert (await browser.get(f"/api/call-count?search={asked(search)}")).json == {"count": len(wanted)}
            assert await printed(browser, search) == (wanted, len(wanted))
            if at < THROUGH_A_JOB:
                wish = {"search": msgspec.to_builtins(search), "columns": ["call_id"]}
                rows = await exported(browser, wish)
            else:
                rows = await exported_here(box, search)
            assert [row[0] for row in rows] == wanted, search
            found.update(wanted)
        assert len(found) > CALLS / 2

    in_box(tmp_path, test)


COLUMNS: dict[str, Callable[[Facts], Any]] = {
    "started_at": lambda call: call.record.started_at,
    "direction": lambda call: call.record.direction,
    "result": lambda call: call.record.result,
    "peer_number": lambda call: call.record.peer_number,
    "line": lambda call: call.record.line or 0,
    "queue": lambda call: call.record.queue or "",
    "agent": lambda call: call.record.agent or "",
    "wait_s": lambda call: int(call.record.wait_s),
    "talk_s": lambda call: int(call.record.talk_s),
}


def test_every_order_holds_the_same_calls_in_list_print_and_workbook(tmp_path: Path) -> None:
    log = log_in(tmp_path)
    inbound = CallSearch(direction=DirectionIs(values=(Direction.INBOUND, Direction.OUTBOUND)))

    async def test(box: Box) -> None:
        browser = await box.person("boss", "manager", "admin")
        assert set(COLUMNS) == set(OrderBy)
        for column, value in COLUMNS.items():
            for ascending in (False, True):
                calls = [call for call in reversed(log.calls) if fulfils(call, inbound, log.world)]
                ordered = sorted(calls, key=value)
                wanted = [call.record.call_id for call in (ordered if ascending else reversed(ordered))]
                order = f"&order_by={column}&ascending={str(ascending).lower()}"
                assert await listed(browser, inbound, order) == wanted, order
                assert (await printed(browser, inbound, order))[0] == wanted, order
                rows = await exported_here(box, inbound, CallOrder(by=OrderBy(column), ascending=ascending))
                assert [row[0] for row in rows] == wanted, order

    in_box(tmp_path, test)
