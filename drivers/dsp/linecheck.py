"""What is wrong with a line: level, noise, hum and clicks of every port, for the line page and for support.

What: `LineCheck` takes one second of one port after the other; `findings` is what was measured over the last minute.
How: hum by correlation with the sines of the mains and its harmonics (50, 100 and 150 Hz: the sums of a second add up
    in phase); the noise floor is the quietest frame of the second without its hum; a click is a short jump far above
    the second differences around it, which tone and voice do not make.
Limits: noise is read in pauses: while somebody talks without one it reads too high. Hum below -75 dBm0 is not told from
    noise. Two clicks within 40 ms are one. Clicks below the voice that is on are not seen.
Cost: about 70 µs a second of a port; see `drivers/linewatch.py`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from drivers.base import FRAME_S, FRAME_SAMPLES, SAMPLE_RATE
from drivers.dsp.level import level_of_power

MAINS_HZ = (50.0, 100.0, 150.0)
SECOND_FRAMES = round(1.0 / FRAME_S)
_KEPT_WINDOWS = 60
_CLICK_RATIO = 12.0
_CLICK_FLOOR = 400.0
"""Second difference, in sample units: a jump of -35 dBm0 is not audible as a click."""
_CLICK_SAMPLES = 40
"""Longer than 5 ms is no click."""
_DEAD_FRAMES = 2


_AT = 2.0 * np.pi * np.arange(FRAME_SAMPLES)[:, np.newaxis] * np.array(MAINS_HZ) / SAMPLE_RATE
_SINES = np.concatenate((np.cos(_AT), np.sin(_AT)), axis=1).astype(np.float32)


@dataclass(frozen=True, slots=True)
class LineFindings:
    """Measured over the last minute, or since listening began. Levels in dBm0."""

    level_dbm0: float
    """Over the last second."""
    loudest_dbm0: float
    """The loudest second."""
    noise_dbm0: float
    """The quietest of the line, without hum."""
    hum_dbm0: tuple[float, float, float]
    """At 50, 100 and 150 Hz, median of the seconds."""
    clicks_per_minute: float
    listened_s: float


class LineCheck:
    """Measures on one port."""

    def __init__(self) -> None:
        self._levels: deque[float] = deque(maxlen=_KEPT_WINDOWS)
        self._noises: deque[float] = deque(maxlen=_KEPT_WINDOWS)
        self._hums: deque[list[float]] = deque(maxlen=_KEPT_WINDOWS)
        self._clicks: deque[int] = deque(maxlen=_KEPT_WINDOWS)
        self._seconds = 0

    def take(self, second: NDArray[np.int16]) -> None:
        """Measure one second, shape `[50, 160]`."""
        wide = second.astype(np.float32)
        products = wide @ _SINES
        self._hums.append(_power(products.sum(axis=0), wide.size).tolist())
        hum_power = _power(products, FRAME_SAMPLES).sum(axis=1)
        power = np.einsum("fs,fs->f", wide, wide) / FRAME_SAMPLES - wide.mean(axis=1) ** 2
        self._levels.append(float(power.mean()))
        self._noises.append(max(0.0, float((power - hum_power).min())))
        self._clicks.append(_clicks(wide))
        self._seconds += 1

    @property
    def findings(self) -> LineFindings | None:
        """What has been measured; None before the first second is over."""
        if not self._seconds:
            return None
        fifty, hundred, hundred_fifty = (_share(hums, 0.5) for hums in zip(*self._hums, strict=True))
        return LineFindings(
            level_dbm0=level_of_power(self._levels[-1]),
            loudest_dbm0=level_of_power(max(self._levels)),
            noise_dbm0=level_of_power(_share(self._noises, 0.25)),
            hum_dbm0=(level_of_power(fifty), level_of_power(hundred), level_of_power(hundred_fifty)),
            clicks_per_minute=60.0 * sum(self._clicks) / len(self._clicks),
            listened_s=float(self._seconds),
        )


def _share(values: Iterable[float], share: float) -> float:
    """The value with this share of the others below it."""
    ranked = sorted(values)
    return ranked[int(share * (len(ranked) - 1))]


def _power(products: NDArray[np.float32], samples: int) -> NDArray[np.float32]:
    """Power of each of the mains' sines from the products with its cosine and sine, side by side."""
    share = products[..., : len(MAINS_HZ)] ** 2 + products[..., len(MAINS_HZ) :] ** 2
    power: NDArray[np.float32] = share * np.float32(2.0 / samples**2)
    return power


def _clicks(frames: NDArray[np.float32]) -> int:
    """Frames in which a jump stands out: second differences high for less than 5 ms and low elsewhere."""
    bends = np.abs(np.diff(frames, 2, axis=1))
    peaks = bends.max(axis=1)
    candidates = np.flatnonzero(peaks >= _CLICK_FLOOR)
    if not candidates.size:
        return 0
    low = bends < ((peaks - _CLICK_FLOOR / 2) / _CLICK_RATIO)[:, np.newaxis]
    # Few frames of voice get so far: most of the frame must be low, whichever part of it is the click.
    fewest = (bends.shape[1] - _CLICK_SAMPLES) * 9 // 10
    candidates = candidates[np.count_nonzero(low[candidates], axis=1) > fewest]
    bends, low = bends[candidates], low[candidates]
    away = np.abs(np.arange(bends.shape[1]) - bends.argmax(axis=1)[:, np.newaxis] + 0.5) > _CLICK_SAMPLES / 2
    stands_out = (low & away).sum(axis=1) > away.sum(axis=1) * 9 // 10
    count, last = 0, -_DEAD_FRAMES
    for at in candidates[stands_out]:
        if at - last >= _DEAD_FRAMES:
            count, last = count + 1, int(at)
    return count
