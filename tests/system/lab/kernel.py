"""Boot files from an installed Debian kernel: the ELF image out of its bzImage, and an initramfs that mounts our root.

The plain ELF image boots by PVH and spares the emulated processor the unpacking (5 s instead of 14 s of its time).
"""

from __future__ import annotations

import gzip
import lzma
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from image.cpio import InitramfsArchive

_XZ_MAGIC, _ELF_MAGIC = b"\xfd7zXZ\0", b"\x7fELF"
_MODULES = ("virtio_pci", "9pnet_virtio", "9p", "overlay")
BUSYBOX = Path("/bin/busybox")

_INIT = """#!/bin/busybox sh
b=/bin/busybox
$b mkdir -p /proc /sys /dev /root-ro /root-rw /new
$b mount -t proc proc /proc
$b mount -t sysfs sys /sys
$b mount -t devtmpfs dev /dev
for module in $($b cat /modules); do $b insmod /$module; done
$b mount -t 9p -o trans=virtio,version=9p2000.L,ro,cache=loose,msize=524288 root /root-ro
$b mount -t tmpfs -o size=60% tmpfs /root-rw
$b mkdir /root-rw/upper /root-rw/work
$b mount -t overlay -o lowerdir=/root-ro,upperdir=/root-rw/upper,workdir=/root-rw/work overlay /new
for kept in proc sys dev; do $b mount --move /$kept /new/$kept; done
$b cp /second-stage /new/second-stage
exec $b switch_root /new /second-stage
"""


@dataclass(frozen=True)
class BootFiles:
    """What QEMU's `-kernel` and `-initrd` want."""

    kernel: Path
    initramfs: Path


def newest_kernel(modules: Path = Path("/lib/modules")) -> str | None:
    """Version of the newest installed kernel that has both an image and DAHDI's modules."""
    there = [
        folder.name
        for folder in modules.glob("*")
        if (folder / "updates/dkms/dahdi.ko").exists() and Path(f"/boot/vmlinuz-{folder.name}").exists()
    ]
    return max(there, key=_version_key, default=None)


def make_boot_files(version: str, folder: Path, second_stage: str) -> BootFiles:
    """Write them into `folder`. `second_stage` is the script that runs as process 1 on the mounted root."""
    kernel, initramfs = make_kernel(version, folder), folder / "initramfs"
    archive = InitramfsArchive()
    for name in ("bin", "dev"):
        archive.folder(name)
    archive.character_device("dev/console", 5, 1)
    archive.file("bin/busybox", BUSYBOX.read_bytes(), executable=True)
    names = []
    for number, module in enumerate(modules_of(version, _MODULES)):
        names.append(f"{number:02}.ko")
        archive.file(names[-1], module)
    archive.file("modules", "\n".join(names).encode())
    archive.file("init", _INIT.encode(), executable=True)
    archive.file("second-stage", second_stage.encode(), executable=True)
    initramfs.write_bytes(gzip.compress(archive.octets(), 1))
    return BootFiles(kernel, initramfs)


def make_kernel(version: str, folder: Path) -> Path:
    """The kernel proper, in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    kernel = folder / f"vmlinux-{version}"
    if not kernel.exists():
        kernel.write_bytes(_elf_image(Path(f"/boot/vmlinuz-{version}").read_bytes()))
    return kernel


def modules_of(version: str, names: Sequence[str]) -> list[bytes]:
    """These modules as the kernel loads them, each after those that it needs; without what is built in."""
    return _with_dependencies(Path("/lib/modules") / version, names)


def _version_key(version: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", version)]


def _elf_image(bzimage: bytes) -> bytes:
    """The kernel proper, which Debian packs with xz. Raises `ValueError` when it is packed in another way."""
    at = bzimage.find(_XZ_MAGIC)
    while at >= 0:
        try:
            image = lzma.LZMADecompressor(format=lzma.FORMAT_XZ).decompress(bzimage[at:])
        except lzma.LZMAError:
            image = b""
        if image.startswith(_ELF_MAGIC):
            return image
        at = bzimage.find(_XZ_MAGIC, at + 1)
    raise ValueError("no xz-packed ELF kernel in the image")


def _with_dependencies(modules: Path, names: Sequence[str]) -> list[bytes]:
    needs = {}
    for line in (modules / "modules.dep").read_text(encoding="ascii").splitlines():
        path, _, rest = line.partition(":")
        needs[path] = rest.split()
    by_name = {re.sub(r"\.ko(\.\w+)?$", "", path.rpartition("/")[2]).replace("-", "_"): path for path in needs}
    order: dict[str, None] = {}
    for name in names:
        if name in by_name:  # else built in
            path = by_name[name]
            order |= dict.fromkeys([*reversed(needs[path]), path])
    return [_unpacked(modules / path) for path in order]


def _unpacked(module: Path) -> bytes:
    content = module.read_bytes()
    return lzma.decompress(content) if module.suffix == ".xz" else content
