"""Answering at one phone what rings at another.

Whoever rings a phone for a call offers it here meanwhile; `take` hands the call to the phone that answers instead.
A colleague of one of the caller's queues is found without naming the phone, any other by its station.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from appliance.engine.call import Call
from appliance.engine.station import Station
from appliance.engine.stationtable import StationEvent
from appliance.telephony.call import StationState, StepKind
from appliance.telephony.ids import QueueId

if TYPE_CHECKING:
    from appliance.engine.switch import Switch

RING_S = 20.0
"""The own phone rings at most so long for a colleague's caller."""


@dataclass(slots=True, eq=False)
class Offered:
    """A phone that rings for a call."""

    call: Call
    station: Station
    queue: QueueId | None
    """None: it was called directly."""
    take: Callable[[Station], None]
    """Let this phone, which is lifted, have the call."""
    over: asyncio.Event = field(default_factory=asyncio.Event)


class PickUps:
    """Everything that rings and may be answered elsewhere, in the order in which it began to ring."""

    def __init__(self, switch: Switch) -> None:
        self._switch = switch
        self._offered: list[Offered] = []

    def offer(self, call: Call, station: Station, queue: QueueId | None, take: Callable[[Station], None]) -> Offered:
        """`station` rings; `withdraw` when it does no longer."""
        offered = Offered(call, station, queue, take)
        self._offered.append(offered)
        return offered

    def withdraw(self, offered: Offered) -> None:
        """Nobody can take it any more."""
        if offered in self._offered:
            self._offered.remove(offered)
            offered.over.set()

    def find(self, picker: Station, station: str) -> Offered | None:
        """What the phone `picker` may answer: at `station`, else the longest ringing of its agent's queues."""
        agent = self._switch.roster.at_station(picker.plan.id)
        for offered in self._offered:
            if offered.station is picker or (offered.queue is not None and agent is None):
                continue  # a queue's caller goes to somebody who is signed in, so that it is known who took it
            mine = agent is not None and offered.queue is not None and offered.queue in agent.queues
            if offered.station.plan.id == station or (not station and mine):
                return offered
        return None

    async def ring_and_take(self, picker: Station, offered: Offered) -> None:
        """The own phone rings; lifted, it has the call. Stops when the colleague was quicker, or the caller left."""
        call = offered.call
        ringing = asyncio.create_task(picker.ring(call.id, call.peer_number, call.peer_name, RING_S))
        over = asyncio.create_task(offered.over.wait())
        try:
            await asyncio.wait((ringing, over), return_when=asyncio.FIRST_COMPLETED)
        finally:
            over.cancel()
            if not ringing.done():
                ringing.cancel()
                await asyncio.gather(ringing, return_exceptions=True)
        if not ringing.cancelled() and ringing.result():
            self._hand(picker, offered)
        elif picker.call_id == call.id and picker.state is not StationState.RINGING:  # or the queue rings it by now
            picker.end_call()  # lifted in the very moment in which it was over

    def take_lifted(self, picker: Station, offered: Offered) -> None:
        """The phone is off the hook already (its user dialled the code): it has the call at once."""
        picker.begin_call(offered.call.id)
        picker.happen(StationEvent.CONNECT)
        self._hand(picker, offered)

    def _hand(self, picker: Station, offered: Offered) -> None:
        if offered not in self._offered or picker.state is not StationState.TALKING:
            if picker.call_id == offered.call.id:
                picker.end_call()
            return
        agent = self._switch.roster.at_station(picker.plan.id)
        offered.call.note(StepKind.PICKED_UP, station=picker.plan.id, agent=agent.id if agent else "")
        offered.take(picker)

    @contextmanager
    def offering(self, call: Call, station: Station, take: Callable[[Station], None]) -> Iterator[None]:
        """While in the block, `station`, which is called directly, may be answered elsewhere."""
        offered = self.offer(call, station, None, take)
        try:
            yield
        finally:
            self.withdraw(offered)


async def ring_here_or_elsewhere(
    switch: Switch, call: Call, station: Station, number: str, name: str, ring_s: float
) -> Station | None:
    """Ring a phone; the phone that answered, itself or one that picked it up, or None."""
    elsewhere: list[Station] = []
    taken = asyncio.Event()

    def take(picker: Station) -> None:
        elsewhere.append(picker)
        taken.set()

    ringing = asyncio.create_task(station.ring(call.id, number, name, ring_s))
    waiting = asyncio.create_task(taken.wait())
    try:
        with switch.pickups.offering(call, station, take):
            await asyncio.wait((ringing, waiting), return_when=asyncio.FIRST_COMPLETED)
    finally:
        waiting.cancel()
        if not ringing.done():
            ringing.cancel()
            await asyncio.gather(ringing, return_exceptions=True)
    if not elsewhere:
        return station if ringing.result() else None
    if station.call_id == call.id:
        station.end_call()  # both lifted in the same moment
    return elsewhere[0]
