"""Sessions of the vendor as they are kept: what was shown and typed, with its times, and who it was.

Layout: `<session>.cast` is asciicast v2 (a line of JSON each: header, then [seconds, "o"|"i"|"r", text]);
`<session>.start` and `<session>.end` are JSON. All are only ever added to, by the gate's user; the web reads them.
"""

from __future__ import annotations

import codecs
import os
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from enum import StrEnum
from pathlib import Path

import msgspec

from appliance.support.grant import Reach

MOST_BYTES = 32 << 20
"""A session that says more is ended: nothing happens that is not recorded."""
_SYNC_EVERY_S = 1.0
_MODE = 0o640


class EndOfSession(StrEnum):
    DONE = "done"
    """The engineer, or the command, was finished."""
    CLOSED = "closed"
    """The administrator closed support."""
    EXPIRED = "expired"
    LEFT = "left"
    """The connection broke."""
    FULL = "full"
    """It could not be recorded any further."""
    TORN = "torn"
    """Whoever recorded it was killed, by a power cut for one."""


class SessionStart(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    grant: str
    bearer: str
    """Key ID of the certificate."""
    serial: int
    began_at: str
    reach: Reach
    command: str
    """Empty: interactive."""
    pid: int


class SessionEnd(msgspec.Struct, frozen=True, kw_only=True):
    ended_at: str
    why: EndOfSession
    exit_code: int | None = None


class RecordedSession(msgspec.Struct, frozen=True, kw_only=True):
    start: SessionStart
    end: SessionEnd | None
    """None: it goes on."""
    octets: int


class CannotRecordError(Exception):
    """The recording is full or cannot be written: the session must not go on."""


class SessionWriter:
    """Records one session. Methods raise `CannotRecordError`."""

    def __init__(self, folder: Path, start: SessionStart, columns: int, rows: int) -> None:
        self._base = folder / start.id
        self._began_s = time.monotonic()
        self._synced_s = self._began_s
        self._left = MOST_BYTES
        self._decoders = {kind: codecs.getincrementaldecoder("utf-8")("replace") for kind in "io"}
        try:
            folder.mkdir(parents=True, exist_ok=True)
            _add_file(self._base.with_suffix(".start"), msgspec.json.encode(start))
            self._file = os.open(
                self._base.with_suffix(".cast"), os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL, _MODE
            )
        except OSError as error:
            raise CannotRecordError(str(error)) from error
        header = {"version": 2, "width": columns, "height": rows, "timestamp": int(time.time()), "title": start.bearer}
        self._add(header)

    def shown(self, octets: bytes) -> None:
        """What the engineer saw."""
        self._event("o", self._decoders["o"].decode(octets))

    def typed(self, octets: bytes) -> None:
        self._event("i", self._decoders["i"].decode(octets))

    def resized(self, columns: int, rows: int) -> None:
        self._event("r", f"{columns}x{rows}")

    def close(self, why: EndOfSession, exit_code: int | None) -> None:
        """Never raises: what is there is kept."""
        end = SessionEnd(ended_at=_now(), why=why, exit_code=exit_code)
        with suppress(OSError):
            os.fdatasync(self._file)
            os.close(self._file)
        with suppress(OSError):
            _add_file(self._base.with_suffix(".end"), msgspec.json.encode(end))

    def _event(self, kind: str, text: str) -> None:
        if text:
            self._add((round(time.monotonic() - self._began_s, 3), kind, text))

    def _add(self, item: object) -> None:
        line = msgspec.json.encode(item) + b"\n"
        self._left -= len(line)
        if self._left < 0:
            raise CannotRecordError("full")
        try:
            if os.write(self._file, line) != len(line):
                raise CannotRecordError("no space")
            if time.monotonic() - self._synced_s > _SYNC_EVERY_S:
                os.fdatasync(self._file)
                self._synced_s = time.monotonic()
        except OSError as error:
            raise CannotRecordError(str(error)) from error


def list_sessions(folder: Path) -> list[RecordedSession]:
    """The newest first; what cannot be read is left out."""
    found = []
    for path in sorted(folder.glob("*.start"), reverse=True):
        with suppress(OSError, msgspec.DecodeError):
            start = msgspec.json.decode(path.read_bytes(), type=SessionStart)
            cast = path.with_suffix(".cast")
            octets = cast.stat().st_size if cast.exists() else 0
            found.append(RecordedSession(start=start, end=_end_of(path.with_suffix(".end")), octets=octets))
    return found


def seal_torn(folder: Path) -> Iterator[RecordedSession]:
    """Those whose recorder is gone without a word get an end; they are told."""
    for session in list_sessions(folder):
        if session.end is None and not _lives(session.start.pid):
            end = SessionEnd(ended_at=_now(), why=EndOfSession.TORN)
            with suppress(FileExistsError):
                _add_file(folder / f"{session.start.id}.end", msgspec.json.encode(end))
            yield msgspec.structs.replace(session, end=end)


def _end_of(path: Path) -> SessionEnd | None:
    with suppress(FileNotFoundError):
        return msgspec.json.decode(path.read_bytes(), type=SessionEnd)
    return None


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _add_file(path: Path, content: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MODE)
    try:
        os.write(handle, content)
        os.fsync(handle)
    finally:
        os.close(handle)


def _now() -> str:
    return datetime.now().astimezone().isoformat(timespec="seconds")
