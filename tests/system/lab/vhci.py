"""USB devices in Python, plugged into the kernel that runs us: vhci_hcd takes one end of a socket, we have the other.

The protocol is USB/IP's (Documentation/usb/usbip_protocol.rst): 48 octets of header, big-endian, then what is carried.
Control and bulk only: a sound card appears with all that it says of itself, but streams nothing.
"""

from __future__ import annotations

import socket
import struct
import threading
from collections import defaultdict, deque
from dataclasses import dataclass
from pathlib import Path

_ATTACH = Path("/sys/devices/platform/vhci_hcd.0/attach")
_SUBMIT, _UNLINK, _SUBMITTED, _UNLINKED = 1, 2, 3, 4
_HEADER = struct.Struct(">IIIIIIiiiI8s")
_FULL_SPEED = 2
_STALL, _RESET = -32, -104


@dataclass(frozen=True)
class Description:
    """What a device says it is; `configuration` is all that follows the configuration's own nine octets."""

    vendor: int
    product: int
    maker: str
    name: str
    serial: str
    interfaces: int
    configuration: bytes

    def descriptor(self, kind: int, index: int) -> bytes | None:
        match kind:
            case 1:
                serial = 3 if self.serial else 0
                ids = (self.vendor, self.product, 0x0100)
                return struct.pack("<BBHBBBBHHHBBBB", 18, 1, 0x0110, 0, 0, 0, 64, *ids, 1, 2, serial, 1)
            case 2:
                whole = 9 + len(self.configuration)
                return struct.pack("<BBHBBBBB", 9, 2, whole, self.interfaces, 1, 0, 0x80, 50) + self.configuration
            case 3 if index == 0:
                return b"\x04\x03\x09\x04"
            case 3 if 1 <= index <= 3:
                coded = (self.maker, self.name, self.serial)[index - 1].encode("utf-16-le")
                return bytes([len(coded) + 2, 3]) + coded
            case _:
                return None


class VhciDevice:
    """Plugged in from the beginning; `unplug` pulls it out without a word."""

    def __init__(self, description: Description, port: int) -> None:
        self._description = description
        self._end, theirs = socket.socketpair()
        self._wanted: dict[int, deque[tuple[int, int]]] = defaultdict(deque)
        """By endpoint: reads of the host that wait."""
        self._to_say: dict[int, bytes] = defaultdict(bytes)
        self._thread = threading.Thread(target=self._serve, name="usb", daemon=True)
        self._thread.start()
        with theirs:
            _ATTACH.write_text(f"{port} {theirs.fileno()} {0x10000 + port + 1} {_FULL_SPEED}")

    def unplug(self) -> None:
        self._end.shutdown(socket.SHUT_RDWR)
        self._thread.join(5)
        self._end.close()

    def said(self, endpoint: int, octets: bytes) -> None:
        """The host sent this: a modem answers OK to every line, at the endpoint of the same number."""
        if b"\r" in octets:
            self._to_say[endpoint] += b"\r\nOK\r\n"
            self._answer_reads(endpoint)

    def _serve(self) -> None:
        try:
            while True:
                self._one(*_HEADER.unpack(self._exactly(_HEADER.size)))
        except OSError:
            return

    def _one(self, *header: int | bytes) -> None:
        command, seq, _device, inwards, endpoint, flags, length, _start, _packets, _interval, setup = header
        assert isinstance(setup, bytes)
        if command == _UNLINK:
            self._end.sendall(struct.pack(">IIIIIi24x", _UNLINKED, seq, 0, 0, 0, self._forget(int(flags))))
            return
        octets = b"" if inwards else self._exactly(int(length))
        if endpoint == 0:
            self._control(int(seq), setup, bool(inwards))
        elif inwards:
            self._wanted[int(endpoint)].append((int(seq), int(length)))
            self._answer_reads(int(endpoint))
        else:
            self._done(int(seq), 0, len(octets))
            self.said(int(endpoint), octets)

    def _forget(self, seq: int) -> int:
        for reads in self._wanted.values():
            for read in [each for each in reads if each[0] == seq]:
                reads.remove(read)
                return _RESET
        return 0

    def _control(self, seq: int, setup: bytes, inwards: bool) -> None:
        kind, request, value, _index, length = struct.unpack("<BBHHH", setup)
        if not inwards:
            self._done(seq, 0, length)
            return
        answer = self._description.descriptor(value >> 8, value & 0xFF) if (kind, request) == (0x80, 6) else None
        if (kind, request) == (0x80, 6) and answer is None:
            self._done(seq, _STALL, 0)
            return
        octets = (answer if answer is not None else bytes(length))[:length]
        self._done(seq, 0, len(octets), octets)

    def _answer_reads(self, endpoint: int) -> None:
        while self._to_say[endpoint] and self._wanted[endpoint]:
            seq, length = self._wanted[endpoint].popleft()
            octets, self._to_say[endpoint] = self._to_say[endpoint][:length], self._to_say[endpoint][length:]
            self._done(seq, 0, len(octets), octets)

    def _done(self, seq: int, status: int, count: int, octets: bytes = b"") -> None:
        head = struct.pack(">IIIIIiiiii8x", _SUBMITTED, seq, 0, 0, 0, status, count, 0, 0, 0)
        self._end.sendall(head + octets)

    def _exactly(self, count: int) -> bytes:
        got = b""
        while len(got) < count:
            piece = self._end.recv(count - len(got))
            if not piece:
                raise OSError("unplugged")
            got += piece
        return got


