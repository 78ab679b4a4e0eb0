"""An Astribank in Python: a unit of lines (FXO) and a unit of phones (FXS), for the real Xorcom drivers in a guest.

Spoken are the packets that `xpp_usb`, `xpd_fxo` and `xpd_fxs` exchange with the firmware of a real one: a word with the
length (10 bits; bit 11 marks sound), an opcode, the unit's address, and a body.
"""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path

from tests.system.lab.in_guest.beat import BEAT_S
from tests.system.lab.usbredir import UsbDevice, UsbIdentity

IDENTITY = UsbIdentity(
    0xE4E4, 0x1162, 0x0101, "Xorcom LTD", "Astribank (laboratory)", "X1234567", endpoints=(0x86, 0x02)
)
TO_HOST = 0x86
SAMPLES_A_PACKET = 8
"""One millisecond."""
MU_LAW_SILENCE = b"\xff" * SAMPLES_A_PACKET
_REVISION = 30
_LINES_UNIT, _PHONES_UNIT = 0, 1
_FXS_TYPE, _FXO_TYPE = 1, 2
_BEAT_MS = round(BEAT_S * 1000)
_LONGEST_LAG_MS = 500


class _Opcode(IntEnum):
    HOOK_CHANGED = 0x06
    """Phones: hooks. Lines: ringing."""
    ASK_DESCRIPTION = 0x07
    DESCRIPTION = 0x08
    ASK_REGISTER = 0x0F
    REGISTER = 0x10
    SOUND_TO_CARD = 0x11
    SOUND_FROM_CARD = 0x12
    SYNC_SOURCE = 0x19
    SYNC_REPLY = 0x1A


class _LineRegister(IntEnum):
    POLARITY = 4
    HOOK = 5
    CURRENT = 0x1C
    VOLTAGE = 0x1D


class _PhoneRegister(IntEnum):
    CHIP = 0
    KEY = 0x18
    FEED = 0x40
    LOOP = 0x44


class Feed(IntEnum):
    """What the driver feeds to a phone's wires."""

    OPEN = 0
    ACTIVE = 1
    ON_HOOK_TRANSFER = 2
    TIP_OPEN = 3
    RINGING = 4
    REVERSED = 5
    REVERSED_ON_HOOK_TRANSFER = 6
    RING_OPEN = 7


@dataclass
class Socket:
    """One socket as the world outside sees it."""

    volts: int = -48
    current_ma: int = 30
    taken: bool = False
    """Line: the driver went off hook."""
    lifted: bool = False
    """Phone: the handset is up."""
    feed: int = Feed.OPEN
    to_say: deque[bytes] = field(default_factory=deque)
    """µ-law, a millisecond each."""
    heard: bytearray = field(default_factory=bytearray)


