"""Backups on real servers, by SFTP and in a Windows share: what is there comes back, what goes wrong is said."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import msgspec
import pytest

from appliance.callplan import write_callplan
from appliance.defaults.plan import default_plan
from appliance.support.backupcatalogue import catalogue, check_backup
from appliance.support.backuperrors import TargetError
from appliance.support.backupfolder import BackupFolder, BackupPlan
from appliance.support.backupplace import open_target
from appliance.support.backuprestore import Restoration
from appliance.support.backuprun import BackupRun
from appliance.support.backuptarget import Target, TargetKind, TargetPlace
from appliance.support.replacement import RestoreFolder
from tests.system.fileservers import SftpServer, SmbServer, served, why_no_share

pytestmark = pytest.mark.slow
NOWHERE = Path("/nonexistent")


@pytest.fixture(params=[TargetKind.SFTP, TargetKind.SMB])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SftpServer | SmbServer]:
    if request.param is TargetKind.SMB and (why := why_no_share()):
        pytest.skip(why)
    (tmp_path / "served").mkdir()
    with served(request.param, tmp_path / "served") as running:
        yield running


@pytest.fixture
def box(tmp_path: Path) -> Path:
    data = tmp_path / "box"
    day = data / "recordings" / "2026" / "11" / "20"
    day.mkdir(parents=True)
    for number in range(40):
        (day / f"c-{number}.wav").write_bytes(random.Random(number).randbytes(60_000 + number))
        (day / f"c-{number}.chain").write_bytes(b"links")
    for path in day.iterdir():
        os.utime(path, (1_700_000_000, 1_700_000_000))
    write_callplan(data / "callplan.json", default_plan("铜陵广电", "0562-96599", "0562"))
    return data


def opened(place: TargetPlace) -> Target:
    return open_target(place, NOWHERE)[0]


def back_up(box: Path, target: Target) -> str:
    now = datetime.now().astimezone()
    run = BackupRun(BackupFolder(box), None, "1", now, lambda _done, _total: None, lambda: False)
    return run.to_target(target, BackupPlan(password="开箱密码")).name


def sounds(data: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (data / "recordings").rglob("*.*")}


def test_what_was_backed_up_there_comes_back(server: SftpServer | SmbServer, box: Path, tmp_path: Path) -> None:
    target = opened(server.place)
    name = back_up(box, target)
    target.close()
    target = opened(server.place)
    [view] = catalogue(target, "开箱密码").backups
    assert (view.name, view.bureau, view.trouble) == (name, "铜陵广电", "")
    assert check_backup(target, name, "开箱密码", lambda _done, _total: None, lambda: False) > 2_400_000
    new = tmp_path / "new"
    new.mkdir()
    now = datetime.now().astimezone()
    restoration = Restoration(new, True, now, "王建国", lambda _done, _total: None, lambda: False)
    restoration.from_target(target, name, "开箱密码")
    target.close()
    RestoreFolder(new).wish()
    assert RestoreFolder(new).take_over()
    assert sounds(new) == sounds(box)


def test_a_wrong_password_is_said(server: SftpServer | SmbServer) -> None:
    with pytest.raises(TargetError, match="不接受用户名或密码"):
        opened(msgspec.structs.replace(server.place, password="falsch"))


def test_a_server_that_is_off_is_said(server: SftpServer | SmbServer) -> None:
    server.stop()
    with pytest.raises(TargetError, match="连不上"):
        opened(server.place)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # files of the libraries left open
def test_a_server_that_goes_away_is_said_and_what_it_has_stays_whole(server: SftpServer | SmbServer, box: Path) -> None:
    target = opened(server.place)
    first = back_up(box, target)
    with pytest.raises(TargetError):
        write_while_it_goes(target, server)
    target.close()
    server.start()
    target = opened(server.place)
    assert check_backup(target, first, "开箱密码", lambda _done, _total: None, lambda: False) > 2_400_000
    assert "half" not in target.sizes()
    target.close()


def write_while_it_goes(target: Target, server: SftpServer | SmbServer) -> None:
    with target.writing("half") as file:
        file.write(bytes(1 << 20))
        server.stop()
        for _ in range(64):
            file.write(bytes(1 << 20))
    target.settle("half")


def test_a_server_with_another_identity_is_refused(tmp_path: Path) -> None:
    (tmp_path / "served").mkdir()
    first = SftpServer(tmp_path / "served")
    target, learnt = open_target(first.place, NOWHERE)
    target.close()
    first.stop()
    assert learnt.host_key.startswith("SHA256:")
    second = SftpServer(tmp_path / "served", first.port)
    try:
        with pytest.raises(TargetError, match="身份与以前不同"):
            open_target(learnt, NOWHERE)
    finally:
        second.close()
