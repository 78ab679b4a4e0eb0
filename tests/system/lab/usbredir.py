"""A USB device in Python, plugged into a QEMU guest over its `usb-redir` socket: control and bulk transfers.

The protocol is usbredir 0.7 as QEMU speaks it: a message is a header (type, length, id) and its body, little-endian.
QEMU's side is `-device usb-redir,chardev=…` on an xHCI controller, with a listening socket as chardev.
"""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections import defaultdict, deque
from contextlib import suppress
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path


class _Message(IntEnum):
    HELLO = 0
    DEVICE_CONNECT = 1
    DEVICE_DISCONNECT = 2
    RESET = 3
    INTERFACE_INFO = 4
    ENDPOINT_INFO = 5
    SET_CONFIGURATION = 6
    GET_CONFIGURATION = 7
    CONFIGURATION_STATUS = 8
    SET_ALTERNATE = 9
    GET_ALTERNATE = 10
    ALTERNATE_STATUS = 11
    CANCEL = 21
    CONTROL = 100
    BULK = 101


class _Capability(IntEnum):
    DEVICE_VERSION = 1 << 1
    ENDPOINT_MAX_PACKET = 1 << 4
    IDS_64 = 1 << 5
    BULK_LENGTH_32 = 1 << 6


_OURS = _Capability.DEVICE_VERSION | _Capability.ENDPOINT_MAX_PACKET | _Capability.IDS_64 | _Capability.BULK_LENGTH_32
_HIGH_SPEED = 2
_BULK_ENDPOINT, _NO_ENDPOINT = 2, 255
_VENDOR_CLASS = 0xFF
_STALL, _CANCELLED = 4, 1


@dataclass(frozen=True)
class UsbIdentity:
    """What the device says it is."""

    vendor: int
    product: int
    release: int
    maker: str
    name: str
    serial: str
    endpoints: tuple[int, ...]
    """Addresses of its bulk endpoints; 0x80 is set for those towards the host."""


