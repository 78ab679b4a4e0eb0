"""The ledger of recordings: one line for each that begins or ends, each made of the line before it.

What: `Ledger.append` chains an entry and writes it; `read_ledger` gives all lines of all files and says which of them
    do not follow from the one before. A recording begins with the link of its line, so its own chain (`soundchain.py`)
    holds everything recorded before it; its head stands in the line that ends it, so everything after holds it.
How: `<data>/ledger/YYYY-MM.ledger`, text, append only. A line is `<link> <entry as JSON>` with
    `link = SHA-256(link before, 32 bytes ‖ entry as it stands there, UTF-8)`; the first link before is 64 zeros.
Limits: who may write every file of the box can make up a new ledger from a day on. That shows against any head that
    left the box before: each export and each nightly check names one. A disk that refuses keeps lines in memory; they
    are written with the next.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec

LEDGER_DIR = "ledger"
FIRST_LINK = "0" * 64
_LINE = re.compile(r"([0-9a-f]{64}) (\{.*\})")
_LOOK_BACK_BYTES = 1 << 20
"""So much of the ledger's end holds every recording that can still run: thousands of lines."""


class Gap(msgspec.Struct, frozen=True):
    """Sound that was not kept: `length_s` of pause after `at_s` of sound."""

    at_s: float
    length_s: float


class _Entry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="kind", tag=str.lower):
    pass


class Started(_Entry, frozen=True, kw_only=True):
    """The box began to work. Without a `Stopped` before it, power failed or the program died."""

    at: str


class Stopped(_Entry, frozen=True, kw_only=True):
    at: str


class Began(_Entry, frozen=True, kw_only=True):
    """A recording begins; its sound is chained to the link of this line."""

    path: str
    at: str
    channels: int


class Ended(_Entry, frozen=True, kw_only=True):
    """A recording is closed."""

    path: str
    bytes: int
    """Of sound, without the 44 of the header; 0: there is no file."""
    head: str
    sha256: str
    """Of the sound."""
    gaps: tuple[Gap, ...] = ()
    torn: bool = False
    """The box died while it recorded: closed at the next start with what there was."""
    unlike_at_s: float | None = None
    """Torn, and from here on not what had been written: something changed the file while the box was dead."""


class Dropped(_Entry, frozen=True, kw_only=True):
    """A recording was thrown away when the call was over, because the rules do not want it."""

    path: str


Entry = Started | Stopped | Began | Ended | Dropped


def link_of(before: str, text: str) -> str:
    """The link of an entry that follows the link `before`."""
    return hashlib.sha256(bytes.fromhex(before) + text.encode()).hexdigest()


class Line(NamedTuple):
    """One line of the ledger as it was found."""

    file: str
    number: int
    """In its file, from 1."""
    link: str
    text: str
    entry: Entry | None
    """None: not a line of a ledger."""
    follows: bool
    """The link is the one that the line before and the text give."""


class Ledger:
    """Written by one thread at a time: the engine's start, then the writer of recordings, then the engine's stop."""

    def __init__(self, data: Path, *, durable: bool) -> None:
        """Of the box with this data folder; `durable`: each entry outlives a power cut. Nothing is read or written."""
        self._data = data
        self._folder = data / LEDGER_DIR
        self._durable = durable
        self._link = FIRST_LINK
        self._file: Path | None = None
        self._unsaved = b""

    def open(self) -> list[tuple[str, Began]]:
        """Go on where the ledger stops; the recordings that were running then, each with its first link.

        Half a line, as a power cut leaves it, is cut off. Raises `OSError`.
        """
        files = ledger_files(self._data)
        if not files:
            return []
        _cut_torn_line(files[-1])
        tail = _tail(files)
        self._file, self._link = files[-1], tail[-1][0] if tail else FIRST_LINK
        running: dict[str, tuple[str, Began]] = {}
        for link, entry in tail:
            if isinstance(entry, Began):
                running[entry.path] = (link, entry)
            elif isinstance(entry, Ended):
                running.pop(entry.path, None)
        return list(running.values())

    def relative(self, path: Path) -> str:
        """As the ledger names a file."""
        return path.relative_to(self._data).as_posix()

    def append(self, entry: Entry) -> str:
        """Chain `entry` and write it; its link. A disk that refuses is not raised: `save` tries again."""
        text = msgspec.json.encode(entry).decode()
        self._link = link_of(self._link, text)
        if isinstance(entry, Began | Started):
            self._turn_page(entry.at[:7])
        self._unsaved += f"{self._link} {text}\n".encode()
        self.save()
        return self._link

    def save(self) -> bool:
        """Write what the disk refused so far; False when it still does."""
        if not self._unsaved:
            return True
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            file = os.open(self._file or self._folder / "0000-00.ledger", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o640)
            try:
                while self._unsaved:
                    self._unsaved = self._unsaved[os.write(file, self._unsaved) :]
                if self._durable:
                    os.fsync(file)
            finally:
                os.close(file)
        except OSError:
            return False
        return True

    def _turn_page(self, month: str) -> None:
        """A new file for a new month; never back, whatever the clock does."""
        page = self._folder / f"{month}.ledger"
        if self.save() and (self._file is None or page.name > self._file.name):
            self._file = page


def ledger_files(data: Path) -> list[Path]:
    """The files of the ledger, oldest first."""
    return sorted((data / LEDGER_DIR).glob("*.ledger"))


def read_ledger(data: Path) -> Iterator[Line]:
    """Every line. A line that does not follow is told once; what comes after is held against it as it stands."""
    before = FIRST_LINK
    for file in ledger_files(data):
        with file.open(encoding="utf-8", errors="replace") as lines:
            for number, raw in enumerate(lines, 1):
                line = parse_line(file.name, number, raw.rstrip("\n"), before)
                before = line.link or before
                yield line


def parse_line(file: str, number: int, raw: str, before: str) -> Line:
    """One line, held against the link of the one before."""
    found = _LINE.fullmatch(raw)
    if found is None:
        return Line(file, number, "", raw, None, follows=False)
    link, text = found.groups()
    try:
        entry = msgspec.json.decode(text, type=Entry)
    except msgspec.DecodeError:
        entry = None
    return Line(file, number, link, text, entry, follows=entry is not None and link == link_of(before, text))


def _tail(files: list[Path]) -> list[tuple[str, Entry]]:
    """The good lines of the ledger's end, from the last file or two."""
    found: list[tuple[str, Entry]] = []
    for file in files[-2:]:
        with file.open("rb") as content:
            content.seek(max(0, file.stat().st_size - _LOOK_BACK_BYTES))
            for raw in content.read().decode("utf-8", "replace").splitlines():
                line = parse_line(file.name, 0, raw, FIRST_LINK)
                if line.entry is not None:
                    found.append((line.link, line.entry))
    return found


def _cut_torn_line(file: Path) -> None:
    """Half a line at the end is what a power cut left: away with it."""
    content = file.read_bytes()
    good = content.rfind(b"\n") + 1
    if good < len(content):
        os.truncate(file, good)
