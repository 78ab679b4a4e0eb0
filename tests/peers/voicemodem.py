"""A voice modem of our own: V.250 commands, V.253 sound and events. `tests/peers/ptymodem.py` puts it on a serial port.

The driver is tested against it, and it is tested itself by programs that none of us wrote (mgetty's vm and vgetty).
`line` is its telephone line. Faults are those that people report of real ones.
"""

from __future__ import annotations

import random
from collections import deque
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from drivers.base import FRAME_SAMPLES
from drivers.modem.coding import Coding, decode, encode
from tests.peers.atcommands import Firmware, Sound

DLE = 0x10
_XON, _XOFF = b"\x11", b"\x13"
_PLAY_HIGH, _PLAY_LOW = 4096, 1024
_MOST_UNSENT = 65_536


class ModemLine(Protocol):
    """The telephone line of a modem."""

    def step(self, said: NDArray[np.int16] | None, *, off_hook: bool) -> tuple[NDArray[np.int16], list[bytes]]:
        """Frame by frame: what the modem says in; what it hears, and what its chip noticed, out.

        Noticed is text for a modem on hook (`RING`), an event's letters off hook (`b`).
        """
        ...


class VoiceModem:
    """Octets go in by `receive`, time by `step` (20 ms), octets come out by `send`."""

    def __init__(self, line: ModemLine, firmware: Firmware | None = None) -> None:
        self.line = line
        self.firmware = firmware or Firmware()
        self.silent = False
        """Reads, and says nothing."""
        self.garbage = False
        """Says nonsense all the time."""
        self.scrambled = False
        """What it says is unreadable, as with a wrong rate."""
        self.recorded = bytearray()
        """Every octet of sound that it sent, not shielded."""
        self.played = bytearray()
        """Every octet of sound that it was given."""
        self._out = bytearray()
        self._play: deque[int] = deque()
        self._after_dle = False
        self._shields = 1
        self._ending = False
        self._held = False
        self._dry = False
        self._random = random.Random(1)

    def power_on(self) -> None:
        self._out.clear()
        self.firmware.power_on()

    def receive(self, octets: bytes) -> None:
        """Octets from the computer."""
        for octet in octets:
            self._take(octet)

    def send(self, most: int = 4096) -> bytes:
        """Octets for the computer."""
        if self.silent:
            self._out.clear()
        if self.garbage:
            self._out = bytearray(self._random.randbytes(150))
        del self._out[:-_MOST_UNSENT]
        octets = bytes(self._out[:most])
        del self._out[:most]
        return bytes(each ^ 0xA5 for each in octets) if self.scrambled else octets

    def _say(self, text: str) -> None:
        self._out += b"\r\n" + text.encode() + b"\r\n"

    # --- octets from the computer -----------------------------------------------------------------------------------

    def _take(self, octet: int) -> None:
        firmware = self.firmware
        if firmware.sound is Sound.NONE:
            if firmware.echo:
                self._out.append(octet)
            for said in firmware.key(octet):
                self._say(said)
            if firmware.sound is not Sound.NONE:
                self._play.clear()
                self._ending = self._held = self._dry = self._after_dle = False
            return
        if not self._after_dle:
            self._after_dle = octet == DLE
            if octet != DLE:
                self._shields = 1
                self._given(octet)
            return
        self._after_dle = False
        match octet:
            case 0x10:
                self._shields = 3  # if a code follows: some firmwares want a pair before it
                self._given(DLE)
            case 0x1A:
                self._given(DLE)
                self._given(DLE)
            case _:
                self._code(octet)

    def _given(self, octet: int) -> None:
        if self.firmware.sound is not Sound.RECORDING:
            self._play.append(octet)
            self.played.append(octet)

    def _code(self, octet: int) -> None:
        firmware = self.firmware
        ends_recording = octet == ord("!") and firmware.sound is Sound.RECORDING
        ends_duplex = octet == ord("^") and firmware.sound is Sound.DUPLEX
        if ends_recording or ends_duplex:
            if self._shields >= firmware.stop_shields:
                self._sound_over(bytes((DLE, 3)))
        elif octet == 3:
            self._ending = True
        elif octet == 0x18:
            self._play.clear()
        self._shields = 1

    def _sound_over(self, octets: bytes) -> None:
        self.firmware.sound = Sound.NONE
        self._out += octets
        self._say("OK")

    # --- time ------------------------------------------------------------------------------------------------------

    def step(self) -> None:
        """20 ms went by."""
        firmware = self.firmware
        said = None
        if firmware.sound in {Sound.PLAYING, Sound.DUPLEX}:
            said = self._next_played(firmware.coding)
        heard, noticed = self.line.step(said, off_hook=firmware.off_hook)
        if firmware.sound in {Sound.RECORDING, Sound.DUPLEX}:
            codes = encode(heard, firmware.coding)
            self.recorded += codes
            self._out += codes.replace(b"\x10", b"\x10\x10")
        for each in noticed:
            self._notice(each.decode())

    def _notice(self, word: str) -> None:
        firmware = self.firmware
        if len(word) == 1:
            if firmware.fclass == "8":
                self._out += bytes((DLE,)) + word.encode()
        elif word == "RING" and firmware.fclass == "8" and firmware.rings_by_event:
            self._out += bytes((DLE,)) + b"R"
        elif word == "RING" or firmware.tells_callers:
            self._say(word)

    def _next_played(self, coding: Coding) -> NDArray[np.int16]:
        count = min(FRAME_SAMPLES, len(self._play))
        octets = bytes(self._play.popleft() for _ in range(count))
        samples = np.zeros(FRAME_SAMPLES, np.int16)
        samples[:count] = decode(octets, coding)
        dry = count < FRAME_SAMPLES
        if dry and not self._dry and not self._ending:
            self._out += bytes((DLE,)) + b"u"
        self._dry = dry
        if self.firmware.sound is Sound.PLAYING:
            self._hold_or_end()
        return samples

    def _hold_or_end(self) -> None:
        if len(self._play) > _PLAY_HIGH and not self._held:
            self._out += _XOFF
            self._held = True
        elif len(self._play) < _PLAY_LOW and self._held:
            self._out += _XON
            self._held = False
        if self._ending and not self._play:
            self._sound_over(b"")


SILENT_FRAME: NDArray[np.int16] = np.zeros(FRAME_SAMPLES, np.int16)


class DeadLine:
    """A line on which nothing happens."""

    def step(self, _said: NDArray[np.int16] | None, *, off_hook: bool) -> tuple[NDArray[np.int16], list[bytes]]:  # noqa: ARG002
        return SILENT_FRAME, []
