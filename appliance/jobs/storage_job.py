"""What clean-up and check have in common as processes: arguments, niceness, one at a time, progress, the last word."""

from __future__ import annotations

import argparse
import fcntl
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import msgspec

from appliance.jobs.storage_outcomes import (
    CheckOutcome,
    CleanOutcome,
    StorageProgress,
    clear_progress,
    write_progress,
)
from appliance.store.database import Database, open_database
from appliance.store.errors import StoreError
from appliance.store.storage_runs import RunKind, add_run

NICENESS = 15
REPORT_S = 0.5
DONE, FAILED, BUSY = 0, 1, 3

Report = Callable[[int, int], None]
Work = Callable[[Database, datetime, Callable[[], bool], Report], CheckOutcome | CleanOutcome]


class BusyError(Exception):
    """Another run has not ended."""


@contextmanager
def only_one(data: Path) -> Iterator[None]:
    """Clean-up and check never run beside each other. Raises `BusyError`; the lock ends with the process."""
    handle = os.open(data / ".storage.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BusyError from error
        yield
    finally:
        os.close(handle)


def carry_out(data: Path, database: Database, kind: RunKind, work: Work, stopped: Callable[[], bool]) -> bytes:
    """Do the work with its progress on disk and its outcome in the database; the outcome as JSON. Raises `BusyError`,
    `OSError`, `StoreError`.
    """
    began = datetime.now().astimezone()
    with only_one(data):
        try:
            outcome = work(database, began, stopped, _reporter(data, kind, began))
        finally:
            clear_progress(data)
        encoded = msgspec.json.encode(outcome)
        database.write_now(add_run, kind, began, datetime.now().astimezone(), encoded)
    return encoded


def run_process(
    name: str, kind: RunKind, arguments: list[str] | None, work_of: Callable[[argparse.Namespace], Work]
) -> int:
    """Entry of a job process: `--data DIR [--database URL] [--all]`; the outcome on stdout, a sentence on stderr."""
    parser = argparse.ArgumentParser(prog=f"appliance.jobs.{name}")
    parser.add_argument("--data", type=Path, required=True, help="data folder of the box")
    parser.add_argument("--database", default="", help="database URL, as in settings store.url")
    parser.add_argument("--all", action="store_true", help="check: every recording; not only those that are due")
    options = parser.parse_args(arguments)
    os.nice(NICENESS)
    asked: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _frame: asked.append(number))
    try:
        database = open_database(options.database, options.data, readers=1)
        try:
            outcome = carry_out(options.data, database, kind, work_of(options), lambda: bool(asked))
        finally:
            database.close()
    except BusyError:
        sys.stderr.write("另一次清理或检查正在进行，请等它完成。\n")
        return BUSY
    except StoreError as error:
        sys.stderr.write(f"{error}\n")
        return FAILED
    except OSError as error:
        sys.stderr.write(f"读写磁盘出错：{error.strerror}。请检查磁盘。\n")
        return FAILED
    sys.stdout.write(outcome.decode() + "\n")
    return DONE


def _reporter(data: Path, kind: RunKind, began: datetime) -> Report:
    due = [0.0]

    def report(done: int, total: int) -> None:
        if time.monotonic() >= due[0]:
            due[0] = time.monotonic() + REPORT_S
            at = began.isoformat(timespec="seconds")
            write_progress(data, StorageProgress(kind=kind.value, pid=os.getpid(), began_at=at, done=done, total=total))

    report(0, 0)
    return report
