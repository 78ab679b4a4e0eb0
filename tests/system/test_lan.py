"""Firewall and address in real networks: namespaces of this machine, with its own nftables and systemd-networkd."""

from __future__ import annotations

import itertools
import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.support.addresschange import AddressChange
from appliance.support.boxwishes import AddressPhase, AddressWish, BoxWishes
from appliance.support.firewall import ruleset
from appliance.support.lanaddress import LanAddress

NETWORKD = Path("/usr/lib/systemd/systemd-networkd")
TOKEN = "c" * 64
_numbers = itertools.count(os.getpid() % 1000 * 10)


def run(*words: str, said: str = "", check: bool = True) -> subprocess.CompletedProcess[str]:
    return subprocess.run(words, input=said, capture_output=True, text=True, check=check, timeout=30)


def why_no_networks() -> str:
    if os.geteuid() != 0:
        return "needs root: makes network namespaces"
    if shutil.which("ip") is None or shutil.which("nft") is None:
        return "needs Debian's packages iproute2 and nftables"
    made = run("ip", "netns", "add", "hlb-trial", check=False)
    run("ip", "netns", "del", "hlb-trial", check=False)
    return "" if made.returncode == 0 else f"network namespaces are not allowed here: {made.stderr.strip()}"


pytestmark = pytest.mark.skipif(bool(why_no_networks()), reason=why_no_networks())


class Lan:
    """A box and a neighbour, each in a network namespace, joined by a cable."""

    def __init__(self) -> None:
        number = next(_numbers)
        self.box, self.neighbour = f"hlb{number}b", f"hlb{number}n"

    def build(self) -> None:
        for each in (self.box, self.neighbour):
            run("ip", "netns", "add", each)
            run("ip", "-n", each, "link", "set", "lo", "up")
        run(
            "ip", "-n", self.box, "link", "add", "eth0", "type", "veth", "peer", "name", "eth0", "netns", self.neighbour
        )
        for each in (self.box, self.neighbour):
            run("ip", "-n", each, "link", "set", "eth0", "up")

    def give(self, where: str, address: str) -> None:
        run("ip", "-n", where, "address", "add", address, "dev", "eth0", "nodad")

    def at(self, where: str, *words: str, said: str = "", check: bool = True) -> subprocess.CompletedProcess[str]:
        return run("ip", "netns", "exec", where, *words, said=said, check=check)

    def remove(self) -> None:
        for each in (self.box, self.neighbour):
            run("ip", "netns", "del", each, check=False)

    def knocks(self, address: str, port: int) -> bool:
        """Whether the neighbour gets through to a port of the box."""
        return self._connects(address, port).returncode == 0

    def reaches(self, address: str) -> bool:
        """Whether anybody at all answers the neighbour there: a closed port says so too."""
        done = self._connects(address, 9)
        return done.returncode == 0 or "ConnectionRefused" in done.stderr

    def _connects(self, address: str, port: int) -> subprocess.CompletedProcess[str]:
        script = f"import socket; socket.create_connection(({address!r}, {port}), 1.0)"
        return self.at(self.neighbour, "python3", "-c", script, check=False)

    def addresses(self) -> str:
        return self.at(self.box, "ip", "-4", "-brief", "address", "show", "eth0").stdout


@pytest.fixture
def lan() -> Iterator[Lan]:
    made = Lan()
    try:
        made.build()
        yield made
    finally:
        made.remove()


@pytest.mark.parametrize("ports", [(), (80,), (80, 443, 443, 8100, 0)])
def test_nftables_understands_the_rules(lan: Lan, ports: tuple[int, ...]) -> None:
    lan.at(lan.box, "nft", "--check", "--file", "-", said=ruleset(ports))


def test_the_rules_take_the_place_of_the_last_ones_and_leave_others_alone(lan: Lan) -> None:
    lan.at(lan.box, "nft", "add", "table", "inet", "somebody_elses")
    for ports in ((80,), (80, 443)):
        lan.at(lan.box, "nft", "--file", "-", said=ruleset(ports))
    found = lan.at(lan.box, "nft", "list", "ruleset").stdout
    assert found.count("table inet hotlinebox") == 1
    assert "80, 443" in found
    assert "somebody_elses" in found


