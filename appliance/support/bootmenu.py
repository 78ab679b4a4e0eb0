"""The boot loader's menu: one entry a slot, on the ESP, with the tries that it has left in its name.

systemd-boot's Automatic Boot Assessment: `hotlinebox_000007_b+3.conf` may be tried three times; the boot loader counts
down in the name (`+2-1`). Without a counter an entry is good, with `+0` it comes last. Of the others the highest number
is started. Every change of the menu is one rename, so a power cut leaves the old menu or the new one.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from appliance.atomicfile import replace_file

TRIES = 3
_NAME = re.compile(r"hotlinebox_(\d{6})_([ab])(?:\+(\d+)(?:-(\d+))?)?\.conf")
_RESET_NAME = "factory-reset.conf"
_RESET_WORD = "hotlinebox.reset=1"


class Slot(StrEnum):
    A = "a"
    B = "b"

    @property
    def other(self) -> Slot:
        return Slot.B if self is Slot.A else Slot.A


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the menu, as its file name says it."""

    number: int
    slot: Slot
    tries_left: int | None = None
    """None: good for ever. 0: it was tried and did not pass."""
    tries_done: int = 0

    @property
    def name(self) -> str:
        counter = "" if self.tries_left is None else f"+{self.tries_left}"
        done = f"-{self.tries_done}" if counter and self.tries_done else ""
        return f"hotlinebox_{self.number:06}_{self.slot}{counter}{done}.conf"

    @property
    def good(self) -> bool:
        return self.tries_left is None

    @property
    def failed(self) -> bool:
        return self.tries_left == 0


def parse_entry(name: str) -> Entry | None:
    """The entry that a file of this name is, or None."""
    found = _NAME.fullmatch(name)
    if found is None:
        return None
    left = None if found[3] is None else int(found[3])
    return Entry(int(found[1]), Slot(found[2]), left, int(found[4] or 0))


@dataclass(frozen=True)
class BootMenu:
    """`esp` is where the ESP is mounted. Every method raises `OSError` when it cannot be read or written."""

    esp: Path

    @property
    def _entries(self) -> Path:
        return self.esp / "loader/entries"

    def entries(self) -> tuple[Entry, ...]:
        """In the order in which the boot loader would start them."""
        found = (parse_entry(path.name) for path in self._entries.iterdir())
        return tuple(sorted(filter(None, found), key=lambda entry: (entry.failed, -entry.number)))

    def entry(self, slot: Slot) -> Entry | None:
        """The entry of a slot; None: nothing there can be started."""
        return next((entry for entry in self.entries() if entry.slot is slot), None)

    def title(self, entry: Entry) -> str:
        """What the boot loader shows for it: product and version."""
        text = (self._entries / entry.name).read_text(encoding="utf-8")
        return next((line.removeprefix("title ") for line in text.splitlines() if line.startswith("title ")), "")

    def remove(self, slot: Slot) -> None:
        """From now on nobody starts `slot`, so what lies there may be overwritten."""
        for entry in self.entries():
            if entry.slot is slot:
                (self._entries / entry.name).unlink()
        _sync(self._entries)

    def add(self, slot: Slot, kernel: bytes, initrd: bytes, options: str, title: str) -> Entry:
        """Put a slot's kernel there and, last of all, its entry: the next to be started, on trial."""
        folder = self.esp / "hotlinebox" / slot
        folder.mkdir(parents=True, exist_ok=True)
        replace_file(folder / "linux", kernel)
        replace_file(folder / "initrd", initrd)
        entry = Entry(self._next_number(), slot, TRIES)
        replace_file(self._entries / entry.name, _text(slot, options, title).encode())
        return entry

    def bless(self, slot: Slot) -> None:
        """It passed its test: it stays. The factory reset is done with its kernel from now on."""
        entry = self._must(slot)
        text = (self._entries / entry.name).read_text(encoding="utf-8")
        reset = text.replace("title ", "title 恢复出厂设置 (清除全部数据) ", 1).rstrip("\n") + f" {_RESET_WORD}\n"
        replace_file(self._entries / _RESET_NAME, reset.encode())
        self._rename(entry, replace(entry, tries_left=None, tries_done=0))

    def condemn(self, slot: Slot) -> None:
        """It did not pass: the boot loader takes the other slot, unless that one is condemned too."""
        entry = self._must(slot)
        self._rename(entry, replace(entry, tries_left=0, tries_done=TRIES))

    def prefer(self, slot: Slot) -> None:
        """Start this one the next time, on trial."""
        entry = self._must(slot)
        self._rename(entry, Entry(self._next_number(), slot, TRIES))

    def _must(self, slot: Slot) -> Entry:
        entry = self.entry(slot)
        if entry is None:
            raise FileNotFoundError(f"no boot entry of slot {slot}")
        return entry

    def _next_number(self) -> int:
        return max((entry.number for entry in self.entries()), default=0) + 1

    def _rename(self, old: Entry, new: Entry) -> None:
        if old != new:
            (self._entries / old.name).rename(self._entries / new.name)
            _sync(self._entries)


def _text(slot: Slot, options: str, title: str) -> str:
    """Boot Loader Specification, type 1."""
    lines = (
        f"title {title}",
        f"linux /hotlinebox/{slot}/linux",
        f"initrd /hotlinebox/{slot}/initrd",
        f"options {options} hotlinebox.slot={slot}",
    )
    return "\n".join(lines) + "\n"


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def running_slot(command_line: str) -> Slot | None:
    """The slot that the kernel command line names; None: this machine runs from no image of ours."""
    found = re.search(r"(?:^| )hotlinebox\.slot=([ab])(?: |$)", command_line.strip())
    return Slot(found[1]) if found else None
