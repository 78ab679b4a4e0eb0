"""The simulated exchange as the telephone line of a simulated modem."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from drivers.bank import Listen, PortBank
from drivers.base import FRAME_SAMPLES, ReleaseLine, SeizeLine
from drivers.dsp.toneplan import load_tone_plan
from drivers.signals import (
    CallerIdReceived,
    DigitPressed,
    DigitReleased,
    LoopLost,
    PolarityReversed,
    RingStarted,
    Signal,
    Tone,
    ToneHeard,
)
from drivers.sim.card import SimCard
from drivers.sim.profile import LineProfile

_TONE_LETTERS = {Tone.BUSY: b"b", Tone.DIAL: b"d", Tone.CONGESTION: b"K", Tone.RINGBACK: b"r"}


class ExchangeLine:
    """One line of `card.exchange`. The modem's chip hears by the box's own detectors."""

    def __init__(self, profile: LineProfile | None = None) -> None:
        self.card = SimCard(lines=[profile or LineProfile()], stations=0, paced=False)
        self.port = self.card.ports[0].port
        self._bank = PortBank([self.card], load_tone_plan("cn"), virtual=True)
        self._bank.open()
        self._off_hook = False
        self._rx = np.zeros((1, FRAME_SAMPLES), np.int16)

    def step(self, said: NDArray[np.int16] | None, *, off_hook: bool) -> tuple[NDArray[np.int16], list[bytes]]:
        if off_hook is not self._off_hook:
            self._off_hook = off_hook
            self._bank.command(self.port, SeizeLine() if off_hook else ReleaseLine())
            self._bank.listen_for(self.port, Listen.DTMF | Listen.TONES if off_hook else Listen.NOTHING)
        self._bank.read(self._rx)
        heard = self._rx[0].copy()
        noticed = [word for signal in self._bank.listen(self._rx) for word in _words(signal)]
        self._bank.write(np.zeros_like(self._rx) if said is None else said.reshape(1, -1))
        return heard, noticed


_WORDS: dict[type[Signal], list[bytes]] = {RingStarted: [b"RING"], LoopLost: [b"l"], PolarityReversed: [b"L"]}


def _words(signal: Signal) -> list[bytes]:
    match signal:
        case CallerIdReceived(number=number, name=name, sent_at=at):
            stamp = [f"DATE={at[:4]}".encode(), f"TIME={at[4:]}".encode()] if at else []
            return [*stamp, f"NMBR={number or 'O'}".encode(), *([f"NAME={name}".encode()] if name else [])]
        case DigitPressed(digit=digit):
            return [b"/", digit.encode()]
        case DigitReleased(digit=digit):
            return [digit.encode(), b"~"]
        case ToneHeard(tone=tone):
            return [_TONE_LETTERS[tone]] if tone in _TONE_LETTERS else []
        case _:
            return _WORDS.get(type(signal), [])
