"""DAHDI's character devices in numbers: requests, structures, events. Pure; checked against the installed `user.h`.

The request numbers are Linux `_IOC(direction, 0xDA, number, size)`. They are the same in DAHDI 2.11 and 3.x
(`dahdi/user.h`), and the structures hold ints and texts only, so x86-64 and arm64 agree.
"""

from __future__ import annotations

import struct
from enum import IntEnum
from typing import Final

_CODE: Final = 0xDA
WRITE, READ = 1, 2


def request(direction: int, number: int, size: int = 4) -> int:
    """`_IOC` of DAHDI's requests; `direction` is `READ`, `WRITE` or both."""
    return direction << 30 | size << 16 | _CODE << 8 | number


PARAMS = struct.Struct("12i40s11iI")
"""`struct dahdi_params`; the fields that matter stand in `ParamsField`."""
BUFFERS = struct.Struct("6i")
"""`struct dahdi_bufferinfo`: transmit policy, receive policy, buffers, their size, and two that are only read."""
CHANNEL_CONFIG = struct.Struct("i40siiii16s")
"""`struct dahdi_chanconfig`: channel, name, signalling, law, master, idle bits, network name."""
ECHO_CANCELLER = struct.Struct("i16s")
"""`struct dahdi_attach_echocan`: channel, name."""
CADENCE = struct.Struct("16i")
"""`struct dahdi_ring_cadence`: milliseconds on and off in turn."""
ZONE = struct.Struct("ii16i40s")
"""`struct dahdi_tone_def_header`: tones that follow, number, ring cadence, name."""

FLUSH = request(WRITE, 3)
GET_PARAMS = request(READ | WRITE, 5, PARAMS.size)
SET_PARAMS = request(WRITE, 5, PARAMS.size)
HOOK = request(WRITE, 7)
GET_EVENT = request(READ, 8)
CONFIGURE_CHANNEL = request(WRITE, 19, CHANNEL_CONFIG.size)
SET_ZONE = request(WRITE, 22)
LOAD_ZONE = request(WRITE, 25, ZONE.size)
SET_BUFFERS = request(WRITE, 27, BUFFERS.size)
SPECIFY = request(WRITE, 38)
SET_LINEAR = request(WRITE, 40)
SET_CADENCE = request(WRITE, 42, CADENCE.size)
ECHO_CANCEL = request(WRITE, 33)
ON_HOOK_TRANSFER = request(WRITE, 51)
ATTACH_ECHO_CANCELLER = request(WRITE, 59, ECHO_CANCELLER.size)
BUFFER_EVENTS = request(WRITE, 105)
SET_POLARITY = request(WRITE, 92)
MESSAGE_WAITING = request(READ | WRITE, 94)
START_SPAN = request(WRITE, 99)

DEFAULT_LAW, MU_LAW = 0, 1
FLUSH_EVERYTHING = 7
"""Receive, transmit and events."""
ELAST = 500
"""`errno` of `read` and `write` while an event waits."""


class Signalling(IntEnum):
    """Named after the far end, as DAHDI does: an FXO port speaks FXS signalling."""

    NONE = 0
    FXS_KEWLSTART = 0x2004
    """For an outside line (FXO port)."""
    FXO_KEWLSTART = 0x1020
    """For a phone (FXS port)."""


FXS_CAPABLE = 0x2000
"""Signalling with this bit drives an FXO port; with `FXO_CAPABLE` an FXS port."""
FXO_CAPABLE = 0x1000


class ParamsField(IntEnum):
    """Places in an unpacked `PARAMS`."""

    SIGNALLING = 3
    CAPABILITIES = 4
    LAW = 10
    FLASH_MS = 16
    RX_FLASH_MS = 19
    ALARMS = 24


class Hook(IntEnum):
    """What `HOOK` takes."""

    ON = 0
    OFF = 1
    FLASH = 3
    RING = 5
    RING_OFF = 6


class Event(IntEnum):
    """What `GET_EVENT` gives, as far as it matters to a port; 0 is none."""

    NONE = 0
    ON_HOOK = 1
    RING_OFF_HOOK = 2
    WINK_FLASH = 3
    ALARM = 4
    NO_ALARM = 5
    RINGER_OFF = 11
    """FXS: the ringer pauses within its cadence."""
    POLARITY = 17
    RING_BEGIN = 18
    REMOVED = 20
    READ_OVERRUN = 29
    """With `BUFFER_EVENTS` on: a frame came and there was no room for it."""
    WRITE_UNDERRUN = 30
    """With `BUFFER_EVENTS` on: nothing was left to send."""


PULSE_DIGIT = 1 << 16
"""Event bit: the low byte is a digit of a rotary dial."""
