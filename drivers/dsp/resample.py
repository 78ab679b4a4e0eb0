"""Change of sample rate for sound that comes in blocks.

What: `Resampler` turns blocks at any rate into blocks at 8 kHz; nothing is lost or doubled at a block's edge.
How: polyphase windowed-sinc low-pass. Outputs that share a phase share one row of coefficients, so a block is one small
    matrix product per phase.
Limits: pass band to 3.4 kHz within 0.1 dB, from 4.6 kHz on 70 dB down when coming from a higher rate (what folds stays
    above 3.4 kHz).
Cost: 48 kHz to 8 kHz about 2 ms per second of sound.
"""

from __future__ import annotations

from math import ceil, gcd

import numpy as np
from numpy.typing import NDArray

from drivers.base import SAMPLE_RATE

_ZERO_CROSSINGS = 30
_KAISER_BETA = 7.0
_EDGE = 0.5
"""Cut-off (6 dB) in cycles per sample of the slower rate."""


class Resampler:
    """From `rate_hz` to 8 kHz, one channel."""

    def __init__(self, rate_hz: int) -> None:
        divisor = gcd(rate_hz, SAMPLE_RATE)
        self._up, self._down = SAMPLE_RATE // divisor, rate_hz // divisor
        slower = min(1.0, SAMPLE_RATE / rate_hz)
        self._reach = ceil(_ZERO_CROSSINGS / slower)
        self._coefficients = _coefficients(self._up, self._reach, slower)
        self._kept = np.zeros(self._reach, dtype=np.float32)
        self._kept_from = -self._reach
        """Input index of the first kept sample."""
        self._next = 0
        """Index of the next output."""

    def take(self, block: NDArray[np.float32]) -> NDArray[np.float32]:
        """The output that `block` completes; any length, also none."""
        if self._up == self._down:
            return block
        kept = np.concatenate((self._kept, block))
        newest = self._kept_from + kept.size - 1
        # Output k lies at input k*down/up and needs the inputs from floor - reach + 1 to floor + reach.
        count = max(0, ((newest - self._reach + 1) * self._up - 1) // self._down + 1 - self._next)
        out = np.zeros(count, dtype=np.float32)
        if count:
            windows = np.lib.stride_tricks.sliding_window_view(kept, 2 * self._reach)
            for first in range(min(self._up, count)):
                position = (self._next + first) * self._down
                row = position // self._up - self._reach + 1 - self._kept_from
                steps = (count - first + self._up - 1) // self._up
                rows = windows[row : row + (steps - 1) * self._down + 1 : self._down]
                out[first :: self._up] = rows @ self._coefficients[position % self._up]
            self._next += count
        needed = self._next * self._down // self._up - self._reach + 1
        unused = min(kept.size, max(0, needed - self._kept_from))
        self._kept = kept[unused:]
        self._kept_from += unused
        return out

    def finish(self) -> NDArray[np.float32]:
        """The last outputs, which lie within the filter's reach of the end."""
        if self._up == self._down:
            return np.zeros(0, dtype=np.float32)
        return self.take(np.zeros(self._reach, dtype=np.float32))


def _coefficients(up: int, reach: int, slower: float) -> NDArray[np.float32]:
    """Rows by phase: weights of the inputs from floor - reach + 1 to floor + reach."""
    offsets = np.arange(-reach + 1, reach + 1)
    phases = np.arange(up)[:, np.newaxis] / up
    distance = offsets - phases
    shape = np.sqrt(np.maximum(0.0, 1.0 - (distance / reach) ** 2))
    weights = np.sinc(2 * _EDGE * slower * distance) * np.i0(_KAISER_BETA * shape)
    rows: NDArray[np.float32] = (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)
    return rows
