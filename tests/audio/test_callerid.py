"""Caller ID over bad lines: FSK and DTMF cases, framings, and what must never become a number."""

from __future__ import annotations

import numpy as np
import pytest

from drivers.dsp.callerid_dtmf import DtmfCallerIdReceiver
from drivers.dsp.callerid_fsk import FskCallerIdReceiver
from drivers.dsp.callerid_message import encode_mdmf
from drivers.dsp.callerid_send import BELL_202, V23, DtmfFraming, FskShape, dtmf_burst, fsk_burst, fsk_samples
from drivers.signals import CallerIdModulation
from tests.audio.drive import heard_by
from tests.audio.dtmf_callerid_cases import DTMF_CALLER_ID_CASES, DtmfCallerIdCase, dtmf_case_samples
from tests.audio.fsk_cases import FSK_CASES, FskCase, fsk_case_samples, random_message
from tests.audio.tone_cells import speech_like

QUIET = np.zeros(4000, np.int16)


@pytest.mark.parametrize("case", FSK_CASES, ids=lambda case: case.name)
def test_fsk_case(case: FskCase) -> None:
    read = 0
    for seed in range(5):
        sent, samples = fsk_case_samples(case, seed)
        events = [event for _, event in heard_by(FskCallerIdReceiver(1), samples)]
        good = [event for event in events if event.ok]
        assert all(
            (event.number, event.name, event.sent_at) == (sent.number, sent.name, sent.sent_at) for event in good
        )
        read += len(good) == len(events) == 1
        modulation = CallerIdModulation.FSK_V23 if case.modem is V23 else CallerIdModulation.FSK_BELL202
        assert all(event.modulation is modulation for event in good)
    assert read == 5 or not case.graded


@pytest.mark.parametrize("case", DTMF_CALLER_ID_CASES, ids=lambda case: case.name)
def test_dtmf_case(case: DtmfCallerIdCase) -> None:
    for seed in range(5):
        number, samples = dtmf_case_samples(case, seed)
        assert [event.number for _, event in heard_by(DtmfCallerIdReceiver(1), samples)] == [number]


@pytest.mark.parametrize("framing", list(DtmfFraming))
def test_every_framing_gives_the_number(framing: DtmfFraming) -> None:
    burst = np.concatenate((QUIET, dtmf_burst("05628896599", framing), QUIET, QUIET))
    heard = [event for _, event in heard_by(DtmfCallerIdReceiver(1), burst)]
    assert [(event.number, event.ok) for event in heard] == [("05628896599", True)]
    assert heard[0].reliable is (framing is not DtmfFraming.HASH_ONLY)


@pytest.mark.parametrize(("absence", "expected"), [("P", "P"), ("O", "O")])
@pytest.mark.parametrize("framing", [DtmfFraming.D_C, DtmfFraming.D_HASH, DtmfFraming.A_D_B_C])
def test_withheld_numbers(framing: DtmfFraming, absence: str, expected: str) -> None:
    burst = np.concatenate((QUIET, dtmf_burst("", framing, absence=absence), QUIET, QUIET))
    heard = [event for _, event in heard_by(DtmfCallerIdReceiver(1), burst)]
    assert [(event.number, event.absence, event.ok) for event in heard] == [("", expected, True)]


def test_withheld_number_in_fsk() -> None:
    burst = np.concatenate((QUIET, fsk_burst("", absence="P"), QUIET))
    heard = [event for _, event in heard_by(FskCallerIdReceiver(1), burst)]
    assert [(event.number, event.absence, event.ok) for event in heard] == [("", "P", True)]


def test_a_wrong_checksum_is_unreadable_and_said_once() -> None:
    content = bytearray(encode_mdmf(random_message(np.random.default_rng(4), "")))
    content[6] ^= 0x01
    burst = np.concatenate((QUIET, fsk_samples(bytes(content), BELL_202, FskShape()), QUIET))
    heard = [event for _, event in heard_by(FskCallerIdReceiver(1), burst)]
    assert [(event.ok, event.number) for event in heard] == [(False, "")]


def test_a_burst_cut_short_is_unreadable() -> None:
    burst = fsk_burst("05628896599", when="06010912")
    heard = [event for _, event in heard_by(FskCallerIdReceiver(1), np.concatenate((QUIET, burst[:4700], QUIET)))]
    assert [event.ok for event in heard] == [False]


@pytest.mark.parametrize("lost", [1, 4, 11])
def test_a_lost_dtmf_digit_is_never_a_shorter_number(lost: int) -> None:
    burst = dtmf_burst("05628896599").copy()
    burst[lost * 960 : lost * 960 + 480] = 0
    heard = [event for _, event in heard_by(DtmfCallerIdReceiver(1), np.concatenate((QUIET, burst, QUIET, QUIET)))]
    assert [event.ok for event in heard] == [False]


