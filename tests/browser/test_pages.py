"""Set-up, sign-in, every page, a lost connection: what a person sees."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from playwright.async_api import WebSocketRoute, expect

from tests.browser.desk import PASSWORD, Desk, desk

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PAGES = ("live", "calls", "customers", "prompts", "users", "phones", "status")


async def _wrong_then_right(person: Desk) -> None:
    """Sentences stand at the field they concern."""
    await person.page.goto(person.url)
    for field in ("setup-password", "setup-again"):
        await person.at(field).fill("短")
    await person.click("setup-submit")
    await expect(person.page.get_by_text("密码太短")).to_be_visible()
    await person.set_up()
    await person.click("user-menu", "menu-leave")
    await person.at("login-name").fill("admin")
    await person.at("login-password").fill("不是它")
    await person.click("login-submit")
    await expect(person.page.get_by_text("登录名或密码不正确")).to_be_visible()
    await person.at("login-password").fill(PASSWORD)
    await person.click("login-submit")
    await expect(person.at("user-menu")).to_be_visible()


async def _visit_all(person: Desk) -> None:
    for page in PAGES:
        await person.click(f"nav-{page}")
        await expect(person.page.locator("main h1")).to_be_visible()
        wide = await person.page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
        assert not wide, f"{page} is wider than the window"
    await person.click("language")
    await expect(person.page.locator("main h1")).to_have_text("System status")
    await person.click("language")


async def _customer(person: Desk) -> None:
    await person.click("nav-customers", "customer-create")
    await person.at("customer-name").fill("张三")
    await person.at("customer-number-0").fill("139 0562 0001")
    await person.click("customer-save")
    await expect(person.at("customers")).to_contain_text("13905620001")
    await person.click("customer-create")
    await person.at("customer-name").fill("李四")
    await person.at("customer-number-0").fill("13905620001")
    await person.click("customer-save")
    await expect(person.at("customer-dialog").locator(".el-form-item__error, .notice").first).to_contain_text(
        "13905620001"
    )
    await person.page.keyboard.press("Escape")
    await person.at("customer-find").fill("没有这个人")
    await expect(person.at("customers")).to_contain_text("没有找到")


async def _reconnect(person: Desk) -> None:
    """The line to the box drops: a banner, and by itself everything again."""
    routes: list[WebSocketRoute] = []

    def through(route: WebSocketRoute) -> None:
        route.connect_to_server()
        routes.append(route)

    await person.page.route_web_socket("**/live", through)
    await person.page.reload()
    await person.reads("engine-state", "电话系统正常")
    await routes[0].close(code=1012)
    await expect(person.at("connection-lost")).to_be_visible()
    await expect(person.at("connection-lost")).to_be_hidden(timeout=10_000)
    await person.reads("engine-state", "电话系统正常")
    assert len(routes) == 2


async def _story(folder: Path) -> None:
    async with desk(folder) as (_box, person):
        await _wrong_then_right(person)
        await _visit_all(person)
        await _customer(person)
        await _reconnect(person)
        assert person.complaints == []
        assert person.foreign == []


def test_a_person_finds_the_way_around(tmp_path: Path) -> None:
    asyncio.run(_story(tmp_path))