class Astribank(UsbDevice):
    """Four lines and four phones; `told` hears what the driver does to them: `line 1 taken`, `phone 2 RINGING`."""

    def __init__(self, path: Path, beat: socket.socket, told: Callable[[str], None]) -> None:
        """`path`: the guest's USB. `beat`: where it says how its time goes by; it stands still while nobody reads."""
        super().__init__(path, IDENTITY)
        self._beat = beat
        self.lines = [Socket() for _ in range(4)]
        self.phones = [Socket() for _ in range(4)]
        self._told = told
        self._outbox: deque[bytes] = deque()
        self._registers: dict[tuple[int, int, int], int] = defaultdict(int)
        self._sync_mode = 0
        self._ticking = False
        self._behind_ms = 0
        self.milliseconds = 0
        """The card's own time: what the host has taken."""
        threading.Thread(target=self._keep_time, name="astribank", daemon=True).start()

    def close(self) -> None:
        super().close()
        with suppress(OSError):
            self._beat.shutdown(socket.SHUT_RDWR)
        self._beat.close()

    def unplug(self) -> None:
        super().unplug()
        self._ticking = False
        self._outbox.clear()

    # --- what people and the exchange do -----------------------------------------------------------------------------

    def ring(self, line: int, *, on: bool) -> None:
        self._changed(_LINES_UNIT, line, on=on)

    def reverse(self, line: int) -> None:
        self.lines[line].volts = -self.lines[line].volts
        self._report(_LINES_UNIT, line, _LineRegister.POLARITY, 1)

    def feed_current(self, line: int, current_ma: int) -> None:
        self.lines[line].current_ma = current_ma
        self._report(_LINES_UNIT, line, _LineRegister.CURRENT, current_ma)

    def lift(self, phone: int, *, up: bool) -> None:
        self.phones[phone].lifted = up
        self._changed(_PHONES_UNIT, phone, on=up)

    # --- packets -----------------------------------------------------------------------------------------------------

    def took(self, endpoint: int, content: bytes) -> None:
        del endpoint  # there is only one
        while len(content) >= 4:
            word, opcode, address = struct.unpack_from("<HBB", content)
            length = word & 0x3FF
            if length < 4:
                return
            self._packet(opcode, address >> 4 & 7, content[4:length])
            content = content[length:]

    def _packet(self, opcode: int, unit: int, body: bytes) -> None:
        match opcode:
            case _Opcode.SOUND_TO_CARD:
                self._hear(unit, body)
            case _Opcode.ASK_DESCRIPTION:
                units = ((_LINES_UNIT, _FXO_TYPE, self.lines), (_PHONES_UNIT, _FXS_TYPE, self.phones))
                described = [
                    bytes([u << 4, kind << 4, len(s), 1, int(kind == _FXS_TYPE), 0, 0, 0]) for u, kind, s in units
                ]
                self._put(_Opcode.DESCRIPTION, bytes([_REVISION, 0, 0, 0]) + b"".join(described))
                self._ticking = True
            case _Opcode.SYNC_SOURCE:
                if body[0] != 0x80:
                    self._sync_mode = body[0]
                self._put(_Opcode.SYNC_REPLY, bytes([self._sync_mode, body[1]]))
            case _Opcode.ASK_REGISTER:
                self._register(unit, body)

    def _register(self, unit: int, body: bytes) -> None:
        head, flags, register, second, low, _high = struct.unpack_from("<6B", body + bytes(6))
        port = head >> 4 & 7
        place = register | second << 8 if flags & 0x20 else register
        if flags & 0x40:
            value = self._read(unit, port, place)
            answer = struct.pack("<6B", 5 | port << 4, flags, register, second, value & 0xFF, 0) + bytes(2)
            self._put(_Opcode.REGISTER, answer, unit)
            return
        for each in range(8) if flags & 0x80 else (port,):
            self._write(unit, each, place, low)

    def _read(self, unit: int, port: int, place: int) -> int:
        sockets = self.phones if unit == _PHONES_UNIT else self.lines
        if port >= len(sockets):
            return 0xFF if unit == _PHONES_UNIT else 0
        socket = sockets[port]
        stored = self._registers[unit, port, place]
        if unit == _LINES_UNIT:
            current_ma = socket.current_ma if socket.taken else 0
            return {_LineRegister.VOLTAGE: socket.volts, _LineRegister.CURRENT: current_ma}.get(place, stored)
        known = {_PhoneRegister.CHIP: 5, 0x60: 0, 88: 0, 89: 0, _PhoneRegister.LOOP: int(socket.lifted)}
        return known.get(place, stored)

    def _write(self, unit: int, port: int, place: int, value: int) -> None:
        self._registers[unit, port, place] = value
        if unit == _LINES_UNIT and place == _LineRegister.HOOK and port < len(self.lines):
            taken = bool(value & 1)
            if taken != self.lines[port].taken:
                self.lines[port].taken = taken
                self._told(f"line {port + 1} {'taken' if taken else 'released'}")
        is_feed = unit == _PHONES_UNIT and place == _PhoneRegister.FEED and port < len(self.phones)
        if is_feed and self.phones[port].feed != value:
            self.phones[port].feed = value
            self._told(f"phone {port + 1} {Feed(value).name if value in set(Feed) else value}")

    def _hear(self, unit: int, body: bytes) -> None:
        (mask,) = struct.unpack_from("<I", body)
        sockets = self.phones if unit == _PHONES_UNIT else self.lines
        at = 4
        for number in range(32):
            if mask >> number & 1:
                if number < len(sockets):
                    sockets[number].heard += body[at : at + SAMPLES_A_PACKET]
                at += SAMPLES_A_PACKET

    def _keep_time(self) -> None:
        """A packet of sound from each unit every millisecond of the guest: the clock of its driver."""
        while beaten := len(self._beat.recv(64)):
            self._behind_ms += beaten * _BEAT_MS
            while self._behind_ms > 0:
                self._behind_ms -= 1
                if self.plugged and self._ticking:
                    self._millisecond()

    def _millisecond(self) -> None:
        self._flush()
        sound = self._sound(_LINES_UNIT, self.lines) + self._sound(_PHONES_UNIT, self.phones)
        while self.plugged and not self.offer(TO_HOST, sound):
            time.sleep(0.0005)  # the driver is not ready: its card waits, nothing is lost
            with suppress(BlockingIOError):  # and does not hold it up
                beaten = len(self._beat.recv(64, socket.MSG_DONTWAIT))
                self._behind_ms = min(self._behind_ms + beaten * _BEAT_MS, _LONGEST_LAG_MS)
        self.milliseconds += 1

    def _sound(self, unit: int, sockets: list[Socket]) -> bytes:
        said = b"".join(socket.to_say.popleft() if socket.to_say else MU_LAW_SILENCE for socket in sockets)
        address = unit << 4 | (0x80 if unit == _LINES_UNIT else 0)  # the first carries the mark of the millisecond
        head = struct.pack("<HBBI", 8 + len(said) | 1 << 11, _Opcode.SOUND_FROM_CARD, address, (1 << len(sockets)) - 1)
        return head + said

    def _changed(self, unit: int, port: int, *, on: bool) -> None:
        self._put(_Opcode.HOOK_CHANGED, struct.pack("<II", 1 << port if on else 0, 1 << port), unit)

    def _report(self, unit: int, port: int, register: int, value: int) -> None:
        body = struct.pack("<6B", 5 | port << 4, 0, register, 0, value, 0) + bytes(2)
        self._put(_Opcode.REGISTER, body, unit)

    def _put(self, opcode: _Opcode, body: bytes, unit: int = 0) -> None:
        self._outbox.append(struct.pack("<HBB", 4 + len(body), opcode, unit << 4) + body)
        self._flush()

    def _flush(self) -> None:
        with self._lock:
            while self._outbox and self.offer(TO_HOST, self._outbox[0]):
                self._outbox.popleft()