def _endpoint(address: int, attributes: int, size: int, interval: int = 0, *, audio: bool = False) -> bytes:
    return struct.pack("<BBBBHB", 9 if audio else 7, 5, address, attributes, size, interval) + bytes(2 if audio else 0)


def _interface(number: int, alternate: int, endpoints: int, kind: int, subclass: int) -> bytes:
    return bytes([9, 4, number, alternate, endpoints, kind, subclass, 0, 0])


def modem(serial: str) -> Description:
    """A Conexant voice modem: a CDC ACM function (USB CDC PSTN 1.2)."""
    functional = bytes([5, 0x24, 0, 0x10, 1]) + bytes([4, 0x24, 2, 2]) + bytes([5, 0x24, 6, 0, 1])
    control = _interface(0, 0, 1, 2, 2) + functional + _endpoint(0x83, 3, 8, 10)
    sound = _interface(1, 0, 2, 10, 0) + _endpoint(0x81, 2, 64) + _endpoint(0x01, 2, 64)
    return Description(0x0572, 0x1340, "Conexant", "USB Modem", serial, 2, control + sound)


def headset() -> Description:
    """Loudspeaker and microphone, 8 kHz, 16 bits, mono (USB audio 1.0)."""
    units = bytes([12, 0x24, 2, 1, 1, 1, 0, 1, 0, 0, 0, 0]) + bytes([9, 0x24, 3, 2, 2, 4, 0, 1, 0])
    units += bytes([12, 0x24, 2, 3, 1, 2, 0, 1, 0, 0, 0, 0]) + bytes([9, 0x24, 3, 4, 1, 1, 0, 3, 0])
    control = _interface(0, 0, 0, 1, 1) + struct.pack("<BBBHHBBB", 10, 0x24, 1, 0x100, 10 + len(units), 2, 1, 2) + units
    streams = b""
    for number, terminal, address, attributes in ((1, 1, 0x01, 9), (2, 4, 0x82, 5)):
        streams += _interface(number, 0, 0, 1, 2) + _interface(number, 1, 1, 1, 2)
        streams += bytes([7, 0x24, 1, terminal, 1, 1, 0])
        streams += bytes([11, 0x24, 2, 1, 1, 2, 16, 1]) + (8000).to_bytes(3, "little")
        streams += _endpoint(address, attributes, 18, 1, audio=True) + bytes([7, 0x25, 1, 0, 0, 0, 0])
    return Description(0x046D, 0x0A44, "Laboratory", "Headset", "", 3, control + streams)
