"""The package under the real systemd, in QEMU guests. What runs inside: `tests/system/lab/in_guest/box_services.py`."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.system.lab.box import SMALL, BoxGuest, unpacked
from tests.system.lab.guest import why_no_guest

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not os.environ.get("HOTLINEBOX_IN_QEMU"), reason="boots kernels in QEMU: ./dev lab"),
    pytest.mark.skipif(bool(why_no_guest()), reason=why_no_guest()),
]

ROOT = Path(__file__).parents[2]
INSIDE = "tests/system/lab/in_guest/box_services.py"


@pytest.fixture(scope="session")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of the last commit, or the one that HOTLINEBOX_DEB names."""
    folder = tmp_path_factory.mktemp("deb")
    named = os.environ.get("HOTLINEBOX_DEB")
    if named:
        return unpacked(Path(named), folder)
    done = subprocess.run(
        [sys.executable, str(ROOT / "packaging" / "deb.py"), "--out", str(folder)],
        capture_output=True,
        text=True,
        check=True,
    )
    return unpacked(Path(done.stdout.split()[-1]), folder)


@pytest.mark.parametrize("wanted", ["root or secret or recorded", "killed or knock", "waits or hangs"])
def test_what_the_units_promise(tmp_path: Path, package: Path, wanted: str) -> None:
    script = (
        f"cd {ROOT}\nexport PYTHONDONTWRITEBYTECODE=1 PYTEST_DISABLE_PLUGIN_AUTOLOAD=1\n"
        f'{sys.executable} -m pytest -p no:cacheprovider --color=no -v -x -k "{wanted}" {INSIDE}\n'
    )
    with BoxGuest(tmp_path, package=package, script=script, settings=SMALL) as guest:
        done = guest.ends(within_s=1500)
        assert done.exit_status == 0, f"{done.said}\n{guest.journal()[-5000:]}"


def test_the_box_that_was_switched_off_is_the_same_box(tmp_path: Path, package: Path) -> None:
    with BoxGuest(tmp_path, package=package, script="hotlinebox selftest && echo FIRST && sleep 900") as guest:
        guest.until_said("FIRST", within_s=900)
        guest.power_cut()
    script = "hotlinebox selftest && grep -c CallEnded /var/lib/hotlinebox/journal/*.jsonl"
    with BoxGuest(tmp_path, package=package, script=script) as guest:
        done = guest.ends(within_s=900)
        assert done.exit_status == 0, done.said
        assert sum(int(line.rpartition(":")[2]) for line in done.said.splitlines() if ".jsonl:" in line) == 2
