"""The two places for a version on the disk, and writing one of them."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from appliance.support.bootmenu import BootMenu, Entry, Slot
from appliance.support.bundle import CHUNK, Bundle, BundleError

_WRITTEN_PARTS = ("root", "verity")


@dataclass(frozen=True)
class Slots:
    """`partitions` holds a device, or a file, for each of `root-a`, `verity-a`, `root-b`, `verity-b`."""

    menu: BootMenu
    partitions: Path

    def write(self, slot: Slot, bundle: Bundle, progress: Callable[[float], None]) -> Entry:
        """Put a checked bundle into `slot` and make it the next to start, on trial.

        From the first octet on the slot cannot be started, until the last is on the disk and was read back.
        Raises `BundleError` when it does not fit or the disk gives back other octets, `OSError` when it refuses.
        """
        manifest = bundle.manifest
        sizes = {part.name: part.size for part in manifest.parts}
        for name in _WRITTEN_PARTS:
            if _size_of(self._device(name, slot)) < sizes[name]:
                raise BundleError("这个版本比本机的系统分区大，无法安装，请联系厂家。")
        self.menu.remove(slot)
        whole, done = 2 * sum(sizes[part] for part in _WRITTEN_PARTS), 0

        def count(octets: int) -> None:
            nonlocal done
            done += octets
            progress(done / whole)

        for part in manifest.parts:
            if part.name in _WRITTEN_PARTS:
                device = self._device(part.name, slot)
                _write(device, bundle, part.name, count)
                if _read_back(device, part.size, count) != part.sha256:
                    raise BundleError("写入后读回的内容不一致，磁盘可能已损坏，请联系厂家更换。")
        kernel, initrd = (b"".join(bundle.part(name)) for name in ("kernel", "initrd"))
        options = f"{manifest.kernel_options} hotlinebox.roothash={manifest.root_hash}"
        return self.menu.add(slot, kernel, initrd, options, f"hotlinebox {manifest.version}")

    def _device(self, part: str, slot: Slot) -> Path:
        return self.partitions / f"{part}-{slot}"


def _size_of(device: Path) -> int:
    with device.open("rb") as file:
        return file.seek(0, os.SEEK_END)


def _write(device: Path, bundle: Bundle, part: str, count: Callable[[int], None]) -> None:
    with device.open("r+b") as file:
        for number, piece in enumerate(bundle.part(part)):
            file.write(piece)
            if number % 16 == 15:  # little at a time: recordings are written to the same disk
                file.flush()
                os.fsync(file.fileno())
            count(len(piece))
        file.flush()
        os.fsync(file.fileno())


def _read_back(device: Path, size: int, count: Callable[[int], None]) -> str:
    """SHA-256 of what the disk holds, not of what memory remembers of it."""
    digest = hashlib.sha256()
    with device.open("rb") as file:
        os.posix_fadvise(file.fileno(), 0, size, os.POSIX_FADV_DONTNEED)
        while size:
            piece = file.read(min(CHUNK, size))
            if not piece:
                break
            digest.update(piece)
            size -= len(piece)
            count(len(piece))
    return digest.hexdigest()
