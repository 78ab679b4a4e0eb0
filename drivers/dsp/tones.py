"""Tones for lines and phones: any mix of sines with a cadence, and DTMF digits.

What: what the box plays itself (dial tone, busy, DTMF) and what the simulator and the benches play at it.
How: the sine runs on through the pauses of a cadence (one oscillator behind a gate, as in an exchange), so phase is
    continuous whatever the frame size. Whole-hertz mixes repeat every second and come out of a cached table.
Limits: levels per sine in dBm0 (`level.py`); a mix that would exceed full scale is clipped. DTMF frequencies and
    pairs are those of ITU-T Q.23 §6.
Cost: about 3 µs a frame of 160 samples (whole hertz), 12 µs otherwise.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import accumulate
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from drivers.base import SAMPLE_RATE
from drivers.dsp.level import FULL_SCALE, amplitude_of

if TYPE_CHECKING:
    from collections.abc import Sequence

DTMF_LOW_HZ = (697, 770, 852, 941)
DTMF_HIGH_HZ = (1209, 1336, 1477, 1633)
DTMF_DIGITS = "123A456B789C*0#D"
"""Row by row: digit `DTMF_DIGITS[4 * low + high]` (ITU-T Q.23 §6)."""


def dtmf_pair_hz(digit: str) -> tuple[int, int]:
    """Low and high frequency of `digit`. Raises `ValueError` for anything but 0-9 A-D * #."""
    index = DTMF_DIGITS.find(digit) if len(digit) == 1 else -1
    if index < 0:
        message = f"{digit!r} is not a DTMF digit; use 0-9, A-D, * or #"
        raise ValueError(message)
    return DTMF_LOW_HZ[index // 4], DTMF_HIGH_HZ[index % 4]


def _mix(freqs_hz: tuple[float, ...], levels_dbm0: tuple[float, ...], start: int, count: int) -> NDArray[np.int16]:
    """Sum of sines from sample `start` of an oscillator that started at zero phase."""
    at = np.arange(start, start + count, dtype=np.float64)
    total = np.zeros(count)
    for freq_hz, level_dbm0 in zip(freqs_hz, levels_dbm0, strict=True):
        total += amplitude_of(level_dbm0) * np.sin(2.0 * np.pi * freq_hz / SAMPLE_RATE * at)
    rounded: NDArray[np.int16] = np.clip(np.rint(total), -FULL_SCALE, FULL_SCALE).astype(np.int16)
    return rounded


@lru_cache(maxsize=64)
def _second_of(freqs_hz: tuple[float, ...], levels_dbm0: tuple[float, ...]) -> NDArray[np.int16]:
    table = _mix(freqs_hz, levels_dbm0, 0, SAMPLE_RATE)
    table.setflags(write=False)
    return table


class ToneGenerator:
    """A tone that goes on for ever: sines through an on/off gate."""

    def __init__(
        self,
        freqs_hz: Sequence[float],
        levels_dbm0: Sequence[float] | float,
        cadence_s: Sequence[float] = (),
    ) -> None:
        """Mix `freqs_hz`, each at its own level (or all at one).

        `cadence_s` is on, off, on, off … in seconds and repeats; empty means continuous. Raises `ValueError` when
        the counts differ, a cadence is odd in length, or a part of it is not positive.
        """
        self._freqs_hz = tuple(freqs_hz)
        if isinstance(levels_dbm0, int | float):
            levels_dbm0 = [levels_dbm0] * len(self._freqs_hz)
        self._levels_dbm0 = tuple(levels_dbm0)
        if len(self._levels_dbm0) != len(self._freqs_hz):
            message = f"{len(self._freqs_hz)} frequencies but {len(self._levels_dbm0)} levels; give one level each"
            raise ValueError(message)
        if len(cadence_s) % 2 or any(part_s <= 0 for part_s in cadence_s):
            message = f"cadence {tuple(cadence_s)} must be pairs of on and off seconds, all above zero"
            raise ValueError(message)
        self._edges = list(accumulate(round(part_s * SAMPLE_RATE) for part_s in cadence_s))
        self._whole_hertz = all(float(freq_hz).is_integer() for freq_hz in self._freqs_hz)
        self._position = 0

    def frame(self, count: int) -> NDArray[np.int16]:
        """The next `count` samples, a new array."""
        start = self._position
        self._position += count
        if self._whole_hertz:
            table = _second_of(self._freqs_hz, self._levels_dbm0)
            begin = start % SAMPLE_RATE
            samples = table.take(np.arange(begin, begin + count), mode="wrap")
        else:
            samples = _mix(self._freqs_hz, self._levels_dbm0, start, count)
        if self._edges:
            self._silence_pauses(samples, start)
        return samples

    def _silence_pauses(self, samples: NDArray[np.int16], start: int) -> None:
        cycle = self._edges[-1]
        at = 0
        while at < samples.size:
            phase = (start + at) % cycle
            part = next(index for index, edge in enumerate(self._edges) if phase < edge)
            until = at + self._edges[part] - phase
            if part % 2:
                samples[at:until] = 0
            at = until

    def reset(self) -> None:
        """Start again from the beginning of the cadence."""
        self._position = 0


def dtmf_samples(
    digits: str,
    on_ms: float = 70.0,
    off_ms: float = 70.0,
    level_dbm0: float = -9.0,
    twist_db: float = 2.0,
) -> NDArray[np.int16]:
    """`digits` as tones, each followed by its pause.

    `level_dbm0` is the level of the low-group tone; the high-group tone is `twist_db` louder (negative: quieter).
    Raises `ValueError` for a character that is no DTMF digit.
    """
    on, off = round(on_ms * SAMPLE_RATE / 1000), round(off_ms * SAMPLE_RATE / 1000)
    out = np.zeros(len(digits) * (on + off), dtype=np.int16)
    for index, digit in enumerate(digits):
        begin = index * (on + off)
        out[begin : begin + on] = _mix(dtmf_pair_hz(digit), (level_dbm0, level_dbm0 + twist_db), 0, on)
    return out
