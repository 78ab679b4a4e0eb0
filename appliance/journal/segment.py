"""One file of the journal: opened exclusively, only ever appended to."""

from __future__ import annotations

import itertools
import os
from pathlib import Path

SUFFIX = ".jsonl"


class Segment:
    """An open journal file. `day` (`YYYY-MM-DD`) is that of its first fact; `size` counts bytes."""

    def __init__(self, folder: Path, boot: str, number: int, at: str) -> None:
        """Create the `number`th file of this start; `at` is the ISO 8601 time of its first fact. Raises `OSError`."""
        folder.mkdir(parents=True, exist_ok=True)
        self.day = at[:10]
        self.size = 0
        stamp = f"{at[:10].replace('-', '')}-{at[11:19].replace(':', '')}"
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        for attempt in itertools.count(number):
            self._path = folder / f"{stamp}-{boot}{'' if attempt == 1 else f'-{attempt}'}{SUFFIX}"
            try:
                self._fd = os.open(self._path, flags, 0o640)
            except FileExistsError:
                continue
            break
        _sync_folder(folder)

    def write(self, lines: bytes) -> None:
        """Append whole lines. Raises `OSError`; then part of them may be in the file."""
        rest = memoryview(lines)
        while rest:
            rest = rest[os.write(self._fd, rest) :]
        self.size += len(lines)

    def sync(self) -> None:
        """Everything written is on the disk. Raises `OSError`."""
        os.fdatasync(self._fd)

    def close(self) -> None:
        """Let go of the file; one that never took whole lines is removed."""
        os.close(self._fd)
        if not self.size:
            self._path.unlink()


def _sync_folder(folder: Path) -> None:
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
