"""Recordings when things die: kill -9 while recording and while cleaning up, a really small disk; the commands."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import msgspec
import pytest

from appliance.callplan import write_callplan
from appliance.cli.main import main
from appliance.defaults.plan import default_plan
from appliance.jobs.cleaning import BATCH, free_mb
from appliance.jobs.inspection import Inspection
from appliance.jobs.ledgerbook import read_book
from appliance.jobs.storage_outcomes import FindingKind, read_progress
from appliance.storageplan import StorageRules
from appliance.store.database import Database
from appliance.store.recordings import count_recordings, recordings_after
from appliance.telephony.call import CallState
from drivers.sim.speech import speech
from drivers.sim.steps import Voice
from tests.unit.recording_shelf import Shelf

from .livebox import LiveBox


def keep_rules(data: Path, rules: StorageRules) -> None:
    write_callplan(
        data / "callplan.json", msgspec.structs.replace(default_plan("铜陵广电", "0562-96599", "0562"), storage=rules)
    )


def check(data: Path, database: Database, *, repair: bool = False) -> list[FindingKind]:
    outcome = Inspection(data, database, datetime.now().astimezone(), repair=repair, everything=True).run()
    return [finding.kind for finding in outcome.findings]


@pytest.mark.slow
def test_the_engine_killed_while_it_records(tmp_path: Path) -> None:
    """The chain goes on to the last frame on disk, the ledger says torn and lists the outage, and all of it proves."""

    async def script() -> None:
        async with LiveBox(tmp_path) as box:
            engine, _web = box.run("engine"), box.run("web")
            await box.engine_up()
            await box.sign_in("1001", "1", "repair")
            call_id = await box.calls_in("out-1", "13905621231", 1)
            await box.presses("out-1", "1")
            await box.rings("801")
            await box.lifts("801")
            await box.in_state(call_id, CallState.CONNECTED)
            await box.talks_into("out-1", speech(Voice(1, 2.5)))
            engine.kill()
            await box.until(lambda: not box.link.mirror.snapshot(), 10)
            box.run("engine")
            await box.engine_up()
            recording = box.ended()[call_id].recording
            assert recording is not None
            book = read_book(box.data)
            ended = book.recordings[recording.path].ended
            assert ended is not None
            assert (ended.torn, ended.unlike_at_s) == (True, None)
            assert (ended.head, ended.sha256) == (recording.chain, recording.sha256)
            assert ended.bytes == pytest.approx(recording.length_s * 32_000)
            assert [outage.orderly for outage in book.outages] == [False]
            await box.until(lambda: call_id in box.stored(), 10)
            database = Database(box.data / "hotlinebox.db", readers=1)
            assert check(box.data, database) == []
            path = box.data / recording.path
            content = bytearray(path.read_bytes())
            content[len(content) // 2] ^= 1
            path.write_bytes(content)
            assert check(box.data, database) == [FindingKind.CHANGED]
            database.close()

    asyncio.run(script())


@pytest.mark.slow
def test_clean_up_killed_in_the_middle(tmp_path: Path) -> None:
    """No row ever promises a file that is gone; what is left goes with the next check; a lock holds throughout."""
    shelf = Shelf(tmp_path / "data")
    records = [shelf.record(seconds=0.1) for _ in range(240)]
    locked = records[150]
    shelf.lock(locked)
    keep_rules(shelf.data, StorageRules(keep_days=1))
    for _ in range(3):
        job = subprocess.Popen([sys.executable, "-m", "appliance.jobs.clean", "--data", str(shelf.data)])
        before = len(shelf.there())
        deadline = time.monotonic() + 20
        while len(shelf.there()) > before - 30 and time.monotonic() < deadline:
            time.sleep(0.005)
        job.kill()
        job.wait()
        assert read_progress(shelf.data) is None, "a dead run does not look as if it ran"
        rows = shelf.database.read_now(recordings_after, 0, 1000)
        left = {path: row for row in rows if (path := Path(row.path).name) in set(shelf.there())}
        assert all(row.fate or Path(row.path).name in left for row in rows)
        assert len([row for row in left.values() if row.fate]) <= BATCH
        found = check(shelf.data, shelf.database, repair=True)
        assert set(found) <= {FindingKind.LEFT_OVER}
        assert check(shelf.data, shelf.database) == []
    assert 100 < len(shelf.there()) < 240
    assert main(["clean", "--data", str(shelf.data)]) == 0
    assert shelf.there() == [shelf.file(locked).name]
    assert check(shelf.data, shelf.database) == []
    assert shelf.database.read_now(count_recordings) == 240, "the proof of each stays"
    shelf.close()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(folder)], capture_output=True, text=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"a small disk cannot be mounted here: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.mark.slow
def test_water_marks_on_a_small_disk(small_disk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shelf = Shelf(small_disk / "data")
    kept = shelf.record(seconds=10.0)
    shelf.lock(kept)
    records = [kept]
    while free_mb(small_disk) > 15:
        records.append(shelf.record(len(records) % 3, seconds=10.0))
    keep_rules(shelf.data, StorageRules(warn_free_mb=40, clean_free_mb=30))
    assert main(["clean", "--data", str(shelf.data)]) == 0
    assert "因空间不足删除" in capsys.readouterr().out
    assert 33 <= free_mb(small_disk) < 36
    left = set(shelf.there())
    assert shelf.file(kept).name in left
    by_age = sorted(records[1:], key=lambda record: record.started_at)
    still = [shelf.file(record).name in left for record in by_age]
    assert still == sorted(still), "the oldest went, the newest stayed"
    for record in by_age:
        if shelf.file(record).name in left:
            shelf.lock(record)
    keep_rules(shelf.data, StorageRules(warn_free_mb=50, clean_free_mb=45))
    assert main(["clean", "--data", str(shelf.data)]) == 1
    assert "仍低于清理线" in capsys.readouterr().out
    assert set(shelf.there()) == left
    shelf.close()


def test_verify_tells_what_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shelf = Shelf(tmp_path / "data")
    record = shelf.record()
    shelf.record()
    assert main(["verify", "--data", str(shelf.data)]) == 0
    said = capsys.readouterr().out
    assert "共 2 条录音，校验了 2 条" in said
    assert read_book(shelf.data).head in said
    path = shelf.file(record)
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    assert main(["verify", "--data", str(shelf.data)]) == 1
    said = capsys.readouterr().out
    assert f"[问题] recordings/2026/11/02/{record.call_id}.wav" in said
    shelf.close()


@pytest.mark.parametrize("command", ["verify", "clean"])
def test_a_folder_without_a_box(tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str) -> None:
    assert main([command, "--data", str(tmp_path)]) == 2
    assert "数据库" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
