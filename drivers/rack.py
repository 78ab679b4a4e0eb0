"""The cards of a box: which are there, which is the clock, and what is wrong with each port.

What: `CardRack` opens, reads and writes all cards. A card that is absent, or goes away in mid-call, is a `PortFault` on
    each of its ports and silence; the others go on. It is tried again until it is back: `PortRecovered`.
How: the first card that is there is the clock (`LineCard.keeps_time`); without any, time goes on by itself.
    Opening takes as long as it takes, so that a thread does it, which lives while a card is away and no longer.
Limits: `read`, `write` and `command` belong to the tick thread; `wake` and `states` may come from any.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from drivers.base import (
    CardAbsentError,
    CardBusyError,
    CardError,
    CardLostError,
    Frames,
    LineCard,
    PortCommand,
    PortId,
    PortInfo,
)
from drivers.pace import FramePace
from drivers.signals import FaultKind, PortFault, PortRecovered, Signal

log = logging.getLogger(__name__)

TRY_AGAIN_S = 1.0
LONGEST_PAUSE_S = 10.0
"""Between tries of a card that stays away: trying may cost a process, and `wake` cuts it short."""
_TRY_AGAIN_FRAMES = 50
_LONGEST_OPENING_S = 2.0
"""`close` waits so long for a card that is just being opened."""


@dataclass(frozen=True, slots=True)
class PortState:
    """One socket as it is now."""

    info: PortInfo
    fault: PortFault | None


@dataclass(frozen=True, slots=True)
class CardState:
    """One card as it is now."""

    name: str
    identity: str
    """Of the piece that is (or was) there, empty while none is known."""
    there: bool
    ports: tuple[PortState, ...]


class _Slot:
    """A card and its place in the frames. `there` is the tick's word, `opened` the opening thread's."""

    def __init__(self, card: LineCard, rows: slice) -> None:
        self.card = card
        self.rows = rows
        self.there = False
        self.opened = False
        """It was opened, and the tick has not noticed yet."""
        self.why = ""
        """The last sentence about its absence."""


class CardRack:
    """Life as a card's: `open` → (`read` → `write`)* → `close`."""

    def __init__(self, cards: Sequence[LineCard], *, beside: bool = True) -> None:
        """`beside`: absent cards are opened by a thread, and time passes; False: inline, for virtual time."""
        starts = np.cumsum([0] + [len(card.ports) for card in cards])
        self.spans = [slice(int(begin), int(end)) for begin, end in pairwise(starts)]
        """The rows of each card."""
        self._slots = [_Slot(card, span) for card, span in zip(cards, self.spans, strict=True)]
        self._slot_of_row = [slot for slot in self._slots for _ in slot.card.ports]
        self._beside = beside
        self._pace = FramePace()
        self._news: deque[tuple[_Slot, CardError | None]] = deque()
        """What came of opening, for the tick: the error, or None."""
        self._signals: list[Signal] = []
        self._faults: dict[PortId, PortFault] = {}
        self._thread: threading.Thread | None = None
        self._wake = threading.Event()
        self._closing = False
        self._reads = 0

    def open(self) -> None:
        """Open the cards that are there; the others are faults of their ports and tried again."""
        self._closing = False
        for slot in self._slots:
            self._try_to_open(slot)
        self._take_news(0)

    def close(self) -> None:
        """Close all cards; safe to call twice."""
        self._closing = True
        self._wake.set()
        if self._thread is not None:
            self._thread.join(_LONGEST_OPENING_S)
            self._thread = None
        for slot in self._slots:
            slot.there = slot.opened = False
            slot.card.close()

    def read(self, rx: Frames, at_frame: int) -> list[Signal]:
        """Block until the next frame of every port is in `rx`; what the cards, and the rack itself, have to report."""
        self._take_news(at_frame)
        signals, self._signals = self._signals, []
        clocked = False
        for slot in self._slots:
            if slot.there:
                try:
                    signals += slot.card.read(rx[slot.rows])
                    clocked = clocked or slot.card.keeps_time
                    continue
                except (CardLostError, OSError) as error:
                    self._lose(slot, error, at_frame)
            rx[slot.rows] = 0
        if not clocked and self._beside:
            self._pace.wait()
        self._reads += 1
        if self._reads % _TRY_AGAIN_FRAMES == 0 and self._absent_slots():
            self._see_to_absent()
        self._note(signals)
        return signals

    def write(self, tx: Frames, at_frame: int) -> None:
        """Send one frame to every port that is there."""
        for slot in self._slots:
            if slot.there:
                try:
                    slot.card.write(tx[slot.rows])
                except (CardLostError, OSError) as error:
                    self._lose(slot, error, at_frame)

    def command(self, row: int, port: PortId, command: PortCommand, at_frame: int) -> None:
        """Pass `command` on; one to a card that is away is forgotten, its fault has been told. Raises `CardError`."""
        slot = self._slot_of_row[row]
        if not slot.there:
            return
        try:
            slot.card.command(port, command)
        except (CardLostError, OSError) as error:
            self._lose(slot, error, at_frame)

    def wake(self) -> None:
        """Something was plugged in: try at once what is away."""
        self._wake.set()

    def states(self) -> tuple[CardState, ...]:
        """Every card, in the order of the settings."""
        faults = dict(self._faults)
        return tuple(
            CardState(
                slot.card.name,
                slot.card.identity,
                slot.there and not all(_lost(faults.get(info.port)) for info in slot.card.ports),
                tuple(PortState(info, faults.get(info.port)) for info in slot.card.ports),
            )
            for slot in self._slots
        )

    # --- coming and going -----------------------------------------------------------------------------------------

    def _take_news(self, at_frame: int) -> None:
        """What the opening thread found out becomes true for the tick."""
        while self._news:
            slot, error = self._news.popleft()
            if error is not None:
                self._absent(slot, error, at_frame)
                continue
            slot.there, slot.opened, slot.why = True, False, ""
            ports = [info.port for info in slot.card.ports if info.port in self._faults]
            self._tell([PortRecovered(port, at_frame) for port in ports])
            self._appoint_clock()

    def _lose(self, slot: _Slot, error: CardError | OSError, at_frame: int) -> None:
        slot.there = False
        self._appoint_clock()
        lost = error if isinstance(error, CardError) else CardLostError(f"板卡 {slot.card.name} 读写出错：{error}。")
        self._absent(slot, lost, at_frame)

    def _absent(self, slot: _Slot, error: CardError, at_frame: int) -> None:
        if str(error) != slot.why:
            slot.why = str(error)
            kind = FaultKind.BUSY_ELSEWHERE if isinstance(error, CardBusyError) else FaultKind.CARD_LOST
            self._tell([PortFault(info.port, at_frame, kind, slot.why) for info in slot.card.ports])

    def _appoint_clock(self) -> None:
        there = [slot.card for slot in self._slots if slot.there]
        for card in there:
            card.keeps_time = card is there[0]
        self._pace.restart()

    def _tell(self, signals: Sequence[Signal]) -> None:
        self._signals += signals
        self._note(signals)

    def _note(self, signals: Sequence[Signal]) -> None:
        for signal in signals:
            if isinstance(signal, PortFault):
                self._faults[signal.port] = signal
            elif isinstance(signal, PortRecovered):
                self._faults.pop(signal.port, None)

    # --- opening, beside the tick ---------------------------------------------------------------------------------

    def _absent_slots(self) -> list[_Slot]:
        return [slot for slot in self._slots if not slot.there and not slot.opened]

    def _see_to_absent(self) -> None:
        if not self._beside:
            self._try_absent()
        elif self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._keep_trying, name="cards", daemon=True)
            self._thread.start()

    def _keep_trying(self) -> None:
        pause_s = TRY_AGAIN_S
        while self._absent_slots() and not self._closing:
            self._try_absent()
            pause_s = TRY_AGAIN_S if self._wake.wait(pause_s) else min(2 * pause_s, LONGEST_PAUSE_S)
            self._wake.clear()

    def _try_absent(self) -> None:
        for slot in self._absent_slots():
            slot.card.close()  # what is left of it
            self._try_to_open(slot)

    def _try_to_open(self, slot: _Slot) -> None:
        try:
            slot.card.open()
        except CardError as error:
            self._news.append((slot, error))
        except Exception as error:
            log.exception("card %s could not be opened", slot.card.name)
            self._news.append((slot, CardAbsentError(f"板卡 {slot.card.name} 打不开：{error}。")))
        else:
            slot.opened = True
            self._news.append((slot, None))


def _lost(fault: PortFault | None) -> bool:
    return fault is not None and fault.fault in {FaultKind.CARD_LOST, FaultKind.BUSY_ELSEWHERE}
