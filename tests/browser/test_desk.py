"""The agents' page as agents use it: two of them, one caller, a broken connection, a session that ends."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec
import pytest
from playwright.async_api import WebSocketRoute, expect

from appliance.callplan import CallPlan
from appliance.defaults.plan import default_plan
from appliance.ivr.graph import FlowGraph
from appliance.telephony.ids import FlowId, NodeId
from tests.browser.desk import PASSWORD, Desk, desk
from tests.flow.drawing import node
from tests.system.livebox import ALWAYS, LiveBox

pytestmark = [pytest.mark.browser, pytest.mark.slow]
CALLER = "13905620001"
WITHIN_MS = 20_000


def plan() -> CallPlan:
    """With a flow that says at once what it found out."""
    keep: dict[str, object] = {"assignments": [{"variable": "result", "value": "通过"}]}
    nodes = (node("keep", "assign", keep, next="end"), node("end", "hangup"))
    verify = FlowGraph(id=FlowId("verify"), label="验密", start=NodeId("keep"), nodes=nodes)
    base = default_plan("铜陵广电", "0562-96599", "0562", hours=ALWAYS)
    return msgspec.structs.replace(base, flows=(*base.flows, verify))


async def asked(person: Desk, method: str, path: str, body: object) -> int:
    """What the page itself would ask; the status of the answer."""
    script = """async ([method, path, body]) => {
      const token = decodeURIComponent(/_xsrf=([^;]*)/.exec(document.cookie)[1])
      const headers = { 'X-XSRFToken': token, 'Content-Type': 'application/json' }
      return (await fetch(path, { method, headers, body: JSON.stringify(body) })).status
    }"""
    return int(await person.page.evaluate(script, [method, path, body]))


async def colleague(first: Desk, login: str, name: str, agent: str) -> Desk:
    """Another agent at another computer."""
    user = {"login": login, "name": name, "password": PASSWORD, "roles": ["agent"], "agent": agent}
    assert await asked(first, "POST", "/api/users", user) == 200
    browser = first.page.context.browser
    assert browser is not None
    context = await browser.new_context(viewport={"width": 1366, "height": 768}, locale="zh-CN")
    other = Desk(await context.new_page(), first.url)
    await other.page.goto(f"{other.url}/login")
    await other.at("login-name").fill(login)
    await other.at("login-password").fill(PASSWORD)
    await other.click("login-submit")
    secrets = other.page.locator(".el-dialog input[type=password]")
    await expect(secrets).to_have_count(3)
    for at, secret in enumerate((PASSWORD, PASSWORD + "2", PASSWORD + "2")):
        await secrets.nth(at).fill(secret)
    await other.page.locator(".el-dialog button[type=submit]").click()
    await expect(other.at("desk-idle")).to_be_visible(timeout=WITHIN_MS)
    return other


async def caller_rings(box: LiveBox) -> None:
    """Chooses repair; seat 801 rings."""
    await box.calls_in("out-1", CALLER, line=1)
    await box.presses("out-1", "1")
    await box.rings("801")


async def _from_hand_to_hand(box: LiveBox, wang: Desk) -> None:
    li = await colleague(wang, "limin", "李敏", "1002")
    await caller_rings(box)
    await wang.reads("strip-state", "来电振铃")
    await wang.reads("pop-number", CALLER)
    await wang.reads("pop-path", "主菜单")
    await li.sign_in_at_seat("2")
    await box.lifts("801")
    await expect(wang.at("softkey-hold")).to_be_enabled(timeout=WITHIN_MS)
    await wang.at("note-summary").fill("机顶盒没有信号")
    await wang.reads("note-state", "已保存")
    await wang.page.keyboard.press("Alt+h")
    await wang.reads("strip-state", "保持中")
    await expect(wang.at("softkey-resume")).to_be_enabled(timeout=WITHIN_MS)
    await wang.page.keyboard.press("Alt+h")
    await expect(wang.at("softkey-hold")).to_be_enabled(timeout=WITHIN_MS)
    await wang.page.keyboard.press("Alt+c")
    await wang.at("target-find").fill("李敏")
    await wang.page.keyboard.press("Enter")
    await wang.reads("strip-state", "正在呼叫 李敏")
    await li.reads("pop-number", CALLER)
    await box.lifts("802")
    await wang.reads("strip-state", "咨询中")
    await li.reads("strip-state", "向您咨询")
    await wang.click("softkey-complete_transfer")
    await wang.reads("pop-state", "已转给 李敏")
    await box.hangs_up("801")
    await expect(li.at("note-summary")).to_have_value("机顶盒没有信号")
    await _serve(box, li)
    assert wang.complaints + li.complaints == []


async def _serve(box: LiveBox, li: Desk) -> None:
    """The flow's verdict, who it was, why; then ready again."""
    await li.click("softkey-push")
    await li.at("push-flow").click()
    await li.click("push-flow-verify", "push-send")
    await li.reads("strip-result", "通过")
    await li.click("pop-bind", "pop-new-customer")
    await li.at("customer-name").fill("赵老师")
    await expect(li.at("customer-number-0")).to_have_value(CALLER)
    await li.click("customer-save")
    await li.reads("pop-customer", "赵老师")
    await li.at("note-summary").press("End")
    await li.at("note-summary").press_sequentially("，已派单")
    await box.hangs_up("out-1")
    await li.reads("pop-state", "已结束")
    await box.hangs_up("802")
    await li.click("wrap-up-done")
    await li.reads("my-state", "就绪")
    await li.reads("recent-calls", "机顶盒没有信号，已派单")
    await li.reads("recent-calls", "赵老师")


