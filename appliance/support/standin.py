"""The vendor's shell behind a socket: runs as a user of its own, on the terminal that the recorder lent it.

What: one connection, one shell or one allowed command. The recorder (`recorder.py`) hands over what the shell reads and
    writes (SCM_RIGHTS); here it is decided by the administrator's leave, not by who asks, what may run.
How: systemd starts it as another user with the connection as standard input (`hotlinebox-support-shell.socket`). When
    the connection ends, so does everything that was started.
"""

from __future__ import annotations

import os
import pwd
import select
import signal
import socket
import subprocess
from contextlib import suppress

import msgspec

from appliance.support.grant import GrantFile, Reach

_MAX_REQUEST_BYTES = 64 << 10
_REFUSED_EXIT = 126
_PATIENCE_S = 1.0


class ShellWish(msgspec.Struct, frozen=True, kw_only=True):
    command: str
    """Empty: interactive."""
    terminal: bool
    term: str


def ask(there: socket.socket, wish: ShellWish, descriptors: tuple[int, int, int]) -> None:
    """Have it started. Raises `OSError`."""
    socket.send_fds(there, [msgspec.json.encode(wish)], list(descriptors))


def serve(here: socket.socket, grants: GrantFile, orders: list[str]) -> int:
    """Run what one connection asks for, as far as the leave goes. Returns 0, or 2 when it cannot be understood.

    `orders` is the command line of what carries out orders (`appliance/support/orders.py`); the wish is added to it.
    """
    message, descriptors, _flags, _address = socket.recv_fds(here, _MAX_REQUEST_BYTES, 3)
    grant = grants.valid()
    try:
        wish = msgspec.json.decode(message, type=ShellWish)
        given, out, errors = descriptors
    except (msgspec.DecodeError, ValueError):
        return 2
    if grant is None:
        _answer(here, _REFUSED_EXIT)
        return 0
    process = subprocess.Popen(  # noqa: S603 - the administrator allowed a shell, or it is our own program
        _words(grant.reach, wish, orders),
        stdin=given,
        stdout=out,
        stderr=errors,
        cwd="/",
        env=_environment(wish),
        start_new_session=not wish.terminal,
    )
    for descriptor in descriptors:
        os.close(descriptor)
    _answer(here, _until_done(process, here))
    return 0


def _words(reach: Reach, wish: ShellWish, orders: list[str]) -> list[str]:
    if reach is Reach.SHELL:
        words = ["/bin/bash", "-lc", wish.command] if wish.command else ["/bin/bash", "-l"]
    else:
        words = [*orders, "--", wish.command] if wish.command else orders
    # util-linux: a session of its own on that terminal, so that keys such as Ctrl+C work in it.
    return ["setsid", "--ctty", "--wait", *words] if wish.terminal else words


def _environment(wish: ShellWish) -> dict[str, str]:
    user = pwd.getpwuid(os.geteuid())
    kept = {name: os.environ[name] for name in ("HOTLINEBOX_CONFIG", "PYTHONSAFEPATH") if name in os.environ}
    home = user.pw_dir if os.path.isdir(user.pw_dir) else "/tmp"  # noqa: S108, PTH112 - the service has its own /tmp
    return kept | {
        "HOME": home,
        "USER": user.pw_name,
        "LOGNAME": user.pw_name,
        "SHELL": "/bin/bash",
        "PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
        "LANG": "C.UTF-8",
        "TERM": wish.term or "dumb",
    }


def _until_done(process: subprocess.Popen[bytes], here: socket.socket) -> int:
    ended = os.pidfd_open(process.pid)
    try:
        ready, _, _ = select.select([ended, here.fileno()], [], [])
        if ended not in ready:
            _end_all(process)
        return process.wait()
    finally:
        os.close(ended)


def _end_all(process: subprocess.Popen[bytes]) -> None:
    """It and whatever it started in its session: politely, then not."""
    for number, patience_s in ((signal.SIGHUP, _PATIENCE_S), (signal.SIGKILL, 0.0)):
        for group in _groups_of(process.pid):
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(group, number)
        with suppress(subprocess.TimeoutExpired):
            process.wait(patience_s)


def _groups_of(session: int) -> set[int]:
    """Process groups of a session: proc(5), fields 5 and 6 of /proc/PID/stat."""
    found = {session}
    for name in os.listdir("/proc"):  # noqa: PTH208 - by the hundred, and only the names
        if name.isdigit():
            with suppress(OSError, ValueError), open(f"/proc/{name}/stat", "rb") as file:  # noqa: PTH123
                fields = file.read().rpartition(b")")[2].split()
                if int(fields[3]) == session:
                    found.add(int(fields[2]))
    return found - {os.getpgrp()}


def _answer(here: socket.socket, code: int) -> None:
    with suppress(OSError):
        here.send(str(code).encode())
