"""Reading the journal while it is written: whole lines only, garbage skipped, every file from where one stopped."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from appliance.journal.segment import SUFFIX
from appliance.wire.facts import AnyFact

_PORTION_BYTES = 1 << 20


class JournalLine(msgspec.Struct, frozen=True):
    """One line: the file's name, the offset just behind the line, and the fact; None for a line that is not one."""

    file: str
    offset: int
    fact: AnyFact | None


def journal_files(folder: Path) -> list[Path]:
    """Files of the journal in the order of their names, which is that of time as long as the clock was right."""
    return sorted(folder.glob(f"*{SUFFIX}"))


def read_facts(folder: Path, offsets: Mapping[str, int]) -> Iterator[JournalLine]:
    """Lines of every file beyond its offset (by file name; 0 where it is missing), in order.

    A position a file, not one for all: a clock that jumps back must not hide a file. An unfinished last line is left
    for the next time. A folder that does not exist has no lines. Raises `OSError` when a file cannot be read.
    """
    decoder = msgspec.json.Decoder(AnyFact)
    for path in journal_files(folder):
        offset = offsets.get(path.name, 0)
        if path.stat().st_size <= offset:
            continue
        for line in _whole_lines(path, offset):
            offset += len(line)
            yield JournalLine(path.name, offset, _decode(decoder, line))


def _whole_lines(path: Path, offset: int) -> Iterator[bytes]:
    with path.open("rb", buffering=_PORTION_BYTES) as file:
        file.seek(offset)
        for line in file:
            if not line.endswith(b"\n"):
                return
            yield line


def _decode(decoder: msgspec.json.Decoder[AnyFact], line: bytes) -> AnyFact | None:
    try:
        return decoder.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
