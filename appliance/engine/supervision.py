"""A supervisor's ear (and voice) in a running call: listen, whisper to the agent, barge in.

The supervisor's own phone rings; picked up, it hears everybody in the call. While listening the phone's keys change the
mode: 1 listen, 2 whisper, 3 barge. It stays with the call over hold, consultation and transfer until either ends.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from appliance.engine.call import Call
from appliance.engine.station import Station
from appliance.engine.stationtable import StationEvent
from appliance.engine.watch import PartyGone, watching
from appliance.telephony.call import CallState
from appliance.telephony.ids import CallId
from appliance.wire.messages import SupervisionMode
from drivers.base import PortId

if TYPE_CHECKING:
    from appliance.engine.switch import Switch

RING_S = 20.0
_MODE_KEYS = {"1": SupervisionMode.LISTEN, "2": SupervisionMode.WHISPER, "3": SupervisionMode.BARGE}
_FOR_EVER_S = 1e9


@dataclass(slots=True)
class _Ear:
    station: Station
    mode: SupervisionMode
    ended: asyncio.Event = field(default_factory=asyncio.Event)


class Supervision:
    """All supervisors who are in calls."""

    def __init__(self, switch: Switch) -> None:
        self._switch = switch
        self._ears: dict[CallId, list[_Ear]] = {}
        self._ringing: dict[CallId, set[asyncio.Task[bool]]] = {}
        """Supervisors' phones that ring."""

    async def join(self, call: Call, station: Station, mode: SupervisionMode) -> None:
        """Ring the supervisor's phone and let it into the call; until it is put down or the call is over."""
        if await self._rung(call, station):
            await self._attend(call, station, mode)

    async def join_lifted(self, call: Call, station: Station, mode: SupervisionMode) -> None:
        """The same for a phone that is off the hook: its user dialled the code."""
        station.begin_call(call.id)
        station.happen(StationEvent.CONNECT)
        await self._attend(call, station, mode)

    async def _attend(self, call: Call, station: Station, mode: SupervisionMode) -> None:
        ear = _Ear(station, mode)
        self._ears.setdefault(call.id, []).append(ear)
        station.listen(on=True)
        self.refresh(call)
        keys = asyncio.create_task(self._follow_keys(call, ear))
        try:
            async with watching(station.party):
                await ear.ended.wait()
        except PartyGone:
            pass
        finally:
            keys.cancel()
            self._leave(call, ear)

    def refresh(self, call: Call) -> None:
        """Who hears whom has changed in the call: put the supervisors' paths back."""
        for ear in self._ears.get(call.id, ()):
            for port, is_agent in self._others(call, ear):
                speaks = ear.mode is SupervisionMode.BARGE or (ear.mode is SupervisionMode.WHISPER and is_agent)
                self._switch.media.set_path(ear.station.port, port, 0.0)
                self._switch.media.set_path(port, ear.station.port, 0.0 if speaks else None)

    def call_ended(self, call: Call) -> None:
        """The supervisors hear that it is over; phones that still ring for it stop."""
        for ringing in self._ringing.pop(call.id, ()):
            ringing.cancel()
        for ear in self._ears.get(call.id, ()):
            ear.ended.set()

    async def _rung(self, call: Call, station: Station) -> bool:
        """Whether the supervisor picked up while the call was still there."""
        if _over(call):
            return False
        ringing = asyncio.create_task(station.ring(call.id, call.peer_number, call.peer_name, RING_S))
        self._ringing.setdefault(call.id, set()).add(ringing)
        try:
            await asyncio.wait({ringing})
        finally:
            ringing.cancel()
            self._ringing.get(call.id, set()).discard(ringing)
        if ringing.cancelled() or not ringing.result():
            return False
        if _over(call):
            station.end_call()
            return False
        return True

    def _others(self, call: Call, ear: _Ear) -> list[tuple[PortId, bool]]:
        """Ports of everybody else in the call, and whether it is one of our phones.

        Nobody listens to somebody in a flow: card numbers and passwords are keyed there.
        """
        ears = {each.station.port for each in self._ears[call.id]} | {ear.station.port}
        in_flow = call.state is CallState.IN_FLOW
        others = self._switch.ports_of(call.id)
        return [(port, ours) for port, ours in others if port not in ears and (ours or not in_flow)]

    async def _follow_keys(self, call: Call, ear: _Ear) -> None:
        while True:
            mode = _MODE_KEYS.get(await ear.station.keys.next(_FOR_EVER_S))
            if mode is not None:
                ear.mode = mode
                self.refresh(call)

    def _leave(self, call: Call, ear: _Ear) -> None:
        self._ears[call.id].remove(ear)
        if not self._ears[call.id]:
            del self._ears[call.id]
        ear.station.end_call()


def _over(call: Call) -> bool:
    return call.state is CallState.ENDED
