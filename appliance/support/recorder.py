"""One session of the vendor: everything shown and typed goes through here into its recording, or it does not happen.

What: all that the gate's sshd can start (ForceCommand). It writes down who came, lends a terminal to the stand-in that
    runs the shell as another user (`standin.py`), and ends the session the moment the leave is gone.
How: between sshd and the shell lies a terminal of ours (interactive) or three pipes (a single command).
"""

from __future__ import annotations

import fcntl
import os
import select
import signal
import socket
import struct
import termios
import tty
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import FrameType

from appliance.support.certificate import bearer_of
from appliance.support.grant import Grant, GrantFile
from appliance.support.happenings import HappeningKind, note_happening
from appliance.support.sessionlog import CannotRecordError, EndOfSession, SessionStart, SessionWriter
from appliance.support.standin import ShellWish, ask
from appliance.support.supportplaces import SupportPlaces

_LOOK_EVERY_S = 0.25
_CHUNK = 16 << 10
_DEFAULT_SIZE = (80, 24)
_LAST_OUTPUT_S = 1.0


class _LeftError(Exception):
    """The connection to the engineer is gone."""


@dataclass(slots=True)
class _Ways:
    """Descriptors: what we read, and where it goes on."""

    to_shell: int
    from_shell: dict[int, int]
    """What the shell says, by where the engineer sees it."""
    lent: tuple[int, int, int]
    terminal: bool
    typed_open: bool = field(default=True)


def record_session(places: SupportPlaces, shell: socket.socket) -> int:
    """Carry one session out; `shell` leads to a stand-in. Returns its exit code."""
    grants = GrantFile(places.grants)
    grant = grants.valid()
    if grant is None:
        os.write(2, "远程支持没有开放。\r\n".encode())
        return 1
    command = os.environ.get("SSH_ORIGINAL_COMMAND", "")
    terminal = os.isatty(0)
    columns, rows = _size_of(0) if terminal else _DEFAULT_SIZE
    start = _start_of(grant, command)
    try:
        writer = SessionWriter(places.sessions, start, columns, rows)
    except CannotRecordError:
        os.write(2, "无法写会话录像（磁盘可能已满），不允许进入。\r\n".encode())
        return 1
    said = start.bearer + (f": {command[:200]}" if command else "")
    note_happening(places.happenings, HappeningKind.SESSION_BEGAN, start.id, said)
    why, code = _Session(grants, grant, writer, shell, terminal=terminal).run(command)
    writer.close(why, code)
    note_happening(places.happenings, HappeningKind.SESSION_ENDED, start.id, f"{start.bearer}: {why.value}")
    return code if code is not None else 1


def _start_of(grant: Grant, command: str) -> SessionStart:
    text = ""
    with suppress(OSError):
        text = Path(os.environ.get("SSH_USER_AUTH", os.devnull)).read_text(encoding="ascii", errors="replace")
    bearer = bearer_of(text)
    now = datetime.now().astimezone()
    return SessionStart(
        id=f"{now:%Y%m%d-%H%M%S}-{os.getpid()}",
        grant=grant.id,
        bearer=bearer.name if bearer else "",
        serial=bearer.serial if bearer else 0,
        began_at=now.isoformat(timespec="seconds"),
        reach=grant.reach,
        command=command,
        pid=os.getpid(),
    )


