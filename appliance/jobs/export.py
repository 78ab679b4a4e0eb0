"""Writes one Excel export of the call log: `python -m appliance.jobs.export --data DIR --job ID`.

A process of its own, niced, with a read-only view of the database that does not change while it works. Progress goes to
a status file; a cancel flag or SIGTERM stops it. Exit code 0 done, 1 failed, 2 no such job, 3 cancelled.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from appliance.jobs.export_columns import CallWords, columns_of
from appliance.jobs.export_status import ExportFiles, ExportState, ExportStatus
from appliance.jobs.export_workbook import Workbook
from appliance.jobs.sheet_language import SheetLanguage
from appliance.store.call_list import count_calls
from appliance.store.call_values import each_values
from appliance.store.connection import Connection
from appliance.store.database import Database, open_read_only
from appliance.store.errors import NotFoundError, StoreError
from appliance.store.exports import Export, get_export
from appliance.store.reasons import reason_labels
from appliance.store.users import agent_names

NICENESS = 10
REPORT_S = 0.5
"""Between two looks at the cancel flag and two status files."""
LOOK_EVERY_ROWS = 250
SHEET_TITLE = "通话记录", "Call log"
DONE, FAILED, NO_SUCH_JOB, CANCELLED = 0, 1, 2, 3


class CancelledError(Exception):
    """Somebody does not want the export any more."""


def write_export(
    db: Connection,
    export: Export,
    data: Path,
    files: ExportFiles,
    stopped: Callable[[], bool],
    language: SheetLanguage = SheetLanguage.CHINESE,
) -> int:
    """Write the workbook; rows written. Raises `CancelledError`, `StoreError`, `OSError`; then no file is left."""
    words = CallWords(_queue_labels(data), agent_names(db), reason_labels(db), masked=export.masked, language=language)
    columns = columns_of(export.columns, words)
    fields = [column.field for column in columns]
    total = count_calls(db, export.search, export.scope, cap=None).count
    progress = _Progress(files, total, stopped)
    progress.report(0)
    files.partial.parent.mkdir(parents=True, exist_ok=True)
    done = 0
    try:
        with files.partial.open("wb") as file:
            workbook = Workbook(file, language.said(*SHEET_TITLE), columns)
            try:
                for done, row in enumerate(each_values(db, export.search, export.scope, export.order, fields), 1):
                    workbook.add(row)
                    if done % LOOK_EVERY_ROWS == 0:
                        progress.look(done)
                workbook.close()
            finally:
                workbook.abandon()
            file.flush()
            os.fsync(file.fileno())
        progress.check()
        files.partial.replace(files.workbook)
    except BaseException:
        files.partial.unlink(missing_ok=True)
        raise
    return done


class _Progress:
    def __init__(self, files: ExportFiles, total: int, stopped: Callable[[], bool]) -> None:
        self._files = files
        self._total = total
        self._stopped = stopped
        self._next = 0.0

    def check(self) -> None:
        if self._stopped() or self._files.cancel.exists():
            raise CancelledError

    def look(self, done: int) -> None:
        if time.monotonic() >= self._next:
            self.check()
            self.report(done)

    def report(self, done: int) -> None:
        self._next = time.monotonic() + REPORT_S
        self._files.write_status(
            ExportStatus(
                state=ExportState.RUNNING,
                done_rows=done,
                total_rows=max(self._total, done),
                text=f"正在导出，已写 {done} 行，共 {self._total} 行。",
                pid=os.getpid(),
            )
        )


def run_job(
    data: Path,
    database: Database,
    export_id: str,
    stopped: Callable[[], bool],
    language: SheetLanguage = SheetLanguage.CHINESE,
) -> int:
    """Carry the job out and leave its last status; the process's exit code."""
    files = ExportFiles(data, export_id)
    try:
        export = database.read_now(get_export, export_id)
    except NotFoundError as error:
        files.write_status(ExportStatus(state=ExportState.FAILED, text=str(error)))
        return NO_SUCH_JOB
    try:
        rows = database.read_now(write_export, export, data, files, stopped, language)
    except CancelledError:
        files.write_status(ExportStatus(state=ExportState.CANCELLED, text="导出已取消。"))
        return CANCELLED
    except StoreError as error:
        files.write_status(ExportStatus(state=ExportState.FAILED, text=str(error)))
        return FAILED
    except OSError as error:
        text = f"导出文件写不进磁盘：{error.strerror}。请清理磁盘后重试。"
        files.write_status(ExportStatus(state=ExportState.FAILED, text=text))
        return FAILED
    files.write_status(
        ExportStatus(state=ExportState.DONE, done_rows=rows, total_rows=rows, text=f"导出完成，共 {rows} 行。")
    )
    return DONE


def main(arguments: list[str] | None = None) -> int:
    """Entry point of the process."""
    parser = argparse.ArgumentParser(prog="appliance.jobs.export", description="write one Excel export")
    parser.add_argument("--data", type=Path, required=True, help="data folder of the box")
    parser.add_argument("--job", required=True, help="id of the export")
    parser.add_argument("--database", default="", help="database URL, as in settings store.url")
    parser.add_argument("--language", type=SheetLanguage, default=SheetLanguage.CHINESE, help="zh-CN or en")
    options = parser.parse_args(arguments)
    os.nice(NICENESS)
    asked: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _frame: asked.append(number))
    try:
        database = open_read_only(options.database, options.data)
    except StoreError as error:
        ExportFiles(options.data, options.job).write_status(ExportStatus(state=ExportState.FAILED, text=str(error)))
        return FAILED
    try:
        return run_job(options.data, database, options.job, lambda: bool(asked), options.language)
    finally:
        database.close()


class _Queue(msgspec.Struct, frozen=True):
    id: str
    label: str = ""


class _Plan(msgspec.Struct, frozen=True):
    """What of the call plan is needed here: the whole of it brings 20 MB of programs into this process."""

    queues: tuple[_Queue, ...] = ()


def _queue_labels(data: Path) -> dict[str, str]:
    """Names of the queues; without a readable call plan their ids stand in the file."""
    try:
        plan = msgspec.json.decode((data / "callplan.json").read_bytes(), type=_Plan)
    except (OSError, msgspec.DecodeError):
        return {}
    return {queue.id: queue.label for queue in plan.queues}


if __name__ == "__main__":
    sys.exit(main())
