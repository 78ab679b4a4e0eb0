"""Made-up voices: speech-like, different for every seed, cheap, and never mistaken for a tone or a digit.

How: a pulse-like wave of many harmonics is read at a pitch that glides all the time (so no two frequencies ever stand
still together), coloured by vowels that fade into each other from syllable to syllable, and modulated to 3-5 syllables
a second. Every voice opens with the same 40 ms breath of noise: `breath_heard` finds it in one frame of what a
listener hears, which is how scripted people know that a person, not music or a prompt, began to speak.
Cost: about 1 ms per second of voice.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from drivers.base import FRAME_SAMPLES, SAMPLE_RATE
from drivers.dsp.level import amplitude_of
from drivers.sim.party import Samples
from drivers.sim.steps import Voice

_LEVEL_DBM0 = -16.0
_TABLE = 2048
_VOWELS_HZ = ((750, 1250, 2600), (300, 2250, 3000), (350, 800, 2500), (500, 1800, 2500), (450, 1050, 2400))
"""Formants of a, i, u, e, o."""
_LOWEST_PITCH_HZ, _PITCH_SPAN_HZ = 105.0, 110.0
_BREATH_FRAMES = 2
_HEARD_AS_BREATH = 0.5
"""Least correlation; noise, music and speech stay below 0.3."""


def _breath() -> NDArray[np.float32]:
    noise = np.random.default_rng(20261102).standard_normal((_BREATH_FRAMES, FRAME_SAMPLES)).astype(np.float32)
    scaled: NDArray[np.float32] = noise * np.float32(amplitude_of(_LEVEL_DBM0) / np.sqrt(2.0))
    return scaled


_BREATH = _breath()
_BREATH_SIGNATURE = _BREATH[0] / np.linalg.norm(_BREATH[0])


def breath_heard(frame: Samples) -> bool:
    """Whether this 20 ms frame is the opening of a made-up voice."""
    heard = frame.astype(np.float32)
    power = float(heard @ heard)
    return power > FRAME_SAMPLES * 100.0 and float(heard @ _BREATH_SIGNATURE) > _HEARD_AS_BREATH * power**0.5


@lru_cache(maxsize=8)
def _vowel_tables(brightness: int) -> NDArray[np.float32]:
    """One period of each vowel, `[vowel, _TABLE]`, with harmonics of the pitch up to 3.3 kHz."""
    phase = 2.0 * np.pi * np.arange(_TABLE) / _TABLE
    pitch_hz = _LOWEST_PITCH_HZ + _PITCH_SPAN_HZ * brightness / 7.0
    tables = np.zeros((len(_VOWELS_HZ), _TABLE))
    for row, formants_hz in enumerate(_VOWELS_HZ):
        for harmonic in range(1, int(3300.0 / (pitch_hz * 1.2))):
            at_hz = harmonic * pitch_hz
            strength = sum(1.0 / (1.0 + ((at_hz - hz) / (90.0 + 0.05 * hz)) ** 2) for hz in formants_hz) + 0.02
            tables[row] += strength * np.cos(harmonic * phase + 0.7 * harmonic**2)
        tables[row] /= np.sqrt(np.mean(tables[row] ** 2))
    return tables.astype(np.float32)


def speech(voice: Voice) -> Samples:
    """The samples of a made-up voice at about -16 dBm0; the same for the same `voice`, always."""
    random = np.random.default_rng([voice.seed, 7])
    count = max(FRAME_SAMPLES * (_BREATH_FRAMES + 1), round(voice.seconds * SAMPLE_RATE))
    at_s = np.arange(count) / SAMPLE_RATE
    syllables_hz = random.uniform(3.0, 5.0)
    syllable = at_s * syllables_hz
    brightness = int(random.integers(0, 8))
    knots = int(syllable[-1]) + 3
    base_hz = _LOWEST_PITCH_HZ + _PITCH_SPAN_HZ * brightness / 7.0
    start_hz = base_hz * random.uniform(0.85, 1.15, knots)
    slope = random.choice([-1.0, 1.0], knots) * random.uniform(0.12, 0.3, knots)
    number = syllable.astype(np.intp)
    within = syllable - number
    pitch_hz = start_hz[number] * (1.0 + slope[number] * (within - 0.5))
    phase = (np.cumsum(pitch_hz) * (_TABLE / SAMPLE_RATE)).astype(np.int64) & (_TABLE - 1)
    tables = _vowel_tables(brightness)
    vowel = random.integers(0, len(tables), knots)
    fade = within.astype(np.float32)
    voiced = tables[vowel[number], phase] * (1.0 - fade) + tables[vowel[number + 1], phase] * fade
    loudness = (np.sin(np.pi * within) ** 0.7 * random.uniform(0.6, 1.0, knots)[number]).astype(np.float32)
    hiss = random.standard_normal(count, np.float32) * np.float32(0.12)
    sound = (voiced + hiss) * loudness
    sound *= np.float32(amplitude_of(_LEVEL_DBM0) / np.sqrt(2.0) / np.sqrt(np.mean(sound**2)))
    sound[: _BREATH.size] = _BREATH.reshape(-1)
    spoken: Samples = np.clip(np.rint(sound), -32767, 32767).astype(np.int16)
    return spoken
