"""Echo paths and recordings with echo, for tests and bench."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from drivers.dsp.echo import EchoCanceller
from drivers.dsp.g711 import alaw_decode, alaw_encode
from drivers.dsp.level import power_of


def hybrid(return_loss_db: float, delay: int, seed: int, length: int = 64) -> NDArray[np.float64]:
    """Impulse response of a dispersive hybrid, about 6 ms long, `delay` samples away."""
    rng = np.random.default_rng(seed)
    response = np.convolve(rng.normal(0, 1, length) * np.exp(-np.arange(length) / 12), (1.0, 0.5))
    gain = np.sqrt(np.mean(np.abs(np.fft.rfft(response, 1024)) ** 2))
    return np.concatenate((np.zeros(delay), response / gain * 10 ** (-return_loss_db / 20)))


def composite_source(duration_s: float, seed: int, level_dbm0: float = -16.0) -> NDArray[np.float64]:
    """In the manner of the composite source signal of ITU-T P.501: 50 ms voiced, 200 ms noise, 100 ms pause."""
    rng = np.random.default_rng(seed)
    parts: list[NDArray[np.float64]] = []
    while sum(part.size for part in parts) < duration_s * 8000:
        at = np.arange(400) / 8000
        pitch_hz = rng.uniform(110, 240)
        harmonics = np.arange(1, int(3400 / pitch_hz))[:, np.newaxis]
        voiced = np.sum(np.cos(2 * np.pi * harmonics * pitch_hz * at) / harmonics, axis=0)
        parts += [voiced / np.std(voiced), rng.normal(0, 1, 1600), np.zeros(800)]
    whole = np.concatenate(parts)[: int(duration_s * 8000)]
    return whole * np.sqrt(power_of(level_dbm0) / np.mean(whole**2))


def on_line(samples: NDArray[np.float64]) -> NDArray[np.int16]:
    """As A-law carries it."""
    return alaw_decode(alaw_encode(np.clip(np.rint(samples), -32768, 32767).astype(np.int16)))


def cancelled(
    far: NDArray[np.float64], near: NDArray[np.float64], path: NDArray[np.float64], noise_dbm0: float = -60.0
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The echo that was on the line, and what is left beside the near end's voice."""
    rng = np.random.default_rng(3)
    sent = on_line(far)
    echo = np.convolve(sent.astype(np.float64), path)[: sent.size]
    received = on_line(echo + near + rng.normal(0, np.sqrt(power_of(noise_dbm0)), sent.size))
    canceller = EchoCanceller(1)
    armed = np.ones(1, dtype=np.bool_)
    left = np.zeros(sent.size)
    for begin in range(0, sent.size - 159, 160):
        part = slice(begin, begin + 160)
        left[part] = canceller.step(received[np.newaxis, part], sent[np.newaxis, part], armed)[0] - near[part]
    return echo, left


def loss_db(echo: NDArray[np.float64], left: NDArray[np.float64], from_s: float, to_s: float) -> float:
    """Echo return loss enhancement between two instants."""
    part = slice(int(from_s * 8000), int(to_s * 8000))
    return float(10 * np.log10(np.mean(echo[part] ** 2) / np.mean(left[part] ** 2)))
