"""Backups as a process of its own: `python -m appliance.jobs.backup --data DIR --media DIR ACTION [--name NAME]`.

Actions: `run` a backup to the target of the plan; `check` one that is there; `try` whether the target can be used;
`list` what is there (JSON on stdout); `download` everything to stdout; `prepare` a backup of the target (with
`--upload`: the uploaded one) to take the place of the box's data. The password of a backup that is not ours comes in
the file `restore/password`, which is deleted. What came of a run stands in `backup/runs.json`.

Exit code 0 done, 1 failed with a sentence on stderr, 3 another one has not ended.
"""

from __future__ import annotations

import argparse
import errno
import fcntl
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

import msgspec

from appliance.store.database import source_of
from appliance.store.errors import StoreError
from appliance.store.sqlite_file import SqliteFile
from appliance.support.backupcatalogue import catalogue, check_backup
from appliance.support.backuperrors import BackupError
from appliance.support.backupfolder import BackupFolder, Progress, RunKind, RunNote
from appliance.support.backupplace import open_target
from appliance.support.backuprestore import Restoration
from appliance.support.backuprun import BackupRun
from appliance.support.backuptarget import Target
from appliance.support.replacement import RestoreFolder

NICENESS = 15
DONE, FAILED, BUSY = 0, 1, 3
BUSY_SENTENCE = "另一次备份、检查或恢复正在进行，请等它完成。"
_REPORT_S = 0.5


class BusyError(Exception):
    """Another backup, check or restore has not ended."""


class BackupJob:
    """One process's work."""

    def __init__(self, options: argparse.Namespace, stopped: Callable[[], bool]) -> None:
        self._options = options
        self._stopped = stopped
        self._folder = BackupFolder(options.data)
        self._began = datetime.now().astimezone()
        self._due = 0.0
        self._database = source_of(options.database, options.data)

    def carry_out(self) -> None:
        """Raises `BackupError`, `StoreError`, `OSError`, `BusyError`."""
        match self._options.action:
            case "list":
                with self._target() as target:
                    sys.stdout.buffer.write(msgspec.json.encode(catalogue(target, self._folder.plan().password)))
            case "try":
                with self._target() as target:
                    target.sizes()
            case "download":
                with only_one(self._folder):
                    self._run(RunKind.DOWNLOAD).to_stream(sys.stdout.buffer, self._folder.plan())
            case "run":
                self._noted(RunKind.BACKUP, self._back_up)
            case "check":
                self._noted(RunKind.CHECK, self._check)
            case "prepare":
                self._noted(RunKind.RESTORE, self._prepare)

    def _back_up(self) -> RunNote:
        with self._target() as target:
            written = self._run(RunKind.BACKUP).to_target(target, self._folder.plan())
        text = f"备份完成，共写入 {_size(written.size)}，读回核对无误。"
        return self._note(RunKind.BACKUP, text, written.name, written.size)

    def _check(self) -> RunNote:
        name = self._options.name
        with self._target() as target:
            size = check_backup(
                target, name, self._folder.plan().password, self._reporter(RunKind.CHECK), self._stopped
            )
        return self._note(RunKind.CHECK, f"检查完成，{_size(size)} 全部完好，可以用来恢复。", name, size)

    def _prepare(self) -> RunNote:
        secret = RestoreFolder(self._options.data).path / "password"
        password = secret.read_text("utf-8") if secret.exists() else self._folder.plan().password
        secret.unlink(missing_ok=True)
        report = self._reporter(RunKind.RESTORE)
        own = isinstance(self._database, SqliteFile)
        restoration = Restoration(self._options.data, own, self._began, self._options.by, report, self._stopped)
        if self._options.upload:
            restoration.from_upload(password)
        else:
            with self._target() as target:
                restoration.from_target(target, self._options.name, password)
        return self._note(RunKind.RESTORE, "备份已解开并检查完毕，可以切换。", self._options.name)

    def _run(self, kind: RunKind) -> BackupRun:
        return BackupRun(
            self._folder, self._database, version("hotlinebox"), self._began, self._reporter(kind), self._stopped
        )

    def _noted(self, kind: RunKind, work: Callable[[], RunNote]) -> None:
        """Do it, and keep what came of it."""
        with only_one(self._folder):
            try:
                note = work()
            except (BackupError, StoreError, OSError) as error:
                self._folder.note(self._note(kind, sentence_of(error), self._options.name, good=False))
                raise
            finally:
                self._folder.tell_progress(None)
            self._folder.note(note)

    def _note(self, kind: RunKind, text: str, name: str, size: int = 0, *, good: bool = True) -> RunNote:
        ended = datetime.now().astimezone()
        return RunNote(
            kind=kind,
            began_at=self._began.isoformat(timespec="seconds"),
            ended_at=ended.isoformat(timespec="seconds"),
            good=good,
            text=text,
            name=name,
            size=size,
        )

    @contextmanager
    def _target(self) -> Iterator[Target]:
        plan = self._folder.plan()
        target, learnt = open_target(plan.place, self._options.media)
        try:
            if learnt != plan.place:
                self._folder.set_plan(msgspec.structs.replace(plan, place=learnt))
            yield target
        finally:
            target.close()

    def _reporter(self, kind: RunKind) -> Callable[[int, int], None]:
        began = self._began.isoformat(timespec="seconds")

        def report(done: int, total: int) -> None:
            if time.monotonic() >= self._due:
                self._due = time.monotonic() + _REPORT_S
                self._folder.tell_progress(Progress(kind=kind, pid=os.getpid(), began_at=began, done=done, total=total))

        self._folder.make()
        report(0, 0)
        return report


@contextmanager
def only_one(folder: BackupFolder) -> Iterator[None]:
    """Raises `BusyError` while another one works; the lock ends with the process."""
    folder.make()
    handle = os.open(folder.path / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BusyError from error
        yield
    finally:
        os.close(handle)


def sentence_of(error: Exception) -> str:
    """What to tell a person."""
    if isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return "本机磁盘空间已满，没有完成，现有数据不受影响。请先在“录音与存储”里清理。"
    if isinstance(error, OSError):
        return f"读写本机磁盘出错：{error.strerror or error}。请检查磁盘。"
    return str(error)


def main(arguments: list[str] | None = None) -> int:
    """Entry point of the process."""
    parser = argparse.ArgumentParser(prog="appliance.jobs.backup")
    parser.add_argument("--data", type=Path, required=True, help="data folder of the box")
    parser.add_argument("--media", type=Path, required=True, help="folder in which USB disks are mounted")
    parser.add_argument("--database", default="", help="database URL, as in settings store.url")
    parser.add_argument("--name", default="", help="of the backup at the target")
    parser.add_argument("--by", default="", help="prepare: who wants it")
    parser.add_argument("--upload", action="store_true", help="prepare: the file that was uploaded")
    parser.add_argument("action", choices=("run", "check", "try", "list", "download", "prepare"))
    options = parser.parse_args(arguments)
    os.nice(NICENESS)
    asked: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _frame: asked.append(number))
    try:
        BackupJob(options, lambda: bool(asked)).carry_out()
    except BusyError:
        sys.stderr.write(f"{BUSY_SENTENCE}\n")
        return BUSY
    except BrokenPipeError:  # whoever downloads went away
        return FAILED
    except (BackupError, StoreError, OSError) as error:
        sys.stderr.write(f"{sentence_of(error)}\n")
        return FAILED
    return DONE


def _size(octets: int) -> str:
    return f"{octets / 1e9:.2f} GB" if octets >= 10_000_000 else f"{octets / 1e6:.2f} MB"


if __name__ == "__main__":
    sys.exit(main())
