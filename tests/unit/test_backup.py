"""A day of calls, backed up, and a new box that goes on with it: nothing is missing, whatever breaks in between."""

from __future__ import annotations

import errno
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
from typing import BinaryIO

import msgspec
import pytest

from appliance.callplan import load_callplan, write_callplan
from appliance.cli.rehearsal import rehearse
from appliance.defaults.plan import default_plan
from appliance.media.virtualloop import run_virtually
from appliance.settings import Settings
from appliance.store import migrations
from appliance.store.database import open_database
from appliance.store.ingest import ingest
from appliance.store.roles import save_role
from appliance.store.sessions import add_session
from appliance.store.sqlite_file import SqliteFile
from appliance.store.users import UserDraft, add_user
from appliance.support import backuppacks, backupseal, replacement
from appliance.support.backuparchive import About, ArchiveKind, ArchiveReader, ArchiveWriter, check_archive
from appliance.support.backupcatalogue import catalogue, check_backup
from appliance.support.backuperrors import (
    BackupError,
    DamagedError,
    NoRoomError,
    NotOursError,
    TargetError,
    WrongPasswordError,
)
from appliance.support.backupfolder import BackupFolder, BackupPlan, RunKind, RunNote, is_due
from appliance.support.backuphealth import BackupHealth, health_of
from appliance.support.backuprestore import Restoration
from appliance.support.backuprun import BackupRun, StoppedError, Written
from appliance.support.backuptarget import DiskTarget, Target, TargetKind, TargetPlace, disk_target
from appliance.support.replacement import RestoreFolder
from drivers.sim.scenario_file import load_scenario

