"""What is wrong with a line: level, noise, hum and clicks of every port, for the line page and for support.

What: `LineCheck.step` takes frames; `findings` gives per port what was measured over the last seconds.
How: one-second windows (50, 100 and 150 Hz complete whole periods in each frame): hum by correlation with the sines of
    the mains and its harmonics, averaged over the window; the noise floor is the quietest frame of the window without
    its hum; a click is a short jump far above the second differences around it, which tone and voice do not make.
Limits: noise is read in pauses: while somebody talks without one it reads too high. Hum below -75 dBm0 is not told from
    noise. Two clicks within 40 ms are one. Clicks below the voice that is on are not seen.
Cost: about 200 µs a frame for 8 ports, only for ports whose page is open.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from drivers.base import FRAME_S, FRAME_SAMPLES, SAMPLE_RATE
from drivers.dsp.arming import Arming
from drivers.dsp.level import level_of_power

MAINS_HZ = (50.0, 100.0, 150.0)
_WINDOW_FRAMES = round(1.0 / FRAME_S)
_KEPT_WINDOWS = 60
_CLICK_RATIO = 12.0
_CLICK_FLOOR = 400.0
"""Second difference, in sample units: a jump of -35 dBm0 is not audible as a click."""
_CLICK_SAMPLES = 40
"""Longer than 5 ms is no click."""
_DEAD_FRAMES = 2


@dataclass(frozen=True, slots=True)
class LineFindings:
    """Measured over the last minute, or since listening began. Levels in dBm0."""

    level_dbm0: float
    """Over the last second."""
    noise_dbm0: float
    """The quietest of the line, without hum."""
    hum_dbm0: tuple[float, float, float]
    """At 50, 100 and 150 Hz, median of the seconds."""
    clicks_per_minute: float
    listened_s: float


@dataclass(slots=True)
class _Port:
    levels: deque[float] = field(default_factory=lambda: deque(maxlen=_KEPT_WINDOWS))
    noises: deque[float] = field(default_factory=lambda: deque(maxlen=_KEPT_WINDOWS))
    hums: deque[tuple[float, ...]] = field(default_factory=lambda: deque(maxlen=_KEPT_WINDOWS))
    clicks: deque[int] = field(default_factory=lambda: deque(maxlen=_KEPT_WINDOWS))
    power: float = 0.0
    quietest: float = math.inf
    clicks_now: int = 0
    dead_frames: int = 0
    frames: int = 0


class LineCheck:
    """Measures on `ports` ports."""

    def __init__(self, ports: int) -> None:
        at = np.arange(FRAME_SAMPLES) / SAMPLE_RATE
        self._sines = np.exp(-2j * np.pi * np.array(MAINS_HZ)[:, np.newaxis] * at).astype(np.complex64)
        self._hum = np.zeros((ports, len(MAINS_HZ)), np.complex64)
        self._ports = [_Port() for _ in range(ports)]
        self._arming = Arming(ports)

    def step(self, frames: NDArray[np.int16], armed: NDArray[np.bool_]) -> None:
        """Take `frames`, shape `[port, 160]`; a port that becomes armed starts afresh."""
        for port in self._arming.newly(armed):
            self.reset(port)
        wide = frames.astype(np.float32)
        products = wide @ self._sines.T
        for port in range(len(self._ports)):
            if self._arming.is_armed(port):
                self._hear(port, wide[port], products[port])

    def _hear(self, port: int, frame: NDArray[np.float32], product: NDArray[np.complex64]) -> None:
        state = self._ports[port]
        # 50 and 150 Hz turn by whole periods from frame to frame: the sums of a second add up in phase.
        self._hum[port] += product
        mains = 2.0 / FRAME_SAMPLES * product
        hum_power = float(np.sum(np.abs(mains) ** 2)) / 2.0
        centred = frame - frame.mean()
        power = float(centred @ centred) / FRAME_SAMPLES
        state.power += power
        state.quietest = min(state.quietest, max(0.0, power - hum_power))
        state.dead_frames = max(0, state.dead_frames - 1)
        if not state.dead_frames and _clicks(frame):
            state.clicks_now += 1
            state.dead_frames = _DEAD_FRAMES
        state.frames += 1
        if state.frames % _WINDOW_FRAMES == 0:
            self._close_window(port, state)

    def _close_window(self, port: int, state: _Port) -> None:
        amplitudes = np.abs(self._hum[port]) * 2.0 / (FRAME_SAMPLES * _WINDOW_FRAMES)
        state.hums.append(tuple(float(amplitude) ** 2 / 2.0 for amplitude in amplitudes))
        self._hum[port] = 0
        state.levels.append(state.power / _WINDOW_FRAMES)
        state.noises.append(state.quietest)
        state.clicks.append(state.clicks_now)
        state.power, state.quietest, state.clicks_now = 0.0, math.inf, 0

    def findings(self, port: int) -> LineFindings | None:
        """What has been measured on `port`; None before the first second is over."""
        state = self._ports[port]
        if not state.levels:
            return None
        hums = np.median(np.array(state.hums), axis=0)
        seconds = len(state.clicks) * _WINDOW_FRAMES * FRAME_S
        return LineFindings(
            level_dbm0=level_of_power(state.levels[-1]),
            noise_dbm0=level_of_power(float(np.percentile(state.noises, 25))),
            hum_dbm0=(level_of_power(hums[0]), level_of_power(hums[1]), level_of_power(hums[2])),
            clicks_per_minute=60.0 * sum(state.clicks) / seconds,
            listened_s=state.frames * FRAME_S,
        )

    def reset(self, port: int) -> None:
        """Forget what `port` has heard."""
        self._ports[port] = _Port()
        self._hum[port] = 0


def _clicks(frame: NDArray[np.float32]) -> bool:
    """Whether a jump stands out of the frame: second differences high for less than 5 ms and low elsewhere."""
    bend = np.abs(np.diff(frame, 2))
    at = int(bend.argmax())
    peak = float(bend[at])
    if peak < _CLICK_FLOOR:
        return False
    first = max(0, at - _CLICK_SAMPLES // 2)
    around = np.concatenate((bend[:first], bend[at + _CLICK_SAMPLES // 2 :]))
    high = around.size * 9 // 10
    return peak > _CLICK_RATIO * float(np.partition(around, high)[high]) + _CLICK_FLOOR / 2
