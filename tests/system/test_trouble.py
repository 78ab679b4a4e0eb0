"""What breaks in a bureau's back room: the box takes calls all the same, and says in Chinese what to do."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from appliance.support.backuptarget import FOLDER
from appliance.telephony.call import CallResult
from appliance.wire.messages import HangUpCall
from tests.system.livebox import LiveBox, Process
from tests.system.test_kill import fill, small_disk, talk  # noqa: F401 - a fixture among them
from tests.system.volatiledisk import PowerDisk, why_no_disk
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


def database_command(box: LiveBox, *words: str) -> None:
    """What systemd has run every hour (`copy`) and before each start of the web (`repair`)."""
    options = ["--data", str(box.data), "--config", str(box.folder / "settings.toml")]
    command = [sys.executable, "-m", "appliance.cli.main", "database", *words, *options]
    subprocess.run(command, check=True, capture_output=True)


@asynccontextmanager
async def running(
    tmp_path: Path, data: Path | None = None, settings: str = NO_RESERVE
) -> AsyncIterator[tuple[LiveBox, Process, Browser]]:
    """A box with an agent at seat 1, its web and the admin's browser."""
    async with LiveBox(tmp_path, data=data, settings=settings) as box:
        box.run("engine")
        web = box.run("web")
        await box.engine_up()
        browser = await signed_in((await box.web_up()).url)
        await box.sign_in("1001", "1", "repair")
        yield box, web, browser


async def says(browser: Browser, *words: str) -> None:
    """The page of alarms does, soon."""
    for _ in range(200):
        said = (await browser.get("/api/alarms")).body.decode()
        if all(word in said for word in words):
            return
        await asyncio.sleep(0.2)
    raise AssertionError(said)


def overwrite(database: Path) -> None:
    for end in ("", "-wal", "-shm"):
        Path(f"{database}{end}").write_bytes(os.urandom(65_536))


def cut_short(database: Path) -> None:
    with database.open("r+b") as file:
        file.truncate(database.stat().st_size // 3)


def spoil_what_was_written_ahead(database: Path) -> None:
    for end in ("-wal", "-shm"):
        Path(f"{database}{end}").write_bytes(os.urandom(65_536))


HARMS: tuple[Callable[[Path], None], ...] = (spoil_what_was_written_ahead, overwrite, cut_short, Path.unlink)


def test_a_broken_database_is_replaced_and_its_calls_come_back(tmp_path: Path) -> None:
    """One box, whose database breaks in every way that we can think of, one after the other."""

    async def script() -> None:
        async with running(tmp_path) as (box, first, browser):
            web = first
            known = await browser.post("/api/customers", {"name": "汪桂英", "numbers": ["13905621231"]})
            assert known.status == 200
            await asyncio.to_thread(database_command, box, "copy")
            calls = {await takes_a_call(box, 1)}
            for harm in HARMS:
                await box.until(lambda: calls <= set(box.stored()), 20)
                web.kill()
                harm(box.data / "hotlinebox.db")
                calls.add(await takes_a_call(box, 2))
                await asyncio.to_thread(database_command, box, "repair", "--boot", harm.__name__)
                gone, web = web, box.run("web")
                again = await signed_in((await box.web_up(other_than=gone.pid)).url)
                await box.until(lambda: calls <= set(box.stored()), 20)
                assert (await again.get(f"/api/customers/{known.json['id']}")).json["name"] == "汪桂英"
                if harm is overwrite:
                    await says(again, "数据库曾损坏", "的副本恢复", "请核对此后人工录入的内容")

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


@pytest.mark.skipif(bool(why_no_disk()), reason=why_no_disk())
def test_a_data_disk_that_dies_is_said_and_calls_go_on(tmp_path: Path) -> None:
    async def script(disk: PowerDisk) -> None:
        async with running(tmp_path, disk.mounted / "data") as (box, _web, browser):
            await asyncio.to_thread(disk.sync)
            await asyncio.to_thread(disk.cut)
            await takes_a_call(box, 1)
            refused = await browser.post("/api/customers", {"name": "汪桂英"})
            assert refused.status == 503
            assert "数据盘读写出错" in refused.error
            await takes_a_call(box, 2)
            while box.processes:  # before their disk is taken away
                box.processes.pop().kill()

    with PowerDisk(tmp_path / "disk", seed=1) as disk:
        disk.plug_in()
        asyncio.run(script(disk))


@pytest.mark.skipif(bool(why_no_disk()), reason=why_no_disk())
def test_a_usb_disk_that_dies_under_a_backup_is_said_and_calls_go_on(tmp_path: Path) -> None:
    media = tmp_path / "media"
    settings = f'{NO_RESERVE}[backup]\nmedia = "{media}"\n'

    async def script(disk: PowerDisk) -> None:
        async with running(tmp_path, settings=settings) as (box, _web, browser):
            plan = {"place": {"kind": "disk"}, "nightly": True, "keep": 3, "password": ""}
            assert (await browser.put("/api/backups/plan", plan)).status == 200
            await takes_a_call(box, 1)
            await asyncio.to_thread(disk.cut)
            assert (await browser.post("/api/backups/runs", {"kind": "backup"})).status == 200
            async with asyncio.timeout(30):
                while not (runs := (await browser.get("/api/backups")).json["runs"]):
                    await asyncio.sleep(0.1)
            assert not runs[0]["good"]
            assert "U 盘或移动硬盘“DISK”不能用" in runs[0]["text"]
            await says(browser, "最近一次备份没有成功")
            await takes_a_call(box, 2)

    with PowerDisk(tmp_path / "usb", seed=1, place=media / "DISK") as disk:
        disk.plug_in()
        (disk.mounted / FOLDER).mkdir()
        asyncio.run(script(disk))


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
