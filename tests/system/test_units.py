"""The units under `systemd/`: systemd understands them, they are shut in, and what they start is there."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from appliance.cli.commandline import CommandLine
from appliance.cli.main import COMMANDS, parser_of

ROOT = Path(__file__).parents[2]
UNITS = ROOT / "systemd"
PYTHON = "/usr/lib/hotlinebox/bin/python"
MOST_EXPOSED = {
    "hotlinebox-web.service": 2.0,
    "hotlinebox-engine.service": 3.0,
    "hotlinebox-job@.service": 3.0,
    "hotlinebox-console.service": 2.0,
    "hotlinebox-copy.service": 2.0,
    "hotlinebox-firstboot.service": 3.0,
    "hotlinebox-support.service": 3.0,
    "hotlinebox-support-keys.service": 3.0,
    "hotlinebox-support-shell@.service": 3.0,
}
"""By the reckoning of `systemd-analyze security`."""
ROOT_FOR_A_MOMENT = {
    "hotlinebox-address.service": 2.0,
    "hotlinebox-clock.service": 2.5,
    "hotlinebox-firewall.service": 2.5,
    "hotlinebox-name.service": 2.5,
    "hotlinebox-network.service": 2.0,
    "hotlinebox-settime.service": 2.5,
}
"""Root sets name, address, clock and firewall; these start, do it and end, and hear nothing from the network."""
systemd = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs Debian's package systemd")


def services() -> list[Path]:
    return sorted(UNITS.glob("*.service"))


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """The units as where they are installed, but for programs that are here."""
    for path in [*UNITS.glob("*.*")]:
        text = path.read_text(encoding="utf-8").replace(PYTHON, sys.executable)
        (tmp_path / path.name).write_text(text, encoding="utf-8")
    return tmp_path


@systemd
def test_systemd_has_nothing_to_complain_of(installed: Path) -> None:
    names = [
        path.name.replace("@.", "@1.")
        for path in installed.iterdir()
        if path.suffix in {".service", ".socket", ".target", ".timer", ".slice", ".path"}
    ]
    for path in installed.glob("*@.*"):
        (installed / path.name.replace("@.", "@1.")).symlink_to(path)
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *(str(installed / name) for name in sorted(names))],
        env={"SYSTEMD_UNIT_PATH": f"{installed}:", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    ours = [line for line in done.stderr.splitlines() if "hotlinebox" in line]
    assert ours == []


@systemd
@pytest.mark.parametrize(("unit", "most"), [*MOST_EXPOSED.items(), *ROOT_FOR_A_MOMENT.items()])
def test_services_are_shut_in(installed: Path, unit: str, most: float) -> None:
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=yes", "--no-pager", str(installed / unit)],
        capture_output=True,
        text=True,
        check=False,
    )
    found = re.search(r"Overall exposure level for .*: ([0-9.]+)", done.stdout)
    assert found, done.stderr
    assert float(found[1]) <= most, done.stdout


@pytest.mark.parametrize("path", [UNITS / name for name in MOST_EXPOSED], ids=lambda path: path.name)
def test_none_of_these_is_root(path: Path) -> None:
    assert re.search(r"^User=hotlinebox-\w+$", path.read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize("path", [UNITS / name for name in ROOT_FOR_A_MOMENT], ids=lambda path: path.name)
def test_what_is_root_does_one_thing_and_ends(path: Path) -> None:
    said = path.read_text(encoding="utf-8").splitlines()
    assert "Type=oneshot" in said
    assert "NoNewPrivileges=yes" in said
    assert not any(line.startswith("RestrictAddressFamilies=") and "INET" in line for line in said)
    (kept,) = (line.partition("=")[2] for line in said if line.startswith("CapabilityBoundingSet="))
    assert kept in {"", "CAP_SYS_TIME", "CAP_NET_ADMIN"}


def test_nothing_else_is_root() -> None:
    assert {path.name for path in services()} == {*MOST_EXPOSED, *ROOT_FOR_A_MOMENT}


@pytest.mark.parametrize("path", services(), ids=lambda path: path.name)
def test_every_user_may_read_the_settings(path: Path) -> None:
    """`settings.toml` belongs to root and the group hotlinebox, and nobody else reads it."""
    said = path.read_text(encoding="utf-8").splitlines()
    groups = [line.partition("=")[2].split() for line in said if line.startswith(("Group=", "SupplementaryGroups="))]
    root = not any(line.startswith("User=") for line in said)
    assert root or any("hotlinebox" in group for group in groups)


@pytest.mark.parametrize("name", ["web", "support", "support-shell@"])
def test_who_reads_of_the_machine_sees_it(name: str) -> None:
    """`/proc/sys/kernel/random/boot_id`, `/proc/uptime`: without the first the web cannot open remote support."""
    assert "ProcSubset=pid" not in (UNITS / f"hotlinebox-{name}.service").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("path", services(), ids=lambda path: path.name)
def test_what_a_service_starts_is_a_command_of_ours(path: Path) -> None:
    started = re.findall(rf"^Exec\w+={PYTHON} -m appliance\.cli\.main (.+)$", path.read_text("utf-8"), re.MULTILINE)
    for line in started:
        words = shlex.split(line)
        assert words[0] in COMMANDS
        parser = parser_of(words)
        assert isinstance(parser, CommandLine)
        assert parser.parse_args(words).command == words[0]


@pytest.mark.parametrize("name", ["postinst", "prerm", "postrm"])
def test_the_scripts_of_the_package_are_scripts(name: str) -> None:
    path = ROOT / "packaging" / "debian" / name
    subprocess.run(["sh", "-n", str(path)], check=True)
    assert path.read_text(encoding="utf-8").startswith("#!/bin/sh\nset -e\n")
