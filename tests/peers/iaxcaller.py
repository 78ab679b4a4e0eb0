"""A caller over IAX2 (RFC 5456) on loopback: enough to ring a software modem and to hang up again."""

from __future__ import annotations

import socket
import struct
import threading
import time
from enum import IntEnum
from types import TracebackType
from typing import Self

_FULL = struct.Struct(">HHIBBBB")
_IAX_FRAME = 6
_ALAW = 8
_OUR_CALL = 7


class _Subclass(IntEnum):
    NEW = 1
    PING = 2
    PONG = 3
    ACK = 4
    HANGUP = 5
    LAGRQ = 11
    LAGRP = 12


class _Element(IntEnum):
    CALLED_NUMBER = 1
    CALLING_NUMBER = 2
    CALLING_NAME = 4
    CAPABILITY = 8
    FORMAT = 9
    VERSION = 11


_ANSWERED_WITH = {_Subclass.PING: _Subclass.PONG, _Subclass.LAGRQ: _Subclass.LAGRP}


class IaxCaller:
    """Calls the peer at `port` from its creation to the end of the `with` block."""

    def __init__(self, port: int, number: str, name: str) -> None:
        self._peer = ("127.0.0.1", port)
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.settimeout(0.1)
        self._began_s = time.monotonic()
        self._sent = self._taken = self._their_call = 0
        self._over = threading.Event()
        elements = (
            (_Element.VERSION, struct.pack(">H", 2)),
            (_Element.CALLED_NUMBER, b"s"),
            (_Element.CALLING_NUMBER, number.encode()),
            (_Element.CALLING_NAME, name.encode()),
            (_Element.CAPABILITY, struct.pack(">I", _ALAW)),
            (_Element.FORMAT, struct.pack(">I", _ALAW)),
        )
        self._send(_Subclass.NEW, b"".join(bytes((kind, len(value))) + value for kind, value in elements))
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._over.set()
        self._thread.join()
        self._send(_Subclass.HANGUP)
        self._socket.close()

    def _run(self) -> None:
        while not self._over.is_set():
            try:
                frame = self._socket.recv(2048)
            except TimeoutError:
                continue
            if len(frame) >= _FULL.size and frame[0] & 0x80:
                self._take(frame)

    def _take(self, frame: bytes) -> None:
        source, _, stamp, theirs, _, kind, subclass = _FULL.unpack(frame[: _FULL.size])
        self._their_call = source & 0x7FFF
        if kind == _IAX_FRAME and subclass == _Subclass.ACK:
            return
        self._taken = (theirs + 1) & 0xFF
        self._send(_Subclass.ACK, stamp_ms=stamp)
        if kind == _IAX_FRAME and subclass in _ANSWERED_WITH:
            self._send(_ANSWERED_WITH[_Subclass(subclass)], stamp_ms=stamp)

    def _send(self, subclass: _Subclass, elements: bytes = b"", stamp_ms: int | None = None) -> None:
        stamp = round((time.monotonic() - self._began_s) * 1000) if stamp_ms is None else stamp_ms
        head = _FULL.pack(0x8000 | _OUR_CALL, self._their_call, stamp, self._sent, self._taken, _IAX_FRAME, subclass)
        self._socket.sendto(head + elements, self._peer)
        if subclass is not _Subclass.ACK:
            self._sent = (self._sent + 1) & 0xFF
