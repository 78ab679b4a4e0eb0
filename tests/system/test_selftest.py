"""The self-test of a box that runs, and of one that does not."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from .livebox import LiveBox

pytestmark = pytest.mark.slow


def ask(box: LiveBox, patience_s: float) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "appliance.cli.main", "selftest", "--data", str(box.data)]
    return subprocess.run(
        [*command, "--patience", str(patience_s)], capture_output=True, text=True, check=False, timeout=120
    )


def test_a_box_that_works_and_parts_that_are_missing(tmp_path: Path) -> None:
    async def script() -> None:
        async with LiveBox(tmp_path) as box:
            dead = await asyncio.to_thread(ask, box, 1)
            assert (dead.returncode, dead.stderr) == (1, "自检没有通过：话务引擎没有运行。\n")
            box.run("engine")
            await box.engine_up()
            blind = await asyncio.to_thread(ask, box, 6)
            assert (blind.returncode, blind.stderr) == (1, "自检没有通过：网页服务没有应答。\n")
            box.run("web")
            await box.web_up()
            well = await asyncio.to_thread(ask, box, 60)
            assert (well.returncode, well.stderr) == (0, "")
            assert "试打的电话已接听并存入通话记录" in well.stdout
            assert box.ended().keys() == set(box.stored())
            await box.until(box.at_rest, 20)

    asyncio.run(script())
