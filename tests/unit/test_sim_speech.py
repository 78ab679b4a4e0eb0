"""Made-up voices must sound like nothing the detectors know, and like nobody else."""

from __future__ import annotations

import numpy as np

from drivers.dsp.dtmf import DtmfReceiver
from drivers.dsp.level import level_dbm0
from drivers.sim.actor import is_tone
from drivers.sim.speech import breath_heard, speech
from drivers.sim.steps import Voice
from tests.unit.sim_rig import correlation

SEEDS = range(64)


def all_voices(seconds: float) -> np.ndarray:
    return np.stack([speech(Voice(seed, seconds)) for seed in SEEDS])


def test_no_voice_is_ever_a_digit():
    voices = all_voices(10.0)
    receiver, armed = DtmfReceiver(len(voices)), np.ones(len(voices), np.bool_)
    events = []
    for start in range(0, voices.shape[1], 160):
        events += receiver.step(voices[:, start : start + 160], armed)
    assert events == []


def test_no_voice_is_ever_an_exchange_tone():
    frames = all_voices(5.0).reshape(-1, 160)
    assert not any(is_tone(frame) for frame in frames)


def test_voices_are_distinct_and_repeatable():
    assert np.array_equal(speech(Voice(7, 3.0)), speech(Voice(7, 3.0)))
    voices = all_voices(3.0)[:, 320:]
    worst = max(abs(correlation(voices[0], other)) for other in voices[1:])
    assert worst < 0.1


def test_voices_have_the_level_of_speech_and_the_length_asked_for():
    voice = speech(Voice(3, 2.5))
    assert len(voice) == 20000
    assert -18 < level_dbm0(voice) < -14
    assert np.abs(voice.astype(np.int32)).max() < 32767


def test_every_voice_opens_with_the_breath_and_never_repeats_it():
    for seed in SEEDS:
        frames = speech(Voice(seed, 3.0)).reshape(-1, 160)
        assert breath_heard(frames[0] // 3)
        assert not any(breath_heard(frame) for frame in frames[1:])


def test_noise_and_tones_are_no_breath():
    random = np.random.default_rng(5)
    noise = (random.standard_normal((2000, 160)) * 3000).astype(np.int16)
    assert not any(breath_heard(frame) for frame in noise)
    assert not breath_heard(np.zeros(160, np.int16))
