"""Sound and events in one stream of octets: the <DLE> shielding of V.253 §9. Pure, octet by octet as they come.

Every octet 0x10 of sound is doubled; <DLE><SUB> stands for two of them; <DLE> and any other octet is an event or the
end of the sound. A <DLE> may be the last octet of one read and its code the first of the next.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

DLE, ETX, SUB, CAN = 0x10, 0x03, 0x1A, 0x18
END = bytes((DLE, ETX))
"""We have no more to play (to the modem); it has no more for us (from it)."""
STOP_RECORDING = bytes((DLE, 0x21))
"""`!`: end +VRX."""
STOP_DUPLEX = bytes((DLE, 0x5E))
"""`^`: end +VTR."""
ABORT = bytes((DLE, CAN))
"""Throw away what has not been played yet."""


class ModemEvent(StrEnum):
    """What a modem says with <DLE> and a letter (V.253 table 12, and what Rockwell and Silabs add)."""

    RING = "R"
    RINGBACK = "r"
    BUSY = "b"
    CONGESTION = "K"
    DIAL_TONE = "d"
    FAX_CALLING = "c"
    FAX_ANSWER = "a"
    DATA_CALLING = "e"
    DATA_ANSWER = "f"
    HANDSET_LIFTED = "h"
    HANDSET_DOWN = "H"
    EXTENSION_LIFTED = "p"
    EXTENSION_DOWN = "P"
    LOOP_LOST = "l"
    POLARITY = "L"
    SILENCE = "s"
    QUIET = "q"
    UNDERRUN = "u"
    OVERRUN = "o"
    LOST = "Y"
    TIMING = "T"
    KEY_BEGINS = "/"
    KEY_ENDS = "~"


_KEY_ENDS_ELSEWHERE = "\x7f"
"""Silabs' table has DEL where V.253 has `~`."""
_DIGITS = frozenset("0123456789*#ABCD")


@dataclass(frozen=True, slots=True)
class Key:
    """A DTMF digit that the modem recognised."""

    digit: str


@dataclass(frozen=True, slots=True)
class SoundEnded:
    """<DLE><ETX>: the modem has left the sound; text follows."""


@dataclass(frozen=True, slots=True)
class UnknownCode:
    """A code of some maker; noted in the log, without effect."""

    code: int


Found = bytes | ModemEvent | Key | SoundEnded | UnknownCode


def shield(sound: bytes) -> bytes:
    """Sound as it goes to the modem."""
    return sound.replace(b"\x10", b"\x10\x10")


class Unshielding:
    """Takes what comes from the modem while sound flows; gives sound and events in their order."""

    def __init__(self) -> None:
        self._after_dle = False

    def feed(self, octets: bytes) -> tuple[list[Found], bytes]:
        """What was found, and what came after the end of the sound (text, not looked at)."""
        found: list[Found] = []
        sound = bytearray()
        for at, octet in enumerate(octets):
            if not self._after_dle:
                if octet == DLE:
                    self._after_dle = True
                else:
                    sound.append(octet)
                continue
            self._after_dle = False
            if octet in {DLE, SUB}:
                sound += bytes((DLE,)) * (1 if octet == DLE else 2)
                continue
            if sound:
                found.append(bytes(sound))
                sound.clear()
            if octet == ETX:
                found.append(SoundEnded())
                return found, octets[at + 1 :]
            found.append(_event(octet))
        if sound:
            found.append(bytes(sound))
        return found, b""


def _event(code: int) -> Found:
    letter = chr(code)
    if letter in _DIGITS:
        return Key(letter)
    if letter == _KEY_ENDS_ELSEWHERE:
        return ModemEvent.KEY_ENDS
    try:
        return ModemEvent(letter)
    except ValueError:
        return UnknownCode(code)
