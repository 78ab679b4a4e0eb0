"""A simulated voice modem on a pseudo-terminal, in real time."""

from __future__ import annotations

import contextlib
import os
import pty
import select
import threading
import time
import tty
from collections.abc import Callable
from pathlib import Path

from drivers.base import FRAME_S
from tests.peers.atcommands import Firmware
from tests.peers.voicemodem import ModemLine, VoiceModem


class PtyModem(VoiceModem):
    """Runs in a thread from `plug_in` to `unplug`, at the path `node`."""

    def __init__(self, node: Path, line: ModemLine, firmware: Firmware | None = None) -> None:
        super().__init__(line, firmware)
        self.node = node
        self._unsent = b""
        self._master = -1
        self._slave = -1
        self._pulled = threading.Event()
        self._thread: threading.Thread | None = None

    def plug_in(self) -> None:
        self._master, self._slave = pty.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        self.node.unlink(missing_ok=True)
        self.node.symlink_to(os.ttyname(self._slave))
        self._pulled.clear()
        self._unsent = b""
        self.power_on()
        self._thread = threading.Thread(target=self._run, name="peer modem", daemon=True)
        self._thread.start()

    def unplug(self) -> None:
        """Safe to call twice."""
        if self._thread is None:
            return
        self._pulled.set()
        self._thread.join()
        self._thread = None
        self.node.unlink(missing_ok=True)
        os.close(self._slave)
        os.close(self._master)

    def when(self, delay_s: float, act: Callable[[], None]) -> None:
        """Do something in a while, in a thread of its own."""
        timer = threading.Timer(delay_s, act)
        timer.daemon = True
        timer.start()

    def _run(self) -> None:
        due_s = time.monotonic()
        while not self._pulled.is_set():
            due_s += FRAME_S
            while (left_s := due_s - time.monotonic()) > 0:
                if select.select([self._master], [], [], left_s)[0]:
                    self._exchange()
            self.step()
            self._exchange()

    def _exchange(self) -> None:
        with contextlib.suppress(OSError):
            self.receive(os.read(self._master, 4096))
        self._unsent = self._unsent or self.send()
        with contextlib.suppress(OSError):
            self._unsent = self._unsent[os.write(self._master, self._unsent) :]