SCENARIOS = Path(__file__).parents[1] / "scenarios"
LATER = timedelta(hours=1)
SECRET = "开箱密码 1"
ABOUT = About(kind=ArchiveKind.STATE, made_at="2026-11-22T03:00:00+08:00", version="1", schema=0)


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of a box that took calls and a voicemail."""
    data = tmp_path_factory.mktemp("day") / "data"
    scenario = load_scenario(SCENARIOS / "night_voicemail.yaml", None)
    run_virtually(rehearse(scenario, Settings(data_dir=str(data)), virtual=True, on_call=lambda _played: None))
    write_callplan(data / "callplan.json", default_plan("铜陵广电", "0562-96599", "0562"))
    return data


@pytest.fixture
def box(day: Path, tmp_path: Path) -> Path:
    data = tmp_path / "box"
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


def test_a_new_box_has_everything(box: Path, tmp_path: Path) -> None:
    target = disk(tmp_path)
    written = back_up(box, target)
    before_files, before_rows = files(box), rows(box)
    assert any(name.startswith("voicemail/") for name in before_files)
    new = tmp_path / "new"
    ready = restoration(new).from_target(target, written.name, "")
    assert (ready.calls, ready.sounds) == (len(before_rows["calls"]), True)
    assert not (new / "hotlinebox.db").exists(), "nothing is changed before the switch"
    switch(new)
    assert files(new) == before_files
    [entry] = (new_rows := rows(new)).pop("audit_entries")
    assert {"王建国", "restored"} < set(entry), "who restored it stands in the log of the new box"
    assert new_rows.pop("settings") == [("engine_boot", "")]
    for table in ("audit_entries", "settings"):
        before_rows.pop(table)
    assert new_rows == before_rows
    assert load_callplan(new / "callplan.json") == load_callplan(box / "callplan.json")
    database = open_database("", new)
    report = database.write_now(ingest, new / "journal")
    database.close()
    assert (report.facts, report.call_ids) == (0, ()), "nothing is ingested twice"
    assert BackupFolder(new).name().box == BackupFolder(box).name().box


def test_calls_after_the_copy_of_the_database_come_from_the_journal(box: Path, tmp_path: Path) -> None:
    """The journal in a backup is younger than its database: what lies between comes back by itself."""
    with closing(sqlite3.connect(box / "hotlinebox.db")) as db, db:
        calls = db.execute("SELECT count(*) FROM calls").fetchone()[0]
    whole = io.BytesIO()
    fresh = tmp_path / "fresh"
    fresh.mkdir()
    for name in ("callplan.json", "journal", "recordings", "voicemail"):
        source = box / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, fresh / name)
    open_database("", fresh).close()  # nothing ingested yet
    run(fresh, at()).to_stream(whole, BackupPlan())
    new = tmp_path / "new"
    upload(new, whole.getvalue())
    restoration(new).from_upload("")
    switch(new)
    database = open_database("", new)
    report = database.write_now(ingest, new / "journal")
    database.close()
    assert len(report.call_ids) == calls > 0


def upload(data: Path, content: bytes) -> None:
    folder = RestoreFolder(data)
    folder.path.mkdir(parents=True, exist_ok=True)
    folder.upload.write_bytes(content)


def test_only_new_recordings_are_written_again(box: Path, tmp_path: Path) -> None:
    target = disk(tmp_path)
    first = back_up(box, target)
    assert first.files > 0
    second = back_up(box, target, hours=1)
    assert second.files == 0
    sound = next((box / "recordings").rglob("*.wav"))
    added = sound.with_name("c-new.wav")
    shutil.copy2(sound, added)
    third = back_up(box, target, hours=2)
    assert third.files == 1
    new = tmp_path / "new"
    restoration(new).from_target(target, third.name, "")
    switch(new)
    assert files(new) == files(box)


def test_what_the_box_deleted_does_not_come_back(box: Path, tmp_path: Path) -> None:
    target = disk(tmp_path)
    back_up(box, target)
    victim = next((box / "voicemail").rglob("*.wav"))
    victim.unlink()
    second = back_up(box, target, hours=1)
    new = tmp_path / "new"
    restoration(new).from_target(target, second.name, "")
    switch(new)
    assert files(new) == files(box)
    assert not (new / victim.relative_to(box)).exists()


def test_the_newest_are_kept_and_packs_as_long_as_one_needs_them(box: Path, tmp_path: Path) -> None:
    target = disk(tmp_path)
    plan = BackupPlan(keep=2)
    names = [back_up(box, target, plan, hours).name for hours in range(3)]
    states = backuppacks.states_of(BackupFolder(box).name().box, target.sizes())
    assert states == names[:0:-1]
    assert check_backup(target, states[-1], "", lambda _done, _total: None, lambda: False) > 0
    for folder in ("recordings", "voicemail", "evidence", "journal"):
        shutil.rmtree(box / folder, ignore_errors=True)
    for hours in (3, 4):
        back_up(box, target, plan, hours)
    assert not [name for name in target.sizes() if name.endswith(backuppacks.PACK)]


def test_what_goes_to_a_server_goes_in_large_pieces(box: Path, tmp_path: Path) -> None:
    """It answers each time: many small files must not be as many questions."""
    pieces: list[int] = []

    class Counting(DiskTarget):
        def writing(self, name: str) -> BinaryIO:
            file = super().writing(name)
            write = file.write
            file.write = lambda content: pieces.append(1) or write(content)  # type: ignore[method-assign,assignment]
            return file

    for folder in ("recordings", "voicemail"):
        for path in [*(box / folder).rglob("*.wav")]:
            for number in range(30):
                shutil.copy2(path, path.with_name(f"{number}-{path.name}"))
    disk(tmp_path)
    written = back_up(box, Counting(tmp_path / "media" / "KINGSTON" / "hotlinebox", "KINGSTON"))
    assert written.files > 100
    assert len(pieces) < written.files / 4


def test_another_disk_gets_everything(box: Path, tmp_path: Path) -> None:
    first, second = disk(tmp_path), disk(tmp_path / "other")
    count = back_up(box, first).files
    assert back_up(box, second, hours=1).files == count
    assert back_up(box, first, hours=2).files == 0, "the first disk still has its own"
    for target, hours in ((second, 3), (first, 4)):
        written = back_up(box, target, hours=hours)
        assert check_backup(target, written.name, "", lambda _done, _total: None, lambda: False) > 0


@pytest.mark.slow
def test_with_a_password_nobody_reads_it_without(box: Path, tmp_path: Path) -> None:
    target = disk(tmp_path)
    folder = BackupFolder(box)
    folder.set_plan(BackupPlan())
    plain = back_up(box, target)
    folder.set_plan(BackupPlan(password=SECRET))
    sealed = back_up(box, target, folder.plan(), 1)
    assert sealed.files == plain.files, "all of it again under the password"
    for path in (tmp_path / "media" / "KINGSTON" / "hotlinebox").iterdir():
        if path.name > plain.name and path.name.endswith(".backup"):
            assert b"callplan" not in path.read_bytes()
    views = {view.name: view for view in catalogue(target, "").backups}
    assert (views[sealed.name].locked, views[plain.name].calls > 0) == (True, True)
    new = tmp_path / "new"
    for wrong in ("", "开箱密码 2"):
        with pytest.raises(WrongPasswordError):
            restoration(new).from_target(target, sealed.name, wrong)
        assert RestoreFolder(new).ready() is None
    restoration(new).from_target(target, sealed.name, SECRET)
    switch(new)
    assert files(new) == files(box)
    assert BackupFolder(new).plan().password == SECRET


def test_keys_are_in_encrypted_backups_only(box: Path, tmp_path: Path) -> None:
    (box / "tls").mkdir()
    (box / "tls" / "authority.pem").write_text("PRIVATE KEY")
    target = disk(tmp_path)
    plain = back_up(box, target)
    BackupFolder(box).set_plan(BackupPlan(password=SECRET))
    sealed = back_up(box, target, BackupFolder(box).plan(), 1)
    new = tmp_path / "new"
    (new / "tls").mkdir(parents=True)
    (new / "tls" / "authority.pem").write_text("its own")
    restoration(new).from_target(target, plain.name, "")
    switch(new)
    assert (new / "tls" / "authority.pem").read_text() == "its own"
    restoration(new).from_target(target, sealed.name, SECRET)
    switch(new)
    restored = new / "tls" / "authority.pem"
    assert (restored.read_text(), restored.stat().st_mode & 0o777) == ("PRIVATE KEY", 0o600)


def test_nobody_is_signed_in_by_a_restore(box: Path, tmp_path: Path) -> None:
    database = open_database("", box)
    draft = UserDraft(login="wang", name="王建国", roles=())
    user = database.write_now(add_user, draft, "hash", at())
    later = at(9999).timestamp()
    database.write_now(add_session, token_hash="t", user_id=user.id, at=0.0, expires_at=later, address="")
    database.close()
    target = disk(tmp_path)
    new = tmp_path / "new"
    restoration(new).from_target(target, back_up(box, target).name, "")
    switch(new)
    assert rows(box)["sessions"]
    assert rows(new)["sessions"] == []


def test_what_cannot_be_restored_leaves_no_space_taken(box: Path, tmp_path: Path) -> None:
    target = disk(tmp_path)
    written = back_up(box, target)
    pack = next(name for name in target.sizes() if name.endswith(backuppacks.PACK))
    target.remove(pack)
    new = tmp_path / "new"
    with pytest.raises(TargetError, match="缺少"):
        restoration(new).from_target(target, written.name, "")
    assert not RestoreFolder(new).new.exists()


def test_a_backup_of_an_older_version_is_brought_to_this_one(
    box: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Made by a program that did not know the newest migration yet."""
    older = migrations.known_migrations()[:-1]
    old = tmp_path / "old"
    old.mkdir()
    with monkeypatch.context() as of_then:
        of_then.setattr(migrations, "known_migrations", lambda: older)
        open_database("", old).close()
    target = disk(tmp_path)
    written = back_up(old, target)
    with target.reading(written.name) as file:
        assert ArchiveReader(file).about.schema == older[-1][0]
    restoration(box).from_target(target, written.name, "")
    switch(box)
    assert max(row[0] for row in rows(box)["migrations"]) == migrations.known_migrations()[-1][0]


