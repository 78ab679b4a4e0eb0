"""What the fake exchange plays: call-progress tones of the national plan, ringing current, as endless frame loops."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import gcd

import numpy as np
from numpy.typing import NDArray

from drivers.base import FRAME_SAMPLES, SAMPLE_RATE, Frames
from drivers.dsp.tones import ToneGenerator

RING_ON_FRAMES = 50
RING_OFF_FRAMES = 200
"""Ringing cadence 1 s / 4 s (GB/T 3380)."""

DIAL_CADENCE_S = ()
RINGBACK_CADENCE_S = (1.0, 4.0)
BUSY_CADENCE_S = (0.35, 0.35)
CONGESTION_CADENCE_S = (0.7, 0.7)
UNOBTAINABLE_CADENCE_S = (0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.4, 0.4)
"""On and off parts of the national tones, all at 450 Hz (GB/T 3380)."""


@dataclass(frozen=True, slots=True)
class Loop:
    """A sound that repeats after a whole number of frames; `frames` has shape `[frame, FRAME_SAMPLES]`."""

    frames: Frames

    def row(self, frame: int) -> NDArray[np.int16]:
        """Samples of the `frame`-th 20 ms since the sound began."""
        row: NDArray[np.int16] = self.frames[frame % len(self.frames)]
        return row


@lru_cache(maxsize=64)
def tone_loop(cadence_s: tuple[float, ...], hz: float = 450.0, level_dbm0: float = -10.0) -> Loop:
    """An exchange tone: `hz` in the given on/off cadence; the loop closes on a whole cycle of tone and cadence."""
    cycle = round(sum(cadence_s) * SAMPLE_RATE) or FRAME_SAMPLES
    tone_cycle = SAMPLE_RATE // gcd(round(hz), SAMPLE_RATE)
    samples = np.lcm.reduce([cycle, tone_cycle, FRAME_SAMPLES])
    generated = ToneGenerator((round(hz),), level_dbm0, cadence_s).frame(int(samples))
    return Loop(generated.reshape(-1, FRAME_SAMPLES))
