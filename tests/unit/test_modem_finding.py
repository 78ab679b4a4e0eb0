"""Which modem the settings mean, on mocked USB devices: in a process of its own, under umockdev."""

from __future__ import annotations

import ctypes.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.test_udev import PRELOAD


@pytest.mark.skipif(ctypes.util.find_library("umockdev") is None, reason="umockdev mocks USB devices; not installed")
def test_a_modem_is_meant_by_serial_number_place_path_or_as_the_first() -> None:
    told = subprocess.run(
        [sys.executable, "-m", "tests.unit.modem_story"],
        env=os.environ | {"LD_PRELOAD": PRELOAD},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert told.returncode == 0, told.stderr
    *found, nobody = [json.loads(line) for line in told.stdout.splitlines()]
    assert found == [
        ["/dev/ttyACM0"],
        ["/dev/ttyACM1"],
        ["/dev/ttyACM0", "/dev/ttyACM1"],
        ["/dev/ttyUSB9"],
        ["/dev/ttyS7"],
    ]
    assert "99999" in nobody