async def _broken_connection(box: LiveBox, wang: Desk) -> None:
    """The line to the box breaks, a caller rings and is answered meanwhile: the page says so, then shows it all."""
    whole, links = asyncio.Event(), []
    whole.set()

    async def line(socket: WebSocketRoute) -> None:
        if whole.is_set():
            socket.connect_to_server()
            links.append(socket)
        else:
            await socket.close()

    await wang.page.route_web_socket("**/live", line)
    await wang.page.reload()
    await expect(wang.at("desk-idle")).to_be_visible(timeout=WITHIN_MS)
    whole.clear()
    await links[-1].close(code=4408)
    await wang.reads("connection-lost", "正在自动重连")
    await caller_rings(box)
    await box.lifts("801")
    whole.set()
    await wang.page.get_by_text("立即重连").click()
    await wang.reads("pop-number", CALLER)
    await wang.reads("pop-state", "通话中")
    await wang.at("note-summary").fill("断线期间接听")
    await wang.reads("note-state", "已保存")
    await wang.page.reload()
    await expect(wang.at("note-summary")).to_have_value("断线期间接听", timeout=WITHIN_MS)


async def _session_ends(box: LiveBox, wang: Desk) -> None:
    """In the middle of a word; who signs in again goes on writing."""
    await caller_rings(box)
    await box.lifts("801")
    await wang.reads("pop-state", "通话中")
    await wang.page.context.clear_cookies(name="hotlinebox_session")
    await wang.at("note-summary").fill("登录过期时写的")
    await expect(wang.at("sign-in-again")).to_be_visible(timeout=WITHIN_MS)
    await wang.at("again-password").fill(PASSWORD)
    await wang.click("again-submit")
    await expect(wang.at("sign-in-again")).to_have_count(0)
    await expect(wang.at("note-summary")).to_have_value("登录过期时写的")
    await wang.reads("note-state", "已保存")


@pytest.mark.parametrize("story", [_from_hand_to_hand, _broken_connection, _session_ends])
def test_story(tmp_path: Path, story: Callable[[LiveBox, Desk], Awaitable[None]]) -> None:
    async def test() -> None:
        async with desk(tmp_path, plan=plan()) as (box, wang):
            await wang.set_up()
            await wang.page.goto(f"{wang.url}/desk")
            await wang.sign_in_at_seat("1")
            await story(box, wang)

    asyncio.run(test())
