"""Every cell of the tone table, the other countries' tones, and what must not be taken for a tone."""

from __future__ import annotations

import numpy as np
import pytest

from drivers.dsp.callprogress import CallProgressDetector, ToneEvent
from drivers.dsp.level import amplitude_of
from drivers.dsp.toneplan import load_tone_plan
from drivers.dsp.tones import ToneGenerator, dtmf_samples
from drivers.signals import Tone
from tests.audio.drive import heard_by
from tests.audio.tone_cells import (
    CADENCES,
    CONDITIONS,
    NOMINAL,
    RATE,
    Condition,
    cell_samples,
    speech_like,
    tone_starts_s,
)

CHINA = load_tone_plan("cn")
LATEST_S = {Tone.DIAL: 1.5, Tone.RINGBACK: 6.2, Tone.BUSY: 2.0, Tone.CONGESTION: 4.0, Tone.UNOBTAINABLE: 2.4}


def tones_in(samples: np.ndarray, country: str = "cn") -> list[Tone]:
    plan = CHINA if country == "cn" else load_tone_plan(country)
    return [event.tone for _, event in heard_by(CallProgressDetector(1, plan), samples) if event.end_sample is None]


@pytest.mark.parametrize("condition", CONDITIONS, ids=lambda condition: condition.name)
@pytest.mark.parametrize("tone", list(CADENCES))
def test_each_cell_is_recognised_once_in_time_and_ends(tone: Tone, condition: Condition) -> None:
    heard = heard_by(CallProgressDetector(1, CHINA), cell_samples(tone, condition, seed=7))
    assert [event.tone for _, event in heard] == [tone, tone]
    (reported_s, began), (_, ended) = heard
    starts_s = tone_starts_s(condition)
    assert reported_s - starts_s <= LATEST_S[tone]
    assert began.end_sample is None
    assert ended.start_sample == began.start_sample
    assert ended.end_sample > began.start_sample
    if condition is NOMINAL:
        assert began.start_sample / RATE == pytest.approx(starts_s, abs=0.04)


def test_busy_ends_where_its_last_whole_burst_ended() -> None:
    heard = heard_by(CallProgressDetector(1, CHINA), cell_samples(Tone.BUSY, NOMINAL))
    seven_bursts_s = 7 * 0.35 + 6 * 0.35
    assert heard[-1][1].end_sample / RATE == pytest.approx(1.0 + seven_bursts_s + 0.01, abs=0.03)


@pytest.mark.parametrize(
    ("country", "tone", "frequencies_hz", "cadence_s"),
    [
        ("us", Tone.DIAL, (350, 440), ()),
        ("us", Tone.RINGBACK, (440, 480), (2.0, 4.0)),
        ("us", Tone.BUSY, (480, 620), (0.5, 0.5)),
        ("us", Tone.CONGESTION, (480, 620), (0.25, 0.25)),
        ("uk", Tone.DIAL, (350, 450), ()),
        ("uk", Tone.RINGBACK, (400, 450), (0.4, 0.2, 0.4, 2.0)),
        ("uk", Tone.BUSY, (400,), (0.375, 0.375)),
        ("uk", Tone.CONGESTION, (400,), (0.4, 0.35, 0.225, 0.525)),
        ("uk", Tone.UNOBTAINABLE, (400,), ()),
        ("eu", Tone.DIAL, (425,), ()),
        ("eu", Tone.RINGBACK, (425,), (1.0, 4.0)),
        ("eu", Tone.BUSY, (425,), (0.5, 0.5)),
        ("eu", Tone.CONGESTION, (425,), (0.2, 0.2)),
        ("cn", Tone.HOWLER, (950,), ()),
        ("cn", Tone.FAX_CNG, (1100,), (0.5, 3.0)),
        ("cn", Tone.FAX_CED, (2100,), ()),
    ],
)
def test_tones_of_each_plan(
    country: str, tone: Tone, frequencies_hz: tuple[int, ...], cadence_s: tuple[float, ...]
) -> None:
    body = ToneGenerator(frequencies_hz, -18.0, cadence_s).frame(9 * RATE)
    assert tones_in(np.concatenate((np.zeros(RATE, np.int16), body)), country) == [tone]


def test_special_information_is_three_rising_tones() -> None:
    parts = [ToneGenerator((hz,), -15.0).frame(int(0.33 * RATE)) for hz in (950, 1400, 1800)]
    quiet = np.zeros(RATE, np.int16)
    assert tones_in(np.concatenate((quiet, *parts, quiet))) == [Tone.SPECIAL_INFORMATION]
    assert tones_in(np.concatenate((quiet, *reversed(parts), quiet))) == []


def test_digits_at_busy_tempo_are_not_busy() -> None:
    assert tones_in(dtmf_samples("5" * 20, on_ms=350, off_ms=350)) == []


