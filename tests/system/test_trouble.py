"""What breaks in a bureau's back room: the box takes calls all the same, and says in Chinese what to do."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from appliance.telephony.call import CallResult
from appliance.wire.messages import HangUpCall
from tests.system.livebox import LiveBox, Process
from tests.system.test_kill import fill, small_disk, talk  # noqa: F401 - a fixture among them
from tests.web.box import Browser

pytestmark = pytest.mark.slow

PASSWORD = "Guangdian-96599-tongling"
NO_RESERVE = "[engine]\ndisk_reserve_mb = 0\n"


async def signed_in(url: str) -> Browser:
    """The first user makes the box theirs, or signs in again."""
    browser = Browser(url, [])
    state = await browser.get("/api/session")
    if state.json["set_up"]:
        assert (await browser.log_in("admin", PASSWORD)).status == 200
    else:
        assert (await browser.post("/api/setup", {"password": PASSWORD})).status == 200
    return browser


async def takes_a_call(box: LiveBox, line: int) -> str:
    """Answered, talked, hung up."""
    call_id = await talk(box, line, "801")
    await asyncio.sleep(0.5)
    await box.link.command(HangUpCall(call_id=call_id))
    record = await box.record(call_id)
    assert record.result is CallResult.TALKED
    await box.hangs_up("801")
    await box.hangs_up(f"out-{line}")
    await box.until(box.at_rest, 20)
    return call_id


def repair(box: LiveBox) -> None:
    """What systemd has run before each start of the web."""
    words = [
        "database",
        "repair",
        "--boot",
        "b",
        "--data",
        str(box.data),
        "--config",
        str(box.folder / "settings.toml"),
    ]
    subprocess.run([sys.executable, "-m", "appliance.cli.main", *words], check=True, capture_output=True)


@asynccontextmanager
async def running(tmp_path: Path, data: Path | None = None) -> AsyncIterator[tuple[LiveBox, Process, Browser]]:
    """A box with an agent at seat 1, its web and the admin's browser."""
    async with LiveBox(tmp_path, data=data, settings=NO_RESERVE) as box:
        box.run("engine")
        web = box.run("web")
        await box.engine_up()
        browser = await signed_in((await box.web_up()).url)
        await box.sign_in("1001", "1", "repair")
        yield box, web, browser


async def alarms(browser: Browser) -> str:
    """All that the page of alarms says."""
    return (await browser.get("/api/alarms")).body.decode()


def test_a_lost_database_file_is_replaced_and_its_calls_come_back(tmp_path: Path) -> None:
    async def script() -> None:
        async with running(tmp_path) as (box, web, browser):
            known = await browser.post("/api/customers", {"name": "汪桂英", "numbers": ["13905621231"]})
            assert known.status == 200
            before = await takes_a_call(box, 1)
            await box.until(lambda: before in box.stored(), 20)
            words = ["database", "copy", "--data", str(box.data), "--config", str(tmp_path / "settings.toml")]
            await asyncio.to_thread(
                subprocess.run, [sys.executable, "-m", "appliance.cli.main", *words], check=True, capture_output=True
            )
            since = await takes_a_call(box, 2)
            web.kill()
            (box.data / "hotlinebox.db").unlink()
            meanwhile = await takes_a_call(box, 3)
            await asyncio.to_thread(repair, box)
            box.run("web")
            again = await signed_in((await box.web_up(other_than=web.pid)).url)
            await box.until(lambda: {before, since, meanwhile} <= set(box.stored()), 20)
            assert (await again.get(f"/api/customers/{known.json['id']}")).json["name"] == "汪桂英"
            async with asyncio.timeout(20):
                while "副本" not in await alarms(again):
                    await asyncio.sleep(0.2)

    asyncio.run(script())


def test_a_full_data_disk_is_said_and_calls_go_on(small_disk: Path, tmp_path: Path) -> None:  # noqa: F811
    async def script() -> None:
        async with running(tmp_path, small_disk / "data") as (box, _web, browser):
            filler = small_disk / "filler"
            fill(filler)
            refused = await browser.post("/api/customers", {"name": "汪桂英", "note": "很远" * 2000})
            assert refused.status == 503
            assert "数据盘已满" in refused.error
            assert (await browser.get("/api/customers")).status == 200, "what there is can be read"
            call_id = await takes_a_call(box, 1)
            filler.unlink()
            assert (await browser.post("/api/customers", {"name": "汪桂英"})).status == 200
            await box.until(lambda: call_id in box.stored(), 20)

    asyncio.run(script())


def test_without_any_network_calls_are_taken(tmp_path: Path) -> None:
    apart = ["unshare", "-n"] if os.geteuid() == 0 else ["unshare", "-rn"]
    if subprocess.run([*apart, "true"], capture_output=True, check=False).returncode:
        pytest.skip("no network namespace can be made here")

    async def script() -> None:
        async with LiveBox(tmp_path, settings=NO_RESERVE) as box:
            box.run("engine", before=apart)
            box.run("web", before=apart)
            await box.engine_up()
            await box.web_up()
            await box.sign_in("1001", "1", "repair")
            call_id = await takes_a_call(box, 1)
            await box.until(lambda: call_id in box.stored(), 20)

    asyncio.run(script())
