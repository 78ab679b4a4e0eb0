"""Rows from PostgreSQL into a file and back: nothing is lost, searches find the same, new rows get new numbers."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from appliance.store.connection import Connection, execute, fetch_all
from appliance.store.database import Database, Source
from appliance.store.errors import StoreError
from appliance.store.portable import copy_rows, copy_to_file, load_file, tables_of
from appliance.store.postgres import PostgresServer
from appliance.store.term_index import ask
from appliance.store.users import UserDraft, add_user
from appliance.support.backupfolder import BackupFolder, BackupPlan
from appliance.support.backuprestore import Restoration
from appliance.support.backuprun import BackupRun
from appliance.support.backuptarget import DiskTarget
from appliance.support.replacement import RestoreFolder
from tests.postgres import PostgresCluster
from tests.unit.store_world import fill_log

pytestmark = pytest.mark.slow
Rows = dict[str, list[tuple[Any, ...]]]


def rows(db: Connection, tables: list[str]) -> Rows:
    return {table: sorted(fetch_all(db, f"SELECT * FROM {table}"), key=repr) for table in tables}


def found(db: Connection, subject: str, term: str) -> list[int]:
    asked = ask(db, subject, ((term,),), first=0, last=1 << 62)
    sql = f"SELECT {asked.key} FROM {asked.tables} WHERE {asked.where}"
    return sorted(key for (key,) in fetch_all(db, sql, asked.parameters))


def a_term(db: Connection, subject: str) -> str:
    return str(fetch_all(db, f"SELECT tokens FROM {subject}_tokens ORDER BY id")[0][0]).split()[0]


def test_everything_comes_into_a_file_and_back(postgres: PostgresCluster, tmp_path: Path) -> None:
    server = PostgresServer(postgres.new_database())
    fill_log(server, 300, 200, 600.0).database.close()
    copy_to_file(server, tmp_path / "copy.db")
    there, file = Database(server), Database(tmp_path / "copy.db")
    back = Database(PostgresServer(postgres.new_database()))
    try:
        tables = file.read_now(tables_of)
        wanted = there.read_now(rows, tables)
        assert len(wanted["calls"]) == 300
        assert file.read_now(rows, tables) == wanted
        back.write_now(add_user, UserDraft(login="gone", name="没有了", roles=()), "hash", datetime.now(UTC))
        file.read_now(lambda from_: back.write_now(lambda to: copy_rows(from_, to, tables)))
        assert back.read_now(rows, tables) == wanted
        for subject in ("call", "customer"):
            term = there.read_now(a_term, subject)
            hits = there.read_now(found, subject, term)
            assert hits
            assert file.read_now(found, subject, term) == hits
            assert back.read_now(found, subject, term) == hits
        made = back.write_now(add_user, UserDraft(login="new", name="新来的", roles=()), "hash", datetime.now(UTC))
        assert made.id > max((row[0] for row in wanted["users"]), default=0)
    finally:
        for database in (there, file, back):
            database.close()


def test_a_server_of_another_version_is_not_copied(postgres: PostgresCluster, tmp_path: Path) -> None:
    server = PostgresServer(postgres.new_database())
    database = Database(server)
    database.write_now(execute, "DELETE FROM migrations WHERE number = (SELECT max(number) FROM migrations)")
    database.close()
    with pytest.raises(StoreError, match="版本与程序不同"):
        copy_to_file(server, tmp_path / "copy.db")


def box_on(url: str, folder: Path) -> tuple[Path, Source]:
    data = folder / "data"
    (data / "prompts").mkdir(parents=True)
    (data / "prompts" / "welcome.wav").write_bytes(url.encode())
    return data, PostgresServer(url)


def names(source: Source) -> list[str]:
    database = Database(source)
    try:
        return [login for (login,) in database.read_now(fetch_all, "SELECT login FROM users ORDER BY id")]
    finally:
        database.close()


def add(source: Source, login: str) -> None:
    database = Database(source)
    database.write_now(add_user, UserDraft(login=login, name=login, roles=()), "hash", datetime.now(UTC))
    database.close()


def test_a_box_on_a_server_is_backed_up_and_restored_on_another(postgres: PostgresCluster, tmp_path: Path) -> None:
    old, old_server = box_on(postgres.new_database(), tmp_path / "old")
    new, new_server = box_on(postgres.new_database(), tmp_path / "new")
    add(old_server, "wang")
    add(new_server, "nobody")
    target = DiskTarget(tmp_path / "disk", "KINGSTON")
    now = datetime.now().astimezone()
    run = BackupRun(BackupFolder(old), old_server, "1", now, lambda _done, _total: None, lambda: False)
    name = run.to_target(target, BackupPlan()).name
    restoration = Restoration(new, False, now, "王建国", lambda _done, _total: None, lambda: False)
    assert restoration.from_target(target, name, "").database_apart
    folder = RestoreFolder(new)
    folder.wish()

    def away(_file: Path) -> None:
        raise StoreError("连不上数据库。")

    with pytest.raises(StoreError, match="连不上"):
        folder.take_over(load=away)
    sound = new / "prompts" / "welcome.wav"
    assert sound.read_bytes() != (old / "prompts" / "welcome.wav").read_bytes(), "the box is as it was"
    assert names(new_server) == ["nobody"]
    folder.wish()
    assert not folder.take_over(patience_s=0.2), "who cannot load leaves it to the other, and does not wait for ever"
    folder.wish()
    assert folder.take_over(load=lambda file: load_file(file, new_server))
    assert names(new_server) == ["wang"]
    assert sound.read_bytes() == (old / "prompts" / "welcome.wav").read_bytes()
    assert not (new / "hotlinebox.db").exists()
