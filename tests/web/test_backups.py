"""The page 备份与恢复 through its addresses, with the real job: back up, look, download, restore, switch."""

from __future__ import annotations

import asyncio
import io
import os
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from appliance.support.backuparchive import check_archive
from appliance.support.backuptarget import FOLDER
from appliance.support.replacement import RestoreFolder
from appliance.wire.messages import RestartEngine
from tests.web.box import Box, Browser, in_box
from webui import backups as backups_module
from webui.backups import KEPT

PLAN: dict[str, Any] = {"place": {"kind": "disk"}, "nightly": False, "keep": 3, "password": "abc"}


async def ended(browser: Browser, kind: str) -> dict[str, Any]:
    """The newest run, once it is over."""
    for _ in range(600):
        view = (await browser.get("/api/backups")).json
        if view["running"] is None and view["runs"] and view["runs"][0]["kind"] == kind:
            return dict(view["runs"][0])
        await asyncio.sleep(0.1)
    raise AssertionError("it did not end")


@pytest.mark.slow
def test_a_backup_is_made_found_downloaded_and_put_in_force(tmp_path: Path) -> None:
    media = tmp_path / "media"

    async def test(box: Box) -> None:
        box.context.backups._media = media
        admin = await box.everything()
        assert (await admin.post("/api/backups/trial")).status == 409
        view = (await admin.put("/api/backups/plan", PLAN)).json
        assert (view["plan"]["password"], view["disks"]) == (KEPT, [])
        assert "没有找到" in (await admin.get("/api/backups/catalogue")).error
        (media / "DISK" / FOLDER).mkdir(parents=True)
        assert (await admin.post("/api/backups/runs", {"kind": "backup"})).status == 200
        made = await ended(admin, "backup")
        assert made["good"], made
        [found] = (await admin.get("/api/backups/catalogue")).json["backups"]
        assert (found["name"], found["bureau"]) == (made["name"], "铜陵广电")
        again = await admin.put("/api/backups/plan", {**PLAN, "password": KEPT, "keep": 2})
        assert again.status == 200
        assert box.context.backups.folder.plan().password == "abc", "eight dots leave it"
        await admin.post("/api/backups/runs", {"kind": "check", "name": made["name"]})
        assert (await ended(admin, "check"))["good"]
        whole = await admin.get("/api/backups/download")
        assert check_archive(io.BytesIO(whole.body), "abc").bureau == "铜陵广电"
        assert (await admin.ask("PUT", "/api/backups/file", raw=whole.body)).status == 200
        await admin.post("/api/backups/preparation", {"password": "wrong"})
        refused = await ended(admin, "restore")
        assert (refused["good"], "密码不对" in refused["text"]) == (False, True)
        assert (await admin.post("/api/backups/switch")).status == 409
        await admin.post("/api/backups/preparation", {"name": made["name"]})
        while not (await ended(admin, "restore"))["good"]:
            await asyncio.sleep(0.05)
        assert (await admin.get("/api/backups")).json["ready"]["bureau"] == "铜陵广电"
        assert (await admin.post("/api/backups/switch")).json["switching"]
        assert any(isinstance(command, RestartEngine) for command in box.engine.commands)
        assert RestoreFolder(box.data).is_wished

    (tmp_path / "data").mkdir()
    in_box(tmp_path / "data", test)


def test_who_may_not_sees_nothing(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        keeper = await box.everything()
        agent = await box.person("zhang", "agent")
        assert (await agent.get("/api/backups")).status == 403
        assert (await agent.get("/api/backups/download")).status == 403
        assert (await keeper.put("/api/backups/plan", {**PLAN, "at": "25:00"})).status in {400, 422}
        assert (await keeper.post("/api/backups/switch")).status == 409
        assert (await keeper.post("/api/backups/preparation", {})).status == 409

    in_box(tmp_path, test)


@pytest.mark.slow
def test_a_backup_that_fails_is_an_alarm_until_one_goes_well(tmp_path: Path) -> None:
    media = tmp_path / "media"
    plan = {**PLAN, "nightly": True, "at": "02:00", "password": ""}

    async def alarms(admin: Browser, wanted: set[str]) -> dict[str, str]:
        """What lasts, once it is of these kinds."""
        async with asyncio.timeout(30):
            while True:
                rows = (await admin.get("/api/alarms?open=1")).json["rows"]
                found = {row["kind"]: row["text"] for row in rows if row["kind"].startswith("backup_")}
                if found.keys() == wanted:
                    return found
                await asyncio.sleep(0.1)

    async def test(box: Box) -> None:
        box.context.backups._media = media
        box.context.alarms._backups.look_every_s = 0.0
        admin = await box.everything()
        await admin.put("/api/backups/plan", plan)
        await admin.post("/api/backups/runs", {"kind": "backup"})
        assert not (await ended(admin, "backup"))["good"]
        text = (await alarms(admin, {"backup_failed"}))["backup_failed"]
        assert "没有找到 U 盘" in text
        assert "立即备份" in text
        os.utime(box.data / "backup" / "plan.json", (0, time.time() - 5 * 86_400))
        assert "5 天没有成功备份" in (await alarms(admin, {"backup_failed", "backup_old"}))["backup_old"]
        (media / "DISK" / FOLDER).mkdir(parents=True)
        await admin.post("/api/backups/runs", {"kind": "backup"})
        while not (await ended(admin, "backup"))["good"]:
            await asyncio.sleep(0.05)
        await alarms(admin, set())

    (tmp_path / "data").mkdir()
    in_box(tmp_path / "data", test)


def test_a_dead_disk_holds_up_the_job_alone_and_that_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backups_module, "STALLED_S", 0.5)
    monkeypatch.setattr(backups_module, "LOOK_EVERY_S", 0.1)
    media = tmp_path / "media"
    (media / "DISK" / FOLDER).mkdir(parents=True)

    async def test(box: Box) -> None:
        box.context.backups._media = media
        admin = await box.everything()
        await admin.put("/api/backups/plan", PLAN)
        await admin.post("/api/backups/runs", {"kind": "backup"})
        job = box.context.backups._process
        assert job is not None
        os.kill(job.pid, signal.SIGSTOP)  # as one that waits for a disk which never answers
        assert (await admin.get("/api/customers")).status == 200
        told = await ended(admin, "backup")
        assert (told["good"], "很久没有反应" in told["text"]) == (False, True)
        assert job.returncode is not None

    (tmp_path / "data").mkdir()
    in_box(tmp_path / "data", test)
