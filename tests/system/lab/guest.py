"""A QEMU guest on this machine's own root: read-only over 9p, writes go to the guest's memory.

Whatever this machine has (Python, the virtual environment, the working tree) is in the guest at the same path; one
folder is shared read-write as `/run/host`. Emulated (TCG): the sandboxes where tests run have no usable KVM.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.system.lab.kernel import BUSYBOX, make_boot_files, newest_kernel

QEMU = "qemu-system-x86_64"
TREE = Path(__file__).resolve().parents[3]
"""The working tree: mounted at its own path, also where that lies below what the guest has for itself (`/tmp`)."""
PACKAGES = "qemu-system-x86 busybox-static linux-image-amd64 linux-headers-amd64 dahdi-dkms dahdi"

_SECOND_STAGE = """#!/bin/bash
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 PYTHONUNBUFFERED=1
mkdir -p /dev/pts /dev/shm
mount -t devpts devpts /dev/pts
for place in /dev/shm /run /tmp; do mount -t tmpfs tmpfs $place; done
mkdir -p /run/lock /run/host @TREE@
mount -t 9p -o trans=virtio,version=9p2000.L,cache=none,msize=524288 host /run/host
mount -t 9p -o trans=virtio,version=9p2000.L,ro,cache=loose,msize=524288 tree @TREE@
hostname laboratory
ip link set lo up
if [ -e /run/host/wants-udev ]; then
  /lib/systemd/systemd-udevd --daemon
  udevadm trigger --action=add
  udevadm settle -t 60
fi
cd /run/host
stty -F /dev/ttyS1 -opost
bash /run/host/script > /dev/ttyS1 2>&1 < /dev/null
echo $? > /run/host/exit-status
dmesg > /run/host/kernel-log
sync
echo o > /proc/sysrq-trigger
sleep 60
"""


class GuestError(Exception):
    """The guest did not come to its end."""


@dataclass(frozen=True)
class GuestRun:
    """How a script in the guest ended."""

    exit_status: int
    said: str
    kernel_log: str


def why_no_guest() -> str:
    """Why no guest can be booted here, or ''."""
    if shutil.which(QEMU) is None or not BUSYBOX.exists():
        return f"needs Debian's packages {PACKAGES}"
    if newest_kernel() is None:
        return f"no kernel in /boot with DAHDI's modules: needs Debian's packages {PACKAGES}"
    return ""


def run_in_guest(
    script: str,
    share: Path,
    *,
    timeout_s: float = 600.0,
    udev: bool = False,
    memory_mb: int = 1024,
    devices: Sequence[str] = (),
    files: Sequence[int] = (),
    own_time: bool = False,
) -> GuestRun:
    """Run a bash script as root in a fresh guest with `share` as `/run/host`. `devices` are more words for QEMU,
    `files` descriptors that it inherits.

    `own_time`: the guest's clock goes by the instructions that it executed, 1 ns each, and by nothing of ours: a host
    that is busy makes everything slow alike, so that what is late or lost in the guest is its software's doing. It is
    then a processor of 1000 MIPS, slower than any that is sold. What waits for files while it runs loses time.
    `devices` then have to go by the guest's time (`in_guest/beat.py`).
    Raises `GuestError` when the guest stops without an exit status.
    """
    version = newest_kernel()
    assert version is not None, why_no_guest()
    second_stage = _SECOND_STAGE.replace("@TREE@", str(TREE))
    boot = make_boot_files(version, Path(tempfile.gettempdir()) / f"hotlinebox-laboratory-{version}", second_stage)
    (share / "script").write_text(script, encoding="utf-8")
    if udev:
        (share / "wants-udev").touch()
    # Where it is allowed, ahead of other programs: a guest that stands still loses sound.
    first = ["nice", "-n", "-10"] if os.geteuid() == 0 else []
    clock = ("tcg,thread=single", "-icount", "shift=0,sleep=off") if own_time else ("tcg,thread=multi",)
    words = [
        *first, QEMU, "-accel", *clock, "-cpu", "Nehalem", "-m", str(memory_mb), "-M", "q35", "-nodefaults",
        "-display", "none", "-no-reboot", "-kernel", str(boot.kernel), "-initrd", str(boot.initramfs),
        "-append", "console=ttyS0 quiet panic=-1 tsc=reliable mitigations=off nokaslr net.ifnames=0",
        *shared("/", "root", read_only=True), *shared(str(TREE), "tree", read_only=True),
        *shared(str(share), "host", read_only=False),
        "-device", "virtio-rng-pci", "-serial", f"file:{share / 'console'}", "-serial", "stdio", *devices,
    ]  # fmt: skip
    try:
        done = subprocess.run(
            words, stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout_s, check=False, pass_fds=files
        )
        said = done.stdout.decode(errors="replace")
    except subprocess.TimeoutExpired as late:
        said = (late.stdout or b"").decode(errors="replace")
        raise GuestError(f"the guest was not done within {timeout_s:.0f} s; it said:\n{said}") from None
    try:
        status = int((share / "exit-status").read_text())
    except (FileNotFoundError, ValueError):
        console = (share / "console").read_text(errors="replace") if (share / "console").exists() else ""
        complaint = done.stderr.decode(errors="replace")
        raise GuestError(f"the guest stopped half-way; it said:\n{said}\n{complaint}\n{console[-3000:]}") from None
    return GuestRun(status, said, (share / "kernel-log").read_text(errors="replace"))


def shared(path: str, tag: str, *, read_only: bool) -> tuple[str, ...]:
    """QEMU's words for a folder that the guest mounts by this tag."""
    options = f"local,id={tag},path={path},security_model=none,multidevs=remap"
    return (
        "-fsdev", options + (",readonly=on" if read_only else ""),
        "-device", f"virtio-9p-pci,fsdev={tag},mount_tag={tag}",
    )  # fmt: skip
