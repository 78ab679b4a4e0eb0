"""The simulated module on a port that other programs can open: a pseudo terminal, TCP, or an abstract Unix socket."""

from __future__ import annotations

import contextlib
import os
import select
import socket
import termios
import threading
import time
import tty
from collections.abc import Callable

from drivers.cellular.simmodule import SimModule

_TICK_S = 0.05
_PORTION = 4096


class SimPort:
    """Serves one module in a thread of its own. `path` is the terminal's; empty for sockets."""

    def __init__(self, module: SimModule, *, tcp_port: int = 0, abstract: str = "", rate: int | None = None) -> None:
        """`tcp_port` on loopback, or `abstract` the name of a Unix socket; neither: a terminal.

        `rate`: a `termios` constant; at any other both sides hear nonsense. None: all are the same, as over USB.
        """
        self._rate = rate
        self.module = module
        self.path = ""
        self._lock = threading.Lock()
        self._stopping = False
        self._listener: socket.socket | None = None
        self._files: list[int] = []
        self._slave = -1
        if tcp_port or abstract:
            self._listener = _listener(tcp_port, abstract)
        else:
            self._open_terminal()
        self._thread = threading.Thread(target=self._run, name="simulated module", daemon=True)
        self._thread.start()

    def act(self, action: Callable[[SimModule], None]) -> None:
        """Do something with the module, between two of its steps."""
        with self._lock:
            action(self.module)

    def unplug(self) -> None:
        """The port goes away."""
        with self._lock:
            self._close_files()
            self.path = ""

    def plug(self) -> None:
        """It is back, as another terminal (`path`)."""
        with self._lock:
            self._open_terminal()

    def close(self) -> None:
        self._stopping = True
        self._thread.join()
        self._close_files()
        if self._listener is not None:
            self._listener.close()

    def _open_terminal(self) -> None:
        master, self._slave = os.openpty()
        tty.setraw(self._slave)
        self.path = os.ttyname(self._slave)
        self._files = [master]

    def _close_files(self) -> None:
        for file in self._files:
            os.close(file)
        self._files = []
        if self._slave >= 0:
            os.close(self._slave)
            self._slave = -1

    def _run(self) -> None:
        while not self._stopping:
            wanted: list[int | socket.socket] = [*self._files]
            if self._listener is not None:
                wanted.append(self._listener)
            try:
                ready = select.select(wanted, [], [], _TICK_S)[0]
            except (OSError, ValueError):  # unplugged just now
                continue
            with self._lock:
                self._step(ready)

    def _step(self, ready: list[int | socket.socket]) -> None:
        for each in ready:
            if isinstance(each, socket.socket):
                self._files.append(each.accept()[0].detach())
            elif each in self._files:
                self._take(each)
        self.module.tick(time.monotonic())
        said = self.module.output()
        for file in self._files:
            with contextlib.suppress(OSError):
                os.write(file, said)

    def _take(self, file: int) -> None:
        try:
            octets = os.read(file, _PORTION)
        except OSError:
            octets = b""
        if octets and self._rate is not None and self._rate != termios.tcgetattr(file)[5]:
            os.write(file, bytes(octet | 0x80 for octet in octets))
        elif octets:
            self.module.feed(octets)
        elif self._listener is not None:
            self._files.remove(file)
            os.close(file)


def _listener(tcp_port: int, abstract: str) -> socket.socket:
    if abstract:
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listener.bind(f"\0{abstract}")
    else:
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", tcp_port))
    listener.listen(4)
    return listener
