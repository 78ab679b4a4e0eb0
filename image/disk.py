"""The whole disk as a file: ESP, two slots of root and hashes. The data partition is made on the box."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import NamedTuple
from uuid import NAMESPACE_URL, uuid5

from appliance.support.bootmenu import BootMenu, Slot
from image.declaration import Box
from image.run import BuildError, run

_MIB = 1 << 20
_ESP, _ROOT, _VERITY = (
    "C12A7328-F81F-11D2-BA4B-00A0C93EC93B",
    "4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709",
    "2C7357ED-EBD2-46D9-AEC1-23D437EC2BF5",
)
_ESP_NAME = "HOTLINEBOX"
_LOADER = "timeout 0\nconsole-mode keep\neditor no\n"


def make_disk(box: Box, bundle_parts: dict[str, Path], options: str, title: str, loader: Path, folder: Path) -> Path:
    """`disk.raw` with this version in slot A, good from the start; slot B empty. `loader` is systemd-boot.

    Raises `BuildError` when a part does not fit its partition.
    """
    esp = folder / "esp"
    shutil.rmtree(esp, ignore_errors=True)
    (esp / "EFI/BOOT").mkdir(parents=True)
    (esp / "loader/entries").mkdir(parents=True)
    shutil.copyfile(loader, esp / "EFI/BOOT/BOOTX64.EFI")
    (esp / "loader/loader.conf").write_text(_LOADER)
    menu = BootMenu(esp)
    menu.add(Slot.A, bundle_parts["kernel"].read_bytes(), bundle_parts["initrd"].read_bytes(), options, title)
    menu.bless(Slot.A)
    layout = _layout(box)
    disk = folder / "disk.raw"
    disk.unlink(missing_ok=True)
    with disk.open("wb") as file:
        file.truncate((layout[-1].start_mib + layout[-1].size_mib + 1) * _MIB)
    run("sfdisk", "--quiet", disk, text=_table(box.name, layout))
    contents = {
        "esp": _make_esp(box, esp, folder), "root-a": bundle_parts["root"], "verity-a": bundle_parts["verity"],
    }  # fmt: skip
    for partition in layout:
        if partition.label in contents:
            _lay(contents[partition.label], disk, partition)
    return disk


class _Partition(NamedTuple):
    label: str
    kind: str
    start_mib: int
    size_mib: int


def _layout(box: Box) -> list[_Partition]:
    sizes = [("esp", _ESP, box.disk.esp_mib)]
    for slot in Slot:
        sizes += [(f"root-{slot}", _ROOT, box.disk.root_mib), (f"verity-{slot}", _VERITY, box.disk.verity_mib)]
    layout, start = [], 1
    for label, kind, size in sizes:
        layout.append(_Partition(label, kind, start, size))
        start += size
    return layout


def _table(name: str, layout: list[_Partition]) -> str:
    lines = ["label: gpt", f"label-id: {uuid5(NAMESPACE_URL, name)}", "unit: sectors"]
    for partition in layout:
        identifier = uuid5(NAMESPACE_URL, f"{name}/{partition.label}")
        start, size = (mib * _MIB // 512 for mib in (partition.start_mib, partition.size_mib))
        lines.append(f"start={start}, size={size}, type={partition.kind}, uuid={identifier}, name={partition.label}")
    return "\n".join(lines) + "\n"


def _make_esp(box: Box, tree: Path, folder: Path) -> Path:
    image = folder / "esp.vfat"
    with image.open("wb") as file:
        file.truncate(box.disk.esp_mib * _MIB)
    for path in sorted(tree.rglob("*")):
        os.utime(path, (box.epoch, box.epoch))
    run("mkfs.vfat", "-F32", "-s1", "-n", _ESP_NAME, "-i", "484c4258", "--invariant", image)
    dated = {"SOURCE_DATE_EPOCH": str(box.epoch), "TZ": "UTC"}
    for top in sorted(tree.iterdir()):
        run("mcopy", "-s", "-m", "-i", image, top, "::", env=dated)
    return image


def _lay(content: Path, disk: Path, partition: _Partition) -> None:
    if content.stat().st_size > partition.size_mib * _MIB:
        raise BuildError(
            f"{content.name} has {content.stat().st_size / _MIB:.0f} MiB, partition {partition.label} "
            f"{partition.size_mib} MiB: box.toml, [disk]."
        )
    with content.open("rb") as source, disk.open("r+b") as target:
        target.seek(partition.start_mib * _MIB)
        while piece := source.read(_MIB):
            if piece.count(0) == len(piece):
                target.seek(len(piece), os.SEEK_CUR)  # stays a hole
            else:
                target.write(piece)
