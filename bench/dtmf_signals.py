"""What the DTMF bench plays: digits with every fault a line can add, as A-law would carry them."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from drivers.base import SAMPLE_RATE
from drivers.dsp.g711 import alaw_decode, alaw_encode
from drivers.dsp.level import amplitude_of, power_of
from drivers.dsp.tones import dtmf_pair_hz

Signal = NDArray[np.float64]
Rng = np.random.Generator


def samples_of(ms: float) -> int:
    return round(ms * SAMPLE_RATE / 1000)


def sine(freq_hz: float, level_dbm0: float, count: int, phase: float = 0.0) -> Signal:
    wave: Signal = amplitude_of(level_dbm0) * np.sin(2 * np.pi * freq_hz / SAMPLE_RATE * np.arange(count) + phase)
    return wave


@dataclass(frozen=True, slots=True)
class Digit:
    """One key press: levels are per tone, `twist_db` is high over low around that level, offsets in hertz."""

    digit: str
    on_ms: float = 50.0
    level_dbm0: float = -7.0
    twist_db: float = 0.0
    low_hz: float = 0.0
    high_hz: float = 0.0

    def off_by(self, low: float, high: float, extra_hz: float = 0.0) -> Digit:
        """The same with both tones off by a share of their frequency plus `extra_hz` in the same direction."""
        low_nominal, high_nominal = dtmf_pair_hz(self.digit)
        return replace(
            self,
            low_hz=low * low_nominal + np.sign(low) * extra_hz,
            high_hz=high * high_nominal + np.sign(high) * extra_hz,
        )

    def wave(self, rng: Rng) -> Signal:
        low_nominal, high_nominal = dtmf_pair_hz(self.digit)
        count = samples_of(self.on_ms)
        phases = rng.uniform(0, 2 * np.pi, 2)
        return sine(low_nominal + self.low_hz, self.level_dbm0 - self.twist_db / 2, count, phases[0]) + sine(
            high_nominal + self.high_hz, self.level_dbm0 + self.twist_db / 2, count, phases[1]
        )


def keyed(rng: Rng, digits: list[Digit], pause_ms: float = 50.0, lead_ms: float = 60.0) -> Signal:
    """The digits with pauses between, at a random place relative to the frames, with quiet before and after."""
    parts = [np.zeros(samples_of(lead_ms) + int(rng.integers(0, 160)))]
    for digit in digits:
        parts += [digit.wave(rng), np.zeros(samples_of(pause_ms))]
    return np.concatenate([*parts, np.zeros(samples_of(100))])


def noise(rng: Rng, level_dbm0: float, count: int) -> Signal:
    return rng.standard_normal(count) * float(np.sqrt(power_of(level_dbm0)))


def carried(signals: list[Signal]) -> NDArray[np.int16]:
    """All signals as rows of equal length, clipped to full scale and through A-law."""
    longest = max(signal.size for signal in signals)
    rows = np.zeros((len(signals), -(-longest // 160) * 160), dtype=np.int16)
    for row, signal in zip(rows, signals, strict=True):
        row[: signal.size] = np.clip(np.rint(signal), -32767, 32767)
    return alaw_decode(alaw_encode(rows))


@lru_cache(maxsize=64)
def spoken(text: str, voice: str = "cmn-latn-pinyin", pitch: int = 50, speed: int = 160) -> Signal:
    """`text` by espeak-ng at 8 kHz. Raises `FileNotFoundError` where espeak-ng or ffmpeg is missing."""
    said = subprocess.run(
        ["espeak-ng", "-v", voice, "-p", str(pitch), "-s", str(speed), "--stdout", text],
        check=True,
        capture_output=True,
    ).stdout
    raw = subprocess.run(
        ["ffmpeg", "-v", "error", "-i", "-", "-af", "highpass=f=200", "-ac", "1", "-ar", "8000", "-f", "s16le", "-"],
        input=said,
        check=True,
        capture_output=True,
    ).stdout
    return np.frombuffer(raw, dtype=np.int16).astype(np.float64)


def at_active_level(speech: Signal, level_dbm0: float) -> Signal:
    """Scaled so that its active 20 ms frames (within 25 dB of the loudest) have `level_dbm0` on average."""
    frames = speech[: speech.size // 160 * 160].reshape(-1, 160)
    powers = (frames**2).mean(axis=1)
    active = powers[powers > powers.max() / 316].mean()
    return speech * float(np.sqrt(power_of(level_dbm0) / active))


VOICES = ("", "+f2", "+m3", "+f4", "+m7", "+croak")
INITIALS = ("b", "p", "m", "f", "d", "t", "n", "l", "g", "k", "h", "j", "q", "x", "zh", "ch", "sh", "r", "z", "c", "s")
FINALS = (
    *("a", "o", "e", "ai", "ei", "ao", "ou", "an", "en", "ang", "eng", "i", "ia", "ie", "iao", "iu", "ian", "in"),
    *("iang", "ing", "u", "ua", "uo", "ui", "uan", "un", "uang", "ong"),
)


def syllables(seed: int, count: int = 300) -> Signal:
    """Mandarin syllables without sense: every initial, final and tone, in a voice, pitch and speed chosen by `seed`."""
    rng = np.random.default_rng(seed)
    words = [f"{rng.choice(INITIALS)}{rng.choice(FINALS)}{rng.integers(1, 5)}" for _ in range(count)]
    voice = VOICES[seed % len(VOICES)]
    return spoken(" ".join(words), f"cmn-latn-pinyin{voice}", int(rng.integers(10, 95)), int(rng.integers(110, 240)))
