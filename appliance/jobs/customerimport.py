"""One step of a customer import: `python -m appliance.jobs.customerimport read|check|apply|undo --data DIR --job ID`.

A process of its own, niced and bounded in memory, so that a hostile or huge file hurts nobody. `read` and `check`
change nothing but the import's own files; `apply` and `undo` write to the database in short transactions and go on
where they were interrupted. Progress goes to a file; SIGTERM stops between two transactions. Exit code: 0 done,
1 failed, 3 stopped.
"""

from __future__ import annotations

import argparse
import os
import resource
import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import TypeVar

import msgspec

from appliance.atomicfile import replace_file
from appliance.jobs.customercheck import check_rows
from appliance.jobs.customercolumns import guess_all, heading_row
from appliance.jobs.importfiles import ImportFiles, Progress, Step, StepState, TableColumn, TableOutline
from appliance.jobs.tablefile import Cell, TableError, read_table
from appliance.store.customer_form import CustomerForm, get_form
from appliance.store.customer_imports import (
    ImportState,
    get_import,
    remembered_headings,
    set_import_state,
    take_back,
    take_over,
)
from appliance.store.database import Database, open_database, open_read_only
from appliance.store.errors import StoreError

NICENESS = 10
MOST_MEMORY_BYTES = 2_000_000_000
REPORT_S = 0.3
BATCH_ROWS = 500
BREATH_S = 0.003
"""Between two transactions: whoever else writes gets a turn."""
SAMPLES = 3
LONGEST_SAMPLE = 40
LAST = (1 << 62) - 1
DONE, FAILED, STOPPED = 0, 1, 3

Report = Callable[[int, int], None]
"""Rows done and rows in all. Raises `StoppedError`."""
Item = TypeVar("Item")


class StoppedError(Exception):
    """Somebody does not want it any more."""


def read(files: ImportFiles, form: CustomerForm, remembered: dict[str, str]) -> str:
    """Source → rows and outline; a sentence for the person. Raises `TableError`."""
    table = read_table(files.source)
    at = heading_row(table.rows, form, remembered)
    if at is None:
        raise TableError("表格里没有内容，请检查后重新选择文件。")
    width = max(len(row) for row in table.rows[at:])
    headings = [str(cell).strip() for cell in table.rows[at]] + [""] * (width - len(table.rows[at]))
    body = [(at + 2 + n, row) for n, row in enumerate(table.rows[at + 1 :]) if any(cell != "" for cell in row)]
    if not body:
        raise TableError("表头下面没有客户资料，请检查后重新选择文件。")
    guesses = guess_all(headings, form, remembered)
    columns = [
        TableColumn(heading=heading, samples=_samples(body, column), guess=guesses[column])
        for column, heading in enumerate(headings)
    ]
    encoder = msgspec.json.Encoder()
    with files.rows.open("wb") as file:
        for row in body:
            file.write(encoder.encode(row) + b"\n")
    outline = TableOutline(
        form=table.form, sheet=table.sheet, heading_line=at + 1, rows=len(body), columns=tuple(columns)
    )
    replace_file(files.outline, msgspec.json.encode(outline))
    return f"读到 {len(body)} 行，请核对每一列的含义。"


def _samples(body: list[tuple[int, list[Cell]]], column: int) -> tuple[str, ...]:
    found: list[str] = []
    for _, row in body[:50]:
        cell = row[column] if column < len(row) else ""
        if cell != "" and len(found) < SAMPLES:
            text = cell if isinstance(cell, str) else f"{cell:.15g}"
            found.append(text[:LONGEST_SAMPLE])
    return tuple(found)


def apply(database: Database, files: ImportFiles, import_id: str, report: Report) -> str:
    """Carry out the plan from where it stands. Raises `StoreError`, `StoppedError`."""
    terms = files.read_terms()
    running = database.read_now(get_import, import_id)
    if terms is None:
        raise StoreError("这次导入的文件不完整，请重新上传。")
    for batch in _batches(files.each_planned(running.done), BATCH_ROWS):
        report(running.done, running.total)
        now = datetime.now().astimezone()
        running = database.write_now(
            take_over,
            import_id,
            batch,
            known=terms.known,
            drop_taken_numbers=terms.drop_taken_numbers,
            at=now,
        )
        time.sleep(BREATH_S)
    database.write_now(set_import_state, import_id, ImportState.DONE)
    left = f"，{running.left_out} 行在预览之后被别人改动，没有导入" if running.left_out else ""
    return f"导入完成：新增 {running.added} 位，更新 {running.changed} 位{left}。"