def test_passwords_of_servers_are_in_encrypted_backups_only(box: Path, tmp_path: Path) -> None:
    target = disk(tmp_path)
    place = TargetPlace(kind=TargetKind.SFTP, host="nas", password="in-the-open")
    BackupFolder(box).set_plan(BackupPlan(place=place))
    written = back_up(box, target, BackupFolder(box).plan())
    with target.reading(written.name) as file:
        contents = {entry.path: entry.content() for entry in ArchiveReader(file).entries()}
    assert b"nas" in contents["backup/plan.json"]
    assert not any(b"in-the-open" in content for content in contents.values())


class FailingDisk(DiskTarget):
    """Has room for `room` octets more."""

    room = 0

    def writing(self, name: str) -> BinaryIO:
        file = super().writing(name)
        write = file.write

        def limited(content: object) -> int:
            size = len(memoryview(content))  # type: ignore[arg-type]
            self.room -= size
            if self.room < 0:
                raise TargetError(f"满了：{OSError(errno.ENOSPC, 'full')}")
            return write(content)  # type: ignore[arg-type]

        file.write = limited  # type: ignore[method-assign,assignment]
        return file


def test_a_run_that_breaks_anywhere_leaves_earlier_backups_whole(box: Path, tmp_path: Path) -> None:
    """Broken off after more and more octets; in the end one comes through."""
    good = disk(tmp_path)
    first = back_up(box, good)
    for path in (box / "recordings").rglob("*.wav"):
        shutil.copy2(path, path.with_name("d-" + path.name))
    failing = FailingDisk(tmp_path / "media" / "KINGSTON" / "hotlinebox", "KINGSTON")
    failures = 0
    for number in range(1, 60):
        failing.room = number * 30_000
        try:
            back_up(box, failing, hours=number)
        except TargetError:
            failures += 1
        else:
            break
        assert check_backup(good, first.name, "", lambda _done, _total: None, lambda: False) > 0
    assert failures
    assert not [name for name in good.sizes() if name.endswith(".part")]


