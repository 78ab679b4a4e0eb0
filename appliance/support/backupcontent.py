"""What of the data folder belongs in a backup, by name and age. Only looks; never opens a file.

Files are of two sorts: what changes goes whole into every backup; what never changes again (recordings, voicemails,
evidence, journal files that are closed) goes once into the pack of its day.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

DATABASE = "hotlinebox.db"
SETTINGS = "backup/plan.json"
BOX = "backup/name.json"
CALLPLAN = "callplan.json"
FILES = (CALLPLAN, "lines.json", "messages.json", "callerbook.json")
FOLDERS = ("prompts", "ledger")
KEYS = ("tls",)
"""Private keys: only in encrypted backups. Computers that trust this box go on trusting the one in its place."""
JOURNAL = "journal"
SOUNDS = ("recordings", "voicemail", "evidence")
SETTLED_S = 120.0
"""What was written to in the last two minutes may belong to a call that goes on: it is left for the next backup."""
CLOSED_S = 2 * 86_400.0
"""A journal file that nobody wrote to for so long is closed: a new one begins each day."""
_SOUND = re.compile(r"\.(wav|chain)$")
_JOURNAL = re.compile(r"(\d{4})(\d{2})(\d{2})-.*\.jsonl$")


class Stamp(NamedTuple):
    """A file as it was found."""

    path: str
    """From the data folder."""
    size: int
    mtime_ns: int


def changing(data: Path, *, keys: bool) -> Iterator[str]:
    """Files that may change at any time, but the database and the journal; `keys`: private keys too."""
    for name in FILES:
        if (data / name).is_file():
            yield name
    for folder in (*FOLDERS, *(KEYS if keys else ())):
        for path in sorted((data / folder).rglob("*")):
            if path.is_file() and not path.name.startswith("."):
                yield path.relative_to(data).as_posix()


def journal(data: Path, now_s: float, *, closed: bool | None = None) -> Iterator[Stamp]:
    """Journal files in their order; `closed`: only those that are, or are not."""
    for stamp in _in_folder(data, JOURNAL):
        if _JOURNAL.search(stamp.path) and closed in {None, now_s - stamp.mtime_ns / 1e9 > CLOSED_S}:
            yield stamp


def days(data: Path, now_s: float) -> list[str]:
    """Days (`2026-11-22`) that have something for a pack, the oldest first."""
    found = {_day_of(stamp.path) for stamp in journal(data, now_s, closed=True)}
    for folder in SOUNDS:
        for place in (data / folder).glob("[0-9][0-9][0-9][0-9]/[0-9][0-9]/[0-9][0-9]"):
            found.add("-".join(place.parts[-3:]))
    return sorted(found)


def of_day(data: Path, day: str, now_s: float) -> Iterator[Stamp]:
    """Files of a day that will not change again, as far as can be told."""
    for folder in SOUNDS:
        for stamp in _in_folder(data, f"{folder}/{day.replace('-', '/')}"):
            if _SOUND.search(stamp.path) and now_s - stamp.mtime_ns / 1e9 > SETTLED_S:
                yield stamp
    for stamp in journal(data, now_s, closed=True):
        if _day_of(stamp.path) == day:
            yield stamp


def _day_of(journal_path: str) -> str:
    found = _JOURNAL.search(journal_path)
    assert found is not None
    return "-".join(found.groups())


def _in_folder(data: Path, folder: str) -> Iterator[Stamp]:
    try:
        entries = sorted(os.scandir(data / folder), key=lambda entry: entry.name)
    except FileNotFoundError:
        return
    for entry in entries:
        try:
            status = entry.stat(follow_symlinks=False)
        except FileNotFoundError:
            continue  # cleaned up meanwhile
        if entry.is_file(follow_symlinks=False):
            yield Stamp(f"{folder}/{entry.name}", status.st_size, status.st_mtime_ns)
