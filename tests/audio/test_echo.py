"""The echo canceller: how much it takes away, how fast, and that a second talker does not spoil it."""

from __future__ import annotations

import numpy as np
import pytest

from drivers.dsp.echo import EchoCanceller
from drivers.dsp.tones import dtmf_samples
from tests.audio.echo_path import cancelled, composite_source, hybrid, loss_db
from tests.audio.tone_cells import speech_like


@pytest.mark.parametrize(("return_loss_db", "delay", "seed"), [(10.0, 40, 1), (7.0, 100, 2), (12.0, 0, 3)])
def test_echo_is_down_24_db_after_three_seconds(return_loss_db: float, delay: int, seed: int) -> None:
    far = composite_source(8.0, seed)
    echo, left = cancelled(far, np.zeros_like(far), hybrid(return_loss_db, delay, seed))
    assert loss_db(echo, left, 3.0, 8.0) >= 24.0


def test_double_talk_does_not_make_it_diverge() -> None:
    far = composite_source(12.0, 1)
    near = speech_like(12.0, np.random.default_rng(2), -16.0)
    near[: 5 * 8000] = near[9 * 8000 :] = 0
    echo, left = cancelled(far, near, hybrid(10.0, 40, 5))
    before, during, after = (loss_db(echo, left, *span) for span in ((3.0, 5.0), (5.0, 9.0), (9.0, 12.0)))
    assert before >= 22.0
    assert during >= before - 6.0
    assert after >= 22.0


@pytest.mark.parametrize("offset_ms", [0, 20, 40, 60, 100])
def test_keys_of_both_ends_at_once_never_make_it_louder(offset_ms: int) -> None:
    far = dtmf_samples("963#8520147*963" * 2, 100.0, 100.0).astype(np.float64)
    near = 0.63 * dtmf_samples("147*2580369#123" * 2, 100.0, 100.0).astype(np.float64)
    near = np.roll(near, offset_ms * 8)
    echo, left = cancelled(far, near, hybrid(18.0, 10, 7))
    received = np.sqrt(np.mean((echo + near).reshape(-1, 160) ** 2, axis=1))
    passed_on = np.sqrt(np.mean((left + near).reshape(-1, 160) ** 2, axis=1))
    assert np.all(passed_on <= 1.25 * received + 30.0)


def test_with_nothing_sent_the_line_passes_unchanged() -> None:
    received = np.random.default_rng(1).integers(-20000, 20000, (2, 160)).astype(np.int16)
    canceller = EchoCanceller(2)
    for _ in range(20):
        assert np.array_equal(canceller.step(received, np.zeros_like(received), np.ones(2, np.bool_)), received)


def test_a_port_that_is_not_armed_passes_unchanged_and_reset_forgets() -> None:
    far = np.random.default_rng(1).normal(0, 3000, (100, 2, 160)).astype(np.int16)
    canceller = EchoCanceller(2)
    armed = np.array([True, False])
    for frame in far:
        cleaned = canceller.step(frame // 2, frame, armed)
        assert np.array_equal(cleaned[1], frame[1] // 2)
    assert np.abs(cleaned[0]).max() < np.abs(far[-1][0] // 2).max() / 4
    canceller.reset(0)
    assert np.array_equal(canceller.step(far[0] // 2, far[0], armed)[0], far[0][0] // 2)


def test_a_known_delay_of_the_card_is_made_up_for() -> None:
    rng = np.random.default_rng(4)
    sent = rng.normal(0, 3000, 4 * 8000)
    received = np.concatenate((np.zeros(500), 0.3 * sent[:-500]))
    for delay, works in ((480, True), (0, False)):
        canceller = EchoCanceller(1, delay)
        for begin in range(0, sent.size - 159, 160):
            part = slice(begin, begin + 160)
            frames = received[np.newaxis, part].astype(np.int16), sent[np.newaxis, part].astype(np.int16)
            cleaned = canceller.step(*frames, np.ones(1, np.bool_))
        assert bool(np.std(cleaned) < 0.1 * np.std(frames[0])) is works


def test_delay_out_of_range() -> None:
    with pytest.raises(ValueError, match="801"):
        EchoCanceller(1, 801)
