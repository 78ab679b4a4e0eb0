"""Does an export disturb calls? `python bench/exportcalls.py [--calls N] [--database FILE]`: how late ticks are."""

# slow: a million rows take half a minute and more

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path

from appliance.jobs.export_status import ExportFiles
from appliance.store.call_search import CallSearch
from appliance.store.database import Database
from appliance.store.exports import add_export
from appliance.store.scope import EVERYTHING
from bench import callsample, callstore
from bench.cleanup import BASE_S, Watcher
from tests.system.livebox import LiveBox


def _asked(path: Path, calls: int) -> str:
    """Id of an export of the whole log in the database, which is made where there is none."""
    if path.exists():
        database = Database(path)
    else:
        database = callstore.fill_large(path, callsample.make_sample(1, min(50_000, calls // 20)), calls, 100.0)
    now = datetime.now().astimezone()
    export = database.write_now(add_export, user_id=1, search=CallSearch(), scope=EVERYTHING, columns=(), at=now)
    database.close()
    return export.id


async def measure(folder: Path, path: Path, calls: int) -> None:
    export_id = _asked(path, calls)
    box = LiveBox(folder)
    watcher = Watcher()
    box.link.watch(watcher)
    async with box:
        box.run("engine")
        await box.engine_up()
        await asyncio.sleep(BASE_S)
        watcher.told("before", 2)
        since, began = len(watcher.late_ms) + 1, time.monotonic()
        words = ["-m", "appliance.jobs.export", "--data", str(folder / "data"), "--job", export_id]
        job = await asyncio.create_subprocess_exec(sys.executable, *words, "--database", f"sqlite:///{path}")
        await job.wait()
        status = ExportFiles(folder / "data", export_id).read_status()
        print(f"the export took {time.monotonic() - began:.0f} s: {status and status.text}")
        watcher.told("during", since)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=1_000_000)
    parser.add_argument("--database", type=Path)
    options = parser.parse_args()
    path = (options.database or Path(tempfile.gettempdir()) / f"hotlinebox-bench-{options.calls}.db").resolve()
    with tempfile.TemporaryDirectory() as name:
        asyncio.run(measure(Path(name), path, options.calls))


if __name__ == "__main__":
    main()
