"""The page 网络与时间 while the address of the box changes: counted down, confirmed from there, or put back."""

from __future__ import annotations

import asyncio
import re
import threading
from pathlib import Path

import pytest
from playwright.async_api import Route, expect

from appliance.support.addresschange import AddressChange, ethernet_interfaces
from appliance.support.boxwishes import AddressWish, BoxWishes, ClockState
from tests.browser.desk import Desk, desk
from tests.browser.inspection import faults_now

pytestmark = [pytest.mark.browser, pytest.mark.slow]

NEW = "192.168.77.20"
PATIENCE_S = 20.0


class NobodyThere(AddressChange):
    """The time is over when the test says so."""

    over = threading.Event()

    def _confirmed(self, wish: AddressWish) -> bool:  # noqa: ARG002 - it is the method of the box
        self.over.wait(10 * PATIENCE_S)
        return False


class Machine:
    """Carries wishes out as the units do, but for telling networkd."""

    def __init__(self, folder: Path) -> None:
        for name in ("run", "files", "kept"):
            (folder / name).mkdir()
        self.folder = folder
        self.wishes = BoxWishes(folder / "run")
        self._change(AddressChange).begin()
        self.wishes.tell_clock(ClockState())

    def carries_out(self, kind: type[AddressChange] = AddressChange) -> threading.Thread:
        """The wish that lies there."""
        thread = threading.Thread(target=self._change(kind).carry_out, daemon=True)
        thread.start()
        return thread

    def _change(self, kind: type[AddressChange]) -> AddressChange:
        folders = (self.folder / "files", self.folder / "kept")
        return kind(self.wishes, *folders, lambda: None, ethernet_interfaces)


async def wants(person: Desk, address: str) -> None:
    await person.click("method-static")
    await person.at("address").fill(address)
    await person.at("gateway").fill("192.168.77.1")
    await person.click("apply-address")
    async with person.page.expect_response("**/api/network"):
        await person.page.get_by_role("dialog").get_by_role("button", name="应用").click()


async def put_back(machine: Machine, person: Desk) -> None:
    """Nobody can confirm: who asked for it is cut off, and told so by the page itself."""
    await wants(person, NEW)
    await person.reads("waiting", "正在设置新的地址")
    thread = machine.carries_out(NobodyThere)
    await person.reads("waiting", "秒可以从新地址确认")
    await expect(person.at("confirm-link")).to_contain_text(f"http://{NEW}:")
    await expect(person.at("apply-address")).to_be_disabled()
    assert await faults_now(person.page) == []
    await person.page.context.set_offline(True)
    await person.reads("cut-off", "这是正常的")
    NobodyThere.over.set()
    await asyncio.to_thread(thread.join, PATIENCE_S)
    await person.page.context.set_offline(False)
    await person.reads("address-text", "已恢复原来的地址")
    await expect(person.at("waiting")).to_be_hidden()
    await expect(person.at("apply-address")).to_be_enabled()


async def confirmed(machine: Machine, person: Desk) -> None:
    """The link leads to the new address, where the box is found."""

    asked: list[str] = []

    async def at_new_address(route: Route) -> None:
        asked.append(route.request.url)
        await route.continue_(url=route.request.url.replace(NEW, "127.0.0.1"))

    await person.page.context.route(f"http://{NEW}:*/**", at_new_address)
    await wants(person, NEW)
    await person.reads("waiting", "正在设置新的地址")
    thread = machine.carries_out()
    async with person.page.context.expect_page() as opened:
        await person.click("confirm-link")
    there = await opened.value
    await expect(there).to_have_url(re.compile(r"http://[^/]+/(?!api)"))
    assert re.match(rf"http://{NEW}:\d+/api/network/confirmation/", asked[0])
    await asyncio.to_thread(thread.join, PATIENCE_S)
    assert not thread.is_alive()
    await expect(person.at("address-part")).to_contain_text("新的地址已确认", timeout=PATIENCE_S * 1000)
    await expect(person.at("address")).to_have_value(NEW)


async def _address(folder: Path) -> None:
    machine = Machine(folder)
    async with desk(folder, settings=f'[network]\nrun = "{folder / "run"}"\n[web]\ntls_port = 0\n') as (_, person):
        await person.set_up()
        await person.page.goto(f"{person.url}/network")
        await wants(person, "8.8.8.8")
        await expect(person.at("address-part")).to_contain_text("内网地址")
        await put_back(machine, person)
        await confirmed(machine, person)


def test_a_new_address_is_confirmed_from_there_or_put_back(tmp_path: Path) -> None:
    asyncio.run(_address(tmp_path))
