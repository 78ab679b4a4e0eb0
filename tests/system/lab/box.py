"""A whole box in a QEMU guest: the Debian package under the real systemd, on this machine's own root.

    with BoxGuest(tmp_path, package=unpacked(deb, tmp_path), script="systemctl is-active hotlinebox-engine") as guest:
        done = guest.ends(within_s=240)

How: as `guest.py` boots a kernel on this machine's root over 9p, but process 1 is systemd. The package's files are laid
    over the root and its `postinst` is run, then systemd starts `laboratory.target`: the box, and the script (bash, as
    root, with `/run/host` shared read-write, the tree at its own path) once the box is up. The data folder is an ext4
    file system on a virtio disk, `data.img` in the share: it stays, also when the guest loses its power
    (`power_cut`), and may be given to the next guest. Writes reach it as on an honest disk (`cache=directsync`).
    Port 80 of the guest is `web_url` here.
Limits: emulated, so slow: on a quiet machine a minute and a half to the first answer (`SMALL` spares some of it), on
    a loaded one several; one guest at a time on a small machine.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.system.lab.guest import QEMU, TREE, GuestError, GuestRun, shared
from tests.system.lab.kernel import make_boot_files, newest_kernel

DATA = Path("/var/lib/hotlinebox")
_DATA_MB = 32_768  # sparse; above the marks at which recordings are cleaned up
_APPEND = (
    "console=ttyS0 quiet panic=-1 tsc=reliable no_timer_check mitigations=off nokaslr net.ifnames=0"
    " systemd.show_status=no"
)
SMALL = f"""data_dir = "{DATA}"
[web]
first_run_secret = true
[[cards]]
family = "sim"
lines = 4
stations = 1
"""
"""Settings of a box with few phones: the tick leaves more of an emulated processor to the rest."""
_MOUNTS = """#!/bin/bash
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8
mkdir -p /dev/pts /dev/shm
mount -t devpts devpts /dev/pts
for place in /dev/shm /run /tmp; do mount -t tmpfs -o mode=1777 tmpfs $place; done
chmod 755 /run
mkdir -p /run/lock /run/host /run/package @TREE@ /usr/lib/hotlinebox
share() { mount -t 9p -o trans=virtio,version=9p2000.L,msize=524288,$3 $1 $2; }
share host /run/host cache=none
share tree @TREE@ ro,cache=loose
share package /run/package ro,cache=loose
modprobe -a virtio_blk ext4 virtio_net
mount --bind /run/package/usr/lib/hotlinebox /usr/lib/hotlinebox
ip link set lo up
ip address add 10.0.2.15/24 dev eth0
ip link set eth0 up
ip route add default via 10.0.2.2
"""
_SYSTEMD = """
# Of the machine's own services none: only systemd's, and ours.
rm -rf /etc/systemd/system /etc/systemd/user /etc/fstab /etc/udev/rules.d /etc/modules-load.d /etc/tmpfiles.d
mkdir -p /etc/systemd/system
echo laboratory > /etc/hostname
tr -d - < /proc/sys/kernel/random/uuid > /etc/machine-id
mkdir -p /var/lib/hotlinebox /etc/systemd/journald.conf.d /var/lib/systemd
printf '[Journal]\\nStorage=volatile\\nForwardToConsole=no\\n' > /etc/systemd/journald.conf.d/lab.conf

cd /run/package
for part in etc usr/bin usr/lib/systemd usr/lib/udev usr/lib/sysusers.d usr/lib/tmpfiles.d usr/lib/modprobe.d
do [ ! -d $part ] || cp -dR --preserve=mode --parents $part /; done
cd /
echo '/dev/vda @DATA@ ext4 noatime,commit=5,errors=remount-ro 0 2' > /etc/fstab
/run/package/DEBIAN/postinst configure
cat > /etc/systemd/system/laboratory.target <<UNIT
[Unit]
Requires=basic.target
Wants=hotlinebox.target laboratory.service
After=basic.target
AllowIsolate=yes
UNIT
cat > /etc/systemd/system/laboratory.service <<UNIT
[Unit]
After=hotlinebox.target hotlinebox-engine.service hotlinebox-web.service
[Service]
Type=oneshot
WorkingDirectory=/run/host
ExecStart=/bin/bash -c '/bin/bash /run/host/script > /dev/ttyS1 2>&1 < /dev/null; echo \\$\\$? > /run/host/exit-status'
ExecStopPost=/bin/bash -c 'journalctl -b --no-pager > /run/host/journal; dmesg > /run/host/kernel-log; sync'
ExecStopPost=/bin/systemctl --force --no-block poweroff
TimeoutStartSec=infinity
Environment=PYTHONUNBUFFERED=1 LANG=C.UTF-8 HOME=/root
UNIT
stty -F /dev/ttyS1 -opost
exec /lib/systemd/systemd --system --unit=laboratory.target
"""


def unpacked(deb: Path, folder: Path) -> Path:
    """The package's files, and its control files in `DEBIAN`."""
    target = folder / "package"
    subprocess.run(["dpkg-deb", "-R", str(deb), str(target)], check=True)
    return target


