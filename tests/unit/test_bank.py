"""All cards on one clock, with the real detectors on real tones."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from drivers.bank import Listen, PortBank
from drivers.base import CardLostError, FlashLine, PortId, ReleaseLine, SeizeLine
from drivers.dsp.callerid_send import dtmf_burst, fsk_burst
from drivers.dsp.toneplan import load_tone_plan
from drivers.dsp.tones import ToneGenerator, dtmf_samples
from drivers.hangup import HangUpProfile
from drivers.signals import (
    CallerIdModulation,
    CallerIdReceived,
    DigitPressed,
    DigitReleased,
    FarEndAnswered,
    FarEndHungUp,
    HangUpEvidence,
    LoopBack,
    LoopLost,
    PauseHeard,
    PolarityReversed,
    RingStarted,
    Signal,
    Tone,
    ToneHeard,
)
from tests.unit.scripted_card import ScriptedCard

LINE = PortId("card/1")
PHONE = PortId("card/2")
RATE = 8000


def seconds_of(seconds: float) -> NDArray[np.int16]:
    return np.zeros(round(seconds * RATE), np.int16)


def busy(seconds: float) -> NDArray[np.int16]:
    return ToneGenerator((450,), -15.0, (0.35, 0.35)).frame(round(seconds * RATE))


def noise(seconds: float, level: float) -> NDArray[np.int16]:
    return (np.random.default_rng(1).standard_normal(round(seconds * RATE)) * level).astype(np.int16)


def bank_of(*cards: ScriptedCard) -> PortBank:
    bank = PortBank(cards, load_tone_plan("cn"))
    bank.open()
    return bank


def run(bank: PortBank, frames: int) -> list[Signal]:
    rx = np.zeros((len(bank.ports), 160), np.int16)
    signals: list[Signal] = []
    for _ in range(frames):
        bank.read(rx)
        signals += bank.listen(rx)
        bank.write(np.zeros_like(rx))
    return signals


def verdicts(signals: list[Signal]) -> list[FarEndHungUp]:
    return [signal for signal in signals if isinstance(signal, FarEndHungUp)]


def test_busy_tone_ends_a_watched_line_after_three_cycles() -> None:
    card = ScriptedCard()
    card.said[0] = np.concatenate((seconds_of(1), busy(8)))
    bank = bank_of(card)
    bank.command(LINE, SeizeLine())
    bank.watch_hang_up(LINE, HangUpProfile())
    signals = run(bank, 400)
    (verdict,) = verdicts(signals)
    assert verdict.evidence is HangUpEvidence.BUSY_TONE
    assert abs(verdict.since_frame - 50) <= 2
    assert 105 <= verdict.at_frame - 50 <= 110
    assert not [signal for signal in signals if isinstance(signal, ToneHeard)], "tones were not asked for"


def test_dial_tone_ends_a_watched_line_after_three_seconds_and_not_before() -> None:
    card = ScriptedCard()
    card.said[0] = ToneGenerator((450,), -15.0).frame(4 * RATE)
    bank = bank_of(card)
    bank.command(LINE, SeizeLine())
    bank.watch_hang_up(LINE, HangUpProfile())
    (verdict,) = verdicts(run(bank, 200))
    assert verdict.evidence is HangUpEvidence.DIAL_TONE
    assert 150 <= verdict.at_frame <= 155


def test_a_held_note_on_a_connected_line_is_neither_dial_tone_nor_a_hang_up() -> None:
    card = ScriptedCard()
    card.said[0] = np.concatenate((ToneGenerator((440,), -15.0).frame(round(2.9 * RATE)), seconds_of(1)))
    bank = bank_of(card)
    bank.command(LINE, SeizeLine())
    bank.listen_for(LINE, Listen.TONES)
    bank.watch_hang_up(LINE, HangUpProfile())
    assert run(bank, 190) == []


def test_two_cycles_of_busy_are_not_enough_and_an_unwatched_line_is_left_alone() -> None:
    short = ScriptedCard()
    short.said[0] = busy(1.4)
    bank = bank_of(short)
    bank.watch_hang_up(LINE, HangUpProfile())
    assert verdicts(run(bank, 300)) == []
    unwatched = ScriptedCard()
    unwatched.said[0] = busy(6)
    assert verdicts(run(bank_of(unwatched), 300)) == []


def test_a_watch_that_begins_in_the_middle_of_busy_tone_still_finds_it() -> None:
    card = ScriptedCard()
    card.said[0] = busy(9)
    bank = bank_of(card)
    bank.command(LINE, SeizeLine())
    bank.listen_for(LINE, Listen.TONES)
    assert [signal.tone for signal in run(bank, 200) if isinstance(signal, ToneHeard)] == [Tone.BUSY]
    bank.watch_hang_up(LINE, HangUpProfile())
    (verdict,) = verdicts(run(bank, 150))
    assert (verdict.since_frame, verdict.at_frame) == (199, 304)


def test_release_ends_the_watch_and_listening() -> None:
    card = ScriptedCard()
    card.said[0] = np.concatenate((busy(6), dtmf_samples("5")))
    bank = bank_of(card)
    bank.command(LINE, SeizeLine())
    bank.watch_hang_up(LINE, HangUpProfile())
    bank.listen_for(LINE, Listen.DTMF | Listen.TONES | Listen.PAUSE)
    bank.command(LINE, ReleaseLine())
    assert run(bank, 500) == []


def test_polarity_and_loop_give_their_verdicts() -> None:
    card = ScriptedCard()
    card.happens[10] = [PolarityReversed(LINE, 10)]
    card.happens[100] = [LoopLost(LINE, 100)]
    card.happens[110] = [LoopBack(LINE, 110)]
    card.happens[200] = [LoopLost(LINE, 200)]
    bank = bank_of(card)
    bank.watch_hang_up(LINE, HangUpProfile())
    (verdict,) = verdicts(run(bank, 300))
    assert (verdict.evidence, verdict.since_frame, verdict.at_frame) == (HangUpEvidence.LOOP_BREAK, 200, 213)

    card = ScriptedCard()
    card.happens[40] = [PolarityReversed(LINE, 40)]
    bank = bank_of(card)
    bank.watch_hang_up(LINE, HangUpProfile())
    (verdict,) = verdicts(run(bank, 100))
    assert (verdict.evidence, verdict.at_frame) == (HangUpEvidence.POLARITY, 40)


def test_a_flash_of_ours_does_not_end_the_call() -> None:
    card = ScriptedCard()
    card.happens[1] = [LoopLost(LINE, 1)]
    card.happens[26] = [LoopBack(LINE, 26)]
    bank = bank_of(card)
    bank.watch_hang_up(LINE, HangUpProfile())
    bank.command(LINE, FlashLine(duration_ms=500))
    assert verdicts(run(bank, 100)) == []


def test_answer_by_polarity_is_certain_and_is_not_taken_for_a_hang_up() -> None:
    card = ScriptedCard()
    card.happens[100] = [PolarityReversed(LINE, 100)]
    card.happens[400] = [PolarityReversed(LINE, 400)]
    bank = bank_of(card)
    bank.listen_for(LINE, Listen.ANSWER_BY_POLARITY)
    bank.watch_hang_up(LINE, HangUpProfile())
    signals = run(bank, 450)
    assert FarEndAnswered(LINE, 100, certain=True) in signals
    assert verdicts(signals) == [FarEndHungUp(LINE, 400, HangUpEvidence.POLARITY, 400)]


def test_answer_is_inferred_from_voice_after_ringback() -> None:
    card = ScriptedCard()
    ringback = ToneGenerator((450,), -15.0, (1.0, 4.0)).frame(7 * RATE)
    card.said[0] = np.concatenate((ringback, noise(4, 2000)))
    bank = bank_of(card)
    bank.command(LINE, SeizeLine())
    bank.listen_for(LINE, Listen.ANSWER | Listen.TONES)
    signals = run(bank, 550)
    (answer,) = [signal for signal in signals if isinstance(signal, FarEndAnswered)]
    assert not answer.certain
    assert 350 <= answer.at_frame <= 420
    assert [signal.tone for signal in signals if isinstance(signal, ToneHeard)] == [Tone.RINGBACK]


def test_silence_ends_a_line_when_the_profile_says_so() -> None:
    card = ScriptedCard()
    card.said[0] = np.concatenate((noise(3, 2000), noise(20, 8)))
    bank = bank_of(card)
    bank.watch_hang_up(LINE, HangUpProfile(silence_s=10))
    (verdict,) = verdicts(run(bank, 800))
    assert verdict.evidence is HangUpEvidence.SILENCE
    assert 649 <= verdict.at_frame <= 651


def test_pause_of_a_voicemail() -> None:
    card = ScriptedCard()
    card.said[0] = np.concatenate((noise(2, 2000), noise(10, 8)))
    bank = bank_of(card)
    bank.listen_for(LINE, Listen.PAUSE, pause_s=3.0)
    (pause,) = run(bank, 500)
    assert isinstance(pause, PauseHeard)
    assert (pause.since_frame, pause.at_frame) == (99, 249)


def test_digits_only_where_listened_for() -> None:
    card = ScriptedCard(phones=2)
    said = np.concatenate((seconds_of(0.1), dtmf_samples("4#", on_ms=100, off_ms=100)))
    card.said = {0: said, 1: said, 2: said}
    bank = bank_of(card)
    bank.command(LINE, SeizeLine())
    bank.listen_for(PHONE, Listen.DTMF)
    signals = run(bank, 50)
    assert {signal.port for signal in signals} == {PHONE}
    assert [signal.digit for signal in signals if isinstance(signal, DigitPressed)] == ["4", "#"]
    released = [signal for signal in signals if isinstance(signal, DigitReleased)]
    assert [signal.digit for signal in released] == ["4", "#"]
    assert all(90 <= signal.duration_ms <= 110 for signal in released)


@pytest.mark.parametrize(
    "modulation", [each for each in CallerIdModulation if each is not CallerIdModulation.BY_DEVICE]
)
def test_caller_id_is_heard_on_every_line_on_hook(modulation: CallerIdModulation) -> None:
    burst = (
        dtmf_burst("13905620001")
        if modulation is CallerIdModulation.DTMF
        else fsk_burst("13905620001", modulation=modulation)
    )
    card = ScriptedCard(lines=2, phones=0)
    said = np.concatenate((seconds_of(1.0), burst, seconds_of(2.0)))
    card.said = {0: said, 1: said}
    card.happens[0] = [RingStarted(LINE, 0)]
    bank = bank_of(card)
    bank.command(PHONE, SeizeLine())
    signals = run(bank, 300)
    received = [signal for signal in signals if isinstance(signal, CallerIdReceived)]
    assert [(signal.port, signal.number, signal.modulation) for signal in received] == [
        (LINE, "13905620001", modulation)
    ]


def test_cards_share_one_frame_and_one_count() -> None:
    one, two = ScriptedCard("a", lines=1, phones=0), ScriptedCard("b", lines=1, phones=1)
    one.said[0] = np.full(320, 1, np.int16)
    two.said[0], two.said[1] = np.full(320, 2, np.int16), np.full(320, 3, np.int16)
    two.happens[0] = [RingStarted(PortId("b/1"), 977)]
    bank = bank_of(one, two)
    rx = np.zeros((3, 160), np.int16)
    bank.read(rx)
    assert rx[:, 0].tolist() == [1, 2, 3]
    assert bank.listen(rx) == [RingStarted(PortId("b/1"), 0)]
    bank.write(np.array([[7], [8], [9]], np.int16) * np.ones((1, 160), np.int16))
    assert one.written[0][:, 0].tolist() == [7]
    assert two.written[0][:, 0].tolist() == [8, 9]
    bank.command(PortId("b/1"), SeizeLine())
    assert (one.commands, two.commands) == ([], [(PortId("b/1"), SeizeLine())])


def test_two_cards_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="same name"):
        PortBank([ScriptedCard("a"), ScriptedCard("a")], load_tone_plan("cn"))


def test_a_lost_card_is_silent() -> None:
    card = ScriptedCard()
    card.said[0] = np.full(3200, 5000, np.int16)
    bank = bank_of(card)
    run(bank, 1)
    card.breaks = CardLostError("gone")
    rx = np.ones((2, 160), np.int16)
    bank.read(rx)
    assert not rx.any()