def heard_without(number: str, *, start: bool = True, end: bool = True, first: int = 0) -> list[tuple[str, bool, bool]]:
    """What is read of D..C when its codes, and perhaps the first digits, were lost."""
    burst = dtmf_burst(number, DtmfFraming.D_C)
    slot = burst.size // (len(number) + 2)
    kept = burst[(0 if start else 1 + first) * slot : burst.size if end else (len(number) + 1) * slot]
    events = [event for _, event in heard_by(DtmfCallerIdReceiver(1), np.concatenate((QUIET, kept, QUIET, QUIET)))]
    return [(event.number, event.ok, event.reliable) for event in events]


@pytest.mark.parametrize("number", ["13905629876", "013905629876", "02167891234", "01067891234"])
def test_a_number_that_shows_it_is_whole_survives_the_loss_of_a_code_and_is_marked(number: str) -> None:
    assert heard_without(number) == [(number, True, True)]
    assert heard_without(number, start=False) == [(number, True, False)]
    assert heard_without(number, end=False) == [(number, True, False)]
    assert heard_without(number, start=False, end=False) == [(number, True, False)]


@pytest.mark.parametrize("number", ["05628896599", "8896599", "88965990", "13905629876", "02167891234"])
@pytest.mark.parametrize("first", [1, 2, 3])
def test_a_number_that_lost_its_first_digits_is_never_given(number: str, first: int) -> None:
    assert not any(ok for _, ok, _ in heard_without(number, start=False, first=first))


@pytest.mark.parametrize("number", ["05628896599", "8896599", "88965990"])
def test_a_number_that_could_go_on_is_not_given_without_its_end(number: str) -> None:
    assert [ok for _, ok, _ in heard_without(number, end=False)] == [False]


def test_plain_digits_without_an_end_code_are_no_number() -> None:
    burst = dtmf_burst("D05628896599"[1:], DtmfFraming.HASH_ONLY)[: -(480 + 480)]
    heard = [event for _, event in heard_by(DtmfCallerIdReceiver(1), np.concatenate((QUIET, burst, QUIET, QUIET)))]
    assert [event.ok for event in heard] == [False]


def test_two_bursts_in_a_row_are_two_events() -> None:
    pause = np.zeros(3 * 8000, np.int16)
    samples = np.concatenate((QUIET, fsk_burst("111222333"), pause, fsk_burst("444555666", "李"), QUIET))
    heard = [event for _, event in heard_by(FskCallerIdReceiver(1), samples)]
    assert [(event.number, event.name) for event in heard] == [("111222333", ""), ("444555666", "李")]


def test_times_frame_the_burst() -> None:
    burst = fsk_burst("05628896599", when="06010912")
    (_, event), *more = heard_by(FskCallerIdReceiver(1), np.concatenate((QUIET, burst, QUIET)))
    assert not more
    assert abs(event.start_sample - QUIET.size) <= 160
    assert abs(event.end_sample - (QUIET.size + burst.size)) <= 320


def test_speech_and_noise_are_no_caller_id() -> None:
    rng = np.random.default_rng(6)
    speech = np.clip(speech_like(60.0, rng, -15.0), -32768, 32767).astype(np.int16)
    noise = rng.normal(0, 400, 80000).astype(np.int16)
    for samples in (speech, noise):
        assert [event for _, event in heard_by(FskCallerIdReceiver(1), samples) if event.ok] == []
        assert [event for _, event in heard_by(DtmfCallerIdReceiver(1), samples) if event.ok] == []


def test_lines_are_independent() -> None:
    first, second = fsk_burst("1234567"), fsk_burst("7654321", "赵")
    length = 12000
    stacked = np.stack([np.pad(burst, (2000, length))[:length] for burst in (first, second)])
    receiver = FskCallerIdReceiver(2)
    heard = []
    for frame in stacked[:, : length // 160 * 160].reshape(2, -1, 160).swapaxes(0, 1):
        heard += receiver.step(np.ascontiguousarray(frame), np.ones(2, np.bool_))
    assert {(event.port, event.number) for event in heard} == {(0, "1234567"), (1, "7654321")}


@pytest.mark.slow
def test_the_whole_fsk_bench_reads_99_percent_and_nothing_wrong() -> None:
    read = total = 0
    for case in FSK_CASES:
        for seed in range(40):
            sent, samples = fsk_case_samples(case, seed)
            good = [event for _, event in heard_by(FskCallerIdReceiver(1), samples) if event.ok]
            assert all(event.number == sent.number and event.name == sent.name for event in good)
            read += len(good) == 1
            total += 1
    assert read >= 0.99 * total
