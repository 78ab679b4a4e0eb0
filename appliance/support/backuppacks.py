"""Which files lie in which day pack: lists in `backup/lists`, one for each pack that this box wrote.

A list counts only while its pack is at the target with its size, and was made under the password of today: so another
disk, a changed password or a lost file lead to the missing packs being written again, and to nothing else.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

import msgspec

from appliance.atomicfile import replace_file
from appliance.support.backuparchive import PackRef
from appliance.support.backupcontent import Stamp
from appliance.support.backupfolder import BoxName

PACK = ".day"
STATE = ".backup"


class PackList(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    key: str
    size: int
    sha256: str
    files: tuple[Stamp, ...]

    def reference(self, there: Collection[str]) -> PackRef:
        """As a state names it; `there`: what the box still has of that day."""
        gone = tuple(stamp.path for stamp in self.files if stamp.path not in there)
        return PackRef(name=self.name, size=self.size, sha256=self.sha256, gone=gone)


class PackLists:
    """The lists of one box."""

    def __init__(self, folder: Path, name: BoxName, at_target: Mapping[str, int]) -> None:
        self._folder = folder
        self._name = name
        self._at_target = at_target

    def of_day(self, day: str) -> list[PackList]:
        """Packs of a day that can be relied on, in the order in which they were written."""
        return [
            each
            for each in map(_read, self._files(day))
            if each and each.key == self._name.key and self._at_target.get(each.name) == each.size
        ]

    def next_name(self, day: str) -> str:
        """A name that no pack of this day ever had, here or at the target."""
        prefix = f"{self._name.box}-{day}-"
        names = {each.name.removesuffix(".json") for each in self._files(day)} | set(self._at_target)
        numbers = [
            int(number)
            for name in names
            if name.startswith(prefix) and (number := name.removeprefix(prefix).removesuffix(PACK)).isdigit()
        ]
        return f"{prefix}{max(numbers, default=0) + 1}{PACK}"

    def add(self, pack: PackList) -> None:
        replace_file(self._folder / f"{pack.name}.json", msgspec.json.encode(pack))

    def _files(self, day: str) -> list[Path]:
        found = self._folder.glob(f"{self._name.box}-{day}-*{PACK}.json")
        return sorted(found, key=lambda path: (len(path.name), path.name))


def _read(path: Path) -> PackList | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=PackList)
    except (OSError, msgspec.DecodeError):
        return None


def states_of(box: str, names: Collection[str]) -> list[str]:
    """Backups of this box among the names at a target, the newest first."""
    return sorted((name for name in names if name.startswith(f"{box}-") and name.endswith(STATE)), reverse=True)


def unneeded(box: str, names: Collection[str], needed: Collection[str]) -> Iterator[str]:
    """Packs of this box, and what was left half-written, that no backup needs."""
    for name in names:
        if name.startswith(f"{box}-") and not name.endswith(STATE) and name not in needed:
            yield name