def listen(lan: Lan, port: int) -> subprocess.Popen[bytes]:
    words = ["ip", "netns", "exec", lan.box, "python3", "-m", "http.server", str(port), "--bind", "::"]
    return subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def until(condition: object, within_s: float = 30.0) -> None:
    assert callable(condition)
    end_s = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < end_s, "it did not come to pass"
        time.sleep(0.1)


@pytest.mark.slow
def test_only_what_the_box_offers_and_only_from_its_own_network(lan: Lan) -> None:
    for address in ("192.168.7.1/24", "203.0.113.1/24", "fd12::1/64"):
        lan.give(lan.box, address)
    for address in ("192.168.7.2/24", "203.0.113.2/24", "fd12::2/64"):
        lan.give(lan.neighbour, address)
    servers = [listen(lan, port) for port in (80, 22)]
    try:
        for port in (80, 22):
            until(lambda port=port: lan.knocks("192.168.7.1", port))  # without rules everything is open
        assert lan.knocks("203.0.113.1", 80)
        lan.at(lan.box, "nft", "--file", "-", said=ruleset((80, 443)))
        assert lan.knocks("192.168.7.1", 80)
        assert lan.knocks("fd12::1", 80)
        assert not lan.knocks("192.168.7.1", 22), "nothing but the box's own ports"
        assert not lan.knocks("203.0.113.1", 80), "nobody with an address of the internet"
        assert lan.at(lan.box, "python3", "-c", "import socket; socket.create_connection(('127.0.0.1', 22), 1)")
    finally:
        for each in servers:
            each.kill()
            each.wait()


class Networkd:
    """systemd-networkd of the box: in its namespace, with folders of its own over /etc and /run."""

    def __init__(self, lan: Lan, folder: Path) -> None:
        self._lan = lan
        self.files = folder / "network"
        self.files.mkdir()
        self._process: subprocess.Popen[bytes] | None = None

    def restart(self) -> None:
        self.stop()
        # Without udev, which no namespace has, networkd learns of old addresses too late to take them away.
        self._lan.at(self._lan.box, "ip", "-4", "address", "flush", "dev", "eth0")
        script = (
            "mount -t tmpfs tmpfs /run && mkdir -p /run/systemd/netif && cd /run/systemd/netif && "
            f"mkdir links leases lldp && mount --bind {self.files} /etc/systemd/network && "
            f"mount -o remount,ro,bind /sys && exec {NETWORKD}"
        )
        words = ["ip", "netns", "exec", self._lan.box, "unshare", "--mount", "sh", "-c", script]
        self._process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def stop(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(20)


@pytest.mark.slow
@pytest.mark.skipif(not NETWORKD.exists(), reason="needs Debian's package systemd with systemd-networkd")
def test_an_address_that_cuts_the_admin_off_is_put_back(lan: Lan, tmp_path: Path) -> None:
    lan.give(lan.neighbour, "192.168.7.2/24")
    wishes, networkd = BoxWishes(tmp_path / "run"), Networkd(lan, tmp_path)
    (tmp_path / "run").mkdir()
    (tmp_path / "kept").mkdir()

    def change(within_s: float) -> AddressChange:
        return AddressChange(wishes, networkd.files, tmp_path / "kept", networkd.restart, lambda: ("eth0",), within_s)

    def confirm_from_there() -> None:
        """As the admin: as soon as the new address answers."""
        until(lambda: lan.reaches("192.168.7.1"))
        until(lambda: wishes.address_state().phase is AddressPhase.WAITING)
        wishes.confirm_address(TOKEN)

    try:
        change(30).begin()
        good = LanAddress(interface="eth0", method="static", address="192.168.7.1")
        wishes.want_address(AddressWish(wanted=good, token=TOKEN))
        admin = threading.Thread(target=confirm_from_there)
        admin.start()
        change(30).carry_out()
        admin.join()
        assert wishes.address_state().phase is AddressPhase.KEPT
        assert "192.168.7.1/24" in lan.addresses()

        wrong = LanAddress(interface="eth0", method="static", address="10.99.0.1")
        wishes.want_address(AddressWish(wanted=wrong, token=TOKEN))
        change(4).carry_out()
        state = wishes.address_state()
        assert (state.phase, state.in_force) == (AddressPhase.RETURNED, good)
        until(lambda: lan.reaches("192.168.7.1"))
        until(lambda: "10.99.0.1" not in lan.addresses())
    finally:
        networkd.stop()
