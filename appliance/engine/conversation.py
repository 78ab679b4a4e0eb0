"""A far party and an agent's phone: they talk, and the agent may hold, consult, transfer and bring in a third.

All from the phone set: a flash puts the far party on hold with music and gives dial tone. A colleague's number calls
the colleague; then hanging up hands the call over (also while it still rings), another flash makes it three, and when
the colleague hangs up the agent has the far party back. A flash without a number takes the far party back.
The recorder sits on the far party's port and follows whoever talks with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from appliance.engine.agentwork import agent_at, agent_begins, agent_ends, agent_talks
from appliance.engine.call import Call
from appliance.engine.callfiles import CallFiles
from appliance.engine.dialing import dial_number
from appliance.engine.dialplan import DialKind
from appliance.engine.station import FLASH, Station
from appliance.engine.watch import Party, PartyGone, watching
from appliance.media.items import PlayedTone, ServiceTone
from appliance.telephony.call import CallState, HangUpCause, StationState, StepKind
from appliance.telephony.ids import PromptId, StationId
from appliance.wire.messages import ScreenPop
from drivers.base import PortId

if TYPE_CHECKING:
    from appliance.engine.switch import Switch

MUSIC = PromptId("music")
CONSULT_RING_S = 30.0
"""A colleague's phone rings so long for a consultation or a transfer."""
REFUSAL_TONE_S = 2.0
"""Busy tone to the agent when a colleague cannot be called; then the far party is back."""
_FOR_EVER_S = 1e9


class Talker(Protocol):
    """Somebody on a port: an outside line or a phone."""

    @property
    def port(self) -> PortId: ...
    @property
    def party(self) -> Party: ...


