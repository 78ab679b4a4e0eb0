"""USB disks for backups: which of them udev has mounted, where and how; what is said of one that takes no more."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from appliance.support.backupcatalogue import check_backup
from appliance.support.backuperrors import TargetError
from appliance.support.backupfolder import BackupFolder, BackupPlan
from appliance.support.backuprun import BackupRun
from appliance.support.backuptarget import DiskTarget, TargetKind, TargetPlace, disk_target

pytestmark = pytest.mark.slow
UNITS = Path(__file__).parents[2] / "systemd"
EFI = "c12a7328-f81f-11d2-ba4b-00a0c93ec93b"
PARENT = "P: {0}\nE: SUBSYSTEM={1}\n\n"
DISK = "P: {0}/block/sda\nE: SUBSYSTEM=block\nE: DEVTYPE=disk\nE: MAJOR=8\nE: MINOR=0\nA: dev=8:0\n\n"
PARTITION = (
    "P: {0}/block/sda/sda1\nE: SUBSYSTEM=block\nE: DEVTYPE=partition\nE: DEVNAME=/dev/sda1\nE: MAJOR=8\nE: MINOR=1\n"
    "E: ID_FS_USAGE=filesystem\nA: dev=8:1\n"
)
SCRIPT = """mkdir -p /dev/block /etc/udev/rules.d && mount -t tmpfs tmpfs /run && mount -t tmpfs tmpfs /dev/block &&
mount --bind rules /usr/lib/udev/rules.d && mount --bind none /etc/udev/rules.d &&
umockdev-run --device mock -- udevadm test /sys{0}/block/sda/sda1"""


def plugged(folder: Path, bus: str = "usb", **properties: str) -> str:
    """What udev would run for a partition of a disk at `bus`; empty: nothing."""
    place = f"/devices/pci0/{bus}1"
    described = PARENT.format(place, bus) + DISK.format(place) + PARTITION.format(place)
    described += "".join(f"E: {name}={value}\n" for name, value in properties.items())
    (folder / "mock").write_text(described, encoding="utf-8")
    for name in ("rules", "none"):
        (folder / name).mkdir(exist_ok=True)
    shutil.copy(UNITS / "91-hotlinebox-disk.rules", folder / "rules")
    told = subprocess.run(
        ["unshare", "-m", "sh", "-c", SCRIPT.format(place)],
        cwd=folder, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert "DEVTYPE=partition" in told.stdout, told.stdout + told.stderr
    found = re.findall(r"^run: '(.*)'$", told.stdout, flags=re.MULTILINE)
    assert len(found) <= 1
    return found[0] if found else ""


@pytest.fixture
def bench(tmp_path: Path) -> Path:
    if not all(map(shutil.which, ("umockdev-run", "udevadm", "systemd-mount"))):
        pytest.skip("needs Debian's packages umockdev, udev and systemd")
    if subprocess.run(["unshare", "-m", "true"], capture_output=True, check=False).returncode:
        pytest.skip("no mount namespace can be made here")
    return tmp_path


def test_a_disk_stands_under_its_label_and_can_run_nothing(bench: Path) -> None:
    words = plugged(bench, ID_FS_TYPE="exfat", ID_FS_LABEL="KINGSTON").split()
    assert words[-2:] == ["/dev/sda1", "/media/hotlinebox/KINGSTON"]
    options = next(word for word in words if word.startswith("--options=")).removeprefix("--options=").split(",")
    assert {"nosuid", "nodev", "noexec", "uid=hotlinebox-web", "umask=0007"} <= set(options)
    known = subprocess.run(["systemd-mount", "--help"], capture_output=True, text=True, check=True).stdout
    for word in words[1:-2]:
        assert word.partition("=")[0] in known


@pytest.mark.parametrize(
    ("properties", "folder"),
    [
        ({"ID_FS_LABEL": "备份盘"}, "备份盘"),
        ({"ID_FS_LABEL": "../../etc", "ID_FS_UUID": "12-AB"}, "12-AB"),
        ({"ID_FS_LABEL": "..", "ID_FS_UUID": "12-AB"}, "12-AB"),
        ({"ID_FS_UUID": "12-AB"}, "12-AB"),
        ({}, "sda1"),
    ],
)
def test_a_label_is_one_folder_and_no_way_out_of_it(bench: Path, properties: dict[str, str], folder: str) -> None:
    assert plugged(bench, ID_FS_TYPE="vfat", **properties).endswith(f" /dev/sda1 /media/hotlinebox/{folder}")


def test_other_partitions_are_left_alone(bench: Path) -> None:
    assert plugged(bench, ID_FS_TYPE="ext4", ID_FS_LABEL="root") == ""
    assert plugged(bench, ID_FS_TYPE="vfat", ID_FS_LABEL="ESP", ID_PART_ENTRY_TYPE=EFI) == ""
    assert plugged(bench, bus="ata", ID_FS_TYPE="vfat", ID_FS_LABEL="INSIDE") == ""
    assert "--type=ntfs3 " in plugged(bench, ID_FS_TYPE="ntfs", ID_FS_LABEL="WIN")


@pytest.fixture
def stick(tmp_path: Path) -> Iterator[Path]:
    """A disk of 4 MB where USB disks appear."""
    place = tmp_path / "media" / "KINGSTON"
    place.mkdir(parents=True)
    words = ["mount", "-t", "tmpfs", "-o", "size=4m,nosuid,nodev,noexec", "tmpfs", str(place)]
    if subprocess.run(words, capture_output=True, check=False).returncode:
        pytest.skip("no disk can be mounted here")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


class NeverSays(DiskTarget):
    """What is free turns out only by writing."""

    def free_bytes(self) -> int | None:
        return None


def test_a_disk_that_is_full_or_read_only_is_said_and_keeps_what_it_has(stick: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    (data / "prompts").mkdir(parents=True)
    (data / "prompts" / "welcome.wav").write_bytes(os.urandom(1 << 20))
    target = disk_target(TargetPlace(kind=TargetKind.DISK), stick.parent)

    def back_up(to: DiskTarget) -> str:
        now = datetime.now().astimezone()
        run = BackupRun(BackupFolder(data), None, "1", now, lambda _done, _total: None, lambda: False)
        return run.to_target(to, BackupPlan()).name

    def is_whole(name: str) -> bool:
        return check_backup(target, name, "", lambda _done, _total: None, lambda: False) > 1 << 20

    first = back_up(target)
    (stick / "films").write_bytes(bytes(5 << 19))
    with pytest.raises(TargetError, match=r"空间不足：需要"):
        back_up(target)
    with pytest.raises(TargetError, match="空间已满"):
        back_up(NeverSays(stick / "hotlinebox", "KINGSTON"))
    assert is_whole(first)
    subprocess.run(["mount", "-o", "remount,ro", str(stick)], check=True)
    with pytest.raises(TargetError, match="只读"):
        back_up(target)
    assert is_whole(first)
