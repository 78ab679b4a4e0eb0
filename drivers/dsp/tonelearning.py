"""A line's own tones, learnt from how it sounds after the far end has hung up.

What: `ToneLearning` hears how the line sounded after a proved hang-up (`heard`) and, once enough calls agree, gives a
    tone plan for this line (`plan`): the country's, with busy and congestion moved to this line's pitch and cadence.
How: pitch, on and off times and level of each confirmed tone are measured from the samples after the hang-up
    (`measure_cadence`) and kept, the last `KEPT` only. A proposal needs `ENOUGH` observations of a tone within 2 % of
    pitch and 8 % of cadence of their median, and a median that differs from the plan's.
Limits: learns variants of tones that are recognised already or proved by another sign (polarity, loop break,
    silence); a cadence of one on and one off time. A change of the exchange is followed after `KEPT` calls. Voice
    teaches nothing.
Cost: one measurement, about 1.3 ms, a call; the engine keeps `state` as JSON.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import median
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from drivers.base import SAMPLE_RATE
from drivers.dsp.level import level_of_power
from drivers.dsp.toneplan import PlannedTone, TonePlan
from drivers.signals import Tone

KEPT = 12
"""Observations kept of each tone."""
ENOUGH = 4
_LEARNT = (Tone.BUSY, Tone.CONGESTION)
_BLOCK = 40
_LOWEST_HZ, _HIGHEST_HZ = 340.0, 700.0
_FEWEST_BURSTS = 4
_PROVED_BURSTS = 3
"""Of a tone that the detector has recognised already; of which it has heard three whole cycles."""
_PURE = 0.8
_EVEN = 0.12
_SAME_PITCH, _SAME_CADENCE = 0.02, 0.08
_BUSY_LONGEST_S = 0.55
"""An unknown beat with a longer burst than this is congestion; shorter, busy."""


class Observation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One tone as it sounded on the line."""

    pitch_hz: float
    on_s: float
    off_s: float
    level_dbm0: float


