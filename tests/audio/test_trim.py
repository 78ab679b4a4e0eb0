"""Two clocks that nearly agree: what the trimmed resampler does to a tone, and that the buffer between them stays."""

from __future__ import annotations

import numpy as np
import pytest

from drivers.dsp.trim import FillFollower, TrimmedResampler


def tone(hz: float, rate_hz: float, seconds: float) -> np.ndarray:
    return np.rint(10000 * np.sin(2 * np.pi * hz * np.arange(round(rate_hz * seconds)) / rate_hz)).astype(np.int16)


def gain_db(samples: np.ndarray, hz: float, rate_hz: float) -> float:
    middle = samples[800:-800].astype(np.float64)
    wave = np.exp(-2j * np.pi * hz * np.arange(middle.size) / rate_hz) * np.hanning(middle.size) * 2
    return 20 * np.log10(2 * abs(np.mean(middle * wave)) / 10000 + 1e-6)


@pytest.mark.parametrize("rate_hz", [8000, 16000, 44100, 48000])
@pytest.mark.parametrize("hz", [300, 1000, 3400])
def test_speech_passes_both_ways(rate_hz: int, hz: int) -> None:
    down = TrimmedResampler(rate_hz, 8000)
    down.push(tone(hz, rate_hz, 2.0))
    assert gain_db(down.pull_all(), hz, 8000) == pytest.approx(0, abs=1.0)
    up = TrimmedResampler(8000, rate_hz)
    up.push(tone(hz, 8000, 2.0))
    assert gain_db(up.pull_all(), hz, rate_hz) == pytest.approx(0, abs=1.0)


def test_what_telephones_cannot_carry_does_not_fold_back() -> None:
    down = TrimmedResampler(48000, 8000)
    down.push(tone(5000, 48000, 1.0))
    assert gain_db(down.pull_all(), 3000, 8000) < -45


def test_blocks_of_any_length_are_joined_without_a_seam() -> None:
    said = tone(1000, 8000, 1.0)
    whole, pieces = TrimmedResampler(8000, 48000), TrimmedResampler(8000, 48000)
    whole.push(said)
    expected = whole.pull_all()
    got = []
    for piece in np.split(said, [1, 2, 50, 400, 401, 3000]):
        pieces.push(piece)
        got.append(pieces.pull_all())
    assert np.abs(np.concatenate(got).astype(int) - expected).max() <= 1


def test_a_trimmed_tone_is_as_clean_as_a_telephone_needs() -> None:
    """At 200 ppm off, every phase of the table is used: what is not the tone stays 50 dB below it."""
    resampler = TrimmedResampler(8000, 8000)
    resampler.push(tone(1000, 8000, 4.0))
    out = resampler.pull_all(2e-4)[800:-800].astype(np.float64)
    spectrum = np.abs(np.fft.rfft(out * np.blackman(out.size))) ** 2
    peak = int(np.argmax(spectrum))
    tone_power = spectrum[peak - 8 : peak + 9].sum()
    assert 10 * np.log10((spectrum.sum() - tone_power) / tone_power) < -50


@pytest.mark.parametrize("ppm", [-300, 0, 40, 300])
def test_the_buffer_stays_and_the_drift_is_learnt(ppm: int) -> None:
    """Ten minutes of a card whose clock is off, in blocks of 20 ms that come when they come."""
    rng = np.random.default_rng(1)
    follower = FillFollower(0.06)
    fill_s, owed_s, furthest_s = 0.06, 0.0, 0.0
    learnt = []
    for frame in range(30_000):
        owed_s += 0.02 * (1 + ppm * 1e-6)
        while owed_s >= 0.02 and rng.random() < 0.9:
            owed_s -= 0.02
            fill_s += 0.02
        fill_s -= 0.02 * (1 + follower.trim(fill_s))
        if frame > 500:
            furthest_s = max(furthest_s, abs(fill_s + owed_s - 0.06))
        learnt.append(follower.drift)
    assert furthest_s < 0.045
    assert np.mean(learnt[15_000:]) == pytest.approx(ppm * 1e-6, abs=5e-5)  # it swings with the beat of the blocks


def test_nothing_is_given_before_enough_has_come() -> None:
    resampler = TrimmedResampler(8000, 8000)
    assert resampler.pull(160) is None
    resampler.push(np.ones(150, np.int16))
    assert resampler.pull(160) is None
    resampler.push(np.ones(150, np.int16))
    frame = resampler.pull(160)
    assert frame is not None
    assert frame.size == 160
    assert resampler.waiting == pytest.approx(140, abs=0.01)


def test_skipping_drops_the_oldest() -> None:
    resampler = TrimmedResampler(8000, 8000)
    resampler.push(np.arange(1000, dtype=np.int16))
    resampler.skip(400)
    frame = resampler.pull(160)
    assert frame is not None
    assert frame[50] == 450 - 16  # behind by the filter's reach
