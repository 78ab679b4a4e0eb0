"""`async with watching(party)`: the block ends with `LegGone` as soon as the party hangs up.

The same scheme as `asyncio.timeout`: the running task is cancelled and the cancellation becomes an exception at the
edge of the block, so plots read straight on and nest: a caller watched outside, an agent inside.
"""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Self

from appliance.telephony.call import HangUpCause
from appliance.telephony.leg import LegGone
from drivers.signals import FaultKind, PortFault


class Party:
    """Somebody on a port who can hang up once. `gone` is the cause, or None while there."""

    def __init__(self) -> None:
        self.gone: HangUpCause | None = None
        self._watches: list[Watch] = []

    def hung_up(self, cause: HangUpCause) -> None:
        """The party is gone: ends every block that watches it. The first cause stays."""
        if self.gone is not None:
            return
        self.gone = cause
        for watch in list(self._watches):
            watch.fire()

    def add(self, watch: Watch) -> None:
        self._watches.append(watch)

    def remove(self, watch: Watch) -> None:
        self._watches.remove(watch)


def cause_of_fault(fault: PortFault) -> HangUpCause:
    """Why a party on this port is gone: a record tells a pulled card from a cut line."""
    return HangUpCause.CARD_LOST if fault.fault is FaultKind.CARD_LOST else HangUpCause.PORT_FAULT


class PartyGone(LegGone):
    """The watched party hung up; says which one, so that nested watches can be told apart."""

    def __init__(self, party: Party, cause: HangUpCause) -> None:
        super().__init__(cause)
        self.party = party


class Watch:
    """The context manager behind `watching`."""

    def __init__(self, party: Party) -> None:
        self._party = party
        self._task: asyncio.Task[object] | None = None
        self._cancelling = 0
        self._fired = False

    async def __aenter__(self) -> Self:
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("watching() needs a task")
        self._task, self._cancelling = task, task.cancelling()
        self._party.add(self)
        if self._party.gone is not None:
            asyncio.get_running_loop().call_soon(self.fire)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._party.remove(self)
        task, self._task = self._task, None
        if not self._fired or task is None:
            return
        still_wanted = task.uncancel() > self._cancelling
        cause = self._party.gone
        if kind is asyncio.CancelledError and not still_wanted and cause is not None:
            raise PartyGone(self._party, cause)

    def fire(self) -> None:
        """Cancel the watched block once."""
        if self._fired or self._task is None:
            return
        self._fired = True
        self._task.cancel()


def watching(party: Party) -> Watch:
    """Ends the block with `PartyGone` when `party` hangs up (at once if it already has)."""
    return Watch(party)
