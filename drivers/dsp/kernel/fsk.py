"""Typed door to `fsk.c`: keeps the on-hook audio of all lines and reads the bursts in it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from drivers.dsp.kernel._hotlinebox_dsp import ffi, lib

if TYPE_CHECKING:
    from drivers.dsp.callerid_send import FskModem


class Carrier(IntEnum):
    """What a frame did to a line's kept audio."""

    NOTHING_NEW = 0
    GOES_ON = 1
    """Something has been on the line for a while: worth a look."""
    ENDED = 2


class Reading(IntEnum):
    """How far a burst could be read."""

    NOTHING = 0
    GOOD = 1
    BAD = 2
    """A message was there; framing or checksum is wrong."""
    PARTIAL = 3
    """A preamble or the beginning of a message is there."""


@dataclass(frozen=True, slots=True)
class FskReading:
    """Result of reading one line's kept audio; samples count from the receiver's start."""

    reading: Reading
    content: bytes
    """The message, checksum included; only when GOOD."""
    mark_hz: float
    start_sample: int
    """Where the line became loud."""
    end_sample: int
    """Where the message ended; meaningless unless GOOD."""


class FskLines:
    """On-hook audio of `ports` lines."""

    def __init__(self, ports: int, gate_power: float) -> None:
        """`gate_power` is the mean square (sample units) above which a frame may be part of a burst."""
        self._lines = ffi.new("fsk_line[]", ports)
        self._flags = np.zeros(ports, dtype=np.uint8)
        self._flags_pointer = ffi.from_buffer("uint8_t[]", self._flags)
        self._scratch = ffi.new("fsk_scratch *")
        self._message = ffi.new("fsk_message *")
        self._modem = ffi.new("fsk_modem *")
        self._port_count = ports
        self._gate_power = gate_power
        self.sample = 0
        """Samples seen so far."""

    def listen(self, frames: NDArray[np.int16], armed: NDArray[np.bool_]) -> list[tuple[int, Carrier]]:
        """Keep one frame of every armed port, shape `[port, 160]`; tells the ports worth reading now."""
        flagged = lib.fsk_listen(
            self._lines,
            ffi.from_buffer("int16_t[]", frames),
            ffi.from_buffer("uint8_t[]", armed),
            self._port_count,
            self.sample,
            self._gate_power,
            self._flags_pointer,
        )
        self.sample += frames.shape[1]
        return [(int(port), Carrier(self._flags[port])) for port in np.flatnonzero(self._flags)] if flagged else []

    def read(self, port: int, modem: FskModem) -> FskReading:
        """Read what is kept of `port`, about 0.2 ms for a burst."""
        line, message = self._lines[port], self._message
        self._modem.mark_hz, self._modem.space_hz, self._modem.baud = modem.mark_hz, modem.space_hz, modem.baud
        lib.fsk_decode(ffi.addressof(line), self._modem, self._scratch, message)
        reading = Reading(message.status)
        content = bytes(ffi.buffer(message.bytes)[: message.length]) if reading is Reading.GOOD else b""
        return FskReading(reading, content, message.mark_hz, line.active_sample, line.first_sample + message.end)

    def loud_since(self, port: int) -> int:
        """Where `port` last became loud."""
        return int(self._lines[port].active_sample)

    def drop_until(self, port: int, sample: int) -> None:
        """Forget what `port` had before `sample`."""
        line = self._lines[port]
        lib.fsk_drop(ffi.addressof(line), max(0, sample - line.first_sample))

    def reset(self, port: int) -> None:
        """Forget all of `port`."""
        lib.fsk_reset(ffi.addressof(self._lines, port))
