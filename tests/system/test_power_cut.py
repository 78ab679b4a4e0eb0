"""The power goes in the middle of calls and writes, on a disk that loses what was not flushed."""

from __future__ import annotations

import asyncio
import logging
import os
import random
import sqlite3
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from tests.system.livebox import LiveBox
from tests.system.notebook import Comparison, plan_for_witness
from tests.system.volatiledisk import PowerDisk, why_no_disk
from tests.system.witness import Witness

log = logging.getLogger(__name__)

pytestmark = [pytest.mark.slow, pytest.mark.skipif(bool(why_no_disk()), reason=why_no_disk())]

CUTS = int(os.environ.get("HOTLINEBOX_CUTS", "2"))
SEED = int(os.environ.get("HOTLINEBOX_CUTS_SEED", "1"))
SETTINGS = """[engine]
disk_reserve_mb = 0
[web]
port = 0
"""


def test_what_was_acknowledged_outlives_power_cuts(tmp_path: Path) -> None:
    chance = random.Random(SEED)
    witness = Witness(chance, patience_s=60.0)

    async def life(box: LiveBox, disk: PowerDisk, number: int) -> Comparison:
        box.run("engine")
        box.run("web")
        async with witness.at((await box.web_up()).url):
            await box.engine_up()
            loss = await witness.compares()
            if number < CUTS:
                await witness.works(chance.uniform(2.0, 8.0), partial(asyncio.to_thread, disk.cut))
        while box.processes:
            box.processes.pop().kill()
        await box.until(lambda: box.link.mirror.snapshot() is None, 10)
        return loss

    async def script(disk: PowerDisk) -> None:
        disk.plug_in()
        async with LiveBox(tmp_path, data=disk.mounted / "data", plan=plan_for_witness(), settings=SETTINGS) as box:
            await asyncio.to_thread(disk.sync)
            for number in range(CUTS + 1):
                loss = await life(box, disk, number)
                log.info("boot %d: %s; of recordings lost: %s", number, witness.book.counts(), loss.sound_s)
                assert loss.missing == [], f"after cut {number} of seed {SEED}"
                if number < CUTS:
                    await asyncio.to_thread(disk.plug_in)
        with closing(sqlite3.connect(disk.mounted / "data" / "hotlinebox.db")) as database:
            assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]

    with PowerDisk(tmp_path / "disk", SEED) as disk:
        asyncio.run(script(disk))
    assert witness.book.calls
    assert witness.book.customers
