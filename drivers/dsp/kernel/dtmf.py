"""The compiled DTMF receiver: owns its memory, typed."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from drivers.dsp.kernel._hotlinebox_dsp import ffi, lib

lib.dtmf_prepare()


class Found(NamedTuple):
    """A digit that began (`end` is -1) or ended; `digit` is 4 × low + high, times are samples of the kernel."""

    port: int
    digit: int
    start: int
    end: int


class DtmfKernel:
    """State of all ports in one block of memory."""

    def __init__(self, ports: int) -> None:
        self.ports = ports
        self._state = ffi.new("dtmf_port[]", ports)
        self._room = 8 * ports
        self._events = ffi.new("dtmf_event[]", self._room)
        for port in range(ports):
            self.reset(port)

    def reset(self, port: int) -> None:
        """Forget everything `port` has heard."""
        lib.dtmf_reset(self._state + port)

    def step(self, frames: NDArray[np.int16], armed: NDArray[np.bool_]) -> list[Found]:
        """Take C-contiguous `frames`, `[port, n × 40]`; a port not armed costs nothing and remembers nothing."""
        found = lib.dtmf_step(
            self._state,
            ffi.from_buffer("int16_t[]", frames),
            ffi.from_buffer("uint8_t[]", armed),
            self.ports,
            frames.shape[1],
            self._events,
            self._room,
        )
        return [Found(e.port, e.digit, e.start, e.end) for e in self._events[0:found]]
