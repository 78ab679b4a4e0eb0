"""A day of calls, and what backs it up and restores it; for the tests of both."""

from __future__ import annotations

import hashlib
import io
import os
import random
import shutil
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

from appliance.callplan import write_callplan
from appliance.cli.rehearsal import rehearse
from appliance.defaults.plan import default_plan
from appliance.media.virtualloop import run_virtually
from appliance.settings import Settings
from appliance.store.database import open_database
from appliance.store.roles import save_role
from appliance.store.sqlite_file import SqliteFile
from appliance.support.backuparchive import About, ArchiveKind, ArchiveWriter
from appliance.support.backupfolder import BackupFolder, BackupPlan
from appliance.support.backuprestore import Restoration
from appliance.support.backuprun import BackupRun, Written
from appliance.support.backuptarget import DiskTarget, Target, TargetKind, TargetPlace, disk_target
from appliance.support.replacement import RestoreFolder
from drivers.sim.scenario_file import load_scenario

SCENARIOS = Path(__file__).parents[1] / "scenarios"
LATER = timedelta(hours=1)
SECRET = "开箱密码 1"
ABOUT = About(kind=ArchiveKind.STATE, made_at="2026-11-22T03:00:00+08:00", version="1", schema=0)


def day_of_calls(data: Path) -> Path:
    """The data folder of a box that took calls and a voicemail."""
    scenario = load_scenario(SCENARIOS / "night_voicemail.yaml", None)
    run_virtually(rehearse(scenario, Settings(data_dir=str(data)), virtual=True, on_call=lambda _played: None))
    write_callplan(data / "callplan.json", default_plan("铜陵广电", "0562-96599", "0562"))
    return data


def box_after(day: Path, data: Path) -> Path:
    """A box with that day and recordings, settled long ago."""
    shutil.copytree(day, data)
    (data / "prompts").mkdir(exist_ok=True)
    (data / "prompts" / "welcome.wav").write_bytes(b"RIFF our own")
    sounds = data / "recordings" / "2026" / "11" / "20"
    sounds.mkdir(parents=True)
    for number in range(3):
        (sounds / f"c-{number}.wav").write_bytes(random.Random(number).randbytes(40_000))
        (sounds / f"c-{number}.chain").write_bytes(b"links")
    database = open_database("", data)
    database.write_now(save_role, "night", "夜班", frozenset({"call.list"}))
    database.close()
    old = time.time() - 3 * 86_400
    for path in data.rglob("*"):
        if path.is_file():
            os.utime(path, (old, old))
    return data


def at(hours: float = 0) -> datetime:
    return datetime.now().astimezone() + timedelta(hours=hours)


def run(data: Path, now: datetime, stopped: Callable[[], bool] = lambda: False) -> BackupRun:
    database = SqliteFile(data / "hotlinebox.db")
    return BackupRun(BackupFolder(data), database, "1.2.3", now, lambda _done, _total: None, stopped)


def disk(tmp_path: Path) -> DiskTarget:
    (tmp_path / "media" / "KINGSTON" / "hotlinebox").mkdir(parents=True, exist_ok=True)
    return disk_target(TargetPlace(kind=TargetKind.DISK), tmp_path / "media")


def back_up(data: Path, target: Target, plan: BackupPlan | None = None, hours: float = 0) -> Written:
    return run(data, at(hours)).to_target(target, plan or BackupPlan())


def restoration(data: Path, stopped: Callable[[], bool] = lambda: False) -> Restoration:
    data.mkdir(exist_ok=True)
    return Restoration(data, True, at(), "王建国", lambda _done, _total: None, stopped)


def switch(data: Path) -> None:
    folder = RestoreFolder(data)
    folder.wish()
    assert folder.take_over()


def files(data: Path) -> dict[str, str]:
    """Hash of every file that a backup promises, but the database."""
    kept = ("recordings", "voicemail", "evidence", "prompts", "ledger", "journal")
    found = {
        path.relative_to(data).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for folder in kept
        for path in (data / folder).rglob("*")
        if path.is_file()
    }
    return found | {"callplan.json": hashlib.sha256((data / "callplan.json").read_bytes()).hexdigest()}


def rows(data: Path) -> dict[str, list[tuple[object, ...]]]:
    """Everything in the database."""
    with closing(sqlite3.connect(data / "hotlinebox.db")) as db:
        tables = [row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
        return {table: sorted(db.execute(f'SELECT * FROM "{table}"').fetchall(), key=repr) for table in tables}


def upload(data: Path, content: bytes) -> None:
    folder = RestoreFolder(data)
    folder.path.mkdir(parents=True, exist_ok=True)
    folder.upload.write_bytes(content)


def archive_of(about: About, **contents: bytes) -> bytes:
    out = io.BytesIO()
    with ArchiveWriter(out, about) as archive:
        for name, content in contents.items():
            archive.add(name.replace("__", "/"), io.BytesIO(content), len(content))
    return out.getvalue()
