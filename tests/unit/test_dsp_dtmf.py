from __future__ import annotations

import numpy as np
import pytest

from drivers.dsp.dtmf import DTMF_SENDING, DtmfEvent, DtmfReceiver, DtmfSender
from drivers.dsp.tones import DTMF_DIGITS, dtmf_samples

ALL = np.ones(1, dtype=np.bool_)


def _padded(samples: np.ndarray, lead: int = 800) -> np.ndarray:
    size = -(-(lead + samples.size + 1600) // 160) * 160
    row = np.zeros((1, size), dtype=np.int16)
    row[0, lead : lead + samples.size] = samples
    return row


def _hear(receiver: DtmfReceiver, audio: np.ndarray, armed: np.ndarray, chunk: int = 160) -> list[DtmfEvent]:
    events = []
    for begin in range(0, audio.shape[1], chunk):
        events += receiver.step(audio[:, begin : begin + chunk], armed)
    return events


def test_each_digit_is_told_twice_with_its_times() -> None:
    audio = _padded(dtmf_samples(DTMF_DIGITS, 60, 60))
    events = _hear(DtmfReceiver(1), audio, ALL)
    assert "".join(event.digit for event in events if event.end_sample is None) == DTMF_DIGITS
    assert [event.digit for event in events] == [digit for digit in DTMF_DIGITS for _ in range(2)]
    for index, event in enumerate(events[1::2]):
        begin = 800 + index * 960
        assert event.start_sample == pytest.approx(begin, abs=40)
        assert event.end_sample == pytest.approx(begin + 480, abs=40)


def test_recognised_within_60_ms_of_the_beginning() -> None:
    audio = _padded(dtmf_samples("7", 500, 0))
    receiver = DtmfReceiver(1)
    for begin in range(0, audio.shape[1], 160):
        if receiver.step(audio[:, begin : begin + 160], ALL):
            assert begin + 160 - 800 <= 480
            return
    pytest.fail("the digit was not heard")


def test_chunk_size_does_not_matter() -> None:
    audio = _padded(dtmf_samples("159D", 50, 50))
    assert _hear(DtmfReceiver(1), audio, ALL) == _hear(DtmfReceiver(1), audio, ALL, chunk=audio.shape[1])


def test_ports_do_not_disturb_each_other() -> None:
    audio = np.zeros((16, 4000), dtype=np.int16)
    for port, digit in enumerate(DTMF_DIGITS):
        samples = dtmf_samples(digit, 70, 0)
        audio[port, 100 * port : 100 * port + samples.size] = samples
    events = _hear(DtmfReceiver(16), audio, np.ones(16, dtype=np.bool_))
    begun = sorted((event.port, event.digit) for event in events if event.end_sample is None)
    assert begun == list(enumerate(DTMF_DIGITS))


def test_a_port_not_armed_hears_nothing_and_keeps_the_clock() -> None:
    receiver = DtmfReceiver(2)
    audio = np.repeat(_padded(dtmf_samples("3", 80, 80)), 2, axis=0)
    heard = _hear(receiver, audio, np.array([True, False]))
    assert {event.port for event in heard} == {0}
    later = _hear(receiver, audio, np.array([False, True]))
    assert {event.port for event in later} == {1}
    assert later[0].start_sample == pytest.approx(audio.shape[1] + 800, abs=40)


def test_disarming_forgets_a_digit_that_is_on() -> None:
    receiver = DtmfReceiver(1)
    tone = dtmf_samples("8", 200, 0)[None, :]
    assert [event.end_sample for event in _hear(receiver, tone[:, :800], ALL)] == [None]
    assert receiver.step(tone[:, 800:960], ~ALL) == []
    silence = np.zeros((1, 1600), dtype=np.int16)
    assert _hear(receiver, silence, ALL) == []


def test_reset_forgets_a_digit_that_is_on() -> None:
    receiver = DtmfReceiver(2)
    tone = np.repeat(dtmf_samples("8", 200, 0)[None, :], 2, axis=0)
    both = np.ones(2, dtype=np.bool_)
    _hear(receiver, tone[:, :800], both)
    receiver.reset(0)
    ended = _hear(receiver, np.zeros((2, 1600), dtype=np.int16), both)
    assert [(event.port, event.end_sample is None) for event in ended] == [(1, False)]


def test_a_digit_after_long_silence_is_heard_and_timed() -> None:
    silence = np.zeros(16000, dtype=np.int16)
    audio = _padded(dtmf_samples("4", 60, 60), lead=16000)
    assert not silence.any()
    events = _hear(DtmfReceiver(1), audio, ALL)
    assert [event.digit for event in events] == ["4", "4"]
    assert events[0].start_sample == pytest.approx(16000, abs=40)


@pytest.mark.parametrize("shape", [(2, 160), (1, 100)])
def test_other_shapes_are_refused(shape: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="do not fit"):
        DtmfReceiver(1).step(np.zeros(shape, dtype=np.int16), ALL)


@pytest.mark.parametrize("country", sorted(DTMF_SENDING))
def test_what_the_sender_plays_is_heard(country: str) -> None:
    sender = DtmfSender("0123456789*#", DTMF_SENDING[country])
    receiver = DtmfReceiver(1)
    heard = ""
    while not sender.done:
        heard += "".join(e.digit for e in receiver.step(sender.frame(160)[None, :], ALL) if e.end_sample is None)
    assert heard == "0123456789*#"
    assert not sender.frame(160).any()


def test_sender_refuses_other_characters() -> None:
    with pytest.raises(ValueError, match="DTMF digit"):
        DtmfSender("12X")