def test_a_run_that_is_stopped_leaves_nothing_behind(box: Path, tmp_path: Path) -> None:
    target = disk(tmp_path)
    with pytest.raises(StoppedError):
        run(box, at(), lambda: True).to_target(target, BackupPlan())
    assert not BackupFolder(box).work.exists()
    assert not [name for name in target.sizes() if name.endswith(".backup")]


def test_a_full_disk_of_the_box_is_said_before_anything_is_written(
    box: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = disk(tmp_path)
    written = back_up(box, target)
    full = shutil.disk_usage(tmp_path)._replace(free=1000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: full)
    with pytest.raises(NoRoomError, match="空间不足"):
        back_up(box, target, hours=1)
    with pytest.raises(NoRoomError, match="空间不足"):
        restoration(tmp_path / "new").from_target(target, written.name, "")


def test_a_full_backup_disk_is_said(box: Path, tmp_path: Path) -> None:
    class Full(DiskTarget):
        def free_bytes(self) -> int | None:
            return 10

    disk(tmp_path)
    with pytest.raises(TargetError, match=r"空间不足：需要 .*只剩"):
        back_up(box, Full(tmp_path / "media" / "KINGSTON" / "hotlinebox", "KINGSTON"))


def test_a_disk_that_is_not_there(tmp_path: Path) -> None:
    media = tmp_path / "media"
    with pytest.raises(TargetError, match="没有找到"):
        disk_target(TargetPlace(kind=TargetKind.DISK), media)
    for name in ("A", "B"):
        (media / name / "hotlinebox").mkdir(parents=True)
    with pytest.raises(TargetError, match="不止一个"):
        disk_target(TargetPlace(kind=TargetKind.DISK), media)
    assert disk_target(TargetPlace(kind=TargetKind.DISK, disk="B"), media).sizes() == {}


def test_a_missing_or_changed_pack_is_found(box: Path, tmp_path: Path) -> None:
    target = disk(tmp_path)
    written = back_up(box, target)
    folder = tmp_path / "media" / "KINGSTON" / "hotlinebox"
    pack = next(path for path in folder.iterdir() if path.name.endswith(backuppacks.PACK))
    content = bytearray(pack.read_bytes())
    content[len(content) // 2] ^= 1
    pack.write_bytes(content)
    for attempt in (
        lambda: check_backup(target, written.name, "", lambda _done, _total: None, lambda: False),
        lambda: restoration(tmp_path / "new").from_target(target, written.name, ""),
    ):
        with pytest.raises(DamagedError):
            attempt()
    pack.unlink()
    with pytest.raises(DamagedError, match="缺少"):
        check_backup(target, written.name, "", lambda _done, _total: None, lambda: False)
    with pytest.raises(TargetError, match="缺少"):
        restoration(tmp_path / "new").from_target(target, written.name, "")
    assert back_up(box, target, hours=1).files > 0, "the lost pack is written again"


@pytest.mark.parametrize("password", ["", SECRET])
def test_nonsense_is_a_sentence(password: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut off, flipped, foreign: never anything but a sentence, and never taken for whole."""
    monkeypatch.setattr(backupseal, "_COST", 2)
    dice = random.Random(7)
    out = io.BytesIO()
    with ArchiveWriter(out, ABOUT, password=password, compress=False) as archive:
        for number in range(5):
            content = dice.randbytes(3000)
            archive.add(f"recordings/2026/11/22/c{number}.wav", io.BytesIO(content), len(content))
    good = out.getvalue()
    assert check_archive(io.BytesIO(good), password) == ABOUT
    for _ in range(150):
        bad = bytearray(good)
        place = dice.randrange(len(bad) - 1200)
        if dice.random() < 0.5:
            del bad[place:]
        else:
            bad[place] ^= 1 << dice.randrange(8)
        try:
            about = check_archive(io.BytesIO(bytes(bad)), password)
        except BackupError as error:
            assert "。" in str(error)  # noqa: PT017
        else:
            assert about == ABOUT, place  # a bit that says nothing, as the owner in a header of tar
            assert len(bad) == len(good)
    for foreign in (b"", b"PK\x03\x04" + bytes(600), bytes(4096), dice.randbytes(4096), b"\x1f\x8b" + bytes(600)):
        with pytest.raises(BackupError):
            check_archive(io.BytesIO(foreign), password)


def archive_of(about: About, **contents: bytes) -> bytes:
    out = io.BytesIO()
    with ArchiveWriter(out, about) as archive:
        for name, content in contents.items():
            archive.add(name.replace("__", "/"), io.BytesIO(content), len(content))
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (archive_of(msgspec.structs.replace(ABOUT, format=99)), "更新的版本"),
        (archive_of(msgspec.structs.replace(ABOUT, schema=10_000)), "更新的版本"),
        (archive_of(msgspec.structs.replace(ABOUT, kind=ArchiveKind.DAY)), "不是整机备份"),
        (archive_of(ABOUT, etc__passwd=b"root"), "不认识的文件"),
        (archive_of(ABOUT, **{"..__..__x": b"root"}), "不是本机的备份"),
        (archive_of(ABOUT, __x=b"root"), "不是本机的备份"),
        (archive_of(msgspec.structs.replace(ABOUT, schema=1), **{"hotlinebox.db": b"nonsense" * 999}), "数据库已损坏"),
        (archive_of(ABOUT, **{"callplan.json": b'{"future": 1}'}), "更新的版本"),
    ],
)
def test_what_cannot_be_restored_is_refused(content: bytes, said: str, tmp_path: Path) -> None:
    upload(tmp_path / "new", content)
    with pytest.raises((NotOursError, DamagedError), match=said):
        restoration(tmp_path / "new").from_upload("")
    assert RestoreFolder(tmp_path / "new").ready() is None


class PowerCut(BaseException):
    """Not an error that anybody handles."""


@pytest.fixture
def cuts(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The power is cut before the n-th move of a file; n stands in the list, and is counted down."""
    left = [10_000]
    rename, replace = Path.rename, Path.replace

    def counted(move: Callable[[Path, Path], Path]) -> Callable[[Path, Path], Path]:
        def moved(this: Path, to: Path) -> Path:
            left[0] -= 1
            if left[0] < 0:
                raise PowerCut
            return move(this, to)

        return moved

    monkeypatch.setattr(Path, "rename", counted(rename))
    monkeypatch.setattr(Path, "replace", counted(replace))
    return left


@pytest.mark.slow
def test_a_power_cut_at_any_move_leaves_the_old_box_or_the_new(
    box: Path, tmp_path: Path, cuts: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "sync", lambda: None)
    target = disk(tmp_path)
    written = back_up(box, target)
    wanted = files(box)
    moves = 0
    while True:
        here = tmp_path / f"here{moves}"
        shutil.copytree(box, here)
        (here / "prompts" / "welcome.wav").write_bytes(b"RIFF another box")
        (here / "recordings" / "only-here.wav").write_bytes(b"old")
        (here / "copies").mkdir()
        old = files(here)
        restoration(here).from_target(target, written.name, "")
        assert files(here) == old
        RestoreFolder(here).wish()
        cuts[0] = moves
        try:
            RestoreFolder(here).take_over()
        except PowerCut:
            cuts[0] = 10_000
            assert RestoreFolder(here).is_wished, "the next start goes on"
            RestoreFolder(here).take_over()
        else:
            cuts[0] = 10_000
            break
        finally:
            assert files(here) == wanted
            assert not (here / "copies").exists()
            shutil.rmtree(here)
        moves += 1
    assert moves > 10


def test_a_name_that_cannot_be_moved_leaves_everything_as_it_was(
    box: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = disk(tmp_path)
    written = back_up(box, target)
    (box / "prompts" / "welcome.wav").write_bytes(b"RIFF another box")
    old, old_rows = files(box), rows(box)
    restoration(box).from_target(target, written.name, "")
    folder = RestoreFolder(box)
    folder.wish()
    rename = Path.rename

    def stubborn(this: Path, to: Path) -> Path:
        if this == folder.new / "journal":
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        return rename(this, to)

    monkeypatch.setattr(Path, "rename", stubborn)
    with pytest.raises(OSError, match="cross-device"):
        folder.take_over()
    assert (files(box), rows(box)) == (old, old_rows)
    assert not folder.is_wished
    assert folder.ready() is not None


def test_nothing_is_switched_while_the_other_process_runs(box: Path, tmp_path: Path) -> None:
    target = disk(tmp_path)
    restoration(box).from_target(target, back_up(box, target).name, "")
    folder = RestoreFolder(box)
    folder.wish()
    with replacement._nobody(box) as alone:
        assert alone
        assert not folder.take_over(patience_s=0.3)
    assert not folder.is_wished
    assert folder.ready() is not None


def note(good: bool, hours_ago: float, kind: RunKind = RunKind.BACKUP) -> RunNote:
    moment = at(-hours_ago).isoformat()
    return RunNote(kind=kind, began_at=moment, ended_at=moment, good=good, text="备份盘不见了。")


def test_the_last_good_backup_is_remembered_however_many_failed_since(tmp_path: Path) -> None:
    folder = BackupFolder(tmp_path)
    folder.note(note(good=True, hours_ago=900))
    for hours in range(40, 0, -1):
        folder.note(note(good=False, hours_ago=hours))
    runs = folder.runs()
    assert (len(runs), runs[-1].good) == (31, True)
    plan = BackupPlan(place=TargetPlace(kind=TargetKind.DISK))
    health = health_of(plan, runs, None, at())
    assert (health.failure, round(health.days, 1)) == ("备份盘不见了。", 37.5)
    folder.note(note(good=True, hours_ago=0))
    assert len(folder.runs()) == 30
    assert health_of(plan, folder.runs(), None, at()).days < 0.1


def test_only_who_wants_backups_hears_that_there_are_none() -> None:
    wanted = BackupPlan(place=TargetPlace(kind=TargetKind.DISK))
    failed = (note(good=False, hours_ago=1), note(good=True, hours_ago=2, kind=RunKind.CHECK))
    for plan in (BackupPlan(), msgspec.structs.replace(wanted, nightly=False)):
        assert health_of(plan, failed, at(-999), at()) == BackupHealth()
    assert health_of(wanted, failed, at(-48), at()).days == pytest.approx(2, abs=0.01)
    assert health_of(wanted, (), None, at()) == BackupHealth()


def test_when_a_nightly_backup_is_due() -> None:
    plan = BackupPlan(at="02:00")
    night = datetime(2026, 11, 22, 2, 30).astimezone()
    assert is_due(night, plan, None)
    assert is_due(night, plan, night - timedelta(hours=1))
    assert not is_due(night, plan, night - timedelta(minutes=10))
    assert not is_due(night.replace(hour=23), plan, night)
    assert is_due(night + timedelta(days=1), plan, night)
