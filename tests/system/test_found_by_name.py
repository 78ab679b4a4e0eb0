"""A box is found by its name: Debian's avahi on both ends of a cable, the box's own firewall between."""

from __future__ import annotations

import shutil
import socket
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.support.boxname import box_name
from appliance.support.firewall import ruleset
from tests.system.test_lan import Lan, until, why_no_networks

AVAHI = shutil.which("avahi-daemon", path="/usr/sbin:/usr/bin")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(why_no_networks()), reason=why_no_networks()),
    pytest.mark.skipif(AVAHI is None, reason="needs Debian's package avahi-daemon"),
]

ONE, OTHER = "192.168.7.1", "192.168.7.2"
CONF = "[server]\nenable-dbus=no\nuse-ipv6=no\nallow-interfaces=eth0\n[publish]\npublish-workstation=no\n"


class Names:
    """The avahi of both machines on a LAN."""

    def __init__(self, lan: Lan, folder: Path) -> None:
        self.lan = lan
        self._conf = folder / "avahi.conf"
        self._conf.write_text(CONF, encoding="ascii")
        self._running: list[subprocess.Popen[bytes]] = []
        lan.give(lan.box, f"{ONE}/24")
        lan.give(lan.neighbour, f"{OTHER}/24")

    def announce(self, where: str, name: str) -> None:
        """As the service does on a machine of this name."""
        script = (
            f"hostname {name} && mount -t tmpfs tmpfs /run && "
            f"exec {AVAHI} -f {self._conf} --no-drop-root --no-chroot --no-rlimits"
        )
        words = ["ip", "netns", "exec", where, "unshare", "--uts", "--mount", "sh", "-c", script]
        self._running.append(subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))

    def found(self, name: str) -> str:
        """The address that somebody at the neighbour's gets for the name; empty: nobody answers."""
        script = f"from tests.system.test_found_by_name import ask; print(ask({name!r}), end='')"
        return self.lan.at(self.lan.neighbour, sys.executable, "-c", script, check=False).stdout

    def close(self) -> None:
        for each in self._running:
            each.kill()
            each.wait()


def ask(name: str) -> str:
    """One question by mDNS (RFC 6762, 5.1), from a port of its own."""
    labels = b"".join(bytes([len(part)]) + part.encode() for part in f"{name}.local".split("."))
    query = struct.pack(">6H", 1, 0, 1, 0, 0, 0) + labels + b"\0" + struct.pack(">2H", 1, 1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.settimeout(1.0)
        asking.sendto(query, ("224.0.0.251", 5353))
        try:
            answer = asking.recv(1500)
        except TimeoutError:
            return ""
    at = answer.rfind(b"\0\4")
    return socket.inet_ntoa(answer[at + 2 : at + 6])


@pytest.fixture
def names(tmp_path: Path) -> Iterator[Names]:
    lan = Lan()
    try:
        lan.build()
        for each in (lan.box, lan.neighbour):
            lan.at(each, "ip", "route", "add", "224.0.0.0/4", "dev", "eth0")
        lan.at(lan.box, "nft", "--file", "-", said=ruleset((80,)))
        made = Names(lan, tmp_path)
        yield made
        made.close()
    finally:
        lan.remove()


def test_two_boxes_beside_each_other_are_both_found(names: Names) -> None:
    first, second = box_name("BOX-0001"), box_name("BOX-0002")
    names.announce(names.lan.box, first)
    names.announce(names.lan.neighbour, second)
    until(lambda: names.found(first) == ONE)
    until(lambda: names.found(second) == OTHER)


def test_should_two_names_be_alike_the_second_gets_a_number(names: Names) -> None:
    name = box_name("BOX-0001")
    names.announce(names.lan.box, name)
    until(lambda: names.found(name) == ONE)
    names.announce(names.lan.neighbour, name)
    until(lambda: names.found(f"{name}-2") == OTHER)
    assert names.found(name) == ONE
