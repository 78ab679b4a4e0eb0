"""Copies of the database, and what happens when it is broken: the last good copy takes its place.

What: `copy` makes a checked copy (every hour); `repair` runs before the web opens the database.
How: a copy counts only after SQLite found nothing wrong with it, and has its name only then. What the copy does not
    have comes back from the journal: where the reading of the journal stands is in the database itself. Lost is what
    people entered since the copy (at most about an hour). The broken files are kept for the vendor, the last ones only.
Limits: SQLite only. Without any good copy the database begins anew: all calls come back, what people entered does not.
"""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import msgspec

from appliance.atomicfile import replace_file
from appliance.store.errors import StoreError
from appliance.store.sqlite_copy import SIDE_FILES, copy_file, damage_of_file, settle_file
from appliance.store.sqlite_trouble import looks_whole

KEPT = 3
_SPARE = 1.2
"""A copy is made only where so many times its size is free."""


class CopyState(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the database lately; times in ISO 8601, empty: never."""

    checked_at: str = ""
    checked_boot: str = ""
    """Boot id of the machine in which it was looked at before use."""
    copied_at: str = ""
    damage: str = ""
    """What is wrong with the database in use; empty when nothing is known to be."""
    restored_at: str = ""
    restored_from: str = ""
    """When the copy was made that was put in its place; empty: there was none, it began anew."""


class NoRoomError(Exception):
    """There is not enough space for a copy."""


class DatabaseCopies:
    """The copies of one database file, in `copies` beside it."""

    def __init__(self, database: Path) -> None:
        self._database = database
        self._folder = database.parent / "copies"
        self._note = self._folder / "state.json"

    def state(self) -> CopyState:
        """As it was noted last; what cannot be read counts as nothing known."""
        try:
            return msgspec.json.decode(self._note.read_bytes(), type=CopyState)
        except (OSError, msgspec.DecodeError):
            return CopyState()

    def copy(self, now: datetime) -> CopyState:
        """Make a copy; damage is found by it. Raises `StoreError`, `NoRoomError`, `OSError`."""
        self._folder.mkdir(exist_ok=True)
        needed = self._database.stat().st_size * _SPARE
        if shutil.disk_usage(self._folder).free < needed:
            raise NoRoomError
        beside = self._folder / ".copy.db"
        self._remove(beside)
        try:
            settle_file(self._database)
            copy_file(self._database, beside)
            damage = damage_of_file(beside)
        except StoreError as error:
            damage = str(error)
        state = self._noted(checked_at=_text(now), damage=damage)
        if not damage:
            beside.replace(self._folder / f"{now:%Y%m%d-%H%M%S}.db")
            state = self._noted(copied_at=_text(now))
            for old in self._copies()[KEPT:]:
                self._remove(old)
        self._remove(beside)
        return state

    def repair(self, now: datetime, boot: str) -> CopyState:
        """Look at the database unless that was done since the machine started; put a copy in its place if need be.

        That it is there and can be opened is looked at each time: a web that ends over it starts with a whole one.
        Nobody may have it open. Raises `StoreError` when a copy cannot be put back, `OSError`.
        """
        before = self.state()
        if boot and before.checked_boot == boot and not before.damage and looks_whole(self._database):
            return before
        copies = self._copies()
        if not self._database.exists() and not copies:
            return before  # a new box
        self._folder.mkdir(exist_ok=True)
        damage = damage_of_file(self._database) if self._database.exists() else "文件不见了"
        if not damage:
            return self._noted(checked_at=_text(now), checked_boot=boot, damage="")
        self._set_aside(now)
        good = next((copy for copy in copies if not damage_of_file(copy)), None)
        if good is not None:
            self._put_back(good)
        made_at = datetime.strptime(good.stem, "%Y%m%d-%H%M%S").astimezone().isoformat() if good else ""
        return self._noted(
            checked_at=_text(now), checked_boot=boot, damage="", restored_at=_text(now), restored_from=made_at
        )

    def _set_aside(self, now: datetime) -> None:
        folder = self._folder / "broken"
        shutil.rmtree(folder, ignore_errors=True)
        place = folder / f"{now:%Y%m%d-%H%M%S}"
        place.mkdir(parents=True)
        for end in SIDE_FILES:
            with suppress(FileNotFoundError):
                Path(f"{self._database}{end}").replace(place / f"{self._database.name}{end}")

    def _put_back(self, copy: Path) -> None:
        beside = self._database.with_suffix(".restored")
        self._remove(beside)
        copy_file(copy, beside)
        beside.replace(self._database)
        folder = os.open(self._database.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _copies(self) -> list[Path]:
        """The newest first."""
        return sorted(self._folder.glob("[0-9]*-[0-9]*.db"), reverse=True)

    def _remove(self, path: Path) -> None:
        for end in SIDE_FILES:
            Path(f"{path}{end}").unlink(missing_ok=True)

    def _noted(self, **changed: str) -> CopyState:
        state = msgspec.structs.replace(self.state(), **changed)
        replace_file(self._note, msgspec.json.encode(state))
        return state


def _text(now: datetime) -> str:
    return now.isoformat(timespec="seconds")
