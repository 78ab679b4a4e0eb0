"""Echo cancellation on the lines of all cards: what the bank sends comes out of what it hears, while off hook.

What: `LineEcho.clean` takes the echo of the frames sent before out of the rows of off-hook lines, in place. A line
    whose card does that by itself (`LineCard.cancel_echo`) is left to the card.
How: one `EchoCanceller` per card that has lines and knows its delay. A line is cancelled from `off_hook` to
    `on_hook` unless it was switched off; each call learns its path afresh, because the far end's hybrid is part of it.
Limits: see `drivers/dsp/echo.py`. Phones are not cancelled: their echo is inside the box and too early to be heard.
Cost: nothing while every line is on hook; about 12 µs a frame for a line to which something is sent, 1 µs for others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from drivers.base import FRAME_SAMPLES, Frames, LineCard, PortKind
from drivers.dsp.echo import EchoCanceller


@dataclass(frozen=True, slots=True)
class _CardEcho:
    """The lines of one card: rows of the bank, in a row, and their canceller."""

    rows: slice
    canceller: EchoCanceller


class LineEcho:
    """Cancels on every line of a bank's rows."""

    def __init__(self, cards: Sequence[LineCard], spans: Sequence[slice]) -> None:
        """`spans[n]` are the rows of `cards[n]`. Raises `ValueError` for a card's delay outside 0 … 800 samples."""
        self._cards = [
            _CardEcho(span, EchoCanceller(len(card.ports), card.echo_delay_samples))
            for card, span in zip(cards, spans, strict=True)
            if card.echo_delay_samples is not None and any(info.kind is PortKind.FXO for info in card.ports)
        ]
        self._owners = [(card, info) for card in cards for info in card.ports]
        count = len(self._owners)
        self._enabled = np.ones(count, dtype=np.bool_)
        self._off_hook = np.zeros(count, dtype=np.bool_)
        self._wanted: NDArray[np.bool_] = np.zeros(count, dtype=np.bool_)
        self._by_card = np.zeros(count, dtype=np.bool_)
        self._armed: NDArray[np.bool_] = np.zeros(count, dtype=np.bool_)
        self._sent = np.zeros((count, FRAME_SAMPLES), dtype=np.int16)
        self._any = False

    def enable(self, row: int, on: bool) -> None:
        """Cancel on this line when it is off hook, or never."""
        self._enabled[row] = on
        self._rearm()

    def off_hook(self, row: int) -> None:
        """A call begins; phones are passed over."""
        if self._owners[row][1].kind is PortKind.FXO:
            self._off_hook[row] = True
            self._rearm()

    def on_hook(self, row: int) -> None:
        """The call is over; what was learnt of its path is forgotten."""
        self._off_hook[row] = False
        self._rearm()

    def note_sent(self, tx: Frames) -> None:
        """Take what has just been sent to all rows."""
        if self._any:
            self._sent[...] = tx

    def clean(self, rx: Frames) -> None:
        """Cancel in the frame read after the one noted last, in place."""
        if not self._any:
            return
        for card in self._cards:
            rows = card.rows
            if self._armed[rows].any():
                rx[rows] = card.canceller.step(rx[rows], self._sent[rows], self._armed[rows])

    def _rearm(self) -> None:
        wanted = self._enabled & self._off_hook
        for row in np.flatnonzero(wanted != self._wanted):
            card, info = self._owners[row]
            self._by_card[row] = card.cancel_echo(info.port, on=bool(wanted[row]))
        self._wanted = wanted
        armed = wanted & ~self._by_card
        for each in self._cards:
            for row in np.flatnonzero(armed[each.rows] & ~self._armed[each.rows]):
                each.canceller.reset(int(row))
                self._sent[each.rows.start + row] = 0
        self._armed = armed
        self._any = bool(armed.any())
