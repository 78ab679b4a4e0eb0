"""QEMU's own prompt (its "human monitor"), and through it: a machine's memory to a file, and on from there.

A frozen machine is its disk, its firmware's memory and the file: copied together, it goes on as often as one likes.
"""

from __future__ import annotations

import socket
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

_PROMPT = b"(qemu) "
_LOOK_EVERY_S = 0.1


class MonitorError(Exception):
    """QEMU did not do it; with what it said."""


class Monitor:
    """`with`: connected. `path` is the Unix socket of QEMU's `-monitor`."""

    def __init__(self, path: Path, within_s: float = 30.0) -> None:
        self._within_s = within_s
        end_s = time.monotonic() + within_s
        while True:
            self._talk = socket.socket(socket.AF_UNIX)
            try:
                self._talk.connect(str(path))
                break
            except OSError:
                self._talk.close()
                if time.monotonic() > end_s:
                    raise
                time.sleep(_LOOK_EVERY_S)
        self._talk.settimeout(within_s)
        self._answer()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._talk.close()

    def ask(self, command: str) -> str:
        """What it says to that."""
        self._talk.sendall(f"{command}\n".encode())
        return self._answer()

    def until(self, command: str, word: str) -> None:
        """Ask until the answer holds `word`. Raises `MonitorError`."""
        end_s = time.monotonic() + self._within_s
        while word not in (said := self.ask(command)):
            if time.monotonic() > end_s or "failed" in said:
                raise MonitorError(f"{command}: {said}")
            time.sleep(_LOOK_EVERY_S)

    def freeze(self, memory: Path) -> None:
        """Stop it between two instructions; what it has in its memory goes to a file. It is off then."""
        self.ask("stop")
        self.ask("migrate_set_parameter max-bandwidth 8G")
        self.ask(f'migrate -d "exec:cat >{memory}"')
        self.until("info migrate", "completed")
        with suppress(OSError, MonitorError):
            self.ask("quit")

    def thaw(self) -> None:
        """A machine that was started with `thawing` goes on where it was frozen, once all of it is back."""
        self.until("info status", "paused\n")  # not "paused (inmigrate)"
        self.ask("cont")

    def _answer(self) -> str:
        said = b""
        while not said.endswith(_PROMPT):
            piece = self._talk.recv(65536)
            if not piece:
                raise MonitorError(f"QEMU is gone: {said.decode(errors='replace')}")
            said += piece
        return said.decode(errors="replace").replace("\r", "")


def thawing(memory: Path) -> tuple[str, ...]:
    """Words for QEMU: begin with what is in this file."""
    return ("-incoming", f"exec:cat {memory}")
