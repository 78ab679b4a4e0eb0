"""The image as it is shipped, in QEMU: firmware, boot loader, first start, calls, and updates good and bad.

Of the image in `var/image` (or the folder HOTLINEBOX_IMAGE), as `sudo ./dev image` left it.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from appliance.support.bootmenu import Slot
from tests.system.lab.imagebox import ImageBox, ImageBoxError
from tests.system.lab.imagecall import answered_after, found_calls, recorded_call
from tests.system.lab.imageupdate import ImageBuild, break_engine, break_start, signed_by_a_stranger

ROOT = Path(__file__).parents[2]
BUILD = ImageBuild(Path(os.environ.get("HOTLINEBOX_IMAGE", ROOT / "var/image")))
START_S, CALL_S = 900.0, 600.0
"""An order of magnitude more than on a quiet machine."""
MOST_RESIDENT_MB = 500

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not os.environ.get("HOTLINEBOX_IN_QEMU"), reason="boots the image in QEMU: ./dev lab"),
    pytest.mark.skipif(bool(BUILD.why_not()), reason=BUILD.why_not()),
    pytest.mark.skipif(os.geteuid() != 0, reason="makes file systems with their owners: needs root"),
]


@pytest.fixture(scope="module")
def used(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A box that was set up, took a call and lost its power: its folder. What it promised is looked at on the way."""
    folder = tmp_path_factory.mktemp("used")
    with ImageBox(folder, BUILD.out) as box:
        box.power_on()
        box.until_pages(START_S)
        box.pages.set_up(box.machine.secret())
        answered_after(box, CALL_S)
        call = recorded_call(box, CALL_S)
        assert call["recording"]["length_s"] > 2
        assert box.pages.fetch("GET", f"/api/calls/{call['call_id']}/recording").startswith(b"RIFF")
        assert passes(box, "hotlinebox selftest")
        assert passes(box, "systemctl is-system-running --wait"), box.shell("systemctl --failed --plain --no-legend")
        assert resident_mb(box) <= MOST_RESIDENT_MB
        assert passes(box, "! grep -q ' / erofs rw' /proc/mounts && ! touch /usr/tried")
        time.sleep(6)  # what the data partition may lose is the last five seconds
    return folder


@pytest.fixture
def box(used: Path, tmp_path: Path) -> Iterator[ImageBox]:
    """That box once more, switched on."""
    subprocess.run(["cp", "--sparse=always", "--reflink=auto", used / "disk.raw", tmp_path], check=True)
    shutil.copyfile(used / "firmware", tmp_path / "firmware")
    with ImageBox(tmp_path, BUILD.out) as box:
        box.power_on()
        box.until_pages(START_S)
        box.pages.sign_in()
        yield box


def passes(box: ImageBox, command: str) -> bool:
    return box.shell(command, CALL_S).split()[-1] == "0"


def resident_mb(box: ImageBox) -> float:
    """All memory that is neither free nor a cache that can be given back at once."""
    said = box.shell("grep -E '^(MemTotal|MemAvailable):' /proc/meminfo")
    total, available = (int(number) for number in re.findall(r"(\d+) kB", said))
    return (total - available) / 1024


def state(box: ImageBox) -> dict[str, Any]:
    found: dict[str, Any] = box.pages.ask("GET", "/api/updates")["state"]
    return found


def install(box: ImageBox, update: Path) -> dict[str, Any]:
    """Upload it and have it installed: what became of it."""
    send(box, update)
    box.until(lambda: state(box)["phase"] not in {"checking", "writing"}, CALL_S, "the update is installed or refused")
    return state(box)


def send(box: ImageBox, update: Path) -> None:
    box.pages.fetch("PUT", "/api/updates/file", update.read_bytes(), within_s=CALL_S)
    box.pages.ask("POST", "/api/updates/installation")


def restart(box: ImageBox) -> None:
    box.pages.ask("PUT", "/api/restart", {})


