"""A call from one line of the card to another: two sets of the exchange's stand in between."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drivers.sim.caller import CallerState, OutsideCaller
from drivers.sim.party import Ear, Mouth, Samples
from drivers.sim.placed import Outcome
from drivers.sim.sounds import BUSY_CADENCE_S, RINGBACK_CADENCE_S

if TYPE_CHECKING:
    from collections.abc import Iterator

    from drivers.sim.exchange import Exchange
    from drivers.sim.line import OutsideLine
    from drivers.sim.placed import PlacedCall


class _Through(Mouth):
    """Says what is heard on the other line."""

    def __init__(self, ear: Ear) -> None:
        super().__init__()
        self._ear = ear

    def next_frame(self, _frame: int) -> Samples | None:
        return self._ear.latest


class OwnCall:
    """`line` has dialled the number of `other`: a call from outside there. `step` it once per frame."""

    def __init__(self, exchange: Exchange, line: OutsideLine, other: OutsideLine, call: PlacedCall) -> None:
        self._line, self._call = line, call
        self._here, self._there = OutsideCaller(exchange), OutsideCaller(exchange)
        self._here.mouth, self._there.mouth = _Through(self._there.ear), _Through(self._here.ear)
        self._exchange, self._other = exchange, other

    def ring(self) -> Iterator[None]:
        """Plot of the dialling line up to the answer."""
        line, call, exchange = self._line, self._call, self._exchange
        if not self._other.free:
            call.outcome = Outcome.BUSY
            line.play(line.tone(BUSY_CADENCE_S))
            return
        self._there.call(line.profile.number, self._other.port)
        exchange.add_script(self)
        line.play(line.tone(RINGBACK_CADENCE_S))
        while self._there.state is CallerState.RINGING_OUT:
            yield
        if self._there.state is CallerState.TALKING:
            exchange.connect_outgoing(line, self._here, call)
        else:
            line.play(line.tone(BUSY_CADENCE_S))

    def step(self) -> bool:
        """Whoever goes takes the other along. False when both are gone."""
        if self._line.call is not self._call:
            self._there.hang_up()
            self._here.hang_up()
            return False
        if self._there.state in (CallerState.HUNG_UP, CallerState.IDLE):
            self._there.hang_up()
            self._here.hang_up()
            return False
        return True
