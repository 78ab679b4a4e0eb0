"""Lines of text between a guest and what runs beside it, in the shared folder: one file for each direction."""

from __future__ import annotations

import time
from pathlib import Path

IN_GUEST = Path("/run/host")
TO_HOST, TO_GUEST = "to-host", "to-guest"


class Mailbox:
    """Writes into one file, reads what is new in the other."""

    def __init__(self, folder: Path, *, guest: bool) -> None:
        self._out = folder / (TO_HOST if guest else TO_GUEST)
        self._in = folder / (TO_GUEST if guest else TO_HOST)
        self._read_to = 0
        self._lines: list[str] = []

    def put(self, *words: object) -> None:
        with self._out.open("a", encoding="utf-8") as file:
            file.write(" ".join(map(str, words)) + "\n")

    def take(self) -> list[str]:
        """Whole lines that came since the last time."""
        try:
            with self._in.open("rb") as file:
                file.seek(self._read_to)
                content = file.read()
        except FileNotFoundError:
            return []
        whole = content[: content.rfind(b"\n") + 1]
        self._read_to += len(whole)
        return whole.decode().splitlines()

    def forget(self) -> None:
        """What came until now is waited for by nobody."""
        self.take()
        self._lines.clear()

    def waits_for(self, line: str, within_s: float) -> bool:
        """Until such a line comes; lines taken on the way can still be waited for."""
        deadline = time.monotonic() + within_s
        while time.monotonic() < deadline:
            self._lines += self.take()
            if line in self._lines:
                self._lines.remove(line)
                return True
            time.sleep(0.02)
        return False
