"""Debian's timesyncd with the file that the box writes: it asks the server in the LAN, and nobody in the internet.

It runs without the right to set a clock: there is only one, this machine's.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.support.boxclock import servers_file
from tests.system.test_lan import Lan, until, why_no_networks

TIMESYNCD = Path("/lib/systemd/systemd-timesyncd")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(why_no_networks()), reason=why_no_networks()),
    pytest.mark.skipif(not TIMESYNCD.exists(), reason="needs Debian's package systemd-timesyncd"),
]

SERVER = "192.168.7.2"
ANSWERS = f"""
import socket, struct
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
    server.bind(("{SERVER}", 123))
    print("ready", flush=True)
    while True:
        asked, who = server.recvfrom(100)
        said, year = asked[40:48], struct.pack(">2I", 4_000_000_000, 0)
        server.sendto(struct.pack(">4B3I", 0x24, 1, 6, 236, 0, 0, 0x4C4F434C) + year + said + year + year, who)
"""
"""A server of stratum 1 (RFC 5905) by its own clock, in the year 2026."""


class Timesyncd:
    """As on a box with these servers set."""

    def __init__(self, lan: Lan, folder: Path, servers: tuple[str, ...]) -> None:
        files = folder / "timesyncd.conf.d"
        files.mkdir()
        (files / "50-hotlinebox.conf").write_text(servers_file(servers), encoding="utf-8")
        self._log = folder / "log"
        script = (
            "mount -t tmpfs tmpfs /run && mkdir -p /run/systemd/timesync /run/systemd/netif && "
            f"mkdir /run/own && cp -r {files} /run/own && mount --bind /run/own /etc/systemd && "
            "mount -t tmpfs tmpfs /var/lib/systemd && mkdir /var/lib/systemd/timesync && "
            "chown 65534 /run/systemd/timesync /var/lib/systemd/timesync && SYSTEMD_LOG_LEVEL=debug exec setpriv "
            "--reuid 65534 --regid 65534 --clear-groups --bounding-set -all --inh-caps -all --ambient-caps -all "
            f"{TIMESYNCD}"
        )
        words = ["ip", "netns", "exec", lan.box, "unshare", "--mount", "sh", "-c", script]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(words, stdout=log, stderr=log)

    @property
    def said(self) -> str:
        return self._log.read_text(encoding="utf-8", errors="replace")

    def asks(self) -> set[str]:
        """Everybody on its lists."""
        return set(re.findall(r"Added new \w+ server (\S+)\.$", self.said, re.MULTILINE))

    def end(self) -> None:
        self._process.kill()
        self._process.wait()


@pytest.fixture
def lan() -> Iterator[Lan]:
    made = Lan()
    try:
        made.build()
        made.give(made.box, "192.168.7.1/24")
        made.give(made.neighbour, f"{SERVER}/24")
        yield made
    finally:
        made.remove()


def test_the_server_in_the_lan_is_asked_and_no_other(lan: Lan, tmp_path: Path) -> None:
    words = ["ip", "netns", "exec", lan.neighbour, sys.executable, "-c", ANSWERS]
    with subprocess.Popen(words, stdout=subprocess.PIPE) as server:
        assert server.stdout is not None
        assert server.stdout.readline() == b"ready\n"
        timesyncd = Timesyncd(lan, tmp_path, (SERVER,))
        try:
            until(lambda: f"Contacted time server {SERVER}:123" in timesyncd.said)
            assert timesyncd.asks() == {SERVER, "127.0.0.1"}
        finally:
            timesyncd.end()
            server.kill()


def test_a_box_to_which_nobody_named_a_server_asks_nobody_in_the_internet(lan: Lan, tmp_path: Path) -> None:
    timesyncd = Timesyncd(lan, tmp_path, ())
    try:
        until(lambda: "running as pid" in timesyncd.said)
        assert timesyncd.asks() == {"127.0.0.1"}
    finally:
        timesyncd.end()
