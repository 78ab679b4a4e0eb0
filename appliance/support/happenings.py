"""What happened at the gate, a line of JSON each: the gate and its recorders write, the web reads it into its log."""

from __future__ import annotations

import os
from contextlib import suppress
from datetime import datetime
from enum import StrEnum
from pathlib import Path

import msgspec


class HappeningKind(StrEnum):
    OPENED = "opened"
    ENDED = "ended"
    """The gate is closed; nobody is in any more."""
    SESSION_BEGAN = "session_began"
    SESSION_ENDED = "session_ended"
    REFUSED = "refused"
    TUNNEL_UP = "tunnel_up"
    TUNNEL_DOWN = "tunnel_down"


class Happening(msgspec.Struct, frozen=True, kw_only=True):
    at: str
    kind: HappeningKind
    subject: str = ""
    """Which grant or session."""
    text: str = ""


def note_happening(path: Path, kind: HappeningKind, subject: str = "", text: str = "") -> None:
    """Add a line. Raises `OSError`."""
    at = datetime.now().astimezone().isoformat(timespec="seconds")
    line = msgspec.json.encode(Happening(at=at, kind=kind, subject=subject, text=text)) + b"\n"
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o640)
    try:
        os.write(handle, line)
    finally:
        os.close(handle)


def happenings_after(path: Path, offset: int) -> tuple[list[Happening], int]:
    """What was added behind `offset`, and where to read on. A line that cannot be read is passed over."""
    found: list[Happening] = []
    try:
        with path.open("rb") as file:
            file.seek(offset)
            for line in file:
                if not line.endswith(b"\n"):
                    break
                offset += len(line)
                with suppress(msgspec.DecodeError):
                    found.append(msgspec.json.decode(line, type=Happening))
    except FileNotFoundError:
        return [], 0
    return found, offset
