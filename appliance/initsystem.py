"""What we and the program that started us (systemd) tell each other. Nothing happens where nobody asked for it.

sd_notify(3): words in datagrams to the socket that NOTIFY_SOCKET names. sd_watchdog_enabled(3): WATCHDOG_USEC says
how often we have to be heard. sd_listen_fds(3): LISTEN_FDS sockets, from descriptor 3 on, named by LISTEN_FDNAMES.
"""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from typing import NamedTuple

_FIRST_INHERITED = 3
BEATS = 3
"""The watchdog is fed so many times in the time that it waits."""


class InheritedSocket(NamedTuple):
    """A listening socket that was open before we started."""

    name: str
    """`FileDescriptorName=` of its unit."""
    socket: socket.socket


def tell(*words: str) -> None:
    """Say `READY=1`, `STOPPING=1`, `WATCHDOG=1`, `STATUS=…`. Never raises: whoever asked may be gone."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    if address.startswith("@"):
        address = "\0" + address[1:]
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
        sender.sendto("\n".join(words).encode(), address)


def watchdog_s() -> float:
    """We are killed when not heard for so long; 0: nobody watches."""
    if os.environ.get("WATCHDOG_PID", str(os.getpid())) != str(os.getpid()):
        return 0.0
    return int(os.environ.get("WATCHDOG_USEC", "0")) / 1e6


def inherited_sockets() -> tuple[InheritedSocket, ...]:
    """The sockets that were given to this very process; empty when it has to listen itself."""
    if os.environ.get("LISTEN_PID") != str(os.getpid()):
        return ()
    count = int(os.environ.get("LISTEN_FDS", "0"))
    names = [*os.environ.get("LISTEN_FDNAMES", "").split(":"), *[""] * count][:count]
    found = []
    for fd, name in enumerate(names, _FIRST_INHERITED):
        os.set_inheritable(fd, False)
        inherited = socket.socket(fileno=fd)
        inherited.setblocking(False)
        found.append(InheritedSocket(name, inherited))
    return tuple(found)
