"""A day of calls in another box: nothing is missing, nothing is half done, whatever breaks in between."""

from __future__ import annotations

import errno
import io
import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from appliance.callplan import load_callplan
from appliance.store import migrations
from appliance.store.database import open_database
from appliance.store.ingest import ingest
from appliance.store.sessions import add_session
from appliance.store.users import UserDraft, add_user
from appliance.support import backuppacks, replacement
from appliance.support.backuparchive import ArchiveKind, ArchiveReader
from appliance.support.backuperrors import (
    DamagedError,
    NotOursError,
    TargetError,
)
from appliance.support.backupfolder import BackupFolder, BackupPlan
from appliance.support.replacement import RestoreFolder
from tests.unit.backupbox import (
    ABOUT,
    SECRET,
    archive_of,
    at,
    back_up,
    box_after,
    day_of_calls,
    disk,
    files,
    restoration,
    rows,
    run,
    switch,
    upload,
)


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return day_of_calls(tmp_path_factory.mktemp("day") / "data")


@pytest.fixture
def box(day: Path, tmp_path: Path) -> Path:
    return box_after(day, tmp_path / "box")


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


@pytest.mark.slow
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
