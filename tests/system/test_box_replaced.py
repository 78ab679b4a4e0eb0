"""A box is changed like a bulb: another one takes its place with everything in it; and what breaks meanwhile."""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
import sqlite3
import time
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest

from appliance.support.backuptarget import FOLDER
from appliance.support.replacement import RestoreFolder
from appliance.telephony.call import CallResult, StepKind
from appliance.wire.facts import CallRecord
from tests.system.livebox import LiveBox, children, command_line, kill_process
from tests.system.test_kill import small_disk, talk  # noqa: F401 - a fixture among them
from tests.system.test_trouble import PASSWORD, signed_in, takes_a_call
from tests.web.box import Browser
from tests.web.test_flows import drawn

pytestmark = pytest.mark.slow

SECRET = "备份的密码 2026"
FOR_NOW = "Linshi-mima-for-now-1"
OF_THE_MACHINE = {"sessions", "audit_entries", "journal_positions", "alarms", "settings", "migrations"}
"""What the box itself writes to at any time."""


def box_with(folder: Path, media: Path, data: Path | None = None) -> LiveBox:
    folder.mkdir()
    return LiveBox(folder, data=data, settings=f'[backup]\nmedia = "{media}"\n[engine]\ndisk_reserve_mb = 0\n')


def rows(data: Path) -> dict[str, list[tuple[object, ...]]]:
    with closing(sqlite3.connect(data / "hotlinebox.db")) as db:
        tables = [row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
        return {
            table: sorted(db.execute(f'SELECT * FROM "{table}"').fetchall(), key=repr)
            for table in tables
            if table not in OF_THE_MACHINE and not table.endswith(("_data", "_idx", "_config"))
        }


def sounds(data: Path) -> dict[str, str]:
    return {
        path.relative_to(data).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for folder in ("recordings", "voicemail", "prompts")
        for path in (data / folder).rglob("*.wav")
    }


async def ended(browser: Browser, kind: str, count: int = 1) -> dict[str, Any]:
    """The newest run, once `count` of this kind are over."""
    async with asyncio.timeout(60):
        while True:
            view = (await browser.get("/api/backups")).json
            runs = [run for run in view["runs"] if run["kind"] == kind]
            if view["running"] is None and len(runs) >= count:
                return dict(runs[0])
            await asyncio.sleep(0.1)


async def missed(box: LiveBox) -> str:
    """Somebody hangs up in the queue."""
    call_id = await box.calls_in("out-2", "13905621232", 2)
    await box.presses("out-2", "3")
    await asyncio.sleep(1.5)
    await box.hangs_up("out-2")
    await box.record(call_id)
    return call_id


async def fill_with_work(box: LiveBox, admin: Browser) -> None:
    """Calls, a customer, a person with a role of its own, a flow in force, a queue under another name."""
    role = (await admin.post("/api/roles", {"label": "夜班", "permissions": ["call.view"]})).json
    added = await admin.post(
        "/api/users", {"login": "zhao", "name": "李梅", "roles": [role["id"]], "password": "Zhongdian-96599-tongling"}
    )
    assert added.status == 200, added.body
    assert (await admin.post("/api/customers", {"name": "汪桂英", "numbers": ["13905621231"]})).status == 200
    part = (await admin.get("/api/plan/queues")).json
    part["value"][0]["label"] = "报修组"
    assert (await admin.put("/api/plan/queues", {"revision": part["revision"], "value": part["value"]})).status == 200
    talked = await takes_a_call(box, 1)
    left = await missed(box)
    await box.until(lambda: {talked, left} <= set(box.stored()), 20)
    flow, revision = await drawn(admin)
    assert (await admin.post(f"/api/flows/{flow}/publication", {"revision": revision})).status == 200
    assert (await admin.put(f"/api/flows/{flow}/use", {"default": True, "lines": []})).status == 200
    await asyncio.sleep(0.5)
    old = time.time() - 600  # what was written to just now would wait for the next backup
    for folder in ("recordings", "voicemail"):
        for path in (box.data / folder).rglob("*.*"):
            os.utime(path, (old, old))


async def backed_up(admin: Browser) -> str:
    plan = {"place": {"kind": "disk"}, "nightly": False, "password": SECRET}
    assert (await admin.put("/api/backups/plan", plan)).status == 200
    assert (await admin.post("/api/backups/runs", {"kind": "backup"})).status == 200
    made = await ended(admin, "backup")
    assert made["good"], made
    return str(made["name"])


async def new_admin(box: LiveBox) -> Browser:
    """As the page for the first run does where a backup is to be restored."""
    browser = Browser((await box.web_up()).url, [])
    await browser.get("/api/session")
    assert (await browser.post("/api/setup", {"password": FOR_NOW})).status == 200
    assert (await browser.put("/api/backups/plan", {"place": {"kind": "disk"}, "nightly": False})).status == 200
    return browser


async def prepared(browser: Browser, name: str, password: str, count: int) -> dict[str, Any]:
    answer = await browser.post("/api/backups/preparation", {"name": name, "password": password})
    assert answer.status == 200, answer.body
    return await ended(browser, "restore", count)


def test_another_box_goes_on_where_the_old_one_stopped(tmp_path: Path) -> None:
    media = tmp_path / "media"
    (media / "DISK" / FOLDER).mkdir(parents=True)

    async def script() -> None:
        async with box_with(tmp_path / "old", media) as old:
            old.run("serve")
            await old.engine_up()
            was_signed_in = await signed_in((await old.web_up()).url)
            await old.sign_in("1001", "1", "repair")
            await fill_with_work(old, was_signed_in)
            name = await backed_up(was_signed_in)
        wanted_rows, wanted_sounds, known = rows(old.data), sounds(old.data), set(old.stored())
        assert len(wanted_sounds) > 2
        assert wanted_rows["customers"]
        async with box_with(tmp_path / "new", media) as new:
            new.run("serve")
            await new.engine_up()
            before = await new.web_up()
            browser = await new_admin(new)
            await check_what_cannot_be_restored(new, browser, media / "DISK" / FOLDER, name)
            assert (await prepared(browser, name, SECRET, 3))["good"]
            assert (await browser.get("/api/customers")).json["rows"] == [], "nothing is changed before the switch"
            assert (await browser.post("/api/backups/switch")).status == 200
            after = await new.web_up(other_than=before.pid)
            await new.engine_up()
            assert rows(new.data) == wanted_rows
            assert sounds(new.data) == wanted_sounds
            await check_who_gets_in(after.url, browser, was_signed_in)
            record = await calls_the_hotline(new)
            assert [step.label for step in record.steps if step.kind is StepKind.NODE] == ["应答", "说再见", "挂机"]
            await new.until(lambda: set(new.stored()) == {*known, record.call_id}, 20)

    asyncio.run(script())


async def calls_the_hotline(box: LiveBox) -> CallRecord:
    """The flow that is in force answers, says goodbye and hangs up."""
    call_id = await box.calls_in("out-1", "13905621231", 1)
    record = await box.record(call_id)
    await box.hangs_up("out-1")
    await box.until(box.at_rest, 20)
    return record


async def check_what_cannot_be_restored(box: LiveBox, browser: Browser, disk: Path, name: str) -> None:
    """A wrong password, then a file that is cut off: a sentence, nothing prepared, nothing left lying."""
    refused = await prepared(browser, name, "不是这个", 1)
    assert (refused["good"], "密码不对" in refused["text"]) == (False, True)
    cut = disk / ("cut" + name)
    cut.write_bytes((disk / name).read_bytes()[:-5000])
    refused = await prepared(browser, cut.name, SECRET, 2)
    assert (refused["good"], "换一份备份" in refused["text"]) == (False, True), refused
    assert not (box.data / "restore" / "new").exists()
    assert (await browser.post("/api/backups/switch")).status == 409


async def check_who_gets_in(url: str, browser: Browser, was_signed_in: Browser) -> None:
    """The accounts of the old box with their passwords; nobody is signed in already."""
    for of_before in (browser, was_signed_in):
        again = Browser(url, [])
        again.cookies.update(of_before.cookies)
        assert (await again.get("/api/session")).json["user"] is None
    assert (await Browser(url, []).log_in("admin", FOR_NOW)).status == 401
    assert (await Browser(url, []).log_in("zhao", "Zhongdian-96599-tongling")).status == 200
    admin = Browser(url, [])
    assert (await admin.log_in("admin", PASSWORD)).status == 200
    operations = (await admin.get("/api/audit")).body.decode()
    assert "restored" in operations
    assert (await admin.get("/api/backups")).json["plan"]["place"]["kind"] == "disk"


def test_killed_anywhere_it_is_the_old_box_or_the_new_one(tmp_path: Path) -> None:
    media = tmp_path / "media"
    (media / "DISK" / FOLDER).mkdir(parents=True)

    async def script() -> None:
        async with box_with(tmp_path / "box", media) as box:
            serve = box.run("serve")
            await box.engine_up()
            admin = await signed_in((await box.web_up()).url)
            known = await admin.post("/api/customers", {"name": "汪桂英", "numbers": ["13905621231"]})
            day = box.data / "recordings" / "2026" / "11" / "20"
            day.mkdir(parents=True)
            for number in range(24):
                (day / f"c-{number}.wav").write_bytes(os.urandom(1 << 20))
                os.utime(day / f"c-{number}.wav", (0, 1_700_000_000))
            name = await backed_up(admin)
            wanted = sounds(box.data)
            assert (await admin.put(f"/api/customers/{known.json['id']}", {"name": "换了名字"})).status == 200
            restore = RestoreFolder(box.data)
            web = await box.web_up()
            await kill_in_the_middle(box, admin, name, web.pid)
            assert restore.ready() is None
            assert (await admin.get(f"/api/customers/{known.json['id']}")).json["name"] == "换了名字"
            done = sum(run["kind"] == "restore" for run in (await admin.get("/api/backups")).json["runs"])
            assert (await prepared(admin, name, SECRET, done + 1))["good"]
            assert (await admin.post("/api/backups/switch")).status == 200
            await box.until(lambda: (restore.path / "moving.json").exists() or restore.done() is not None, 60)
            for pid in [*children(serve.pid), serve.pid]:
                with suppress(ProcessLookupError):
                    kill_process(pid)
            box.run("serve")
            await box.engine_up()
            again = Browser((await box.web_up(other_than=web.pid)).url, [])
            assert (await again.log_in("admin", PASSWORD)).status == 200
            assert (await again.get(f"/api/customers/{known.json['id']}")).json["name"] == "汪桂英"
            assert sounds(box.data) == wanted
            assert not restore.is_wished

    asyncio.run(script())


async def kill_in_the_middle(box: LiveBox, admin: Browser, name: str, web: int) -> None:
    """The job that unpacks dies when some of it is unpacked, and that is told; one that was quicker is repeated."""
    for tries in range(1, 20):
        assert (await admin.post("/api/backups/preparation", {"name": name, "password": SECRET})).status == 200
        await box.until((box.data / "restore" / "new").exists, 60)
        for job in [pid for pid in children(web) if "appliance.jobs.backup" in command_line(pid)]:
            kill_process(job)
        told = await ended(admin, "restore", tries)
        if not told["good"]:
            assert "意外中断" in told["text"]
            return
        assert (await admin.delete("/api/backups/preparation")).status == 200
    raise AssertionError("it was never caught in the middle")


def test_a_box_without_room_says_so_and_stays_as_it_is(small_disk: Path, tmp_path: Path) -> None:  # noqa: F811
    media = tmp_path / "media"
    (media / "DISK" / FOLDER).mkdir(parents=True)

    async def script() -> None:
        async with box_with(tmp_path / "box", media, small_disk / "data") as box:
            box.run("serve")
            await box.engine_up()
            admin = await signed_in((await box.web_up()).url)
            name = await backed_up(admin)
            shutil.copyfile(media / "DISK" / FOLDER / name, tmp_path / "kept")
            refused = await prepared(admin, name, SECRET, 1)
            assert (refused["good"], "磁盘空间不足" in refused["text"]) == (False, True)
            assert not (box.data / "restore" / "new").exists()
            await box.sign_in("1001", "1", "repair")
            call_id = await talk(box, 1, "801")
            await box.hangs_up("801")
            assert (await box.record(call_id)).result is CallResult.TALKED

    asyncio.run(script())
