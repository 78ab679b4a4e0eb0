"""The image as it is shipped, in QEMU: firmware, boot loader, first start, calls, https, DAHDI, support, updates.

Of the image in `var/image` (or the folder HOTLINEBOX_IMAGE), as `sudo ./dev image` left it. HOTLINEBOX_FROZEN is the
folder of a box that an earlier run froze: who tries one test again need not wait for a first start.
"""

from __future__ import annotations

import os
import re
import ssl
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from appliance.support.backuptarget import TargetKind, TargetPlace
from appliance.support.bootmenu import Slot
from tests.system.fileservers import served, why_no_share
from tests.system.lab.imagebox import SERVERS, ImageBox, ImageBoxError, at_guest, copied
from tests.system.lab.imagecall import (
    CALLER,
    answered_after,
    found_calls,
    new_recording,
    open_round_the_clock,
    recorded_call,
)
from tests.system.lab.imagedahdi import done, one_call, sockets, use_dahdi
from tests.system.lab.imagesupport import RELAY_PORT, Vendor
from tests.system.lab.imageupdate import ImageBuild, break_engine, signed_by_a_stranger
from tests.system.supportlab import SupportLab

ROOT = Path(__file__).parents[2]
BUILD = ImageBuild(Path(os.environ.get("HOTLINEBOX_IMAGE", ROOT / "var/image")))
FROZEN = os.environ.get("HOTLINEBOX_FROZEN", "")
START_S, CALL_S = 900.0, 600.0
"""An order of magnitude more than on a quiet machine."""
MOST_RESIDENT_MB = 500
GOOD = "9.1.0"
ROOT_PROGRAMS = {"systemd", "systemd-journal", "systemd-logind", "systemd-udevd", "(udev-worker)"}
"""What stays root: nothing of ours, nothing that the network talks to."""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not os.environ.get("HOTLINEBOX_IN_QEMU"), reason="boots the image in QEMU: ./dev lab"),
    pytest.mark.skipif(bool(BUILD.why_not()), reason=BUILD.why_not()),
    pytest.mark.skipif(os.geteuid() != 0, reason="makes file systems with their owners: needs root"),
]


