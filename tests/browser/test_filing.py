"""A call is filed while it is talked: the agent chooses the reason, writes a line; the leader reads both."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.browser.desk import Desk, desk
from tests.browser.test_desk import caller_rings, colleague, plan
from tests.system.livebox import LiveBox

SUMMARY = "三楼机顶盒无信号，已约明天上午上门"
WITHIN_MS = 20_000

pytestmark = [pytest.mark.browser, pytest.mark.slow]


async def _answered(box: LiveBox, agent: Desk) -> None:
    await agent.sign_in_at_seat("1")
    await caller_rings(box)
    await box.lifts("801")
    await expect(agent.at("softkey-hold")).to_be_enabled(timeout=WITHIN_MS)


async def _filed(agent: Desk) -> None:
    """Opens the tree by keys, types part of a reason below another, takes it."""
    await agent.page.locator("#call-reason").click()
    await agent.page.locator("#call-reason").press_sequentially("无信号")
    choices = agent.page.locator(".el-tree-node__content:visible")
    await expect(choices.filter(has_text="无信号")).to_have_count(1)
    await choices.filter(has_text="无信号").click()
    await agent.at("note-summary").fill(SUMMARY)
    await agent.reads("note-state", "已保存")


async def _read_by_the_leader(box: LiveBox, leader: Desk, agent: Desk) -> None:
    await box.hangs_up("801")
    await agent.reads("pop-state", "已结束")
    await leader.click("nav-calls")
    row = leader.at("call-row")
    await expect(row).to_have_count(1, timeout=WITHIN_MS)
    await expect(row).to_contain_text("无信号")
    await row.click()
    await expect(leader.at("note-summary")).to_have_value(SUMMARY)
    await expect(leader.at("note-reason")).to_contain_text("无信号")


def test_what_the_agent_files_while_talking_the_leader_reads_in_the_log(tmp_path: Path) -> None:
    async def story() -> None:
        async with desk(tmp_path, plan=plan()) as (box, leader):
            await leader.set_up()
            agent = await colleague(leader, "limin", "李敏", "1002")
            await _answered(box, agent)
            await _filed(agent)
            await _read_by_the_leader(box, leader, agent)
            assert not leader.complaints
            assert not agent.complaints

    asyncio.run(story())
