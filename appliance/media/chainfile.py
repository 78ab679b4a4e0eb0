"""The links of one recording beside its file: `<call id>.chain`, a line a second.

What: `ChainFile` keeps a `SoundChain` going while a recording is written; `read_links` gives what such a file holds.
    With it verification can say which second was changed, and a start after a crash can tell whether what the dead
    engine had written is still as it was.
How: text: a link a line as each second is full, `gap <at> <length>` (seconds) for a pause that is over. Not needed to
    verify: the head in the ledger is enough. A disk that refuses it is therefore no reason to end a recording.
"""

from __future__ import annotations

import contextlib
import os
import re
from pathlib import Path
from typing import NamedTuple

from appliance.media.ledger import Gap
from appliance.media.soundchain import SoundChain

SUFFIX = ".chain"
_LINK = re.compile(r"[0-9a-f]{64}")
_GAP = re.compile(r"gap (\d+\.\d+) (\d+\.\d+)")


class Links(NamedTuple):
    links: tuple[str, ...]
    """One for each full second, as far as the file goes."""
    gaps: tuple[Gap, ...]


def chain_path(recording: Path) -> Path:
    """Where the links of a recording lie."""
    return recording.with_suffix(SUFFIX)


def read_links(recording: Path) -> Links:
    """Nothing when there is no such file; half a line at its end is left out."""
    links, gaps = [], []
    with contextlib.suppress(OSError):
        for line in chain_path(recording).read_text(encoding="ascii", errors="replace").splitlines():
            if _LINK.fullmatch(line):
                links.append(line)
            elif found := _GAP.fullmatch(line):
                gaps.append(Gap(float(found[1]), float(found[2])))
    return Links(tuple(links), tuple(gaps))


class ChainFile:
    """The chain of a recording that is being written, and its links on disk."""

    def __init__(self, recording: Path, before: str, channels: int) -> None:
        """`before`: the link that the ledger gave the recording."""
        self._path = chain_path(recording)
        self._fd = -1
        with contextlib.suppress(OSError):
            self._fd = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND | os.O_CLOEXEC, 0o640)
        self.sound = SoundChain(before, channels)
        self.gaps: list[Gap] = []

    def take(self, piece: bytes | memoryview) -> None:
        """Chain what was just written to the recording."""
        self._write("".join(f"{link}\n" for link in self.sound.take(piece)))

    def pause_over(self, gap: Gap) -> None:
        """Nothing was kept for a while."""
        self.gaps.append(gap)
        self._write(f"gap {gap.at_s:.2f} {gap.length_s:.2f}\n")

    def close(self) -> None:
        """Let go of the file; it goes away when there is no sound. Safe to call twice."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1
            if not self.sound.bytes:
                self._path.unlink(missing_ok=True)

    def _write(self, text: str) -> None:
        if text and self._fd >= 0:
            with contextlib.suppress(OSError):
                os.write(self._fd, text.encode())
