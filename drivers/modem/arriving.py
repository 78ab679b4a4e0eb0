"""Sound from a modem on its way into frames: the modem has a clock of its own and sends in lumps."""

from __future__ import annotations

from collections import deque

import numpy as np
from numpy.typing import NDArray

from drivers.base import FRAME_SAMPLES

WAIT_SAMPLES = 3 * FRAME_SAMPLES
"""What lies ready before the first frame is given: lumps may come this late."""
_MOST_SAMPLES = 12 * FRAME_SAMPLES
"""More than this, and the modem's clock is faster than ours, or we were held up: back to `WAIT_SAMPLES`."""


class ArrivingSound:
    """`add` in one thread, `fill` in another."""

    def __init__(self) -> None:
        self._came: deque[NDArray[np.int16]] = deque()
        self._ready: NDArray[np.int16] = np.zeros(0, np.int16)
        self._flows = False

    def add(self, samples: NDArray[np.int16]) -> None:
        """Samples at 8 kHz, any number."""
        self._came.append(samples)

    def clear(self) -> None:
        """Nothing of it is wanted any more; in the thread of `fill`."""
        self._came.clear()
        self._ready = self._ready[:0]
        self._flows = False

    def fill(self, row: NDArray[np.int16]) -> None:
        """The next frame; silence while too little has come."""
        lumps = [self._ready]
        while self._came:
            lumps.append(self._came.popleft())
        ready = np.concatenate(lumps) if len(lumps) > 1 else self._ready
        if len(ready) > _MOST_SAMPLES:
            ready = ready[-WAIT_SAMPLES:]
        self._flows = len(ready) >= (FRAME_SAMPLES if self._flows else WAIT_SAMPLES)
        if self._flows:
            row[:] = ready[:FRAME_SAMPLES]
            ready = ready[FRAME_SAMPLES:]
        else:
            row[:] = 0
        self._ready = ready
