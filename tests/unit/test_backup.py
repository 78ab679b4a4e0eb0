"""A day of calls, backed up: what is new and no more, whole whatever breaks; nothing else than what belongs in it."""

from __future__ import annotations

import errno
import io
import random
import shutil
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO

import msgspec
import pytest

from appliance.support import backuppacks, backupseal
from appliance.support.backuparchive import ArchiveReader, ArchiveWriter, check_archive
from appliance.support.backupcatalogue import catalogue, check_backup
from appliance.support.backuperrors import (
    BackupError,
    DamagedError,
    NoRoomError,
    TargetError,
    WrongPasswordError,
)
from appliance.support.backupfolder import BackupFolder, BackupPlan, RunKind, RunNote, is_due
from appliance.support.backuphealth import BackupHealth, health_of
from appliance.support.backuprun import StoppedError
from appliance.support.backuptarget import DiskTarget, TargetKind, TargetPlace, disk_target
from appliance.support.replacement import RestoreFolder
from tests.unit.backupbox import (
    ABOUT,
    SECRET,
    at,
    back_up,
    box_after,
    day_of_calls,
    disk,
    files,
    restoration,
    run,
    switch,
)


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return day_of_calls(tmp_path_factory.mktemp("day") / "data")


@pytest.fixture
def box(day: Path, tmp_path: Path) -> Path:
    return box_after(day, tmp_path / "box")


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