class _Session:
    def __init__(
        self, grants: GrantFile, grant: Grant, writer: SessionWriter, shell: socket.socket, *, terminal: bool
    ) -> None:
        self._grants = grants
        self._grant = grant
        self._writer = writer
        self._shell = shell
        self._ways = _terminal_ways() if terminal else _pipe_ways()
        self._resized = False

    def run(self, command: str) -> tuple[EndOfSession, int | None]:
        """Until one of the two sides, or the leave, ends it."""
        before = termios.tcgetattr(0) if self._ways.terminal else None
        for number in (signal.SIGHUP, signal.SIGTERM):
            signal.signal(number, _left)
        signal.signal(signal.SIGWINCH, self._note_resize)
        try:
            if self._ways.terminal:
                tty.setraw(0, termios.TCSANOW)  # what was typed meanwhile stays
            wish = ShellWish(command=command, terminal=self._ways.terminal, term=os.environ.get("TERM", ""))
            ask(self._shell, wish, self._ways.lent)
            for descriptor in set(self._ways.lent):
                os.close(descriptor)
            return self._pass_on()
        except (_LeftError, OSError):
            return EndOfSession.LEFT, None
        except CannotRecordError:
            self._tell("会话录像已满或无法写入，会话结束。")
            return EndOfSession.FULL, None
        finally:
            for number in (signal.SIGHUP, signal.SIGTERM, signal.SIGWINCH):
                signal.signal(number, signal.SIG_IGN)
            self._shell.close()  # the stand-in ends everything
            if before is not None:
                with suppress(OSError, termios.error):
                    termios.tcsetattr(0, termios.TCSADRAIN, before)

    def _pass_on(self) -> tuple[EndOfSession, int | None]:
        while True:
            over = self._over()
            if over is not None:
                return over, None
            if self._resized:
                self._resize()
            ready = self._ready(_LOOK_EVERY_S)
            if 0 in ready:
                self._typed()
            self._shown(ready)
            if self._shell.fileno() in ready:
                answer = self._shell.recv(16)
                self._last_output()
                return EndOfSession.DONE, int(answer) if answer else 1

    def _ready(self, within_s: float) -> list[int]:
        wanted = [self._shell.fileno(), *self._ways.from_shell, *([0] if self._ways.typed_open else [])]
        return select.select(wanted, [], [], within_s)[0]

    def _over(self) -> EndOfSession | None:
        why = end_of(self._grants.read(), self._grant)
        if why is EndOfSession.CLOSED:
            self._tell("管理员已关闭远程支持，会话结束。")
        elif why is EndOfSession.EXPIRED:
            self._tell("远程支持时间已到，会话结束。")
        return why

    def _typed(self) -> None:
        octets = os.read(0, _CHUNK)
        if octets:
            self._writer.typed(octets)
            _write_all(self._ways.to_shell, octets)
        elif self._ways.terminal:
            raise _LeftError
        else:
            self._ways.typed_open = False
            os.close(self._ways.to_shell)

    def _shown(self, ready: list[int]) -> bool:
        """Pass on what the shell said. Whether there was anything."""
        said = False
        for source in [each for each in self._ways.from_shell if each in ready]:
            try:
                octets = os.read(source, _CHUNK)
            except OSError:  # a terminal without anybody at its other end: EIO
                octets = b""
            if octets:
                self._writer.shown(octets)
                _write_all(self._ways.from_shell[source], octets)
                said = True
            else:
                del self._ways.from_shell[source]
        return said

    def _last_output(self) -> None:
        """What the shell said before it ended may still be on its way."""
        self._ways.typed_open = False
        while self._ways.from_shell:
            ready = select.select([*self._ways.from_shell], [], [], _LAST_OUTPUT_S)[0]
            if not ready or not self._shown(ready):
                return

    def _tell(self, text: str) -> None:
        line = f"\r\n{text}\r\n".encode()
        with suppress(CannotRecordError):
            self._writer.shown(line)
        with suppress(OSError):
            os.write(2, line)

    def _note_resize(self, _number: int, _frame: FrameType | None) -> None:
        self._resized = True

    def _resize(self) -> None:
        self._resized = False
        columns, rows = _size_of(0)
        _set_size(self._ways.to_shell, columns, rows)
        self._writer.resized(columns, rows)


def end_of(now: Grant | None, mine: Grant) -> EndOfSession | None:
    """Why a session under the leave `mine` has to end, when `now` is what lies there; None: it may go on.

    A leave whose time is over is soon taken away: then, too, it was the time that ended it.
    """
    held = now if now is not None and now.id == mine.id else None
    if (held or mine).left_s <= 0:
        return EndOfSession.EXPIRED
    return EndOfSession.CLOSED if held is None else None


def _terminal_ways() -> _Ways:
    ours, theirs = os.openpty()
    _set_size(ours, *_size_of(0))
    return _Ways(to_shell=ours, from_shell={ours: 1}, lent=(theirs, theirs, theirs), terminal=True)


def _pipe_ways() -> _Ways:
    given, to_shell = os.pipe()
    out_of_shell, out = os.pipe()
    errors_of_shell, errors = os.pipe()
    ways = {out_of_shell: 1, errors_of_shell: 2}
    return _Ways(to_shell=to_shell, from_shell=ways, lent=(given, out, errors), terminal=False)


def _left(_number: int, _frame: FrameType | None) -> None:
    raise _LeftError


def _write_all(descriptor: int, octets: bytes) -> None:
    while octets:
        octets = octets[os.write(descriptor, octets) :]


def _size_of(descriptor: int) -> tuple[int, int]:
    """Columns and rows of a terminal."""
    rows, columns, _, _ = struct.unpack("HHHH", fcntl.ioctl(descriptor, termios.TIOCGWINSZ, bytes(8)))
    return (columns or _DEFAULT_SIZE[0], rows or _DEFAULT_SIZE[1])


def _set_size(descriptor: int, columns: int, rows: int) -> None:
    fcntl.ioctl(descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