def undo(database: Database, import_id: str, user_name: str, report: Report) -> str:
    """Take back what the import did, newest first. Raises `StoreError`, `StoppedError`."""
    before: int | None = LAST
    began = database.read_now(get_import, import_id)
    total = began.added + began.changed
    done = 0
    while before is not None:
        report(min(done, total), total)
        now = datetime.now().astimezone()
        before = database.write_now(
            take_back, import_id, before_id=before, limit=BATCH_ROWS, at=now, user_name=user_name
        )
        done += BATCH_ROWS
        time.sleep(BREATH_S)
    database.write_now(set_import_state, import_id, ImportState.UNDONE)
    return "导入已撤销；导入后又被改过的客户保持现状。"


def _batches(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    each = iter(items)
    while batch := list(islice(each, size)):
        yield batch


def run_step(step: Step, files: ImportFiles, options: argparse.Namespace, stopped: Callable[[], bool]) -> int:
    """Carry a step out and leave its last word; the process's exit code."""
    report = _reporter(step, files, stopped)
    writes = step in (Step.APPLY, Step.UNDO)
    try:
        database = (open_database if writes else open_read_only)(options.database, options.data)
        try:
            text = _work(step, files, options, database, report)
        finally:
            database.close()
    except StoppedError:
        files.write_progress(Progress(step=step, state=StepState.STOPPED, text="已停止。"))
        return STOPPED
    except (TableError, StoreError) as error:
        files.write_progress(Progress(step=step, state=StepState.FAILED, text=str(error)))
        return FAILED
    except MemoryError:
        text = "表格太大，内存不够。请分成几个文件上传。"
        files.write_progress(Progress(step=step, state=StepState.FAILED, text=text))
        return FAILED
    except OSError as error:
        text = f"文件读写失败：{error.strerror}。请检查磁盘空间后重试。"
        files.write_progress(Progress(step=step, state=StepState.FAILED, text=text))
        return FAILED
    files.write_progress(Progress(step=step, state=StepState.DONE, text=text))
    return DONE


def _work(step: Step, files: ImportFiles, options: argparse.Namespace, database: Database, report: Report) -> str:
    match step:
        case Step.READ:
            form, remembered = database.read_now(get_form), database.read_now(remembered_headings)
            return read(files, form, remembered)
        case Step.CHECK:
            return database.read_now(check_rows, files, report)
        case Step.APPLY:
            return apply(database, files, options.job, report)
        case Step.UNDO:
            return undo(database, options.job, options.user, report)


def _reporter(step: Step, files: ImportFiles, stopped: Callable[[], bool]) -> Report:
    due = 0.0

    def report(done: int, total: int) -> None:
        nonlocal due
        if stopped():
            raise StoppedError
        if time.monotonic() >= due:
            due = time.monotonic() + REPORT_S
            files.write_progress(
                Progress(step=step, state=StepState.RUNNING, done_rows=done, total_rows=total, pid=os.getpid())
            )

    return report


def main(arguments: list[str] | None = None) -> int:
    """Entry point of the process."""
    parser = argparse.ArgumentParser(prog="appliance.jobs.customerimport", description="one step of a customer import")
    parser.add_argument("step", type=Step, choices=list(Step))
    parser.add_argument("--data", type=Path, required=True, help="data folder of the box")
    parser.add_argument("--job", required=True, help="id of the import")
    parser.add_argument("--database", default="", help="database URL, as in settings store.url")
    parser.add_argument("--user", default="", help="undo: who wants it")
    options = parser.parse_args(arguments)
    os.nice(NICENESS)
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY_BYTES, MOST_MEMORY_BYTES))
    asked: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _frame: asked.append(number))
    return run_step(options.step, ImportFiles(options.data, options.job), options, lambda: bool(asked))


if __name__ == "__main__":
    sys.exit(main())