def until_state(box: ImageBox, phase: str) -> dict[str, Any]:
    """After a restart, or several."""

    def there() -> bool:
        try:
            return bool(state(box)["phase"] == phase)
        except (OSError, ImageBoxError, ValueError):
            return False

    box.until(there, 2 * START_S, f"the update is {phase}")
    return state(box)


def test_a_new_box_takes_calls_and_keeps_them(used: Path, box: ImageBox) -> None:
    assert used.exists()
    call = found_calls(box)[0]
    assert box.pages.fetch("GET", f"/api/calls/{call['call_id']}/recording").startswith(b"RIFF")
    assert not box.machine.secret(), "it has its administrator"
    assert [(entry.slot, entry.good) for entry in box.entries()] == [(Slot.A, True)]


def test_what_is_no_update_of_ours_is_refused_and_a_good_one_stays(box: ImageBox, tmp_path: Path) -> None:
    good = BUILD.variant(tmp_path, "9.1.0")
    cut = tmp_path / "cut.update"
    cut.write_bytes(good.read_bytes()[: 100 << 20])
    for bad, sentence in ((cut, "不完整"), (signed_by_a_stranger(good, tmp_path), "签名不正确")):
        said = install(box, bad)
        assert said["phase"] == "failed"
        assert sentence in said["text"]
        assert [entry.slot for entry in box.entries()] == [Slot.A]
    assert install(box, good)["phase"] == "ready"
    calls = len(found_calls(box))
    restart(box)
    said = until_state(box, "done")
    assert said["version_to"] == "9.1.0"
    assert box.pages.ask("GET", "/api/updates")["version"] == "9.1.0"
    assert len(found_calls(box)) >= calls
    assert recorded_call(box, CALL_S)["recording"]["length_s"] > 2
    passes(box, "sync")
    assert [(entry.slot, entry.good) for entry in sorted(box.entries(), key=lambda entry: entry.number)] == [
        (Slot.A, True),
        (Slot.B, True),
    ]


def test_a_version_whose_engine_does_not_start_is_left_again(box: ImageBox, tmp_path: Path) -> None:
    old = box.pages.ask("GET", "/api/updates")["version"]
    calls = len(found_calls(box))
    returned_from(box, BUILD.variant(tmp_path, "9.2.0", break_engine))
    assert "话务引擎没有运行" in state(box)["text"]
    assert box.pages.ask("GET", "/api/updates")["version"] == old
    assert len(found_calls(box)) >= calls
    assert recorded_call(box, CALL_S)["recording"]["length_s"] > 2


def test_a_version_that_never_starts_is_left_by_the_boot_loader_after_three_tries(
    box: ImageBox, tmp_path: Path
) -> None:
    returned_from(box, BUILD.variant(tmp_path, "9.3.0", break_start))
    assert {entry.slot: (entry.tries_left, entry.tries_done) for entry in box.entries()} == {
        Slot.A: (None, 0),
        Slot.B: (0, 3),
    }
    answered_after(box, CALL_S)


@pytest.mark.parametrize("done", [0.1, 0.6])
def test_a_power_cut_while_an_update_is_written_leaves_the_old_version(
    box: ImageBox, tmp_path: Path, done: float
) -> None:
    send(box, BUILD.variant(tmp_path, "9.4.0"))

    def half_written() -> bool:
        now = state(box)
        return bool(now["phase"] == "writing" and now["done"] >= done)

    box.until(half_written, CALL_S, "the update is being written")
    box.power_cut()
    assert [entry.slot for entry in box.entries()] == [Slot.A]
    box.power_on()
    box.until_pages(START_S)
    box.pages.sign_in()
    assert state(box)["phase"] == "failed"
    assert "断电" in state(box)["text"]
    answered_after(box, CALL_S)


def returned_from(box: ImageBox, update: Path) -> None:
    assert install(box, update)["phase"] == "ready"
    restart(box)
    until_state(box, "returned")
