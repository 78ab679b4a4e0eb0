"""A box in a QEMU guest that is switched on within seconds: restored with its programs loaded, its disk untouched.

    standby = Standby(folder, package=package, settings=LEAN)
    with standby.life(disk, restored=True) as box:
        box.until_said("网页已就绪", within_s=60)     # box.web_url
        box.power_cut()

What is restored: a kernel that is up, and one process that has loaded engine and web (`in_guest/standby_box.py`) and
    waits; root is in memory (`smallroot.py`). Saved once, before the drivers of disk and network were loaded. What
    really happens in every life: clock, random numbers, drivers, file system check with its journal, mount, look at
    the database, recovery of journal and recordings, start of engine and web, every write. With `restored=False` the
    kernel boots as well and all programs are loaded; it is the same box on the same disk, after a minute.
How: RAM is a file that QEMU maps. The first guest shares it, stops, and the rest of its state is migrated into another
    file without it (`x-ignore-shared`); each life maps the same file privately and takes that state in.
Writes reach `disk` as the guest asked for them: its flushes are QEMU's fdatasync. What a flush did not cover is lost
    or not as `disk` decides (`tests/system/volatiledisk.py`); `kill -9` of QEMU itself loses nothing it has written.
Limits: no systemd and none of its sandboxes (`BoxGuest` has them).
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.system.lab.guest import QEMU, GuestError
from tests.system.lab.kernel import make_kernel, modules_of, newest_kernel
from tests.system.lab.smallroot import HOME, small_root

MEMORY_MB = 2048
_NOW, _THEN = ("ext4", "crc32c_generic", "crc32c_intel"), ("virtio_pci", "virtio_blk", "virtio_net")
_STARTS_WITHIN_S = 300.0
_IN_GUEST = Path(__file__).parent / "in_guest" / "standby_box.py"
_INIT = f"""#!/bin/busybox sh
b=/bin/busybox
$b mount -t proc proc /proc
$b mount -t sysfs sys /sys
$b mount -t devtmpfs dev /dev
$b mkdir -p /dev/shm /dev/pts
$b mount -t devpts devpts /dev/pts
for place in /dev/shm /run /tmp; do $b mount -t tmpfs -o mode=1777 tmpfs $place; done
for module in $($b cat /modules/now); do $b insmod /modules/$module; done
$b ip link set lo up
export PATH=/bin:/sbin HOME=/ LANG=C.UTF-8 TZ=Asia/Shanghai
export PYTHONUTF8=1 PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 OPENBLAS_NUM_THREADS=1
exec /{HOME}/bin/python /standby_box.py
"""


class Standby:
    """What the lives of a box begin with. Made once; with the same folder it is taken as it is."""

    def __init__(self, folder: Path, *, package: Path, settings: str) -> None:
        """Raises `GuestError` when the guest does not come to where it stands by."""
        version = newest_kernel()
        assert version is not None, "no kernel"
        self.folder = folder
        self._state = folder / "state"
        self._memory = folder / "memory"
        if self._state.exists():
            return
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        make_kernel(version, folder).rename(folder / "kernel")
        (folder / "initramfs").write_bytes(small_root(package, _more(version, settings)))
        with (folder / "blank.img").open("wb") as blank:
            blank.truncate(1 << 20)
        with Life(self, folder / "blank.img", restored=False, shared=True) as first:
            first.until_said("standing by", _STARTS_WITHIN_S)
            first.freeze(self._state)

    def life(self, disk: Path, *, restored: bool) -> Life:
        """The box switched on with this disk."""
        return Life(self, disk, restored=restored)


def _more(version: str, settings: str) -> dict[str, bytes]:
    more = {"init": _INIT.encode(), "standby_box.py": _IN_GUEST.read_bytes()}
    more["etc/hotlinebox/settings.toml"] = settings.encode()
    for name, modules in (("now", _NOW), ("then", _THEN)):
        contents = {f"{name}{number:02}.ko": module for number, module in enumerate(modules_of(version, modules))}
        more |= {f"modules/{each}": content for each, content in contents.items()}
        more[f"modules/{name}"] = " ".join(contents).encode()
    return more


class Life:
    """From switching on to the power cut. `web_url`: where its web answers, as seen from here."""

    def __init__(self, standby: Standby, disk: Path, *, restored: bool, shared: bool = False) -> None:
        """`shared`: what happens in its memory stays in the file."""
        self.folder = standby.folder
        self._restored = restored
        self._shared = shared
        self._disk = disk
        with socket.create_server(("127.0.0.1", 0)) as free:
            port: int = free.getsockname()[1]
        self.web_url = f"http://127.0.0.1:{port}/"
        self._connections: list[socket.socket] = []
        self._forwarded = f"user,model=virtio-net-pci,restrict=on,hostfwd=tcp:127.0.0.1:{port}-:80"

    def __enter__(self) -> Self:
        for name in ("said", "console", "orders", "monitor"):
            (self.folder / name).unlink(missing_ok=True)
        with (self.folder / "qemu").open("wb") as output:
            self._process = subprocess.Popen(self._words(), stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        try:
            self._orders = self._connected("orders")
            threading.Thread(target=_read_on, args=(self._orders,), daemon=True).start()
            self._monitor = Monitor(self._connected("monitor"))
            if self._restored:
                self._monitor.ask("migrate-set-capabilities", capabilities=_RAM_IS_A_FILE)
                self._monitor.ask("migrate-incoming", uri=f"exec:cat {self.folder / 'state'}")
                self._until(lambda: self._monitor.ask("query-status")["status"] == "paused", 60, "restored")
                self._monitor.ask("cont")
        except BaseException:
            self.power_cut()
            raise
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.power_cut()

    def go(self, hardware_clock_s: float | None = None) -> None:
        """The box starts. `hardware_clock_s`: what its clock shows when it is not ours, in seconds since 1970."""
        if not self._restored:
            self.until_said("standing by", _STARTS_WITHIN_S)
        shown_s = time.time() if hardware_clock_s is None else hardware_clock_s
        self.order(f"go {shown_s} {secrets.token_hex(64)}")

    def order(self, words: str) -> None:
        """`copy`: what the hourly timer does."""
        with suppress(OSError):  # it was switched off
            self._orders.sendall(f"{words}\n".encode())

    def power_cut(self) -> None:
        """From one instruction to the next."""
        if self._process.poll() is None:
            os.kill(self._process.pid, signal.SIGKILL)
        self._process.wait()
        for connection in self._connections:
            connection.close()

    def freeze(self, state: Path) -> None:
        """Stop, and keep what the memory file does not have."""
        self._monitor.ask("stop")
        self._monitor.ask("migrate-set-capabilities", capabilities=_RAM_IS_A_FILE)
        beside = state.with_suffix(".part")
        self._monitor.ask("migrate", uri=f"exec:cat > {beside}")
        self._until(lambda: self._monitor.ask("query-migrate").get("status") == "completed", 120, "saved")
        self._monitor.ask("quit")
        self._process.wait(60)
        beside.rename(state)

    def said(self) -> str:
        """By its programs."""
        path = self.folder / "said"
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""

    def until_said(self, word: str, within_s: float) -> None:
        """Raises `GuestError` when the guest ends or the time is over."""
        self._until(lambda: word in self.said(), within_s, word)

    def _until(self, condition: Callable[[], bool], within_s: float, what: str) -> None:
        end_s = time.monotonic() + within_s
        while not condition():
            if self._process.poll() is not None or time.monotonic() > end_s:
                rest = [(self.folder / name).read_text(errors="replace")[-3000:] for name in ("console", "qemu")]
                raise GuestError(f"not {what!r} within {within_s:.0f} s:\n{self.said()[-6000:]}\n" + "\n".join(rest))
            time.sleep(0.05)

    def _connected(self, name: str) -> socket.socket:
        connection = socket.socket(socket.AF_UNIX)
        self._connections.append(connection)
        path = self.folder / name

        def connects() -> bool:
            with suppress(OSError):
                connection.connect(str(path))
                return True
            return False

        self._until(connects, 20, f"{name} connected")
        return connection

    def _words(self) -> Sequence[str]:
        # Where it is allowed, ahead of other programs: the tick of a guest that stands still takes all of its time.
        first = ["nice", "-n", "-10"] if os.geteuid() == 0 else []
        private = "on" if self._shared else "off"
        memory = f"memory-backend-file,id=memory,size={MEMORY_MB}M,mem-path={self.folder / 'memory'},share={private}"
        said = f"socket,id=said,path={self.folder / 'orders'},server=on,wait=off,logfile={self.folder / 'said'}"
        return [
            *first, QEMU, "-accel", "tcg,thread=multi", "-cpu", "Nehalem", "-smp", "2", "-m", str(MEMORY_MB),
            "-object", memory, "-M", "q35,memory-backend=memory", "-nodefaults", "-display", "none", "-no-reboot",
            "-kernel", str(self.folder / "kernel"), "-initrd", str(self.folder / "initramfs"),
            "-append", "console=ttyS0 quiet panic=-1 tsc=reliable no_timer_check mitigations=off nokaslr net.ifnames=0",
            "-drive", f"if=none,id=data,format=raw,file={self._disk},cache=writeback",
            "-device", "virtio-blk-pci,drive=data", "-nic", self._forwarded,
            "-serial", f"file:{self.folder / 'console'}", "-chardev", said, "-serial", "chardev:said",
            "-qmp", f"unix:{self.folder / 'monitor'},server=on,wait=off",
            *(["-incoming", "defer"] if self._restored else []),
        ]  # fmt: skip


def _read_on(connection: socket.socket) -> None:
    """What is said is in a file as well; a serial line whose other end nobody reads stands still."""
    with suppress(OSError):
        while connection.recv(65_536):
            pass


_RAM_IS_A_FILE = [{"capability": "x-ignore-shared", "state": True}]


class Monitor:
    """QEMU's QMP."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._line()  # the greeting
        self.ask("qmp_capabilities")

    def ask(self, command: str, **arguments: object) -> Any:
        """Its answer. Raises `GuestError`."""
        self._connection.sendall(json.dumps({"execute": command, "arguments": arguments}).encode() + b"\n")
        while line := self._line():
            answer = json.loads(line)
            if "error" in answer:
                raise GuestError(f"{command}: {answer['error']['desc']}")
            if "return" in answer:
                return answer["return"]
        raise GuestError(f"{command}: no answer")

    def _line(self) -> bytes:
        line = b""
        while not line.endswith(b"\n") and (octet := self._connection.recv(1)):
            line += octet
        return line
