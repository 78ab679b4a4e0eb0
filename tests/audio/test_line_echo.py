"""The echo of our own prompt on the lines of a bank: taken out before digits, tones, bridges and recordings."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from drivers.bank import Listen, PortBank
from drivers.base import FRAME_SAMPLES, Frames, PortId, ReleaseLine, SeizeLine
from drivers.dsp.level import level_dbm0
from drivers.dsp.toneplan import load_tone_plan
from drivers.dsp.tones import ToneGenerator, dtmf_samples
from drivers.hangup import HangUpProfile
from drivers.signals import DigitPressed, FarEndHungUp, Signal
from tests.audio.echo_path import composite_source, hybrid, on_line
from tests.unit.scripted_card import ScriptedCard

LINE, PHONE = PortId("card/1"), PortId("card/2")
PROMPT = on_line(composite_source(14.0, 1, -12.0))
LOUD_PATH = hybrid(6.0, 30, 4)


class EchoingCard(ScriptedCard):
    """What the far end says (row 0) comes with the echo of what was written, one frame and `delay` samples later."""

    def __init__(self, delay_samples: int = 0) -> None:
        super().__init__()
        self.echo_delay_samples = delay_samples
        self._path = np.concatenate((np.zeros(delay_samples), LOUD_PATH))
        self._past = np.zeros(self._path.size + FRAME_SAMPLES)

    def read(self, rx: Frames) -> list[Signal]:
        signals = super().read(rx)
        echo = np.convolve(self._past, self._path, mode="valid")[-FRAME_SAMPLES:]
        rx += np.rint(echo).astype(np.int16)
        return signals

    def write(self, tx: Frames) -> None:
        self._past = np.concatenate((self._past[FRAME_SAMPLES:], tx[0].astype(np.float64)))


def prompted(card: EchoingCard, bank: PortBank, seconds: float) -> tuple[list[Signal], NDArray[np.int16]]:
    """Play the prompt to both ports; the signals and all that was heard, shape `[port, sample]`."""
    signals: list[Signal] = []
    heard = []
    for index in range(round(seconds * 50)):
        rx = np.zeros((2, FRAME_SAMPLES), np.int16)
        bank.read(rx)
        signals += bank.listen(rx)
        heard.append(rx)
        bank.write(np.tile(PROMPT[index * FRAME_SAMPLES : (index + 1) * FRAME_SAMPLES], (2, 1)))
    return signals, np.concatenate(heard, axis=1)


def off_hook(card: EchoingCard) -> PortBank:
    bank = PortBank([card], load_tone_plan("cn"))
    bank.open()
    bank.command(LINE, SeizeLine())
    return bank


@pytest.mark.parametrize("delay_samples", [0, 320])
def test_the_echo_of_the_prompt_is_gone_from_the_line_and_the_phone_is_left_alone(delay_samples: int) -> None:
    card = EchoingCard(delay_samples)
    _, heard = prompted(card, off_hook(card), 6.0)
    line, phone = (level_dbm0(row[4 * 8000 :]) for row in heard)
    assert phone > -22.0
    assert line < phone - 24.0


def test_switched_off_or_on_hook_nothing_is_cancelled() -> None:
    for ends in (lambda bank: bank.cancel_echo(LINE, on=False), lambda bank: bank.command(LINE, ReleaseLine())):
        card = EchoingCard()
        bank = off_hook(card)
        ends(bank)
        _, heard = prompted(card, bank, 2.0)
        assert np.array_equal(heard[0], heard[1])


def test_a_weak_digit_is_found_over_the_prompt_from_the_first_seconds_on() -> None:
    card = EchoingCard()
    said = np.zeros(12 * 8000, np.int16)
    digits = "123456789"
    for index, digit in enumerate(digits):
        begin = round((1.0 + 1.1 * index) * 8000)
        tone = dtmf_samples(digit, on_ms=80, level_dbm0=-24.0)
        said[begin : begin + tone.size] = tone
    card.said[0] = said
    bank = off_hook(card)
    bank.listen_for(LINE, Listen.DTMF)
    signals, _ = prompted(card, bank, 12.0)
    assert "".join(signal.digit for signal in signals if isinstance(signal, DigitPressed)) == digits


def test_busy_tone_is_found_beneath_a_louder_prompt_echo() -> None:
    card = EchoingCard()
    busy = ToneGenerator((450,), -22.0, (0.35, 0.35)).frame(8 * 8000)
    card.said[0] = np.concatenate((np.zeros(4 * 8000, np.int16), busy))
    bank = off_hook(card)
    bank.watch_hang_up(LINE, HangUpProfile())
    signals, _ = prompted(card, bank, 10.0)
    hung_up = [signal for signal in signals if isinstance(signal, FarEndHungUp)]
    assert [signal.at_frame * 0.02 < 4.0 + 4.0 for signal in hung_up] == [True]


class CancellingCard(EchoingCard):
    """Says that it cancels, and does not: what stays in shows that nobody else did."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[tuple[PortId, bool]] = []

    def cancel_echo(self, port: PortId, *, on: bool) -> bool:
        self.told.append((port, on))
        return True


def test_a_card_with_a_canceller_of_its_own_is_left_to_it() -> None:
    card = CancellingCard()
    bank = off_hook(card)
    _, heard = prompted(card, bank, 3.0)
    assert level_dbm0(heard[0, 8000:]) > -25.0
    bank.cancel_echo(LINE, False)
    bank.cancel_echo(LINE, True)
    bank.command(LINE, ReleaseLine())
    bank.command(LINE, SeizeLine())
    assert card.told == [(LINE, True), (LINE, False), (LINE, True), (LINE, False), (LINE, True)]
