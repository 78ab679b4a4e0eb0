"""What a recording of any length looks like: power over time and frequency, in a bounded number of columns.

What: `Spectrogram.take` collects the sound of one line at 8 kHz; `levels_dbm0` is the picture so far.
How: a 32 ms Hann window every 16 ms gives a column of 129 powers. When there are twice as many columns as wanted, each
    two become one with the greater power of both, so that a short digit stays visible in a long recording.
Limits: 31.25 Hz and 16 ms resolution; the last part that fills no window is not shown.
Cost: about 1.5 ms per second of sound; memory is that of 2 x `MOST_COLUMNS` columns, whatever the length.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from drivers.base import SAMPLE_RATE
from drivers.dsp.level import FULL_SCALE, OVERLOAD_DBM0

MOST_COLUMNS = 1600
BIN_HZ = 31.25
_WINDOW = 256
_HOP = 128


class Spectrogram:
    """The picture of one recording. Give all of it with `take`."""

    def __init__(self) -> None:
        self._taper = np.hanning(_WINDOW).astype(np.float32)
        self._scale = (2.0 / float(self._taper.sum())) ** 2 / 2.0
        self._columns = np.zeros((2 * MOST_COLUMNS, _WINDOW // 2 + 1), np.float32)
        self._count = 0
        self._hops_per_column = 1
        self._pending = np.zeros((0, _WINDOW // 2 + 1), np.float32)
        self._rest = np.zeros(0, np.float32)

    @property
    def column_s(self) -> float:
        """Seconds per column."""
        return self._hops_per_column * _HOP / SAMPLE_RATE

    def take(self, samples: NDArray[np.float32]) -> None:
        """Add the next `samples`, floats in 16-bit units."""
        self._rest = np.concatenate((self._rest, samples))
        hops = (self._rest.size - _WINDOW) // _HOP + 1
        if hops <= 0:
            return
        windows = np.lib.stride_tricks.sliding_window_view(self._rest, _WINDOW)[::_HOP][:hops]
        powers = np.abs(np.fft.rfft(windows * self._taper, axis=1)).astype(np.float32) ** 2 * self._scale
        self._rest = self._rest[hops * _HOP :].copy()
        self._add(powers)

    def _add(self, powers: NDArray[np.float32]) -> None:
        left = np.concatenate((self._pending, powers))
        while len(left) >= self._hops_per_column:
            free = len(self._columns) - self._count
            fresh = min(free, len(left) // self._hops_per_column)
            used = fresh * self._hops_per_column
            columns = left[:used].reshape(fresh, self._hops_per_column, left.shape[1]).max(axis=1)
            self._columns[self._count : self._count + fresh] = columns
            self._count += fresh
            left = left[used:]
            if self._count == len(self._columns):
                self._columns[:MOST_COLUMNS] = self._columns.reshape(MOST_COLUMNS, 2, -1).max(axis=1)
                self._count = MOST_COLUMNS
                self._hops_per_column *= 2
        self._pending = left

    def levels_dbm0(self) -> NDArray[np.float32]:
        """Level of a sine in each cell, shape `[bin, column]`; bin n is at n times `BIN_HZ`."""
        power = np.maximum(self._columns[: self._count].T, 1e-3)
        return np.asarray(OVERLOAD_DBM0 + 10.0 * np.log10(2.0 * power / FULL_SCALE**2), dtype=np.float32)
