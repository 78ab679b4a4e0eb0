"""Measures what a line under test gave back: dial tone, quiet, and the echo of a comb of test tones.

What: pure functions over samples at 8 kHz. `comb` are the tones to send; `measure_echo` finds each of them in what came
    back; `measure_dial_tone` finds pitch and level of the strongest tone; `measure_quiet` noise and hum.
How: the comb's pitches are whole periods of the 100 ms that is correlated, so none leaks into another; dial tone is
    the peak of a windowed spectrum, its pitch refined by a parabola through the peak and its neighbours.
Limits: needs a quarter of a second of dial tone, a second of quiet, 0.6 s of echo; no far end may speak meanwhile.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from drivers.base import FRAME_SAMPLES, SAMPLE_RATE
from drivers.dsp.level import amplitude_of, level_of_power
from drivers.dsp.linecheck import SECOND_FRAMES, LineCheck

Samples = NDArray[np.int16]

COMB_HZ = (300.0, 500.0, 700.0, 1010.0, 1400.0, 1800.0, 2200.0, 2600.0, 3000.0, 3300.0)
TONE_DBM0 = -24.0
"""Each; ten of them are -14 dBm0 together, a loud voice."""
EDGE_S = 0.05
"""It comes and goes softly: a click would count against the line."""
_PERIOD = SAMPLE_RATE // 10
_LOWEST_HZ = 200.0
"""Dial tone lies above; hum below."""


@dataclass(frozen=True, slots=True)
class DialTone:
    """The strongest tone of a stretch."""

    pitch_hz: float
    level_dbm0: float


@dataclass(frozen=True, slots=True)
class Quiet:
    noise_dbm0: float
    hum_dbm0: float


@dataclass(frozen=True, slots=True)
class Echo:
    """What came back, as loss against what was sent: over all tones, and of each."""

    return_loss_db: float
    by_pitch: tuple[tuple[float, float], ...]


def comb(duration_s: float) -> Samples:
    """All test tones at once, phases spread so that their peaks do not meet."""
    at_s = np.arange(round(duration_s * SAMPLE_RATE)) / SAMPLE_RATE
    amplitude = amplitude_of(TONE_DBM0)
    tones = sum(
        amplitude * np.sin(2.0 * np.pi * (pitch_hz * at_s + number**2 / (2.0 * len(COMB_HZ))))
        for number, pitch_hz in enumerate(COMB_HZ)
    )
    edge = np.minimum(1.0, np.minimum(at_s, at_s[::-1]) / EDGE_S)
    return np.rint(tones * edge).astype(np.int16)


def measure_dial_tone(samples: Samples) -> DialTone:
    """Pitch and level of the strongest tone above hum. Raises `ValueError` for less than a quarter of a second."""
    if len(samples) < SAMPLE_RATE // 4:
        raise ValueError("a quarter of a second is the least that tells a pitch")
    window = np.hanning(len(samples))
    spectrum = np.abs(np.fft.rfft(samples.astype(np.float64) * window))
    step_hz = SAMPLE_RATE / len(samples)
    spectrum[: int(_LOWEST_HZ / step_hz)] = 0.0
    at = int(np.clip(spectrum.argmax(), 1, len(spectrum) - 2))
    before, peak, after = np.log(np.maximum(spectrum[at - 1 : at + 2], 1e-9))
    offset = 0.5 * (before - after) / (before - 2.0 * peak + after) if before - 2.0 * peak + after else 0.0
    power = float((spectrum[at - 2 : at + 3] ** 2).sum() / (window**2).sum() / len(samples) * 2.0)
    return DialTone(float((at + offset) * step_hz), level_of_power(power))


def measure_quiet(samples: Samples) -> Quiet:
    """Noise and hum of at least a second. Raises `ValueError` for less."""
    seconds = len(samples) // SAMPLE_RATE
    check = LineCheck()
    for second in range(seconds):
        part = samples[second * SAMPLE_RATE : (second + 1) * SAMPLE_RATE]
        check.take(part.reshape(SECOND_FRAMES, FRAME_SAMPLES))
    found = check.findings
    if found is None:
        raise ValueError("a second is the least that tells noise from hum")
    return Quiet(found.noise_dbm0, max(found.hum_dbm0))


def measure_echo(samples: Samples) -> Echo:
    """How much of the comb came back, in the middle of `samples`. Raises `ValueError` for less than 0.3 s."""
    periods = len(samples) // _PERIOD
    if periods < 3:
        raise ValueError("three tenths of a second are the least that tell an echo")
    heard = samples[: periods * _PERIOD].astype(np.float64).reshape(periods, _PERIOD)
    at_s = np.arange(_PERIOD) / SAMPLE_RATE
    powers = []
    for pitch_hz in COMB_HZ:
        carrier = np.exp(-2j * np.pi * pitch_hz * at_s)
        turn = np.exp(-2j * np.pi * pitch_hz * np.arange(periods) * _PERIOD / SAMPLE_RATE)
        amplitude = 2.0 * abs((heard @ carrier * turn).mean()) / _PERIOD
        powers.append(amplitude**2 / 2.0)
    by_pitch = tuple(
        (pitch_hz, TONE_DBM0 - level_of_power(power)) for pitch_hz, power in zip(COMB_HZ, powers, strict=True)
    )
    return Echo(TONE_DBM0 - level_of_power(float(np.mean(powers))), by_pitch)
