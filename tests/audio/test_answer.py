"""Inferred answers of outgoing calls: what counts as one, when, and what does not."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from drivers.dsp.answer import AnswerClue, AnswerDetector
from drivers.dsp.level import amplitude_of, power_of
from drivers.dsp.toneplan import load_tone_plan
from tests.audio.drive import heard_by
from tests.audio.tone_cells import RATE, speech_like

CHINA = load_tone_plan("cn")


def quiet(duration_s: float) -> NDArray[np.float64]:
    return np.zeros(int(duration_s * RATE))


def tone(duration_s: float, hz: float = 450.0) -> NDArray[np.float64]:
    return amplitude_of(-15.0) * np.sin(2 * np.pi * hz * np.arange(int(duration_s * RATE)) / RATE)


def rings(count: int) -> NDArray[np.float64]:
    return np.concatenate([tone(1.0), quiet(4.0)] * count)


def voice(duration_s: float) -> NDArray[np.float64]:
    return speech_like(duration_s, np.random.default_rng(3))


def line(*parts: NDArray[np.float64]) -> NDArray[np.int16]:
    """A second of quiet, the parts, and the line's noise on all of it."""
    whole = np.concatenate((quiet(1.0), *parts))
    whole += np.random.default_rng(1).normal(0, np.sqrt(power_of(-55.0)), whole.size)
    return np.clip(whole, -32768, 32767).astype(np.int16)


def answers(samples: NDArray[np.int16]) -> list[tuple[AnswerClue, float, float]]:
    """Clue, when it is said to have happened, when it was reported."""
    heard = heard_by(AnswerDetector(1, CHINA), samples)
    return [(event.clue, event.at_sample / RATE, reported_s) for reported_s, event in heard]


@pytest.mark.parametrize(
    ("samples", "clue", "at_s", "latest_s"),
    [
        (line(rings(1), tone(1.0), quiet(1.5), voice(4.0)), AnswerClue.VOICE_AFTER_RINGBACK, 8.5, 10.0),
        (line(rings(1), tone(0.4), voice(4.0)), AnswerClue.VOICE_AFTER_RINGBACK, 6.4, 8.0),
        (line(rings(2), quiet(4.0)), AnswerClue.RINGBACK_ENDED, 7.0, 12.0),
        (line(tone(0.4), voice(8.0)), AnswerClue.VOICE_ALONE, 5.0, 7.0),
        (line(voice(8.0)), AnswerClue.VOICE_ALONE, 3.5, 6.0),
        (line(quiet(1.0), tone(3.0, 2100.0)), AnswerClue.FAX, 2.0, 3.2),
    ],
    ids=["voice in the pause", "voice cuts a ring", "silence", "before the first ring ends", "announcement", "fax"],
)
def test_an_answer_is_told_once_with_its_clue(
    samples: NDArray[np.int16], clue: AnswerClue, at_s: float, latest_s: float
) -> None:
    ((told, happened_s, reported_s),) = answers(samples)
    assert told is clue
    assert happened_s == pytest.approx(at_s, abs=1.5 if clue is AnswerClue.VOICE_ALONE else 0.3)
    assert reported_s <= latest_s


@pytest.mark.parametrize(
    "samples",
    [
        line(rings(6)),
        line(*[tone(0.35), quiet(0.35)] * 20),
        line(*[tone(0.7), quiet(0.7)] * 10),
        line(rings(3), *[tone(0.35), quiet(0.35)] * 15),
        line(tone(6.0)),
        line(quiet(20.0)),
    ],
    ids=["nobody answers", "busy", "congestion", "busy after ringing", "dial tone", "silence"],
)
def test_tones_and_silence_are_no_answer(samples: NDArray[np.int16]) -> None:
    assert answers(samples) == []


@pytest.mark.parametrize("told_what_is_sent", [True, False])
def test_the_echo_of_our_own_voice_is_no_answer(told_what_is_sent: bool) -> None:
    sent = np.zeros(12 * RATE)
    sent[3 * RATE : 11 * RATE] = voice(8.0)
    received = line(rings(3)).astype(np.float64)[: sent.size]
    received[80:] += 0.3 * sent[:-80]
    detector = AnswerDetector(1, CHINA)
    armed = np.ones(1, dtype=np.bool_)
    heard = []
    for begin in range(0, sent.size - 159, 160):
        heard += detector.step(received[np.newaxis, begin : begin + 160].astype(np.int16), armed)
        if told_what_is_sent:
            detector.note_sent(sent[np.newaxis, begin : begin + 160].astype(np.int16))
    assert bool(heard) is not told_what_is_sent


def test_reset_listens_for_the_next_call() -> None:
    samples = line(rings(1), voice(3.0))
    detector = AnswerDetector(1, CHINA)
    assert len(heard_by(detector, samples)) == 1
    assert heard_by(detector, samples) == []
    detector.reset(0)
    assert len(heard_by(detector, samples)) == 1
