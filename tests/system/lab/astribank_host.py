"""Beside the guest: holds the Python Astribank and does with it what the guest's tests write into the mailbox.

Orders: `plug`, `unplug`, `ring LINE MS`, `reverse LINE`, `volts LINE V`, `current LINE MA`, `lift PHONE`, `down PHONE`,
`tap PHONE MS`, `say-line LINE FILE`, `say-phone PHONE FILE`, `heard-line LINE FILE`, `heard-phone PHONE FILE`; an order
may begin with `after MS`. Lines and phones count from 0; sound files are µ-law in the shared folder.
"""

from __future__ import annotations

import heapq
import socket
import threading
import time
from itertools import count
from pathlib import Path
from typing import Self

from tests.system.lab.astribank import MU_LAW_SILENCE, SAMPLES_A_PACKET, Astribank, Socket
from tests.system.lab.in_guest.beat import PORT
from tests.system.lab.mailbox import Mailbox


class AstribankHost:
    """Runs while its `with` block does."""

    def __init__(self, share: Path) -> None:
        self._share = share
        self.socket = share / "usb.sock"
        self._mailbox = Mailbox(share, guest=False)
        heard, self._beat = socket.socketpair()
        self._beat.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1)  # as little as can be: some beats
        self._card = Astribank(self.socket, heard, self._mailbox.put)
        self._due: list[tuple[float, int, list[str]]] = []
        self._number = count()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="astribank-host", daemon=True)

    @property
    def qemu_words(self) -> tuple[str, ...]:
        return (
            "-chardev", f"socket,id=redir,path={self.socket},server=on,wait=off",
            "-device", "qemu-xhci,id=xhci", "-device", "usb-redir,chardev=redir,bus=xhci.0",
            "-chardev", f"socket,id=beat,fd={self._beat.fileno()}",
            "-device", f"isa-debugcon,iobase={PORT},chardev=beat",
        )  # fmt: skip

    @property
    def files(self) -> tuple[int, ...]:
        """Open files that QEMU needs."""
        return (self._beat.fileno(),)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._thread.join(5)
        self._beat.close()
        self._card.close()

    def _run(self) -> None:
        self._card.connect()
        while not self._stopped.is_set():
            for line in self._mailbox.take():
                words = line.split()
                delay_ms = 0.0
                if words[0] == "after":
                    delay_ms, words = float(words[1]), words[2:]
                self._later(delay_ms, words)
            while self._due and self._due[0][0] <= self._card.milliseconds:
                self._do(heapq.heappop(self._due)[2])
            time.sleep(0.005)

    def _later(self, delay_ms: float, words: list[str]) -> None:
        """By the card's time, which is the guest's."""
        heapq.heappush(self._due, (self._card.milliseconds + delay_ms, next(self._number), words))

    def _do(self, words: list[str]) -> None:
        card = self._card
        match words:
            case ["plug"]:
                card.plug()
            case ["unplug"]:
                card.unplug()
            case ["ring", line, "off"]:
                card.ring(int(line), on=False)
            case ["ring", line, length_ms]:
                card.ring(int(line), on=True)
                self._later(float(length_ms), ["ring", line, "off"])
            case ["reverse", line]:
                card.reverse(int(line))
            case ["volts", line, volts]:
                card.lines[int(line)].volts = int(volts)
            case ["current", line, current_ma]:
                card.feed_current(int(line), int(current_ma))
            case ["lift", phone]:
                card.lift(int(phone), up=True)
            case ["down", phone]:
                card.lift(int(phone), up=False)
            case ["tap", phone, length_ms]:
                card.lift(int(phone), up=False)
                self._later(float(length_ms), ["lift", phone])
            case [("say-line" | "say-phone") as order, number, file]:
                self._say(self._socket(order, number), file)
            case [("heard-line" | "heard-phone") as order, number, file]:
                heard = self._socket(order, number).heard
                (self._share / file).write_bytes(bytes(heard))
                heard.clear()
                self._mailbox.put("written", file)
            case _:
                raise ValueError(f"no such order: {words}")

    def _socket(self, order: str, number: str) -> Socket:
        return (self._card.lines if order.endswith("line") else self._card.phones)[int(number)]

    def _say(self, socket: Socket, file: str) -> None:
        codes = (self._share / file).read_bytes()
        for at in range(0, len(codes), SAMPLES_A_PACKET):
            socket.to_say.append(codes[at : at + SAMPLES_A_PACKET].ljust(SAMPLES_A_PACKET, MU_LAW_SILENCE[:1]))
