"""Measures the Excel export: `python bench/export.py --calls 100000 [--database FILE] [--columns 25]`.

The same rows are written by our row stream, by XlsxWriter in constant memory and, where it is installed, by
rustpy-xlsxwriter; each in a process of its own: CPU seconds, peak resident memory, file size. `rows` only reads the
rows: what the others take beyond that is writing. Last line: one JSON object.
"""

from __future__ import annotations

import argparse
import itertools
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, TypeAlias

import msgspec

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from appliance.jobs.export_columns import CallColumn, CallWords, Kind, columns_of
from appliance.jobs.export_workbook import Workbook
from appliance.store.call_order import NEWEST_FIRST
from appliance.store.call_search import CallSearch
from appliance.store.call_values import each_values
from appliance.store.connection import Connection
from appliance.store.database import Database
from appliance.store.reasons import reason_labels
from appliance.store.scope import EVERYTHING
from appliance.store.users import agent_names
from bench import callsample, callstore

WRITERS = ("rows", "stream", "xlsxwriter", "rust")


class Result(msgspec.Struct, frozen=True, kw_only=True):
    writer: str
    cpu_s: float
    peak_mb: float
    file_mb: float
    rows: int


CallValues: TypeAlias = tuple[Any, ...]
Writer: TypeAlias = Callable[[Iterable[CallValues], tuple[CallColumn, ...], Path], int]


def _rows(db: Connection, columns: tuple[CallColumn, ...], limit: int) -> Iterator[CallValues]:
    fields = [column.field for column in columns]
    return itertools.islice(each_values(db, CallSearch(), EVERYTHING, NEWEST_FIRST, fields), limit)


def _nothing(rows: Iterable[CallValues], columns: tuple[CallColumn, ...], path: Path) -> int:
    path.touch()
    return sum(len(row) == len(columns) for row in rows)


def _stream(rows: Iterable[CallValues], columns: tuple[CallColumn, ...], path: Path) -> int:
    with path.open("wb") as file:
        workbook = Workbook(file, "通话记录", columns)
        written = 0
        for row in rows:
            workbook.add(row)
            written += 1
        workbook.close()
    return written


def _xlsxwriter(rows: Iterable[CallValues], columns: tuple[CallColumn, ...], path: Path) -> int:
    import xlsxwriter  # noqa: PLC0415 only the process that measures it pays for it

    book = xlsxwriter.Workbook(str(path), {"constant_memory": True, "strings_to_formulas": False})
    sheet = book.add_worksheet("通话记录")
    moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
    sheet.freeze_panes(1, 0)
    for at, column in enumerate(columns):
        sheet.set_column(at, at, column.width)
        sheet.write_string(0, at, column.label)
    written = 0
    for written, row in enumerate(rows, 1):
        for at, (column, kept) in enumerate(zip(columns, row, strict=True)):
            value = column.shown(kept)
            if value is None or value == "":
                continue
            if column.kind in (Kind.TEXT, Kind.CHOICE):
                sheet.write_string(written, at, str(value))
            elif column.kind is Kind.NUMBER:
                sheet.write_number(written, at, value)
            else:
                sheet.write_datetime(written, at, datetime.fromisoformat(str(value)).replace(tzinfo=None), moment)
    sheet.autofilter(0, 0, written, len(columns) - 1)
    book.close()
    return written


def _rust(rows: Iterable[CallValues], columns: tuple[CallColumn, ...], path: Path) -> int:
    import rustpy_xlsxwriter  # noqa: PLC0415

    written = 0

    def records() -> Iterator[dict[str, object]]:
        nonlocal written
        for row in rows:
            written += 1
            yield {
                column.label: datetime.fromisoformat(kept).replace(tzinfo=None)
                if kept and column.kind is Kind.MOMENT
                else column.shown(kept)
                for column, kept in zip(columns, row, strict=True)
            }

    rustpy_xlsxwriter.write_worksheet(records(), str(path), sheet_name="calls")
    return written


def _write(writer: str, database: Path, calls: int, columns: int) -> Result:
    """In this process; the interpreter's own start is not counted."""
    write = {"rows": _nothing, "stream": _stream, "xlsxwriter": _xlsxwriter, "rust": _rust}[writer]
    store = Database(database, readers=1, read_only=True)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "calls.xlsx"
        began = time.process_time()
        written = store.read_now(_written, write, calls, columns, path)
        cpu_s = time.process_time() - began
        size = path.stat().st_size
    store.close()
    peak_mb = _peak_kib() / 1024
    return Result(
        writer=writer, cpu_s=round(cpu_s, 2), peak_mb=round(peak_mb, 1), file_mb=round(size / 1e6, 1), rows=written
    )


def _written(db: Connection, write: Writer, calls: int, columns: int, path: Path) -> int:
    chosen = columns_of((), CallWords({}, agent_names(db), reason_labels(db)))[:columns]
    return write(_rows(db, chosen, calls), chosen, path)


def _peak_kib() -> int:
    """Of this process alone: `ru_maxrss` also knows the one that started it."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=100_000)
    parser.add_argument("--columns", type=int, default=25)
    parser.add_argument("--database", type=Path)
    parser.add_argument("--writer", choices=WRITERS, help="only this one, in this process")
    options = parser.parse_args()
    path = options.database or Path(tempfile.gettempdir()) / f"hotlinebox-bench-{options.calls}.db"
    if options.writer:
        print(msgspec.json.encode(_write(options.writer, path, options.calls, options.columns)).decode())
        return
    if not path.exists():
        sample = callsample.make_sample(1, min(50_000, options.calls // 20))
        callstore.fill_large(path, sample, options.calls, 100.0).close()
    results: dict[str, Result] = {}
    for writer in WRITERS:
        command = [sys.executable, __file__, "--writer", writer, "--calls", str(options.calls)]
        command += ["--columns", str(options.columns), "--database", str(path)]
        done = subprocess.run(command, check=False, capture_output=True, env={**os.environ, "PYTHONHASHSEED": "0"})
        if done.returncode:
            print(f"{writer:12} not measured: {done.stderr.decode().strip().splitlines()[-1]}")
            continue
        result = results[writer] = msgspec.json.decode(done.stdout, type=Result)
        print(f"{writer:12} {result.cpu_s:7.2f} s CPU  {result.peak_mb:6.1f} MB peak  {result.file_mb:6.1f} MB file")
    reading = results["rows"].cpu_s
    ratio = (results["xlsxwriter"].cpu_s - reading) / (results["stream"].cpu_s - reading)
    whole = results["xlsxwriter"].cpu_s / results["stream"].cpu_s
    print(f"stream against xlsxwriter: {ratio:.1f} x less CPU for writing, {whole:.1f} x with reading the rows")
    print(msgspec.json.encode({"calls": options.calls, "ratio": round(ratio, 2), "results": results}).decode())


if __name__ == "__main__":
    main()
