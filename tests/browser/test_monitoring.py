"""Supervisors at work: listen, whisper, barge in, move callers; lines fail and come back; the screen follows."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from appliance.telephony.call import AgentStatus, CallState, StationState
from appliance.telephony.ids import AgentId, CallId, LineId
from appliance.wire.messages import SetAgentStatus
from appliance.wire.virtualphone import SetLineFault
from tests.browser.desk import Desk, desk
from tests.system.livebox import LiveBox

pytestmark = [pytest.mark.browser, pytest.mark.slow]

FIRST, SECOND = "13905620001", "13905620002"
SUPERVISOR, AGENT = AgentId("1001"), AgentId("1002")
WITHIN_MS = 20_000


async def supervisor_and_agent(person: Desk, box: LiveBox) -> None:
    """The supervisor sits at seat 1 and takes no calls, the agent at seat 2 does."""
    await person.set_up()
    await person.sign_in_at_seat("1")
    await box.link.command(SetAgentStatus(agent=SUPERVISOR, status=AgentStatus.ON_BREAK))
    await box.sign_in(AGENT, "2")
    await person.click("nav-live")
    await expect(person.at("station-802")).to_contain_text("就绪", timeout=WITHIN_MS)


async def connected(box: LiveBox) -> CallId:
    """A customer talks with the agent."""
    call = await box.calls_in("out-1", FIRST, line=1)
    await box.presses("out-1", "1")
    await box.rings("802")
    await box.lifts("802")
    await box.in_state(call, CallState.CONNECTED)
    return call


def talks(box: LiveBox, station: str) -> bool:
    return any(each.station == station and each.state is StationState.TALKING for each in box.snapshot.stations)


async def supervises(person: Desk, box: LiveBox, call: CallId, mode: str) -> None:
    """A click rings the supervisor's own phone; lifted, it is in the call; hung up, the call goes on."""
    await person.click(f"supervise-{call}")
    await person.page.locator(f'[data-testid="supervise-{mode}"]:visible').click()
    await box.rings("801")
    await box.lifts("801")
    await box.until(lambda: talks(box, "801"), 10)
    found = box.call(call)
    assert found is not None
    assert found.state is CallState.CONNECTED
    await box.hangs_up("801")
    await box.until(lambda: not talks(box, "801"), 10)
    assert talks(box, "802")


async def moves_a_caller(person: Desk, box: LiveBox) -> None:
    """The second caller waits for repairs and is sent to the other queue."""
    waiting = await box.calls_in("out-2", SECOND, line=2)
    await box.presses("out-2", "1")
    await box.in_state(waiting, CallState.QUEUED)
    await expect(person.at("queue-repair")).to_contain_text("1 人等待", timeout=WITHIN_MS)
    await expect(person.at("tile-waiting")).to_have_text("1")
    await person.click(f"move-{waiting}")
    await person.at("move-target").click()
    other = next(queue.queue for queue in box.snapshot.queues if queue.queue != "repair")
    await person.click(f"move-target-{other}", "move-submit")
    await expect(person.at(f"queue-{other}")).to_contain_text("1 人等待", timeout=WITHIN_MS)
    await expect(person.at("queue-repair")).to_contain_text("0 人等待")
    await person.click(f"hang-up-{waiting}")
    await person.page.locator(".el-popconfirm:visible .el-button--primary").click()
    await box.until(lambda: box.call(waiting) is None, 10)


def test_a_supervisor_listens_whispers_barges_in_moves_a_caller_and_changes_a_status(tmp_path: Path) -> None:
    async def run() -> None:
        async with desk(tmp_path) as (box, person):
            await supervisor_and_agent(person, box)
            call = await connected(box)
            for mode in ("listen", "whisper", "barge"):
                await supervises(person, box, call, mode)
            await moves_a_caller(person, box)
            await box.hangs_up("out-1")
            await box.hangs_up("802")
            await expect(person.at("live-calls")).to_contain_text("目前没有通话", timeout=WITHIN_MS)
            await expect(person.at("tile-dayAnswered")).to_have_text("1", timeout=WITHIN_MS)
            await person.click(f"force-{AGENT}")
            await person.page.locator('[data-testid="force-on_break"]:visible').click()
            await box.until(lambda: agent_status(box) is AgentStatus.ON_BREAK, 10)
            assert person.complaints == []
            assert person.foreign == []

    asyncio.run(run())


def agent_status(box: LiveBox) -> AgentStatus:
    return next(each.status for each in box.snapshot.agents if each.agent == AGENT)


def test_an_unplugged_line_is_told_until_it_is_back(tmp_path: Path) -> None:
    async def run() -> None:
        async with desk(tmp_path) as (box, person):
            await person.set_up()
            await box.link.command(SetLineFault(line=LineId(3), fault="unplugged", on=True))
            await person.reads("alarm-banner", "外线故障")
            await expect(person.at("count-alarms")).to_have_text("1")
            await person.click("nav-alarms")
            await person.reads("alarms", "未恢复")
            await person.click("alarm-acknowledge")
            await expect(person.at("alarm-banner")).to_be_hidden()
            await person.reads("alarms", "王建国")
            await box.link.command(SetLineFault(line=LineId(3), fault="unplugged", on=False))
            await person.reads("alarms", "已恢复", within_s=40)
            await person.click("alarm-rules")
            await person.at("rule-threshold-queue_long").locator("input").fill("9")
            await person.click("rules-save")
            await expect(person.page.get_by_text("告警规则已保存")).to_be_visible()
            assert person.complaints == []

    asyncio.run(run())


async def television(person: Desk, link: str) -> Page:
    """A browser of its own in which nobody ever signed in."""
    browser = person.page.context.browser
    assert browser is not None
    page = await (await browser.new_context(viewport={"width": 1920, "height": 1080}, locale="zh-CN")).new_page()
    await page.goto(link)
    return page


def test_the_screen_in_the_hall_follows_and_goes_dark_when_it_is_retired(tmp_path: Path) -> None:
    async def run() -> None:
        async with desk(tmp_path) as (box, person):
            await supervisor_and_agent(person, box)
            await person.click("displays-open")
            await person.at("display-label").fill("话务大厅")
            await person.click("display-add")
            link = await person.at("display-link").locator("code, pre").first.inner_text()
            screen = await television(person, link.strip())
            await expect(screen.get_by_test_id("wall-waiting")).to_have_text("0", timeout=WITHIN_MS)
            assert screen.url.endswith("/wallboard")  # nobody reads the secret from the screen
            await connected(box)
            waiting = await box.calls_in("out-2", SECOND, line=2)
            await box.presses("out-2", "1")
            await box.in_state(waiting, CallState.QUEUED)
            await expect(screen.get_by_test_id("wall-waiting")).to_have_text("1", timeout=WITHIN_MS)
            await expect(screen.get_by_test_id("wall-queue-repair")).to_contain_text("1")
            shown = await screen.get_by_test_id("wallboard").inner_text()
            assert SECOND not in shown
            assert SECOND[-4:] not in shown
            await screen.reload()
            await expect(screen.get_by_test_id("wall-waiting")).to_have_text("1", timeout=WITHIN_MS)
            await person.page.locator('[data-testid^="retire-"]').click()
            await person.page.locator(".el-popconfirm:visible .el-button--primary").click()
            await expect(screen.get_by_test_id("wall-refused")).to_be_visible(timeout=WITHIN_MS)

    asyncio.run(run())