class LearntTones(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What has been learnt, to be kept between runs."""

    busy: tuple[Observation, ...] = ()
    congestion: tuple[Observation, ...] = ()


class ToneLearning:
    """The tones of one line. Pure; `state` says all it knows."""

    def __init__(self, plan: TonePlan, state: LearntTones | None = None) -> None:
        """Start from the country's `plan` and what was learnt before."""
        self._plan = plan
        self.state = state or LearntTones()

    def heard(self, samples: NDArray[np.int16], told: Tone | None) -> Observation | None:
        """Learn from what was on the line after a proved hang-up; `told`: the tone that proved it, if one did.

        The observation, or None when the samples are no even tone (voice, silence, one burst).
        """
        seen = measure_cadence(samples, _PROVED_BURSTS if told in _LEARNT else _FEWEST_BURSTS)
        if seen is None:
            return None
        tone = told if told in _LEARNT else (Tone.BUSY if seen.on_s <= _BUSY_LONGEST_S else Tone.CONGESTION)
        if tone is Tone.BUSY:
            self.state = msgspec.structs.replace(self.state, busy=(*self.state.busy, seen)[-KEPT:])
        else:
            self.state = msgspec.structs.replace(self.state, congestion=(*self.state.congestion, seen)[-KEPT:])
        return seen

    def plan(self) -> TonePlan:
        """The plan to listen with on this line: the country's until enough calls agree on something else."""
        learnt = {Tone.BUSY: settled(self.state.busy), Tone.CONGESTION: settled(self.state.congestion)}
        tones = tuple(_moved(planned, learnt.get(planned.tone)) for planned in self._plan.tone)
        return msgspec.structs.replace(self._plan, tone=tones)


def measure_cadence(samples: NDArray[np.int16], fewest: int = _FEWEST_BURSTS) -> Observation | None:
    """Pitch, cadence and level of an interrupted tone between 340 and 700 Hz.

    None if it is not one even beat of at least `fewest` bursts.
    """
    blocks = samples.size // _BLOCK
    if blocks * _BLOCK < SAMPLE_RATE:
        return None
    wide = samples[: blocks * _BLOCK].astype(np.float64)
    level = _envelope(wide, _carrier_hz(wide))
    edges = np.flatnonzero(np.diff(np.concatenate(([0], (level > 0.5 * np.percentile(level, 95)).astype(int), [0]))))
    starts, ends = edges[::2], edges[1::2]
    if len(starts) < fewest:
        return None
    block_s = _BLOCK / SAMPLE_RATE
    on_s = (ends - starts)[1:-1] * block_s  # the first and the last may be cut
    off_s = (starts[1:] - ends[:-1]) * block_s
    if not _is_even(on_s) or not _is_even(off_s):
        return None
    pitches, levels = [], []
    for start, end in zip(starts[1:-1], ends[1:-1], strict=True):
        burst = wide[start * _BLOCK : end * _BLOCK]
        pitch_hz, purity = _pitch(burst)
        if purity < _PURE or not _LOWEST_HZ <= pitch_hz <= _HIGHEST_HZ:
            return None
        pitches.append(pitch_hz)
        levels.append(level_of_power(float(np.mean(burst**2))))
    return Observation(
        round(median(pitches), 1), round(float(np.median(on_s)), 3), round(float(np.median(off_s)), 3), median(levels)
    )


def _carrier_hz(samples: NDArray[np.float64]) -> float:
    """The strongest tone of the whole stretch, to half a hertz."""
    spectrum = np.abs(np.fft.rfft(samples))
    hz = SAMPLE_RATE / samples.size
    spectrum[: round(200 / hz)] = 0.0
    return float(spectrum.argmax()) * hz


def _envelope(samples: NDArray[np.float64], pitch_hz: float) -> NDArray[np.float64]:
    """Amplitude near `pitch_hz` in each block, over four blocks: what is left of our own voice does not cover it."""
    turned = samples * np.exp(-2j * np.pi * pitch_hz / SAMPLE_RATE * np.arange(samples.size))
    blocks = turned.reshape(-1, _BLOCK).mean(axis=1)
    level: NDArray[np.float64] = np.abs(np.convolve(blocks, np.full(4, 0.25), mode="same"))
    return level


def _is_even(times_s: NDArray[np.floating[Any]]) -> bool:
    return float(np.ptp(times_s)) <= _EVEN * float(np.median(times_s)) + 0.02


def _pitch(burst: NDArray[np.float64]) -> tuple[float, float]:
    """The strongest tone of a burst in Hz, and its share of the burst's power above 200 Hz."""
    size = 1 << math.ceil(math.log2(4 * burst.size))
    spectrum = np.abs(np.fft.rfft(burst * np.hanning(burst.size), size)) ** 2
    hz = SAMPLE_RATE / size
    spectrum[: round(200 / hz)] = 0.0
    peak = int(spectrum.argmax())
    lobe = max(2, round(2.5 * SAMPLE_RATE / burst.size / hz))
    share = float(spectrum[max(0, peak - lobe) : peak + lobe + 1].sum() / max(1e-9, spectrum.sum()))
    return peak * hz, share


def settled(observations: Sequence[Observation]) -> Observation | None:
    """What enough of the observations agree on: the median; None while they do not."""
    if not observations:
        return None
    pitch_hz = median(seen.pitch_hz for seen in observations)
    on_s, off_s = median(seen.on_s for seen in observations), median(seen.off_s for seen in observations)
    near = [
        seen
        for seen in observations
        if abs(seen.pitch_hz - pitch_hz) <= _SAME_PITCH * pitch_hz
        and abs(seen.on_s - on_s) <= _SAME_CADENCE * on_s + 0.01
        and abs(seen.off_s - off_s) <= _SAME_CADENCE * off_s + 0.01
    ]
    if len(near) < ENOUGH or 2 * len(near) <= len(observations):
        return None
    return Observation(pitch_hz, on_s, off_s, median(seen.level_dbm0 for seen in near))


def _moved(planned: PlannedTone, learnt: Observation | None) -> PlannedTone:
    """`planned` at the learnt pitch and cadence, unless they are the same within what is tolerated anyway."""
    if learnt is None or len(planned.cadence_s) != 2 or len(planned.frequencies_hz) != 1:
        return planned
    (usual_hz,), (on_s, off_s) = planned.frequencies_hz, planned.cadence_s
    same_pitch = abs(learnt.pitch_hz - usual_hz) <= 0.75 * planned.tolerance_hz
    same_beat = all(abs(seen - usual) <= 0.1 * usual for seen, usual in ((learnt.on_s, on_s), (learnt.off_s, off_s)))
    if same_pitch and same_beat:
        return planned
    return msgspec.structs.replace(
        planned,
        frequencies_hz=planned.frequencies_hz if same_pitch else (float(round(learnt.pitch_hz)),),
        cadence_s=planned.cadence_s if same_beat else (learnt.on_s, learnt.off_s),
    )
