"""Our drivers on real kernel modules, in QEMU guests. What runs inside stands in `tests/system/lab/in_guest`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.system.lab import local_spans, xorcom
from tests.system.lab.astribank_host import AstribankHost
from tests.system.lab.guest import run_in_guest, why_no_guest

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not os.environ.get("HOTLINEBOX_IN_QEMU"), reason="boots kernels in QEMU: ./dev lab"),
    pytest.mark.skipif(bool(why_no_guest()), reason=why_no_guest()),
]

ROOT = Path(__file__).parents[2]
IN_GUEST = "tests/system/lab/in_guest"
BEAT = f"\n{sys.executable} -I {ROOT}/{IN_GUEST}/beat.py &"
ROOM = "\nmount -o remount,size=32g /tmp"
"""More than a guest's memory, so that a box there has room for recordings."""


def pytest_in_guest(
    laboratory: str,
    set_up: str,
    tests: str,
    share: Path,
    timeout_s: float,
    devices: tuple[str, ...] = (),
    files: tuple[int, ...] = (),
    *,
    udev: bool = False,
    own_time: bool = False,
) -> None:
    """Run `tests` in a guest that was set up for them; fails with everything that was said."""
    limit = "" if own_time else f"timeout {timeout_s - 60:.0f} "
    script = (
        f"{set_up}\ncd {ROOT}\nexport PYTHONDONTWRITEBYTECODE=1 HOTLINEBOX_LABORATORY={laboratory}\n"
        "export PYTEST_DISABLE_PLUGIN_AUTOLOAD=1\n"  # hypothesis and others take half a minute of an emulated processor
        f"{limit}{sys.executable} -m pytest -p no:cacheprovider --color=no {tests}\n"
    )
    done = run_in_guest(script, share, timeout_s=timeout_s, udev=udev, devices=devices, files=files, own_time=own_time)
    assert done.exit_status == 0, f"{done.said}\n{done.kernel_log[-2000:]}"


def on_astribank(card: AstribankHost, tests: str, share: Path) -> None:
    """The same, with an Astribank beside the guest that goes by the guest's time."""
    pytest_in_guest(
        "xorcom", xorcom.SET_UP + ROOM + BEAT, tests, share, 900, card.qemu_words, card.files, own_time=True
    )


def test_the_contract_of_line_cards_on_dahdi(tmp_path: Path) -> None:
    pytest_in_guest("local_spans", local_spans.SET_UP, "tests/contract/test_line_card.py", tmp_path, 600, own_time=True)


def test_calls_over_dahdi(tmp_path: Path) -> None:
    tests = f"{IN_GUEST}/local_spans_calls.py"
    pytest_in_guest("local_spans", local_spans.SET_UP, tests, tmp_path, 700, own_time=True)


def test_sound_over_dahdi_is_whole(tmp_path: Path) -> None:
    tests = f"{IN_GUEST}/local_spans_sound.py"
    pytest_in_guest("local_spans", local_spans.SET_UP, tests, tmp_path, 900, own_time=True)


def test_the_whole_box_takes_four_calls_at_once_over_dahdi(tmp_path: Path) -> None:
    tests = f"{IN_GUEST}/local_spans_box.py"
    pytest_in_guest("local_spans", local_spans.SET_UP + ROOM, tests, tmp_path, 900, own_time=True)


def test_the_contract_of_line_cards_on_an_astribank(tmp_path: Path) -> None:
    with AstribankHost(tmp_path) as card:
        on_astribank(card, "tests/contract/test_line_card.py", tmp_path)


def test_calls_over_an_astribank(tmp_path: Path) -> None:
    with AstribankHost(tmp_path) as card:
        on_astribank(card, f"{IN_GUEST}/xorcom_calls.py", tmp_path)


def test_an_astribank_is_pulled_out_under_a_box_in_mid_call(tmp_path: Path) -> None:
    with AstribankHost(tmp_path) as card:
        on_astribank(card, f"{IN_GUEST}/xorcom_box.py", tmp_path)


def test_usb_devices_come_and_go(tmp_path: Path) -> None:
    tests = f"{IN_GUEST}/usb_hotplug.py"
    pytest_in_guest("usb", "modprobe vhci-hcd && modprobe snd-usb-audio", tests, tmp_path, 400, udev=True)