class UsbDevice:
    """Connect once, then plug and unplug at will. Subclasses take what arrives in `took`."""

    def __init__(self, path: Path, identity: UsbIdentity) -> None:
        self.identity = identity
        self.plugged = False
        self.there = True
        """The guest has not ended."""
        self._path = path
        self._socket = socket.socket(socket.AF_UNIX)
        self._lock = threading.RLock()
        self._wanted: dict[int, deque[tuple[int, int]]] = defaultdict(deque)
        """By endpoint: requests of the guest that wait for something to be sent."""
        self._configuration = 0
        self._long_ids = False
        self._greeted = threading.Event()

    def connect(self, within_s: float = 60.0) -> None:
        """To the guest's socket, as soon as it is there."""
        deadline = time.monotonic() + within_s
        while True:
            try:
                self._socket.connect(str(self._path))
                break
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)
        hello = b"hotlinebox laboratory".ljust(64, b"\0") + struct.pack("<I", _OURS)
        self._socket.sendall(struct.pack("<III", _Message.HELLO, len(hello), 0) + hello)
        threading.Thread(target=self._listen, name="usb", daemon=True).start()
        if not self._greeted.wait(within_s):
            raise TimeoutError("QEMU did not greet")

    def close(self) -> None:
        """Away from the guest."""
        self.there = False
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def plug(self) -> None:
        """Into the guest's bus."""
        kinds, packets = [_NO_ENDPOINT] * 32, [0] * 32
        for control in (0, 16):
            kinds[control], packets[control] = 0, 64
        for address in self.identity.endpoints:
            place = (address & 0xF) + (16 if address & 0x80 else 0)
            kinds[place], packets[place] = _BULK_ENDPOINT, 512
        interface = bytes([_VENDOR_CLASS]) + bytes(31)
        self._send(_Message.INTERFACE_INFO, 0, struct.pack("<I", 1) + bytes(32) + interface + bytes(64))
        self._send(_Message.ENDPOINT_INFO, 0, bytes(kinds) + bytes(64) + struct.pack("<32H", *packets))
        told = self.identity
        self._send(
            _Message.DEVICE_CONNECT,
            0,
            struct.pack("<BBBBHHH", _HIGH_SPEED, 0, 0, 0, told.vendor, told.product, told.release),
        )
        self.plugged = True

    def unplug(self) -> None:
        """Without a word, as a hand does it."""
        self.plugged = False
        self._send(_Message.DEVICE_DISCONNECT, 0)
        self._wanted.clear()

    def offer(self, endpoint: int, content: bytes) -> bool:
        """Send to the host; False when it has not asked for anything."""
        with self._lock:
            if not self._wanted[endpoint]:
                return False
            ident, room = self._wanted[endpoint].popleft()
            self._bulk(ident, endpoint, 0, content[:room])
            return True

    def took(self, endpoint: int, content: bytes) -> None:
        """The host sent this."""

    def _bulk(self, ident: int, endpoint: int, status: int, content: bytes) -> None:
        length = len(content)
        self._send(
            _Message.BULK,
            ident,
            struct.pack("<BBHIH", endpoint, status, length & 0xFFFF, 0, length >> 16) + content,
        )

    def _send(self, message: _Message, ident: int, body: bytes = b"") -> None:
        with self._lock:
            head = struct.pack("<IIQ" if self._long_ids else "<III", message, len(body), ident)
            try:
                self._socket.sendall(head + body)
            except OSError:
                self.there = False

    def _listen(self) -> None:
        waiting = b""
        while True:
            try:
                chunk = self._socket.recv(65536)
            except OSError:
                return
            if not chunk:
                return
            waiting += chunk
            while (taken := self._one(waiting)) > 0:
                waiting = waiting[taken:]

    def _one(self, waiting: bytes) -> int:
        """Handle the first message; how many octets it was, 0 while it is not whole."""
        head = 16 if self._long_ids else 12
        if len(waiting) < head:
            return 0
        kind, length = struct.unpack_from("<II", waiting)
        (ident,) = struct.unpack_from("<Q" if self._long_ids else "<I", waiting, 8)
        if len(waiting) < head + length:
            return 0
        self._handle(kind, ident, waiting[head : head + length])
        return head + length

    def _handle(self, kind: int, ident: int, body: bytes) -> None:
        match kind:
            case _Message.HELLO:
                theirs = struct.unpack_from("<I", body, 64)[0] if len(body) >= 68 else 0
                self._long_ids = bool(theirs & _Capability.IDS_64)
                self._greeted.set()
            case _Message.RESET:
                self._wanted.clear()
            case _Message.SET_CONFIGURATION:
                self._configuration = body[0]
                self._send(_Message.CONFIGURATION_STATUS, ident, bytes([0, body[0]]))
            case _Message.GET_CONFIGURATION:
                self._send(_Message.CONFIGURATION_STATUS, ident, bytes([0, self._configuration]))
            case _Message.SET_ALTERNATE:
                self._send(_Message.ALTERNATE_STATUS, ident, bytes([0, body[0], body[1]]))
            case _Message.GET_ALTERNATE:
                self._send(_Message.ALTERNATE_STATUS, ident, bytes([0, body[0], 0]))
            case _Message.CANCEL:
                self._cancel(ident)
            case _Message.CONTROL:
                self._control(ident, body)
            case _Message.BULK:
                self._bulk_wanted(ident, body)

    def _bulk_wanted(self, ident: int, body: bytes) -> None:
        endpoint, _status, low, _stream, high = struct.unpack_from("<BBHIH", body)
        length = low | high << 16
        if endpoint & 0x80:
            with self._lock:
                self._wanted[endpoint].append((ident, length))
            return
        self.took(endpoint, body[10:])
        done = struct.pack("<BBHIH", endpoint, 0, low, 0, high)
        self._send(_Message.BULK, ident, done)

    def _cancel(self, ident: int) -> None:
        with self._lock:
            for endpoint, requests in self._wanted.items():
                for request in [each for each in requests if each[0] == ident]:
                    requests.remove(request)
                    self._bulk(ident, endpoint, _CANCELLED, b"")

    def _control(self, ident: int, body: bytes) -> None:
        endpoint, request, kind, _status, value, index, length = struct.unpack_from("<BBBBHHH", body)
        inwards = bool(kind & 0x80)
        answer: bytes | None = b""
        if inwards:
            answer = self._descriptor(value >> 8, value & 0xFF) if (kind, request) == (0x80, 6) else b"\0\0"
        status = 0 if answer is not None else _STALL
        content = (answer or b"")[:length]
        head = struct.pack(
            "<BBBBHHH", endpoint, request, kind, status, value, index, len(content) if inwards else length
        )
        self._send(_Message.CONTROL, ident, head + content)

    def _descriptor(self, kind: int, index: int) -> bytes | None:
        told = self.identity
        match kind:
            case 1:
                ids = (told.vendor, told.product, told.release)
                return struct.pack("<BBHBBBBHHHBBBB", 18, 1, 0x0200, 0, 0, 0, 64, *ids, 1, 2, 3, 1)
            case 2:
                count = len(told.endpoints)
                interface = struct.pack("<9B", 9, 4, 0, 0, count, _VENDOR_CLASS, 0, 0, 2)
                ends = b"".join(struct.pack("<BBBBHB", 7, 5, each, _BULK_ENDPOINT, 512, 0) for each in told.endpoints)
                whole = 9 + len(interface) + len(ends)
                return struct.pack("<BBHBBBBB", 9, 2, whole, 1, 1, 0, 0x80, 50) + interface + ends
            case 3 if index == 0:
                return b"\x04\x03\x09\x04"  # the only language: English
            case 3:
                text = {1: told.maker, 2: told.name, 3: told.serial}.get(index)
                coded = text.encode("utf-16-le") if text is not None else b""
                return bytes([len(coded) + 2, 3]) + coded if text is not None else None
            case 6:
                return struct.pack("<BBHBBBBBB", 10, 6, 0x0200, 0, 0, 0, 64, 1, 0)
            case _:
                return None
