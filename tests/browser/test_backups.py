"""The page 备份与恢复 as people use it: a backup by hand, and a box that goes on from it; settings taken along."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from playwright.async_api import expect

from appliance.support.backuptarget import FOLDER
from tests.browser.desk import PASSWORD, Desk, desk

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SECRET = "备份的密码 2026"
SLOW_MS = 60_000
RENAME_QUEUE = """async () => {
    const part = await (await fetch('/api/plan/queues')).json()
    part.value[0].label = '换了名字'
    const token = decodeURIComponent(/_xsrf=([^;]*)/.exec(document.cookie)[1])
    const headers = {'Content-Type': 'application/json', 'X-XSRFToken': token}
    const body = JSON.stringify({revision: part.revision, value: part.value})
    const answer = await fetch('/api/plan/queues', {method: 'PUT', headers, body})
    if (!answer.ok) throw new Error(await answer.text())
}"""


async def choose(person: Desk, test_id: str, label: str) -> None:
    """An option of a list."""
    await person.at(test_id).click()
    await person.page.locator(".el-select-dropdown:visible").get_by_text(label, exact=True).click()


async def answer(person: Desk, text: str | None = None) -> None:
    """The question over the page, with what it asks for."""
    box = person.page.locator(".el-message-box:visible")
    if text is not None:
        await box.locator("input").fill(text)
    await box.locator(".el-message-box__btns button").last.click()
    await expect(box).to_have_count(0)


async def back_up_every_night(person: Desk) -> None:
    """To the disk that is plugged in, encrypted, at three."""
    await person.click("nav-backups")
    await expect(person.at("backup-now")).to_be_disabled()
    await choose(person, "backup-kind", "U 盘或移动硬盘")
    await person.page.get_by_label("时间", exact=True).fill("03:00")
    await person.at("backup-secret").fill(SECRET)
    await person.click("backup-save")
    await expect(person.at("backup-now")).to_be_enabled()
    await person.page.reload()
    await expect(person.page.get_by_label("时间", exact=True)).to_have_value("03:00")
    await expect(person.at("backup-secret")).to_have_value("••••••••")


async def back_up_now(person: Desk, folder: Path) -> Path:
    """By hand, looked at, checked; and everything as one file."""
    await person.click("backup-now")
    await expect(person.at("backup-last")).to_contain_text("备份完成", timeout=SLOW_MS)
    await person.click("backup-look")
    await expect(person.at("backup-row")).to_contain_text("铜陵广电", timeout=SLOW_MS)
    await person.click("backup-check")
    await expect(person.at("backup-latest")).to_contain_text("全部完好", timeout=SLOW_MS)
    async with person.page.expect_download(timeout=SLOW_MS) as coming:
        await person.click("backup-download")
    whole = folder / "whole.backup"
    await (await coming.value).save_as(whole)
    return whole


async def restore(person: Desk, whole: Path) -> None:
    """From the file: a wrong password is said and changes nothing; with the right one it is ready."""
    await person.at("restore-file").set_input_files(whole)
    await answer(person, "不是这个密码")
    await expect(person.at("backup-latest")).to_contain_text("密码不对", timeout=SLOW_MS)
    await expect(person.at("restore-ready")).to_have_count(0)
    await person.at("restore-file").set_input_files(whole)
    await answer(person, SECRET)
    await expect(person.at("restore-ready")).to_contain_text("铜陵广电", timeout=SLOW_MS)


async def take_settings_along(person: Desk, folder: Path) -> None:
    """Exported, then changed on the box: what the file would change is looked at before it is taken."""
    async with person.page.expect_download() as coming:
        await person.click("config-export")
    file = folder / "settings.config"
    await (await coming.value).save_as(file)
    await person.at("config-file").set_input_files(file)
    await expect(person.at("config-same")).to_be_visible()
    await person.click("config-discard")
    await person.page.evaluate(RENAME_QUEUE)
    await person.at("config-file").set_input_files(file)
    await expect(person.at("config-queues")).to_contain_text("修改：")
    await person.click("config-take")
    await expect(person.page.get_by_text("配置已导入")).to_be_visible()
    await person.at("config-file").set_input_files(file)
    await expect(person.at("config-same")).to_be_visible()


def test_backed_up_by_hand_and_restored_on_a_box_that_nobody_set_up(tmp_path: Path) -> None:
    media = tmp_path / "media"
    (media / "KINGSTON" / FOLDER).mkdir(parents=True)
    settings = f'[backup]\nmedia = "{media}"\n'
    (tmp_path / "old").mkdir()
    (tmp_path / "new").mkdir()

    async def script() -> None:
        async with desk(tmp_path / "old", settings=settings) as (_box, person):
            await person.set_up()
            await back_up_every_night(person)
            whole = await back_up_now(person, tmp_path)
            await take_settings_along(person, tmp_path)
            assert person.complaints == []
        async with desk(tmp_path / "new", settings=settings) as (box, person):
            before = await box.web_up()
            await person.page.goto(person.url)
            await person.click("setup-restore")
            await expect(person.at("setup-bureau")).to_have_count(0)
            for field in ("setup-password", "setup-again"):
                await person.at(field).fill("临时的门钥匙放这里")
            await person.click("setup-submit")
            await person.click("old-box-disk")
            await expect(person.at("backup-row")).to_contain_text("密码不同", timeout=SLOW_MS)
            await restore(person, whole)
            await person.click("restore-switch")
            await answer(person)
            await person.reads("switching", "自动重新连接")
            after = await box.web_up(other_than=before.pid)
            await person.page.goto(after.url)  # a box of a test has another port each time
            await person.at("login-name").fill("admin")
            await person.at("login-password").fill(PASSWORD)
            await person.click("login-submit")
            await expect(person.at("user-menu")).to_contain_text("王建国")

    asyncio.run(script())