@pytest.fixture(scope="module")
def used(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A box that was set up and took a call, frozen while it runs: its folder. What it promises is seen on the way."""
    if FROZEN:
        return Path(FROZEN)
    folder = tmp_path_factory.mktemp("used")
    with ImageBox(folder, BUILD.out) as box:
        box.power_on()
        box.until_pages(START_S)
        box.pages.set_up(box.machine.secret())
        open_round_the_clock(box)
        answered_after(box, CALL_S)
        call = recorded_call(box, CALL_S)
        assert call["recording"]["length_s"] > 2
        assert box.pages.fetch("GET", f"/api/calls/{call['call_id']}/recording").startswith(b"RIFF")
        assert passes(box, "hotlinebox selftest")
        assert passes(box, "systemctl is-system-running --wait"), box.shell("systemctl --failed --plain --no-legend")
        assert resident_mb(box) <= MOST_RESIDENT_MB
        assert passes(box, "! grep -q ' / erofs rw' /proc/mounts && ! touch /usr/tried")
        box.freeze()
    return folder


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An update as it should be."""
    return BUILD.variant(tmp_path_factory.mktemp("good"), GOOD)


@pytest.fixture
def box(used: Path, tmp_path: Path) -> Iterator[ImageBox]:
    with thawed(used, tmp_path) as box:
        yield box


@contextmanager
def thawed(used: Path, folder: Path, *network: str) -> Iterator[ImageBox]:
    """That box once more, from where it was frozen on. Of it stays what its console said."""
    try:
        with ImageBox(copied(used, folder), BUILD.out, network=network) as box:
            box.power_on()
            box.until_pages(START_S)
            box.pages.sign_in()
            yield box
    finally:
        box.machine.disk.unlink()


def started_again(box: ImageBox) -> None:
    """After a power cut."""
    box.power_on()
    box.until_pages(START_S)
    box.pages.sign_in()


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


def test_a_box_keeps_its_calls_when_the_power_goes(box: ImageBox) -> None:
    box.power_cut()
    assert [(entry.slot, entry.good) for entry in box.entries()] == [(Slot.A, True)]
    started_again(box)
    call = found_calls(box)[0]
    assert box.pages.fetch("GET", f"/api/calls/{call['call_id']}/recording").startswith(b"RIFF")
    assert not box.machine.secret(), "it has its administrator"
    assert passes(box, "systemctl is-system-running --wait"), box.shell("systemctl --failed --plain --no-legend")


def test_its_units_do_their_work_and_none_but_systemd_is_root(box: ImageBox) -> None:
    for unit in (
        "hotlinebox-firewall.service", "hotlinebox-network.service", "hotlinebox-clock.service",
        "hotlinebox-console.service", "hotlinebox-support-keys.service", "hotlinebox-copy.timer",
        "hotlinebox-web.socket", "hotlinebox-web-tls.socket", "hotlinebox-job.socket", "hotlinebox-support.path",
        "hotlinebox-address.path", "hotlinebox-settime.path", "hotlinebox-update.path", "avahi-daemon.service",
    ):  # fmt: skip
        assert passes(box, f"systemctl is-active {unit}"), box.shell(f"systemctl status --no-pager {unit}")
    owners = done(box, 'ps -e -o user=,ppid=,comm= | awk \'$1 == "root" && $2 != 2 && $3 != "kthreadd" {print $3}\'')
    seen = set(owners.split()[:-1])
    assert seen - {"ps", "awk", "sh", "bash", "agetty", "(agetty)", "(sd-pam)"} <= ROOT_PROGRAMS
    listening = done(box, "ss -Hltn | awk '{print $4}'").split()[:-1]
    assert {address.rpartition(":")[2] for address in listening} == {"80", "443"}
    assert "tcp dport" in done(box, "nft list ruleset")
    assert passes(box, "for kind in dahdi alsa ttyUSB ttyACM; do grep -qw $kind /proc/devices || exit 1; done")


def test_its_pages_come_by_https_with_a_certificate_of_its_own_authority(box: ImageBox) -> None:
    authority = ssl.DER_cert_to_PEM_cert(box.pages.fetch("GET", "/api/tls/authority.crt"))
    trusting = ssl.create_default_context(cadata=authority)
    with pytest.raises(OSError, match="certificate verify failed"):
        urllib.request.urlopen(f"https://127.0.0.1:{box.tls_port}/api/session", context=ssl.create_default_context())
    said = done(box, "hostname").split()[0]
    with box.tls(f"{said}.local", trusting) as talk:
        talk.sendall(f"GET /api/session HTTP/1.0\r\nHost: {said}.local\r\n\r\n".encode())
        assert b" 200 " in talk.recv(4096)


def test_the_vendor_gets_in_over_the_relay_while_the_administrator_allows_it(used: Path, tmp_path: Path) -> None:
    lab = SupportLab(tmp_path / "lab")
    try:
        with thawed(used, tmp_path / "box", at_guest(RELAY_PORT, lab.relay.port)) as box:
            vendor = Vendor(lab, box)
            with pytest.raises(ImageBoxError, match="409"):
                vendor.is_let_in()
            vendor.is_made_known()
            vendor.is_let_in()
            box.until(vendor.has_a_tunnel, CALL_S, "the tunnel is up")
            said = vendor.asks("status")
            assert said.returncode == 0, said.stderr
            assert "hotlinebox-engine" in said.stdout
            box.until(lambda: box.pages.ask("GET", "/api/support")["sessions"], CALL_S, "the session is recorded")
            box.pages.ask("DELETE", "/api/support")
            assert vendor.asks("status").returncode != 0
    finally:
        lab.close()


@pytest.mark.skipif(bool(why_no_share()), reason=why_no_share() or "-")
def test_it_backs_up_to_servers(used: Path, tmp_path: Path) -> None:
    (tmp_path / "files").mkdir()
    with (
        served(TargetKind.SFTP, tmp_path / "files") as sftp,
        served(TargetKind.SMB, tmp_path) as smb,
        thawed(used, tmp_path / "box", at_guest(22, sftp.port), at_guest(445, smb.port)) as box,
    ):
        for server in (sftp, smb):
            back_up(box, msgspec.structs.replace(server.place, host=SERVERS, port=0))
            assert len(box.pages.ask("GET", "/api/backups/catalogue")["backups"]) == 1


def back_up(box: ImageBox, place: TargetPlace) -> None:
    plan = box.pages.ask("GET", "/api/backups")["plan"]
    wanted = {**plan, "place": msgspec.to_builtins(place)}
    before = len(box.pages.ask("PUT", "/api/backups/plan", wanted)["runs"])
    box.pages.ask("POST", "/api/backups/runs", {"kind": "backup"})
    box.until(lambda: len(box.pages.ask("GET", "/api/backups")["runs"]) > before, CALL_S, "the backup is over")
    runs = box.pages.ask("GET", "/api/backups")["runs"]
    assert all(run["good"] for run in runs), runs


def test_an_address_that_nobody_confirms_is_put_back(box: ImageBox) -> None:
    (wired,) = box.pages.ask("GET", "/api/network")["interfaces"]
    box.pages.ask("PUT", "/api/network", {"interface": wired, "method": "static", "address": "192.168.77.2"})
    box.until(lambda: "192.168.77.2" in done(box, "ip -br -4 address"), CALL_S, "it has the new address")
    assert not box.pages.answer()
    box.until_pages(CALL_S)
    box.until(lambda: box.pages.ask("GET", "/api/network")["phase"] == "returned", CALL_S, "it says so")


def test_a_call_over_dahdis_own_kernel_modules_is_recorded_and_found(box: ImageBox) -> None:
    use_dahdi(box)
    box.until_pages(START_S)
    box.until(lambda: sockets(box) == {"dahdi/1": "", "dahdi/2": ""}, CALL_S, "the card that came later is in use")
    for socket in ("dahdi/1", "dahdi/2"):
        box.pages.ask("POST", "/api/sockets", {"port": socket})
    seat = box.pages.ask("GET", "/api/plan/stations")["value"][-1]["seat"]
    box.pages.ask("POST", "/api/seat/sign-in", {"seat": seat})
    before = {row["call_id"] for row in found_calls(box)}
    one_call(box, CALLER, CALL_S)
    shown = new_recording(box, before, CALL_S)
    assert shown["recording"]["length_s"] > 5
    assert box.pages.fetch("GET", f"/api/calls/{shown['call_id']}/recording").startswith(b"RIFF")


def test_what_is_no_update_of_ours_is_refused_and_a_good_one_stays(box: ImageBox, tmp_path: Path, good: Path) -> None:
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
    assert said["version_to"] == GOOD
    assert box.pages.ask("GET", "/api/updates")["version"] == GOOD
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


def test_a_version_that_never_starts_is_left_by_the_boot_loader_after_three_tries(tmp_path: Path) -> None:
    with ImageBox(tmp_path, BUILD.out) as box:
        box.take_twin(2, Slot.B)
        box.power_on()
        box.until(lambda: "hotlinebox.slot=a" in box.machine.said(), START_S, "the old version is started")
        said = box.machine.said()
        box.power_cut()
        assert said.count("hotlinebox: slot b is not what it was made to be; restarting") == 3
        assert {entry.slot: (entry.tries_left, entry.tries_done) for entry in box.entries()} == {
            Slot.A: (None, 0),
            Slot.B: (0, 3),
        }


@pytest.mark.parametrize("share", [0.1, 0.6], ids=["written", "read-back"])
def test_a_power_cut_while_an_update_is_written_leaves_the_old_version(box: ImageBox, good: Path, share: float) -> None:
    send(box, good)

    def half_written() -> bool:
        now = state(box)
        return bool(now["phase"] == "writing" and now["done"] >= share)

    box.until(half_written, CALL_S, "the update is being written")
    box.power_cut()
    assert [entry.slot for entry in box.entries()] == [Slot.A]
    started_again(box)
    assert state(box)["phase"] == "failed"
    assert "断电" in state(box)["text"]
    answered_after(box, CALL_S)


def returned_from(box: ImageBox, update: Path) -> None:
    assert install(box, update)["phase"] == "ready"
    restart(box)
    until_state(box, "returned")
