"""The call-progress table of issue and standard: five tones in sixteen conditions, as samples (dBm0, A-law)."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from drivers.dsp.g711 import alaw_decode, alaw_encode
from drivers.dsp.level import amplitude_of, power_of
from drivers.signals import Tone

RATE = 8000
LEAD_S = 1.0
TAIL_S = 6.0
CADENCES: dict[Tone, tuple[float, ...]] = {
    Tone.DIAL: (),
    Tone.RINGBACK: (1.0, 4.0),
    Tone.BUSY: (0.35, 0.35),
    Tone.CONGESTION: (0.7, 0.7),
    Tone.UNOBTAINABLE: (0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.4, 0.4),
}
LENGTHS_S = {Tone.DIAL: 4.0, Tone.RINGBACK: 12.0, Tone.BUSY: 5.0, Tone.CONGESTION: 7.0, Tone.UNOBTAINABLE: 7.0}


@dataclass(frozen=True)
class Condition:
    """How a tone arrives."""

    name: str
    level_dbm0: float = -15.0
    frequencies_hz: tuple[float, ...] = (450.0,)
    stretch: float = 1.0
    jitter: float = 0.0
    snr_db: float | None = None
    skip_s: float = 0.0
    speech_before: bool = False
    hum_dbm0: float | None = None


NOMINAL = Condition("nominal")
CONDITIONS = (
    NOMINAL,
    replace(NOMINAL, name="level -7", level_dbm0=-7.0),
    replace(NOMINAL, name="level -30", level_dbm0=-30.0),
    replace(NOMINAL, name="level -35", level_dbm0=-35.0),
    replace(NOMINAL, name="425 Hz", frequencies_hz=(425.0,)),
    replace(NOMINAL, name="475 Hz", frequencies_hz=(475.0,)),
    replace(NOMINAL, name="cadence +10 %", stretch=1.1),
    replace(NOMINAL, name="cadence -10 %", stretch=0.9),
    replace(NOMINAL, name="jitter 3 %", jitter=0.03),
    replace(NOMINAL, name="SNR 20", snr_db=20.0),
    replace(NOMINAL, name="SNR 12", snr_db=12.0),
    replace(NOMINAL, name="mid-cadence", skip_s=0.23),
    replace(NOMINAL, name="after speech", speech_before=True),
    replace(NOMINAL, name="hum -20", hum_dbm0=-20.0),
    replace(NOMINAL, name="450+425 beat", frequencies_hz=(450.0, 425.0)),
    replace(NOMINAL, name="PBX 440 -20", frequencies_hz=(440.0,), level_dbm0=-20.0),
)


def speech_like(duration_s: float, rng: np.random.Generator, level_dbm0: float = -18.0) -> NDArray[np.float64]:
    """Syllables of a gliding voice through two resonances, with pauses: what a talker does to a detector."""
    count = int(duration_s * RATE)
    out = np.zeros(count)
    at = 0
    while at < count:
        length = int(rng.uniform(0.12, 0.35) * RATE)
        t = np.arange(length) / RATE
        pitch = rng.uniform(90, 260) * (1 + rng.uniform(-0.25, 0.25) * t / t[-1])
        phase = 2 * np.pi * np.cumsum(pitch) / RATE
        formants = rng.uniform((300, 900), (800, 2300))
        syllable = np.zeros(length)
        for harmonic in range(1, 18):
            hz = harmonic * pitch
            gain = sum(1 / (1 + ((hz - formant) / 110) ** 2) for formant in formants)
            syllable += gain * np.sin(harmonic * phase)
        syllable *= np.hanning(length)
        out[at : at + length] += syllable[: count - at]
        at += length + int(rng.uniform(0.02, 0.25) * RATE)
    return out * np.sqrt(power_of(level_dbm0) / np.mean(out**2))


def gate_of(tone: Tone, condition: Condition, rng: np.random.Generator) -> NDArray[np.float64]:
    """On/off envelope of the tone's whole length."""
    count = int((LENGTHS_S[tone] + condition.skip_s) * RATE)
    cadence = CADENCES[tone]
    gate = np.ones(count)
    at, part = 0.0, 0
    while cadence and at < count:
        length = cadence[part % len(cadence)] * condition.stretch * RATE * (1 + condition.jitter * rng.uniform(-1, 1))
        if part % 2:
            gate[int(at) : int(at + length)] = 0
        at += length
        part += 1
    return gate[int(condition.skip_s * RATE) :]


def cell_samples(tone: Tone, condition: Condition, seed: int = 0) -> NDArray[np.int16]:
    """One second of lead (or speech), the tone, and quiet after it."""
    rng = np.random.default_rng(seed)
    gate = gate_of(tone, condition, rng)
    t = np.arange(gate.size) / RATE
    share_dbm0 = condition.level_dbm0 - 10 * np.log10(len(condition.frequencies_hz))
    sines = [np.sin(2 * np.pi * (hz * t + rng.uniform())) for hz in condition.frequencies_hz]
    body = gate * amplitude_of(share_dbm0) * np.sum(sines, axis=0)
    lead = speech_like(3.0, rng) if condition.speech_before else np.zeros(int(LEAD_S * RATE) + int(rng.integers(160)))
    total = np.concatenate((lead, body, np.zeros(int(TAIL_S * RATE))))
    if condition.snr_db is not None:
        total += rng.normal(0, np.sqrt(power_of(condition.level_dbm0 - condition.snr_db)), total.size)
    if condition.hum_dbm0 is not None:
        at = np.arange(total.size) / RATE
        total += amplitude_of(condition.hum_dbm0) * (np.sin(2 * np.pi * 50 * at) + np.sin(2 * np.pi * 150 * at))
    clipped = np.clip(np.rint(total), -32768, 32767).astype(np.int16)
    return alaw_decode(alaw_encode(clipped))


def tone_starts_s(condition: Condition) -> float:
    """About when the tone begins in the samples of a cell."""
    return 3.0 if condition.speech_before else LEAD_S
