"""The copper: each impairment at the level it was set to."""

from __future__ import annotations

import numpy as np
import pytest

from drivers.dsp.level import level_dbm0
from drivers.sim.linemodel import LineModel
from drivers.sim.profile import LineQuality
from drivers.sim.speech import speech
from drivers.sim.steps import Voice
from tests.unit.sim_rig import correlation


def carry(model: LineModel, far: np.ndarray, sent: np.ndarray, lines: int = 1) -> np.ndarray:
    """Line 1's received samples while its far end says `far` and the box sends `sent`."""
    out = np.zeros((lines, 160), np.int16)
    heard = []
    for start in range(0, len(far), 160):
        far_frame = np.zeros((lines, 160), np.float32)
        sent_frame = np.zeros((lines, 160), np.int16)
        far_frame[0], sent_frame[0] = far[start : start + 160], sent[start : start + 160]
        model.toward_box(far_frame, sent_frame, out)
        heard.append(out[0].copy())
    return np.concatenate(heard)


def live(quality: LineQuality, seed: int = 1) -> LineModel:
    model = LineModel([quality], seed)
    model.set_live(0, live=True)
    return model


VOICE = speech(Voice(1, 4.0))
QUIET = np.zeros_like(VOICE)


def test_loss():
    heard = carry(live(LineQuality(7.0, -90.0, -90.0, 90.0)), VOICE, QUIET)
    assert level_dbm0(heard) == pytest.approx(level_dbm0(VOICE) - 7.0, abs=0.2)


def test_noise_and_hum_have_their_levels():
    heard = carry(live(LineQuality(4.0, -45.0, -90.0, 90.0)), QUIET, QUIET)
    assert level_dbm0(heard) == pytest.approx(-45.0, abs=0.5)
    hum = carry(live(LineQuality(4.0, -90.0, -30.0, 90.0)), QUIET, QUIET)
    assert level_dbm0(hum) == pytest.approx(-30.0, abs=0.3)
    spectrum = np.abs(np.fft.rfft(hum))
    assert np.argmax(spectrum) == round(50 * len(hum) / 8000)


def test_echo_comes_back_dispersed_at_its_return_loss():
    heard = carry(live(LineQuality(4.0, -90.0, -90.0, 12.0)), QUIET, VOICE)
    assert level_dbm0(heard) == pytest.approx(level_dbm0(VOICE) - 12.0, abs=3.0)
    assert abs(correlation(heard, VOICE)) < 0.9


def test_echo_of_one_impulse_is_the_hybrid_response_across_frames():
    model = live(LineQuality(0.0, -90.0, -90.0, 0.0))
    sent = np.zeros(640, np.int16)
    sent[150] = 8000
    heard = carry(model, np.zeros(640, np.int16), sent).astype(float)
    assert np.abs(heard[:153]).max() < 20
    assert np.sum(heard[153:198] ** 2) == pytest.approx(8000.0**2, rel=0.05)
    assert np.abs(heard[200:]).max() < 20


def test_clicks_come_at_their_rate():
    heard = carry(
        live(LineQuality(4.0, -90.0, -90.0, 90.0, clicks_per_minute=120.0)), np.zeros(480000), np.zeros(480000)
    )
    peaks = np.abs(heard.reshape(-1, 160).astype(np.int32)).max(axis=1) > 10000
    assert 80 < peaks.sum() < 160


def test_a_line_that_is_not_live_is_digital_silence():
    model = LineModel([LineQuality(noise_dbm0=-30.0)] * 2, 1)
    model.set_live(0, live=True)
    out = np.full((2, 160), 7, np.int16)
    model.toward_box(np.full((2, 160), 1000, np.float32), np.zeros((2, 160), np.int16), out)
    assert out[0].any()
    assert not out[1].any()
    model.set_live(0, live=False)
    model.toward_box(np.full((2, 160), 1000, np.float32), np.zeros((2, 160), np.int16), out)
    assert not out.any()


def test_two_models_of_one_seed_are_the_same_and_of_two_seeds_are_not():
    quality = LineQuality(clicks_per_minute=100.0)
    one, same, other = (carry(live(quality, seed), VOICE, VOICE) for seed in (1, 1, 2))
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)


def test_overload_is_clipped_and_never_wraps_round():
    loud = np.full(1600, 32000, np.int16)
    heard = carry(live(LineQuality(0.0, -20.0, -20.0, 90.0)), loud, loud)
    assert heard.min() > 20000
