"""Discovery and hot-plug of USB devices, on mocked ones: in a process of its own, under umockdev."""

from __future__ import annotations

import ctypes.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

PRELOAD = "libumockdev-preload.so.0"


@pytest.fixture(scope="module")
def said() -> list[object]:
    if ctypes.util.find_library("umockdev") is None:
        pytest.skip("umockdev (a Debian package) mocks USB devices, and is not installed")
    told = subprocess.run(
        [sys.executable, "-m", "tests.unit.udev_story"],
        env=os.environ | {"LD_PRELOAD": PRELOAD},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert told.returncode == 0, told.stderr
    return [json.loads(line) for line in told.stdout.splitlines()]


def test_every_family_is_found_by_its_usb_ids_and_an_unknown_adapter_is_left_alone(said: list[object]) -> None:
    assert [found[0] for found in said[0]] == ["cellular", "modem", "modem", "soundcard"]
    assert said[0][0][1:3] == ["AAA1", "Quectel EC20"]


def test_devices_that_share_a_serial_number_are_known_by_their_place(said: list[object]) -> None:
    assert [found[1] for found in said[0] if found[0] == "modem"] == ["1-8", "1-9"]


def test_a_device_answers_to_its_nodes_too(said: list[object]) -> None:
    assert {"/dev/ttyACM0", "1-8"} <= set(said[0][1][3])
    assert {"AAA1", "1-1", "EC20_0", "/dev/ttyUSB3"} <= set(said[0][0][3])


def test_serial_ports_stand_in_the_order_of_the_interfaces(said: list[object]) -> None:
    assert said[1] == [["/dev/ttyUSB3", "/dev/ttyUSB2", "/dev/ttyUSB1", "/dev/ttyUSB0"]]


@pytest.mark.parametrize(("source", "at"), [("udev", 2), ("kernel", 5)])
def test_plugging_in_and_out_is_heard_in_the_loop_and_seen(said: list[object], source: str, at: int) -> None:
    listening, plugged, pulled = said[at : at + 3]
    assert listening is True, source
    assert plugged == [True, ["AAA1", "BBB2"]]
    assert pulled == [True, ["AAA1"]]
