"""Does clean-up disturb calls? `python bench/cleanup.py [FILES]`: how late ticks are before and during one."""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from pathlib import Path

import msgspec

from appliance.callplan import write_callplan
from appliance.storageplan import StorageRules
from appliance.wire.messages import AnyEvent, HealthReported
from tests.system.livebox import LiveBox, quick_plan
from tests.unit.recording_shelf import Shelf

BASE_S = 20


class Watcher:
    def __init__(self) -> None:
        self.late_ms: list[float] = []
        self.p99_ms: list[float] = []
        self.overruns = 0

    def engine_event(self, event: AnyEvent) -> None:
        if isinstance(event, HealthReported):
            self.late_ms.append(event.health.late_max_ms)
            self.p99_ms.append(event.health.late_p99_ms)
            self.overruns = event.health.overruns

    def engine_lost(self) -> None:
        pass

    def told(self, name: str, since: int) -> None:
        late, p99 = self.late_ms[since:], self.p99_ms[since:]
        median = sorted(p99)[len(p99) // 2]
        print(f"{name}: p99 {median:.2f} ms (median of windows), latest {max(late):.1f} ms, overruns {self.overruns}")


async def measure(folder: Path, files: int) -> None:
    shelf = Shelf(folder / "data")
    for _ in range(files):
        shelf.record(seconds=0.5)
    shelf.close()
    box = LiveBox(folder)
    rules = msgspec.structs.replace(quick_plan(), storage=StorageRules(keep_days=1))
    write_callplan(folder / "data" / "callplan.json", rules)
    watcher = Watcher()
    box.link.watch(watcher)
    async with box:
        box.run("engine")
        await box.engine_up()
        await asyncio.sleep(BASE_S)
        watcher.told("before", 2)
        since, began = len(watcher.late_ms) + 1, time.monotonic()
        words = ["-m", "appliance.jobs.clean", "--data", str(folder / "data")]
        job = await asyncio.create_subprocess_exec(sys.executable, *words, stdout=asyncio.subprocess.PIPE)
        said, _ = await job.communicate()
        print(f"clean-up of {files} took {time.monotonic() - began:.0f} s: {said.decode().strip()}")
        watcher.told("during", since)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        asyncio.run(measure(Path(name), int(sys.argv[1]) if len(sys.argv) > 1 else 10_000))