class Conversation:
    """One conversation of one call; `run` once."""

    def __init__(
        self, switch: Switch, call: Call, far: Talker, files: CallFiles, station: Station, wrap_up_s: float = 0.0
    ) -> None:
        self._switch = switch
        self._call = call
        self._far = far
        self._files = files
        self._wrap_up_s = wrap_up_s
        self._station = station
        self._called: Station | None = None
        """The colleague who is being called, talks with the agent, or makes it three."""
        self._music = MUSIC

    async def run(self, kind: StepKind, *, certain: bool = True) -> None:
        """Talk until our side has hung up (returns); the far party's hang-up passes through as `PartyGone`.

        `kind` is the step with which the conversation begins. Our phones are left with busy tone or on hook and the
        recording is closed, whatever happens.
        """
        self._begin()
        self._call.enter(
            CallState.CONNECTED, kind, agent=self._call.agent or "", station=self._station.plan.id, certain=certain
        )
        try:
            while await self._until_agent_goes():
                pass
        finally:
            self._files.stop_recording()
            for station in (self._station, self._called):
                if station is not None:
                    self._let_go(station)

    def _begin(self) -> None:
        agent_talks(self._switch, self._station, self._call)
        self._station.listen(on=False)
        self._switch.bridge(self._call, self._far.port, self._station.port)
        self._files.start_recording(self._switch.plan.recording, left=self._far.port, right=self._station.port)

    async def _until_agent_goes(self) -> bool:
        """One agent's part; True when somebody else has the call now and goes on."""
        party = self._station.party
        try:
            async with watching(party):
                while True:
                    while await self._station.keys.next(_FOR_EVER_S) != FLASH:
                        pass  # digits between people are between people
                    await self._hold_and_dial()
        except PartyGone as gone:
            if gone.party is not party:
                raise
            return await self._agent_gone(gone.cause)

    async def _agent_gone(self, cause: HangUpCause) -> bool:
        heir, self._called = self._called, None
        if heir is None or cause is HangUpCause.SUPERVISOR:
            if heir is not None:
                self._let_go(heir)
            self._call.agent_hung_up(cause, self._switch.media.frame)
            self._switch.media.disconnect(self._far.port)
            return False
        return await self._hand_over(heir)

    async def _hold_and_dial(self) -> None:
        call, media, station = self._call, self._switch.media, self._station
        media.disconnect(station.port)
        media.hold(self._far.port, self._music)
        self._files.follow()
        call.enter(CallState.HELD, StepKind.HELD, station=station.plan.id)
        dialled = await dial_number(self._switch, station)
        if dialled.kind is DialKind.STATION:
            await self._consult(self._switch.stations[StationId(dialled.number)])
        elif dialled.kind is not DialKind.INVALID:
            await self._refuse()
        self._begin()
        call.enter(CallState.CONNECTED, StepKind.RESUMED, agent=call.agent or "", station=station.plan.id)

    async def _consult(self, colleague: Station) -> None:
        """Call the colleague; returns when the far party is to be taken back."""
        call, media, station = self._call, self._switch.media, self._station
        if colleague.state is not StationState.ON_HOOK or colleague.call_id is not None:
            await self._refuse()
            return
        media.play(station.port, [ServiceTone(PlayedTone.RINGBACK)])
        self._called = colleague
        call.enter(CallState.CONSULTING, StepKind.CONSULTED, station=colleague.plan.id)
        agent_begins(self._switch, colleague, call)
        self._pop(colleague)
        if await colleague.ring(call.id, call.peer_number, call.peer_name, CONSULT_RING_S):
            await self._talk_with(colleague)
        self._called = None
        self._let_go(colleague)
        media.stop(station.port)

    async def _talk_with(self, colleague: Station) -> None:
        """Agent and colleague in private; a flash makes it three, the next one two again."""
        station, party = self._station, colleague.party
        self._switch.bridge(self._call, station.port, colleague.port)
        try:
            async with watching(party):
                await station.keys.next(_FOR_EVER_S)
                self._switch.bridge(self._call, self._far.port, station.port, colleague.port)
                self._files.follow(station.port, colleague.port)
                self._call.transfers.append(f"conference:{colleague.plan.id}")
                self._call.enter(CallState.CONNECTED, StepKind.CONFERENCE, station=colleague.plan.id)
                station.keys.clear()
                await station.keys.next(_FOR_EVER_S)
        except PartyGone as gone:
            if gone.party is not party:
                raise

    async def _hand_over(self, heir: Station) -> bool:
        """The agent hung up on a consultation: the colleague gets the call, ringing on if it has not been answered."""
        call, before = self._call, self._station
        self._let_go(before)
        self._called = heir
        agent_begins(self._switch, heir, call)
        if heir.state is not StationState.TALKING and not await self._ring(heir):
            self._called = None
            self._let_go(heir)
            if not await self._ring(before):
                self._call.agent_hung_up(HangUpCause.SEAT_NO_ANSWER, self._switch.media.frame)
                return False
            self._station = before
            self._begin()
            call.enter(CallState.CONNECTED, StepKind.TRANSFER_RETURNED, station=before.plan.id)
            return True
        self._station, self._called = heir, None
        self._begin()
        call.transfers.append(f"agent:{call.agent or heir.plan.id}")
        call.enter(CallState.CONNECTED, StepKind.TRANSFERRED, agent=call.agent or "", station=heir.plan.id)
        return True

    async def _ring(self, station: Station) -> bool:
        self._switch.media.hold(self._far.port, self._music)
        self._pop(station)
        call = self._call
        return await station.ring(call.id, call.peer_number, call.peer_name, CONSULT_RING_S)

    async def _refuse(self) -> None:
        tone = ServiceTone(PlayedTone.BUSY, REFUSAL_TONE_S)
        await self._switch.media.play(self._station.port, [tone]).finished()

    def _let_go(self, station: Station) -> None:
        station.end_call()
        agent_ends(self._switch, station, self._call, self._wrap_up_s)

    def _pop(self, station: Station) -> None:
        """The screen follows the call."""
        agent = agent_at(self._switch, station)
        self._switch.publish(
            ScreenPop(
                agent=agent.id if agent else None,
                seat=station.plan.seat,
                call=self._call.view(),
                ring_at=self._switch.now().isoformat(timespec="milliseconds"),
            )
        )
