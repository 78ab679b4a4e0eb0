"""Typed door to `echo.c`: owns the filters of all ports."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from drivers.dsp.kernel._hotlinebox_dsp import ffi, lib

MOST_DELAY_SAMPLES = 800


class EchoFilters:
    """One adaptive filter of 32 ms per port, behind a fixed delay."""

    def __init__(self, ports: int, delay_samples: int) -> None:
        """Raises `ValueError` for a delay that is not between 0 and 800 samples."""
        if not 0 <= delay_samples <= MOST_DELAY_SAMPLES:
            raise ValueError(f"delay of {delay_samples} samples; at most {MOST_DELAY_SAMPLES}")
        self._state = ffi.new("ec_port[]", ports)
        for port in range(ports):
            lib.ec_reset(self._state + port)
        self._ports = ports
        self._delay = delay_samples

    def step(
        self,
        received: NDArray[np.int16],
        sent: NDArray[np.int16],
        armed: NDArray[np.bool_],
        out: NDArray[np.int16],
    ) -> None:
        """Take C-contiguous frames `[port, 160]` of both directions and fill `out`."""
        lib.ec_step(
            self._state,
            ffi.from_buffer("int16_t[]", received),
            ffi.from_buffer("int16_t[]", sent),
            ffi.from_buffer("uint8_t[]", armed),
            self._ports,
            self._delay,
            ffi.from_buffer("int16_t[]", out),
        )

    def reset(self, port: int) -> None:
        """Forget the echo path of `port`."""
        lib.ec_reset(self._state + port)
