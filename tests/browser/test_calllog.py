"""The call log at a desk: conditions and their chips, a search kept, own columns, keys, the drawer, paper."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest
from playwright.async_api import Response, expect

from tests.browser.demoday import demo_day, sign_in
from tests.browser.desk import Desk

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LATE_MS = 20_000


async def count(person: Desk) -> int:
    """Calls that the list says it has, once it says so."""
    head = person.at("calls-head")
    await expect(head).to_contain_text(re.compile(r"共 [\d,]+ 条"), timeout=LATE_MS)
    found = re.search(r"共 ([\d,]+) 条", await head.inner_text())
    assert found is not None
    return int(found[1].replace(",", ""))


async def look_up(person: Desk) -> None:
    """Enter the log, ask for something, turn it round, take it away again."""
    page = person.page
    await page.goto(f"{person.url}/calls")
    await expect(person.at("call-row").first).to_be_visible(timeout=LATE_MS)
    everything = await count(person)
    await page.keyboard.press("/")
    await page.keyboard.type("1")
    await person.at("condition-peer_number").locator(".el-select").click()
    await page.get_by_role("option", name="无主叫").click()
    await person.click("search-submit")
    await expect(person.at("chip-peer_number")).to_contain_text("无主叫")
    await expect(person.at("calls-head")).not_to_contain_text(f"共 {everything:,} 条")
    unnamed = await count(person)
    await person.click("not-peer_number", "search-submit")
    await expect(person.at("chip-peer_number")).to_contain_text("非")
    await expect(person.at("calls-head")).to_contain_text(f"共 {everything - unnamed:,} 条", timeout=LATE_MS)
    await person.at("chip-peer_number").locator(".el-tag__close").click()
    await expect(person.at("chips")).to_have_count(0)
    await expect(person.at("calls-head")).to_contain_text(f"共 {everything:,} 条", timeout=LATE_MS)


async def explain(person: Desk) -> None:
    """What is wrong stands at the condition; a "not" on nothing is pointed out."""
    await person.click("search-more", "not-rating")
    await expect(person.at("condition-rating")).to_contain_text("先填写条件")
    await person.click("not-rating")
    talk = person.at("condition-talk_sec")
    await talk.get_by_label("最小").fill("90")
    await talk.get_by_label("最大").fill("30")
    await person.click("search-submit")
    await expect(talk).to_contain_text("最小值 90 大于最大值 30")
    await talk.get_by_label("最大").fill("600")
    await person.click("search-submit")
    await expect(person.at("chip-talk_sec")).to_contain_text("90–600 秒")
    await person.click("search-more")


def _keeps_columns(answer: Response) -> bool:
    sent = answer.request
    return "/api/call-view" in answer.url and sent.method == "PUT" and '"call_id"' in (sent.post_data or "")


async def keep(person: Desk) -> None:
    """The search is kept as the one to begin with, and found there by the next visit."""
    await person.click("saved-searches", "save-search")
    await person.at("save-name").fill("长通话")
    await person.at("save-begin").click()
    await person.click("save-submit")
    await expect(person.at("save-dialog")).to_be_hidden()
    await person.click("sort-talk_s")
    await expect(person.page.locator("[role=columnheader][aria-sort=descending]")).to_contain_text("通话")
    async with person.page.expect_response(_keeps_columns):
        await person.click("columns", "column-line", "column-call_id")
    await expect(person.page.get_by_role("columnheader", name="外线")).to_have_count(0)
    await expect(person.page.get_by_role("columnheader", name="通话编号")).to_be_visible()
    await person.page.reload()
    await expect(person.at("chip-talk_sec")).to_contain_text("90–600 秒", timeout=LATE_MS)
    await expect(person.page.get_by_role("columnheader", name="通话编号")).to_be_visible()


async def by_keys(person: Desk) -> None:
    """Arrows choose, Enter opens, Escape goes back to the list."""
    await expect(person.at("call-row").first).to_be_visible(timeout=LATE_MS)
    await person.at("calls").focus()
    for _ in range(3):
        await person.page.keyboard.press("ArrowDown")
    chosen = person.page.locator("[data-testid=call-row][aria-selected=true]")
    await expect(chosen).to_have_attribute("aria-rowindex", "4")
    await person.page.keyboard.press("Enter")
    await expect(person.at("time-line").locator("li").first).to_be_visible(timeout=LATE_MS)
    await person.page.keyboard.press("Escape")
    await expect(person.at("call-drawer")).to_be_hidden()
    await person.page.keyboard.press("End")
    await expect(chosen).to_be_visible()
    rows = await person.at("call-row").count()
    assert rows < 60, "only rows in view exist"


async def on_paper(person: Desk) -> None:
    """The same calls, the conditions above them."""
    listed = await count(person)
    async with person.page.expect_popup() as opened:
        await person.click("print")
    sheet = await opened.value
    await expect(sheet.get_by_test_id("print-conditions")).to_contain_text("90–600 秒", timeout=LATE_MS)
    assert await sheet.get_by_test_id("print-row").count() == min(listed, 5_000)
    await sheet.close()


async def story(person: Desk) -> None:
    for step in (look_up, explain, keep, by_keys, on_paper):
        await step(person)


def test_the_call_log_at_a_desk(tmp_path: Path) -> None:
    async def test() -> None:
        async with demo_day(tmp_path) as (_, person):
            await sign_in(person)
            await story(person)
            assert person.complaints == []

    asyncio.run(test())
