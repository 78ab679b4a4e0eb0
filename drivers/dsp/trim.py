"""Two clocks that nearly agree: change of rate by a ratio that is trimmed all the time, and what to trim it by.

What: `TrimmedResampler` takes samples of one clock and gives samples of another; `FillFollower` says by how much the
    clocks differ, from how full the buffer between them is.
How: windowed sinc of 512 phases, one row of coefficients an output; the buffer's fill, smoothed over 2 s, steers a slow
    loop (critically damped, 15 s), so that nobody hears the pitch move.
Limits: pass band to 3.4 kHz within 1 dB; clocks up to 0.5 % apart.
Cost: a frame of 160 samples from 8 kHz 10 µs, from 48 kHz 25 µs (`bench/soundcards.py` measures it in use).
"""

from __future__ import annotations

from math import ceil

import numpy as np
from numpy.typing import NDArray

from drivers.base import FRAME_S
from drivers.dsp.kernel.trim import TRIM_PHASES, TrimTable

_ZERO_CROSSINGS = 16
_KAISER_BETA = 6.0
_LARGEST_TRIM = 0.005
_LOOP_S = 15.0
_ROUNDING = 1e-9
"""Of an output: a place that is the end but for rounding is not there yet."""
_SMOOTHED_S = 2.0


class TrimmedResampler:
    """From about `from_hz` to about `to_hz`, one channel."""

    def __init__(self, from_hz: int, to_hz: int) -> None:
        self._step = from_hz / to_hz
        slower = min(1.0, to_hz / from_hz)
        self._reach = ceil(_ZERO_CROSSINGS / slower)
        self._table = TrimTable(_table(self._reach, slower))
        self._kept = np.zeros(0, np.float32)
        self._position = 0.0
        self.clear()

    def clear(self) -> None:
        """Forget everything: what comes now is the beginning."""
        self._kept = np.zeros(2 * self._reach, np.float32)
        self._position = float(self._reach)
        """In `kept`, of the next output."""

    @property
    def waiting(self) -> float:
        """Samples that were pushed and not used yet."""
        return self._kept.size - self._reach - self._position

    def push(self, samples: NDArray[np.int16]) -> None:
        """More input."""
        self._kept = np.concatenate((self._kept, samples.astype(np.float32)))

    def pull(self, count: int, trim: float = 0.0) -> NDArray[np.int16] | None:
        """The next `count` outputs, None when too little is there; with `trim` > 0 input is used up faster."""
        step = self._step * (1.0 + trim)
        last = self._position + step * (count - 1)
        if int(last) + self._reach >= self._kept.size:
            return None
        return self._outputs(count, step)

    def pull_all(self, trim: float = 0.0) -> NDArray[np.int16]:
        """All outputs for which there is input."""
        step = self._step * (1.0 + trim)
        whole = (self._kept.size - self._reach - self._position) / step
        return self._outputs(max(0, ceil(whole - _ROUNDING)), step)

    def skip(self, samples: int) -> None:
        """Drop so much input."""
        self._position += samples
        self._forget()

    def _outputs(self, count: int, step: float) -> NDArray[np.int16]:
        made = self._table.outputs(self._kept, self._position, step, count)
        self._position += step * count
        self._forget()
        return made

    def _forget(self) -> None:
        unused = min(int(self._position) - self._reach, self._kept.size)
        if unused > 0:
            self._kept = self._kept[unused:]
            self._position -= unused


def _table(reach: int, slower: float) -> NDArray[np.float32]:
    """Row p: the weights of the `2 * reach` inputs around an output p/512 behind one of them."""
    taps = np.arange(1 - reach, reach + 1)
    away = taps[np.newaxis, :] - np.arange(TRIM_PHASES + 1)[:, np.newaxis] / TRIM_PHASES
    window = np.i0(_KAISER_BETA * np.sqrt(np.clip(1 - (away / reach) ** 2, 0, 1)))
    weights = np.sinc(away * slower) * window
    return np.asarray(weights / weights.sum(axis=1, keepdims=True), np.float32)


class FillFollower:
    """By how much the far clock is faster, from the fill of the buffer that it fills."""

    def __init__(self, target_s: float) -> None:
        self.target_s = target_s
        self.clear()

    def clear(self) -> None:
        """The buffer is at its target; the clocks are as far apart as before."""
        self._error_s = 0.0

    drift = 0.0
    """Learnt: 1e-4 is 100 ppm."""

    def trim(self, fill_s: float) -> float:
        """What to trim by for the frame to come; once a frame."""
        self._error_s += (fill_s - self.target_s - self._error_s) * FRAME_S / _SMOOTHED_S
        self.drift += self._error_s * FRAME_S / (4 * _LOOP_S * _LOOP_S)
        self.drift = min(max(self.drift, -_LARGEST_TRIM), _LARGEST_TRIM)
        return min(max(self.drift + self._error_s / _LOOP_S, -_LARGEST_TRIM), _LARGEST_TRIM)
