"""Who calls from which number: name, level and area of known customers, looked up on the disk.

What: `CallerBook(path).find(number)` while a call runs; `write_callerbook` for the web, which owns the customers.
How: the file is one JSON object, a line per number, in the order of the numbers' bytes; it is searched by halves, 17
    short reads for 100,000 numbers. Decoding such a file whole takes 300 ms during which the tick thread would not get
    the interpreter, and it would have to be watched for changes.
Limits: an absent or unreadable book knows nobody; it never raises in a call.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO, Protocol

import msgspec

from appliance.atomicfile import replace_file

_log = logging.getLogger(__name__)
_LONGEST_LINE = 4096


class CallerEntry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is known of the customer with a number."""

    name: str = ""
    level: str = ""
    """The bureau's own word: `VIP`, `重点`."""
    area: str = ""


class Callers(Protocol):
    """Whoever knows callers by their normalised number."""

    def find(self, number: str) -> CallerEntry | None: ...


class Strangers:
    """Knows nobody."""

    def find(self, number: str) -> CallerEntry | None:  # noqa: ARG002 - the protocol names it
        return None


class CallerBook:
    """The book in a file, as it is at the moment of asking."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def find(self, number: str) -> CallerEntry | None:
        """The customer with this number, or None."""
        if not number:
            return None
        try:
            with self._path.open("rb") as file:
                line = _search(file, msgspec.json.encode(number))
            return msgspec.json.decode(line, type=CallerEntry) if line else None
        except FileNotFoundError:
            return None
        except (OSError, msgspec.DecodeError) as error:
            _log.warning("caller book %s: %s", self._path, error)
            return None


def write_callerbook(path: Path, entries: Mapping[str, CallerEntry]) -> None:
    """Replace the book at `path`; numbers as the call record has them (`normalise_number`). Raises `OSError`."""
    lines = sorted((msgspec.json.encode(number), msgspec.json.encode(entry)) for number, entry in entries.items())
    replace_file(path, b"{\n" + b",\n".join(number + b":" + entry for number, entry in lines) + b"\n}\n")


def _search(file: BinaryIO, wanted: bytes) -> bytes:
    """The entry of the line that begins with `wanted` and a colon, or b''."""
    low, high = 0, file.seek(0, os.SEEK_END)
    while low < high:
        middle = (low + high) // 2
        key, entry, begins = _line_after(file, middle)
        if key == wanted:
            return entry
        if not key or key > wanted or begins >= high:
            high = middle
        else:
            low = begins
    return b""


def _line_after(file: BinaryIO, at: int) -> tuple[bytes, bytes, int]:
    """Key and entry of the first line that begins after `at`, and where it begins; no key at the end of the book."""
    file.seek(at)
    file.readline(_LONGEST_LINE)
    begins = file.tell()
    key, _, entry = file.readline(_LONGEST_LINE).strip().removesuffix(b",").partition(b":")
    return (key if key.startswith(b'"') else b""), entry, begins
