"""A machine in QEMU for an image of ours: firmware, one disk, the web's port on this machine's loopback."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from image.run import BuildError, run

QEMU = "qemu-system-x86_64"
_OVMF = Path("/usr/share/OVMF")
PACKAGES = "qemu-system-x86 ovmf"
_GIB = 1 << 30
_SECRET = re.compile(r"口令[： ]([A-Z0-9-]{14})")


@dataclass(frozen=True)
class DirectBoot:
    """Kernel, initrd and command line given by QEMU: no firmware, no boot loader, minutes sooner under emulation."""

    kernel: Path
    initrd: Path
    options: str


@dataclass(frozen=True)
class Machine:
    """`folder` holds what the machine keeps: its disk, its firmware's memory, what its console said."""

    folder: Path
    memory_mib: int = 1024
    accelerator: str = "tcg"
    devices: tuple[str, ...] = ()
    """More words for QEMU."""
    network: tuple[str, ...] = ()
    """More of what is around its network card, as QEMU's `-nic user` takes it."""
    own_time: bool = False
    """While it works its clock goes by the instructions that it executes, 1 ns each: a busy host makes nothing late."""

    @property
    def disk(self) -> Path:
        return self.folder / "disk.raw"

    @property
    def console(self) -> Path:
        return self.folder / "console"

    def said(self) -> str:
        """What a screen at the box shows, since it was switched on."""
        with suppress(FileNotFoundError):
            return self.console.read_text(encoding="utf-8", errors="replace")
        return ""

    def secret(self) -> str:
        """That of the first set-up, from its screen; '' when it was not shown."""
        found = _SECRET.findall(self.said())
        return str(found[-1]) if found else ""

    def take_disk(self, image: Path, size_gib: int = 8) -> None:
        """A disk of its own with the image on it, as when the image was written to a larger one."""
        self.folder.mkdir(parents=True, exist_ok=True)
        run("cp", "--sparse=always", "--reflink=auto", image, self.disk)
        with self.disk.open("r+b") as file:
            file.truncate(size_gib * _GIB)
        (self.folder / "firmware").unlink(missing_ok=True)

    def words(self, port: int, direct: DirectBoot | None = None, *, cache: str = "writeback") -> list[str]:
        """The command line of QEMU. Raises `BuildError` when the firmware is not installed."""
        processor = "host" if self.accelerator == "kvm" else "Nehalem"
        around = ",".join(("user,model=virtio-net-pci,restrict=on", f"hostfwd=tcp:127.0.0.1:{port}-:80", *self.network))
        words = [
            QEMU, "-M", "q35", *self._clockwork(),
            "-cpu", processor, "-smp", "2", "-m", str(self.memory_mib), "-nodefaults", "-display", "none",
            "-drive", f"if=none,id=disk,format=raw,discard=unmap,cache={cache},file={self.disk}",
            "-device", "virtio-blk-pci,drive=disk,bootindex=1", "-device", "virtio-rng-pci",
            "-nic", around,
            "-device", "i6300esb", "-action", "watchdog=reset", "-serial", f"file:{self.console}",
            *self.devices,
        ]  # fmt: skip
        return words + (_direct(direct) if direct else self._firmware())

    def start(
        self, port: int, direct: DirectBoot | None = None, *, cache: str = "writeback"
    ) -> subprocess.Popen[bytes]:
        """Power on; whoever kills the process pulls the plug."""
        return subprocess.Popen(
            self.words(port, direct, cache=cache), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
        )

    def _clockwork(self) -> tuple[str, ...]:
        if self.own_time:
            return ("-accel", "tcg,thread=single", "-icount", "shift=0,sleep=on")
        return ("-accel", "tcg,thread=multi" if self.accelerator == "tcg" else self.accelerator)

    def _firmware(self) -> list[str]:
        if not (_OVMF / "OVMF_CODE_4M.fd").exists():
            raise BuildError(f"needs Debian's packages {PACKAGES}")
        memory = self.folder / "firmware"
        if not memory.exists():
            shutil.copyfile(_OVMF / "OVMF_VARS_4M.fd", memory)
        return [
            "-drive", f"if=pflash,format=raw,unit=0,readonly=on,file={_OVMF / 'OVMF_CODE_4M.fd'}",
            "-drive", f"if=pflash,format=raw,unit=1,file={memory}",
        ]  # fmt: skip


def _direct(direct: DirectBoot) -> list[str]:
    return ["-kernel", str(direct.kernel), "-initrd", str(direct.initrd), "-append", direct.options]


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
