"""The hang-up verdict, sign by sign."""

from __future__ import annotations

import pytest

from drivers.hangup import HangUp, HangUpProfile, HangUpWatch
from drivers.pause import PauseWatch
from drivers.signals import HangUpEvidence, Tone

CYCLES_S = {Tone.BUSY: 0.7, Tone.CONGESTION: 1.4}


def watch(profile: HangUpProfile | None = None, at_frame: int = 0) -> HangUpWatch:
    return HangUpWatch(profile or HangUpProfile(), CYCLES_S, at_frame)


def first_verdict(watched: HangUpWatch, until: int, since: int = 0) -> tuple[int, HangUp] | None:
    for frame in range(since, until):
        verdict = watched.verdict(frame)
        if verdict:
            return frame, verdict
    return None


@pytest.mark.parametrize(
    ("tone", "proof_frames", "evidence"),
    [
        (Tone.BUSY, 105, HangUpEvidence.BUSY_TONE),
        (Tone.CONGESTION, 210, HangUpEvidence.CONGESTION_TONE),
        (Tone.DIAL, 150, HangUpEvidence.DIAL_TONE),
    ],
)
def test_a_tone_must_last(tone: Tone, proof_frames: int, evidence: HangUpEvidence) -> None:
    watched = watch()
    watched.tone_began(tone, 50)
    assert first_verdict(watched, 1000) == (50 + proof_frames, HangUp(evidence, 50))


@pytest.mark.parametrize("tone", [Tone.RINGBACK, Tone.UNOBTAINABLE, Tone.FAX_CNG])
def test_other_tones_prove_nothing(tone: Tone) -> None:
    watched = watch()
    watched.tone_began(tone, 0)
    assert first_verdict(watched, 2000) is None


def test_a_tone_that_ends_before_its_proof_is_forgotten() -> None:
    watched = watch()
    watched.tone_began(Tone.BUSY, 0)
    assert first_verdict(watched, 104) is None
    watched.tone_ended(Tone.BUSY)
    assert first_verdict(watched, 1000, since=104) is None


def test_the_end_of_another_tone_does_not_matter() -> None:
    watched = watch()
    watched.tone_began(Tone.DIAL, 0)
    watched.tone_began(Tone.BUSY, 10)
    watched.tone_ended(Tone.DIAL)
    assert first_verdict(watched, 1000) == (115, HangUp(HangUpEvidence.BUSY_TONE, 10))


def test_a_digit_disproves_busy_tone() -> None:
    watched = watch()
    watched.tone_began(Tone.BUSY, 0)
    watched.digit_heard()
    assert first_verdict(watched, 1000) is None


def test_more_cycles_on_request() -> None:
    watched = watch(HangUpProfile(tone_cycles=6))
    watched.tone_began(Tone.BUSY, 0)
    assert first_verdict(watched, 1000) == (210, HangUp(HangUpEvidence.BUSY_TONE, 0))


@pytest.mark.parametrize(("reversed_at", "counts"), [(0, False), (29, False), (30, True), (500, True)])
def test_a_reversal_right_after_the_answer_is_no_release(reversed_at: int, counts: bool) -> None:
    watched = watch()
    watched.polarity_reversed(reversed_at)
    expected = HangUp(HangUpEvidence.POLARITY, reversed_at) if counts else None
    assert watched.verdict(reversed_at) == expected


def test_a_late_answer_opens_the_guard_again() -> None:
    watched = watch()
    watched.answered(500)
    watched.polarity_reversed(510)
    assert watched.verdict(511) is None
    watched.polarity_reversed(530)
    assert watched.verdict(530) == HangUp(HangUpEvidence.POLARITY, 530)


def test_a_loop_break_must_last_a_quarter_second() -> None:
    watched = watch()
    watched.loop_lost(100)
    assert first_verdict(watched, 112) is None
    watched.loop_back()
    assert first_verdict(watched, 200, since=112) is None
    watched.loop_lost(200)
    assert first_verdict(watched, 300, since=200) == (213, HangUp(HangUpEvidence.LOOP_BREAK, 200))


def test_our_own_flash_is_no_loop_break() -> None:
    watched = watch()
    watched.flashed(until_frame=140)
    watched.loop_lost(101)
    assert first_verdict(watched, 400) is None
    watched.loop_lost(140)
    assert first_verdict(watched, 400, since=140) is not None


def test_silence_only_when_wished() -> None:
    assert first_verdict(watch(), 100_000) is None
    watched = watch(HangUpProfile(silence_s=10))
    watched.voice_heard(300)
    assert first_verdict(watched, 2000) == (800, HangUp(HangUpEvidence.SILENCE, 300))


@pytest.mark.parametrize("off", ["by_tone", "by_polarity", "by_loop"])
def test_signs_can_be_switched_off(off: str) -> None:
    watched = watch(HangUpProfile(**{off: False}))
    if off == "by_tone":
        watched.tone_began(Tone.BUSY, 0)
    elif off == "by_polarity":
        watched.polarity_reversed(100)
    else:
        watched.loop_lost(100)
    assert first_verdict(watched, 1000, since=100) is None


def test_a_pause_is_told_once_until_somebody_speaks() -> None:
    pause = PauseWatch(2.0, at_frame=10)
    assert [frame for frame in range(10, 400) if pause.pause_since(frame) == 10] == [110]
    pause.voice_heard(400)
    assert [frame for frame in range(400, 700) if pause.pause_since(frame) == 400] == [500]
