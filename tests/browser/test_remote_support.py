"""The page 远程支持 with a real sshd and relay: opened, seen, cut in mid-session, replayed, in the operation log."""

from __future__ import annotations

import asyncio
import os
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest
from playwright.async_api import expect

from appliance.support.grant import GrantFile
from tests.browser.desk import Desk, desk
from tests.browser.inspection import faults_now
from tests.system.supportlab import SupportLab, why_not

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(bool(why_not()), reason=why_not() or "-"),
]

PATIENCE_MS = 30_000
LOGGED = (
    "开放 4 小时（完整命令行），原因：“第 2 线有杂音”",
    "入口已打开",
    "已连上中继服务器",
    "厂家登录：“case-7 zhang”",
    "管理员立即关闭",
    "会话结束（被管理员切断）：“case-7 zhang”",
    "入口已关闭",
    "回放会话录像",
)


async def opens(lab: SupportLab, person: Desk) -> None:
    """The administrator writes down the relay, then lets the vendor in with a shell."""
    await person.click("relay-edit")
    await person.at("relay-host").fill(lab.relay.host)
    await person.page.get_by_label("端口", exact=True).fill(str(lab.relay.port))
    await person.at("relay-user").fill(lab.relay.user)
    await person.page.get_by_label("登录端口").fill(str(lab.relay.listen_port))
    await person.at("relay-key").fill(f"{lab.relay.host_key} a comment")
    await person.click("relay-save")
    await person.reads("relay-address", lab.relay.host)
    await person.at("support-reason").fill("第 2 线有杂音")
    await person.page.get_by_text("完整命令行").click()
    await person.click("support-open")
    await person.reads("support-until", "自动关闭")


def engineer(lab: SupportLab) -> tuple[subprocess.Popen[bytes], int]:
    """Types a line at a terminal; returns when the answer was seen. Leaves the session open."""
    ours, theirs = os.openpty()
    session = subprocess.Popen(lab.engineer("-tt"), stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True)
    os.close(theirs)
    lab.follow(session)
    os.set_blocking(ours, False)
    shown = bytearray()

    def shows(text: bytes) -> bool:
        with suppress(OSError):
            shown.extend(os.read(ours, 65536))
        return text in shown

    lab.until(lambda: shows(b"# ") or shows(b"$ "))
    os.write(ours, "echo 线路$((40+2))\n".encode())
    lab.until(lambda: shows("线路42".encode()))
    return session, ours


async def replays(person: Desk) -> None:
    """What was shown and what was typed, from the beginning."""
    await expect(person.at("support-sessions")).to_contain_text("被管理员切断", timeout=PATIENCE_MS)
    await person.click("support-replay")
    await expect(person.at("replay-typed")).to_contain_text("echo 线路$((40+2))")
    await expect(person.at("replay-screen")).to_contain_text("线路42")
    await expect(person.at("replay-screen")).to_contain_text("管理员已关闭远程支持")
    assert await faults_now(person.page) == []
    await person.at("replay-typed").get_by_role("button").first.click()
    await expect(person.at("replay-screen")).not_to_contain_text("管理员已关闭远程支持")
    await person.click("replay-play")
    await expect(person.at("replay-screen")).to_contain_text("管理员已关闭远程支持", timeout=PATIENCE_MS)
    await person.page.keyboard.press("Escape")


async def is_logged(person: Desk) -> None:
    await person.page.goto(f"{person.url}/operations")
    for said in LOGGED:
        await expect(person.at("audit")).to_contain_text(said)


async def _support(folder: Path) -> None:
    lab = SupportLab(folder)
    try:
        async with desk(folder, settings=lab.config.read_text("utf-8"), data=lab.data) as (_, person):
            await person.set_up()
            await person.page.goto(f"{person.url}/support")
            await opens(lab, person)
            await asyncio.to_thread(lab.start_gate)  # as its unit would
            await person.reads("support-tunnel", f"端口 {lab.relay.listen_port}")
            await asyncio.to_thread(lab.sign)
            session, terminal = await asyncio.to_thread(engineer, lab)
            await person.reads("support-banner", "case-7 zhang")
            assert await faults_now(person.page) == []
            await person.click("nav-calls")
            await person.click("support-banner-cut")
            await person.page.get_by_role("dialog").get_by_role("button", name="立即关闭").click()
            await expect(person.at("support-banner")).to_be_hidden()
            assert GrantFile(lab.places.grants).read() is None
            await asyncio.to_thread(session.wait, 30)
            os.close(terminal)
            await person.page.goto(f"{person.url}/support")
            await replays(person)
            await is_logged(person)
            assert person.complaints == []
    finally:
        lab.close()


def test_the_vendor_is_let_in_seen_cut_and_replayed(tmp_path: Path) -> None:
    asyncio.run(_support(tmp_path))