def test_a_tone_with_busy_tempo_at_another_frequency_is_not_busy() -> None:
    for hz in (400, 510, 620, 1000):
        assert tones_in(ToneGenerator((hz,), -15.0, (0.35, 0.35)).frame(6 * RATE)) == []


def test_noise_bursts_at_busy_tempo_are_not_busy() -> None:
    rng = np.random.default_rng(5)
    gate = (np.arange(6 * RATE) // int(0.35 * RATE)) % 2 == 0
    assert tones_in((gate * rng.normal(0, 3000, gate.size)).astype(np.int16)) == []


def test_two_lines_with_busy_at_once_are_not_one_busy_and_do_not_crash() -> None:
    one = ToneGenerator((450,), -15.0, (0.35, 0.35)).frame(8 * RATE)
    other = np.roll(ToneGenerator((450,), -15.0, (0.7, 0.7)).frame(8 * RATE), 2000)
    assert Tone.BUSY not in tones_in(one + other)


def test_speech_over_busy_keeps_it_from_being_reported() -> None:
    rng = np.random.default_rng(9)
    busy = ToneGenerator((450,), -25.0, (0.35, 0.35)).frame(8 * RATE)
    speech = speech_like(8.0, rng, level_dbm0=-12.0)
    assert tones_in(np.clip(busy + speech, -32768, 32767).astype(np.int16)) == []


@pytest.mark.parametrize("seed", range(4))
def test_speech_is_no_tone(seed: int) -> None:
    speech = speech_like(60.0, np.random.default_rng(seed), level_dbm0=-15.0)
    assert tones_in(np.clip(speech, -32768, 32767).astype(np.int16)) == []


@pytest.mark.parametrize("semitones", [1, 5])
def test_melodies_of_pure_notes_around_450_hz_are_not_busy(semitones: int) -> None:
    rng = np.random.default_rng(2)
    notes = []
    for _ in range(500):
        hz = 440 * 2 ** (rng.integers(-semitones, semitones + 1) / 12)
        count = int(rng.choice((0.25, 0.35, 0.5, 0.7)) * RATE)
        notes.append(amplitude_of(-15) * np.sin(2 * np.pi * hz * np.arange(count) / RATE) * np.hanning(count) ** 0.2)
        notes.append(np.zeros(int(rng.choice((0.05, 0.2, 0.35)) * RATE)))
    assert not {Tone.BUSY, Tone.CONGESTION} & set(tones_in(np.concatenate(notes).astype(np.int16)))


def test_ports_are_independent_and_only_armed_ones_are_heard() -> None:
    busy = cell_samples(Tone.BUSY, NOMINAL, 1)[: 6 * RATE]
    dial = cell_samples(Tone.DIAL, NOMINAL, 1)[: 6 * RATE]
    dial = np.pad(dial, (0, busy.size - dial.size))
    detector = CallProgressDetector(3, CHINA)
    armed = np.array([True, True, False])
    heard: list[ToneEvent] = []
    for frame in np.stack((busy, dial, busy))[:, : busy.size // 160 * 160].reshape(3, -1, 160).swapaxes(0, 1):
        heard += detector.step(np.ascontiguousarray(frame), armed)
    assert {(event.port, event.tone) for event in heard} == {(0, Tone.BUSY), (1, Tone.DIAL)}


def test_a_last_burst_that_is_none_of_the_cadence_completes_nothing() -> None:
    pause = np.zeros(round(0.35 * RATE), np.int16)
    burst, short = (ToneGenerator((450,), -15.0).frame(round(length_s * RATE)) for length_s in (0.35, 0.24))
    assert tones_in(np.concatenate((burst, pause, burst, pause, short, pause, pause))) == []
    assert tones_in(np.concatenate((burst, pause, burst, pause, burst, pause, pause))) == [Tone.BUSY]
    long = ToneGenerator((450,), -15.0).frame(round(0.5 * RATE))
    assert tones_in(np.concatenate((burst, pause, burst, pause, long, pause, pause))) == []


def test_reset_forgets_the_bursts_heard_so_far() -> None:
    samples = cell_samples(Tone.BUSY, NOMINAL, 1)
    detector = CallProgressDetector(1, CHINA)
    assert heard_by(detector, samples[: int(2.5 * RATE)]) == []
    detector.reset(0)
    assert heard_by(detector, samples[int(2.5 * RATE) : int(3.6 * RATE)]) == []


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(20))
def test_the_whole_table_at_many_alignments(seed: int) -> None:
    missed = [
        (tone, condition.name)
        for tone in CADENCES
        for condition in CONDITIONS
        if tones_in(cell_samples(tone, condition, seed)) != [tone]
    ]
    assert missed == []
