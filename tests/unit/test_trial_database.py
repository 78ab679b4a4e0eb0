"""A version on trial migrates the database; the old one, back again, finds it as it was."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from appliance.store.database import open_database
from appliance.store.schema_age import is_newer_than_program
from appliance.support.trialdatabase import TrialDatabase
from appliance.support.updatestate import Phase, UpdateFolder, UpdateState


@pytest.fixture
def data(tmp_path: Path) -> Path:
    open_database("", tmp_path, readers=1).close()
    (tmp_path / "callplan.json").write_bytes(b"not of this version")
    UpdateFolder(tmp_path).path.mkdir()
    return tmp_path


def start(data: Path, phase: Phase) -> str:
    folder = UpdateFolder(data)
    folder.enter(UpdateState(phase=phase, version_from="1.0", version_to="2.0"))
    return TrialDatabase(data / "hotlinebox.db", data / "callplan.json", folder).before_start()


def note(data: Path, text: str, *, migration: int | None = None) -> None:
    with closing(sqlite3.connect(data / "hotlinebox.db")) as db, db:
        db.execute("CREATE TABLE IF NOT EXISTS typed (text TEXT)")
        db.execute("INSERT INTO typed VALUES (?)", (text,))
        if migration:
            db.execute("INSERT INTO migrations VALUES (?, 'later', '2027-01-01')", (migration,))


def typed(data: Path) -> list[str]:
    with closing(sqlite3.connect(data / "hotlinebox.db")) as db:
        return [str(row[0]) for row in db.execute("SELECT text FROM typed")]


def test_a_database_that_the_new_version_changed_is_put_back(data: Path) -> None:
    note(data, "before")
    assert "1.0" in start(data, Phase.TRIAL)
    note(data, "by the new version", migration=9999)
    assert is_newer_than_program(data / "hotlinebox.db")
    (data / "callplan.json").write_bytes(b"{ newer")
    assert start(data, Phase.TRIAL) == ""  # its second try: what was kept is not overwritten
    assert "已恢复升级前的 hotlinebox.db、callplan.json" in start(data, Phase.RETURNED)
    assert typed(data) == ["before"]
    assert not is_newer_than_program(data / "hotlinebox.db")
    assert (data / "callplan.json").read_bytes() == b"not of this version"
    assert (data / "updates/newer/hotlinebox.db").exists()
    open_database("", data, readers=1).close()


def test_a_database_that_the_old_version_can_read_stays(data: Path) -> None:
    (data / "callplan.json").unlink()
    note(data, "before")
    start(data, Phase.TRIAL)
    note(data, "typed during the trial")
    assert start(data, Phase.RETURNED) == ""
    assert typed(data) == ["before", "typed during the trial"]
    assert not (data / "updates/before").exists()


def test_what_was_kept_goes_when_the_new_version_stays(data: Path) -> None:
    start(data, Phase.TRIAL)
    assert (data / "updates/before/hotlinebox.db").exists()
    assert start(data, Phase.DONE) == ""
    assert not (data / "updates/before").exists()


def test_a_new_box_has_nothing_to_keep(tmp_path: Path) -> None:
    UpdateFolder(tmp_path).path.mkdir()
    assert start(tmp_path, Phase.TRIAL) == ""
    assert start(tmp_path, Phase.RETURNED) == ""
