"""Measures an import of customers, as the web starts it: `python bench/customers.py [--rows N] [--steps read,check]`.

An .xlsx of made-up customers is read, checked (the preview), taken over and taken back, each step in a process of its
own: CPU and wall seconds, peak resident memory. Last line: one JSON object.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path

import msgspec

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from appliance.jobs.export_columns import Column, Kind
from appliance.jobs.export_workbook import Workbook
from appliance.jobs.importfiles import ImportFiles, Step, Terms
from appliance.store.customer_imports import open_import
from appliance.store.customers import AREA_CODE_SETTING
from appliance.store.database import open_database
from appliance.store.settings import set_setting
from bench.callsample import AREA_CODE, make_sample

IMPORT_ID = "bench"
HEADINGS = ("姓名", "客户编号", "智能卡号", "安装地址", "业务状态", "级别", "片区", "联系电话", "备注")


class StepFigures(msgspec.Struct, frozen=True, kw_only=True):
    step: str
    cpu_s: float
    wall_s: float
    peak_mb: float
    said: str


def _write_table(path: Path, rows: int) -> None:
    with path.open("wb") as file:
        workbook = Workbook(file, "客户", [Column(name, name, Kind.TEXT, 16) for name in HEADINGS])
        for each in make_sample(1, rows).customers:
            numbers = "、".join(each.numbers)
            workbook.add(
                (each.name, each.code, each.card, each.address, each.status, each.level, each.area, numbers, each.note)
            )
        workbook.close()


def _run(step: Step, data: Path, files: ImportFiles) -> StepFigures:
    command = [sys.executable, "-m", "appliance.jobs.customerimport", step, "--data", str(data), "--job", IMPORT_ID]
    began = time.monotonic()
    with subprocess.Popen(command) as process:
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    progress = files.read_progress()
    if process.returncode or progress is None:
        raise RuntimeError(f"{step} failed: {progress and progress.text}")
    return StepFigures(
        step=step,
        cpu_s=round(used.ru_utime + used.ru_stime, 2),
        wall_s=round(time.monotonic() - began, 2),
        peak_mb=round(used.ru_maxrss / 1024, 1),
        said=progress.text,
    )


def _prepare(step: Step, data: Path, files: ImportFiles) -> None:
    """What the web does between two steps."""
    if step is Step.CHECK and (outline := files.read_outline()) is not None:
        terms = Terms(targets=tuple(column.guess for column in outline.columns), add_words=True)
        files.terms.write_bytes(msgspec.json.encode(terms))
    if step is Step.APPLY and (preview := files.read_preview()) is not None:
        database = open_database("", data)
        now = datetime.now().astimezone()
        total = preview.new + preview.changed
        about = {"user_id": 1, "user_name": "", "file_name": "", "terms": ""}
        database.write_now(open_import, IMPORT_ID, **about, total=total, at=now)
        database.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=50_000)
    parser.add_argument("--steps", default="read,check,apply,undo")
    options = parser.parse_args()
    results: list[StepFigures] = []
    with tempfile.TemporaryDirectory() as name:
        data = Path(name)
        database = open_database("", data)
        database.write_now(set_setting, AREA_CODE_SETTING, AREA_CODE)
        database.close()
        files = ImportFiles(data, IMPORT_ID)
        files.folder.mkdir(parents=True)
        _write_table(files.source, options.rows)
        for step in map(Step, options.steps.split(",")):
            _prepare(step, data, files)
            figures = _run(step, data, files)
            results.append(figures)
            used = f"{figures.cpu_s:6.2f} s CPU  {figures.wall_s:6.2f} s  {figures.peak_mb:6.1f} MB"
            print(f"{step:6} {used}  {figures.said}")
    both = sum(figures.cpu_s for figures in results if figures.step in (Step.READ, Step.CHECK))
    print(f"read and preview: {both:.1f} s CPU; load {os.getloadavg()[0]:.1f}")
    print(msgspec.json.encode({"rows": options.rows, "steps": results}).decode())


if __name__ == "__main__":
    main()
