"""A line's own tones, learnt from its hang-ups."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray

from drivers.dsp.callprogress import CallProgressDetector
from drivers.dsp.level import power_of
from drivers.dsp.tonelearning import ENOUGH, KEPT, LearntTones, ToneLearning, measure_cadence
from drivers.dsp.toneplan import TonePlan, load_tone_plan
from drivers.dsp.tones import ToneGenerator
from drivers.signals import Tone
from tests.audio.drive import heard_by
from tests.audio.echo_path import on_line
from tests.audio.tone_cells import RATE, speech_like

CHINA = load_tone_plan("cn")


def beat(hz: float, on_s: float, off_s: float, seed: int = 0, seconds: float = 5.0) -> NDArray[np.int16]:
    """The tone from somewhere in its cadence, on a noisy line."""
    rng = np.random.default_rng(seed)
    tone = ToneGenerator((hz,), -18.0, (on_s, off_s)).frame(round((seconds + 1) * RATE))
    begin = int(rng.integers(RATE))
    cut = tone[begin : begin + round(seconds * RATE)].astype(np.float64)
    return on_line(cut + rng.normal(0, np.sqrt(power_of(-50.0)), cut.size))


def tones_with(plan: TonePlan, samples: NDArray[np.int16]) -> list[Tone]:
    return [event.tone for _, event in heard_by(CallProgressDetector(1, plan), samples) if event.end_sample is None]


@pytest.mark.parametrize(
    ("hz", "on_s", "off_s"), [(450, 0.35, 0.35), (400, 0.5, 0.5), (520, 0.25, 0.25), (450, 0.7, 0.7)]
)
def test_pitch_cadence_and_level_are_measured(hz: float, on_s: float, off_s: float) -> None:
    for seed in range(5):
        seen = measure_cadence(beat(hz, on_s, off_s, seed))
        assert seen is not None
        assert seen.pitch_hz == pytest.approx(hz, abs=3.0)
        assert (seen.on_s, seen.off_s) == (pytest.approx(on_s, abs=0.03), pytest.approx(off_s, abs=0.03))
        assert seen.level_dbm0 == pytest.approx(-18.0, abs=1.0)


def test_a_foreign_busy_tone_is_heard_after_a_few_calls_and_the_own_country_is_kept() -> None:
    learning = ToneLearning(CHINA)
    foreign = beat(520, 0.25, 0.25, 9, 6.0)
    assert tones_with(learning.plan(), foreign) == []
    for call in range(ENOUGH):
        assert learning.plan() == CHINA
        assert learning.heard(beat(520, 0.25, 0.25, call), None)
    assert tones_with(learning.plan(), foreign) == [Tone.BUSY]
    kept = {tone.tone for tone in learning.plan().tone}
    assert kept == {tone.tone for tone in CHINA.tone}


def test_usual_tones_change_nothing() -> None:
    learning = ToneLearning(CHINA)
    for call in range(KEPT):
        learning.heard(beat(455, 0.36, 0.34, call), Tone.BUSY)
        learning.heard(beat(450, 0.7, 0.7, call, 7.0), Tone.CONGESTION)
    assert learning.plan() == CHINA


def test_voice_silence_noise_and_one_burst_teach_nothing() -> None:
    rng = np.random.default_rng(1)
    learning = ToneLearning(CHINA)
    speech = [on_line(speech_like(6.0, np.random.default_rng(seed))) for seed in range(20)]
    others = [np.zeros(5 * RATE, np.int16), rng.normal(0, 500, 5 * RATE).astype(np.int16), beat(450, 2.0, 3.0)]
    for samples in (*speech, *others, np.zeros(100, np.int16)):
        assert learning.heard(samples, None) is None
    assert learning.state == LearntTones()


def test_what_is_kept_is_bounded_survives_as_json_and_follows_a_new_exchange() -> None:
    learning = ToneLearning(CHINA)
    for call in range(KEPT):
        learning.heard(beat(520, 0.25, 0.25, call), None)
    again = ToneLearning(CHINA, msgspec.json.decode(msgspec.json.encode(learning.state), type=LearntTones))
    assert again.plan() == learning.plan() != CHINA
    for call in range(KEPT):
        again.heard(beat(450, 0.35, 0.35, call), Tone.BUSY)
    assert len(again.state.busy) == KEPT
    assert again.plan() == CHINA


def test_observations_that_disagree_propose_nothing() -> None:
    learning = ToneLearning(CHINA)
    for call, hz in enumerate((400, 430, 480, 520, 560, 600)):
        learning.heard(beat(hz, 0.2 + 0.05 * call, 0.3, call), None)
    assert learning.plan() == CHINA


def test_a_learnt_beat_is_recognised_on_its_line_alone() -> None:
    quick = msgspec.structs.replace(
        CHINA,
        tone=tuple(
            msgspec.structs.replace(planned, cadence_s=(0.25, 0.25)) if planned.tone is Tone.BUSY else planned
            for planned in CHINA.tone
        ),
    )
    samples = ToneGenerator((450,), -15.0, (0.25, 0.25)).frame(3 * 8000)
    detector = CallProgressDetector(2, CHINA)
    detector.listen_by(1, quick)
    armed = np.ones(2, np.bool_)
    frames = np.stack([samples, samples], axis=0).reshape(2, -1, 160).transpose(1, 0, 2).copy()
    told = {(event.port, event.tone) for frame in frames for event in detector.step(frame, armed)}
    assert told == {(1, Tone.BUSY)}


def test_a_pitch_that_is_not_watched_for_leaves_the_tone_as_it_was() -> None:
    shifted = msgspec.structs.replace(
        CHINA,
        tone=tuple(
            msgspec.structs.replace(planned, frequencies_hz=(620.0,)) if planned.tone is Tone.BUSY else planned
            for planned in CHINA.tone
        ),
    )
    detector = CallProgressDetector(1, CHINA)
    detector.listen_by(0, shifted)
    samples = ToneGenerator((450,), -15.0, (0.35, 0.35)).frame(3 * 8000)
    assert [event.tone for _, event in heard_by(detector, samples)] == [Tone.BUSY]
