"""Inferred answers of outgoing calls: what counts as one, when, and what does not."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from drivers.dsp.answer import AnswerClue, AnswerDetector
from drivers.dsp.answerer import AnswererDetector
from drivers.dsp.level import amplitude_of, power_of
from drivers.dsp.toneplan import load_tone_plan
from drivers.signals import Answerer
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
        (line(quiet(1.0), tone(3.0, 2100.0)), AnswerClue.FAX, 2.0, 3.2),
    ],
    ids=["voice in the pause", "voice cuts a ring", "silence", "fax"],
)
def test_an_answer_is_told_once_with_its_clue(
    samples: NDArray[np.int16], clue: AnswerClue, at_s: float, latest_s: float
) -> None:
    ((told, happened_s, reported_s),) = answers(samples)
    assert told is clue
    assert happened_s == pytest.approx(at_s, abs=0.3)
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
        line(voice(12.0)),
    ],
    ids=["nobody answers", "busy", "congestion", "busy after ringing", "dial tone", "silence", "announcement"],
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


def answers_while_sending(received: NDArray[np.int16], sent: NDArray[np.float64]) -> list[tuple[AnswerClue, float]]:
    """Clue and when it was reported, while our side says `sent`."""
    detector = AnswerDetector(1, CHINA)
    armed = np.ones(1, dtype=np.bool_)
    heard = []
    for begin in range(0, min(received.size, sent.size) - 159, 160):
        frame = slice(begin, begin + 160)
        events = detector.step(np.ascontiguousarray(received[np.newaxis, frame]), armed)
        heard += [(event.clue, begin / RATE) for event in events]
        detector.note_sent(np.ascontiguousarray(sent[np.newaxis, frame].astype(np.int16)))
    return heard


def test_music_in_place_of_ringback_is_answered_when_our_side_speaks_and_not_by_its_sidetone() -> None:
    received = line(voice(16.0))
    sent = 0.2 * np.concatenate((np.zeros(200), received[:-200].astype(np.float64)))
    assert answers_while_sending(received, sent) == []
    sent[10 * RATE : 14 * RATE] += speech_like(4.0, np.random.default_rng(8))
    ((clue, reported_s),) = answers_while_sending(received, sent)
    assert clue is AnswerClue.SPOKEN_TO
    assert 11.0 <= reported_s <= 13.5


def test_our_own_hello_into_a_dead_line_is_no_answer() -> None:
    assert answers_while_sending(line(quiet(12.0)), voice(12.0)) == []


def first_words(*parts: NDArray[np.float64]) -> list[Answerer]:
    return [event.answerer for _, event in heard_by(AnswererDetector(1), line(*parts))]


@pytest.mark.parametrize("seed", range(4))
def test_a_word_and_a_pause_are_a_person_a_recital_is_a_machine(seed: int) -> None:
    speech = speech_like(6.0, np.random.default_rng(seed))
    assert first_words(speech[: round(0.9 * RATE)], quiet(2.0), speech) == [Answerer.PERSON]
    assert first_words(speech) == [Answerer.MACHINE]


def test_nobody_and_a_click_are_no_hint() -> None:
    assert first_words(quiet(12.0)) == []
    assert first_words(voice(0.04), quiet(12.0)) == []


def test_reset_listens_for_the_next_call() -> None:
    samples = line(rings(1), voice(3.0))
    detector = AnswerDetector(1, CHINA)
    assert len(heard_by(detector, samples)) == 1
    assert heard_by(detector, samples) == []
    detector.reset(0)
    assert len(heard_by(detector, samples)) == 1