class BoxGuest:
    """One life of the guest's power supply. Made again with the same share it is the same box, switched on again."""

    def __init__(
        self,
        share: Path,
        *,
        package: Path,
        script: str = "",
        settings: str = "",
        memory_mb: int = 1536,
        devices: Sequence[str] = (),
    ) -> None:
        """`settings`: instead of the package's settings.toml. `devices` are more words for QEMU."""
        self.share = share
        self._package = package
        self._memory_mb = memory_mb
        self._devices = devices
        share.mkdir(parents=True, exist_ok=True)
        for name in ("exit-status", "console", "said"):
            (share / name).unlink(missing_ok=True)
        prepare = "" if not settings else "cp /run/host/settings.toml /etc/hotlinebox/settings.toml\n"
        (share / "settings.toml").write_text(settings, encoding="utf-8")
        (share / "script").write_text(script, encoding="utf-8")
        self._second_stage = (
            (_MOUNTS + _SYSTEMD)
            .replace("@TREE@", str(TREE))
            .replace("@DATA@", str(DATA))
            .replace("/run/package/DEBIAN/postinst", f"{prepare}/run/package/DEBIAN/postinst")
        )
        self._disk = share / "data.img"
        if not self._disk.exists():
            with self._disk.open("wb") as file:
                file.truncate(_DATA_MB << 20)
            subprocess.run(["mkfs.ext4", "-q", "-F", "-m", "0", str(self._disk)], check=True)
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.web_port: int = free.getsockname()[1]
        self.web_url = f"http://127.0.0.1:{self.web_port}/"

    def __enter__(self) -> Self:
        version = newest_kernel()
        assert version is not None, "no kernel"
        boot = make_boot_files(version, Path(tempfile.gettempdir()) / f"hotlinebox-box-{version}", self._second_stage)
        # Where it is allowed, ahead of other programs: the tick of a guest that stands still takes all of its time.
        first = ["nice", "-n", "-10"] if os.geteuid() == 0 else []
        words = [
            *first, QEMU, "-accel", "tcg,thread=multi", "-cpu", "Nehalem", "-smp", "2", "-m", str(self._memory_mb),
            "-M", "q35", "-nodefaults", "-display", "none", "-no-reboot",
            "-kernel", str(boot.kernel), "-initrd", str(boot.initramfs),
            "-append", _APPEND,
            *shared("/", "root", read_only=True), *shared(str(TREE), "tree", read_only=True),
            *shared(str(self.share), "host", read_only=False), *shared(str(self._package), "package", read_only=True),
            "-drive", f"if=none,id=data,format=raw,file={self._disk},cache=directsync",
            "-device", "virtio-blk-pci,drive=data",
            "-nic", f"user,model=virtio-net-pci,restrict=on,hostfwd=tcp:127.0.0.1:{self.web_port}-:80",
            "-device", "virtio-rng-pci", "-serial", f"file:{self.share / 'console'}",
            "-serial", f"file:{self.share / 'said'}", *self._devices,
        ]  # fmt: skip
        with (self.share / "qemu").open("wb") as output:
            self._process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.power_cut()

    def power_cut(self) -> None:
        """From one instruction to the next."""
        if self._process.poll() is None:
            os.kill(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def until_said(self, word: str, within_s: float) -> None:
        """Wait for a word in what the script says. Raises `GuestError` when the guest ends or the time is over."""
        end_s = time.monotonic() + within_s
        while word not in self.said():
            if self._process.poll() is not None or time.monotonic() > end_s:
                raise GuestError(f"{word!r} was never said, but:\n{self.said()}\n{self.console()[-3000:]}")
            time.sleep(0.1)

    def ends(self, within_s: float) -> GuestRun:
        """The script is over and the guest off. Raises `GuestError` when it is not, or stopped half-way."""
        try:
            self._process.wait(within_s)
        except subprocess.TimeoutExpired:
            raise GuestError(f"not done within {within_s:.0f} s:\n{self.said()}\n{self.console()[-3000:]}") from None
        status = self._text("exit-status").strip()
        if not status:
            raise GuestError(f"it stopped half-way:\n{self.said()}\n{self.console()[-3000:]}\n{self._text('qemu')}")
        return GuestRun(int(status), self.said(), self._text("kernel-log"))

    def said(self) -> str:
        """By the script."""
        return self._text("said")

    def console(self) -> str:
        """What a screen at the box would show."""
        return self._text("console")

    def journal(self) -> str:
        """Of all services, after `ends`."""
        return self._text("journal")

    def _text(self, name: str) -> str:
        path = self.share / name
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""
