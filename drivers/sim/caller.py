"""A person somewhere in the telephone network: calls the hotline, or is called by the box."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from drivers.base import PortId
from drivers.sim.party import Party
from drivers.sim.profile import CallerIdSending, HangUpShown
from drivers.sim.sounds import BUSY_CADENCE_S, RINGBACK_CADENCE_S, Loop, tone_loop

if TYPE_CHECKING:
    from drivers.sim.exchange import Exchange
    from drivers.sim.placed import PlacedCall


class CallerState(StrEnum):
    """What this person's own exchange tells them."""

    IDLE = "idle"
    RINGING_OUT = "ringing_out"
    TALKING = "talking"
    BUSY = "busy"
    """No line was free, or the number is busy."""
    HUNG_UP = "hung_up"
    """The box hung up first; busy tone until the receiver goes down."""
    RINGING = "ringing"
    """The box calls this number."""


class OutsideCaller(Party):
    """An outside telephone. Levels and tones are those of its own exchange; the line model lies in between."""

    def __init__(self, exchange: Exchange, label: str = "", number: str = "") -> None:
        """A phone on `exchange`; with `number` the box can call it and its bell rings until `answer`."""
        super().__init__()
        self.label = label
        self.number = number
        self.state = CallerState.IDLE
        self.placed: PlacedCall | None = None
        """The current call, or the last one."""
        self.caller_id: CallerIdSending | None = None
        """How this caller's number is sent; None: as the line's exchange does it."""
        self.hang_up_shown: HangUpShown | None = None
        """How this caller's hang-up is shown; None: as the line's exchange does it."""
        self._exchange = exchange
        self._tone: Loop | None = None
        self._tone_from = 0

    @property
    def off_hook(self) -> bool:
        """The receiver is lifted."""
        return self.state not in (CallerState.IDLE, CallerState.RINGING)

    def call(self, number: str, line: PortId | None = None, *, name: str = "", call_id: str = "") -> PlacedCall:
        """Call the hotline as `number` (empty: withheld) over `line`, or over the one that has been free longest.

        Raises `CardError` when the phone is in use or `line` is no outside line.
        """
        return self._exchange.place(self, number, line, name=name, call_id=call_id)

    def answer(self) -> None:
        """Lift the receiver of a ringing phone; does nothing otherwise."""
        if self.state is CallerState.RINGING:
            self._exchange.far_end_answers(self)

    def hang_up(self) -> None:
        """Put the receiver down; does nothing when it is down."""
        if self.off_hook:
            self._exchange.far_end_hangs_up(self)

    def lose_call(self) -> None:
        """The box went on hook."""
        self.enter(CallerState.IDLE if self.state is CallerState.RINGING else CallerState.HUNG_UP)

    def enter(self, state: CallerState) -> None:
        """The exchange tells this phone what is the matter."""
        self.state = state
        self._tone_from = self._exchange.frame
        self._tone = None
        if state is CallerState.RINGING_OUT:
            self._tone = tone_loop(RINGBACK_CADENCE_S)
        elif state in (CallerState.BUSY, CallerState.HUNG_UP):
            self._tone = tone_loop(BUSY_CADENCE_S)
        if not self.off_hook:
            self.mouth.stop()
            self.ear.hear_nothing()

    def listen(self) -> None:
        """Hear the exchange's tone for one frame; while talking the line feeds the ear instead."""
        if self._tone is not None:
            self.ear.hear(self._tone.row(self._exchange.frame - self._tone_from))
