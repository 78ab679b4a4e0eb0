"""A far party and our phones, one after the other: they talk, hold, consult, transfer and bring in a third.

What one agent does stands in `desk.py`. When the agent's handset goes down while a third is called, consulted or in a
conference, the third has the far party; while the far party is in a flow (`errand.py`), it comes back to the agent's
phone afterwards. The recorder sits on the far party's port and follows whoever talks with it.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from appliance.engine.call import Call
from appliance.engine.callfiles import CallFiles
from appliance.engine.desk import Desk
from appliance.engine.errand import Errand
from appliance.engine.recordingnotice import announce
from appliance.engine.route import Rerouted, route_to
from appliance.engine.station import Station
from appliance.engine.talk import Talk, Talker
from appliance.engine.third import Colleague, OutsideParty, Third
from appliance.engine.transferring import seat_station
from appliance.engine.watch import PartyGone, watching
from appliance.engine.wishes import GiveAway
from appliance.telephony.call import CallState, HangUpCause, Side, StepKind
from appliance.wire.softkeys import TransferTo

if TYPE_CHECKING:
    from appliance.engine.callerleg import LineCaller
    from appliance.engine.switch import Switch


class Conversation:
    """One conversation of one call; `run` once."""

    def __init__(
        self,
        switch: Switch,
        call: Call,
        far: Talker,
        files: CallFiles,
        station: Station,
        wrap_up_s: float = 0.0,
        leg: LineCaller | None = None,
    ) -> None:
        """`leg`: the far party as flows see it, if it is on an outside line; it can then be sent on into them."""
        self._switch = switch
        self._call = call
        self._talk = Talk(switch, call, far, files, wrap_up_s, leg)
        self._station = station
        self._third: Third | None = None
        """To whom the far party is being handed over."""

    async def run(self, kind: StepKind, *, certain: bool = True) -> None:
        """Talk until our side has hung up (returns); the far party's hang-up passes through as `PartyGone`.

        `kind` is the step with which the conversation begins. Our phones are left with busy tone or on hook and the
        recording is closed, whatever happens. Raises `Rerouted` when the far party goes on into a queue or flow.
        """
        talk = self._talk
        talk.begin_part(self._station)
        self._connected(kind, certain=certain)
        try:
            going_on = True
            while going_on:
                going_on = await self._part(Desk(talk, self._station))
        finally:
            talk.files.stop_recording()
            if self._third is not None:
                self._third.let_go()
            talk.let_go(self._station)

    async def _part(self, desk: Desk) -> bool:
        """One agent's part; True when one of our phones goes on with the far party."""
        try:
            ended = await self._work(desk)
            if isinstance(ended, GiveAway):
                return await self._give_away(ended)
            if ended is not HangUpCause.SUPERVISOR:
                if desk.errand is not None:
                    return await self._come_back_from(desk.errand)
                if desk.third is not None:
                    self._third, desk.third = desk.third, None
                    return await self._hand_over(self._third)
            self._over(ended)
            return False
        finally:
            await desk.clear()

    async def _work(self, desk: Desk) -> GiveAway | HangUpCause:
        """Until the agent gives the far party away, or the handset goes down."""
        party, desks = desk.station.party, self._switch.desks
        self._call.desk = desks[desk.station.plan.id] = desk
        try:
            async with watching(party):
                await announce(self._talk, desk.station)
                self._talk.begin(desk.station)
                self._talk.show()
                return await desk.work()
        except PartyGone as gone:
            if gone.party is not party:
                raise
            return gone.cause
        finally:
            self._call.desk = None
            del desks[desk.station.plan.id]

    async def _give_away(self, wish: GiveAway) -> bool:
        self._station.party.hung_up(HangUpCause.HOOK)  # done with this call, though the handset may be up
        if wish.to in {TransferTo.QUEUE, TransferTo.FLOW}:
            raise Rerouted(route_to(self._switch.plan, self._call, StepKind.TRANSFERRED, wish.to, wish.target))
        there = seat_station(self._switch, wish.target) if wish.to is TransferTo.SEAT else None
        self._third = OutsideParty(self._talk, wish.target) if there is None else Colleague(self._talk, there)
        return await self._hand_over(self._third)

    async def _hand_over(self, heir: Third) -> bool:
        """The third has the far party, ringing on if it has not been answered; else it comes back."""
        talk, call = self._talk, self._call
        talk.let_go(self._station)
        if not heir.answered:
            if heir.outside:
                call.enter(CallState.ALERTING, StepKind.DIALLED, number=heir.name)
            else:
                call.enter(CallState.ALERTING, StepKind.OFFERED, station=heir.name)
            talk.hold()
            if not await heir.reach(talk.far, talk.music):
                self._third = None
                heir.let_go()
                return await self._come_back()
        if isinstance(heir, Colleague):
            self._third, self._station = None, heir.station
            talk.begin_part(heir.station)
            call.transfers.append(f"agent:{call.agent or heir.name}")
            self._connected(StepKind.TRANSFERRED)
            return True
        await self._two_outside(heir)
        return False

    async def _two_outside(self, heir: Third) -> None:
        """Nobody of ours is left; the heir stands for our side until it hangs up, or the time is over."""
        talk, call, far_end = self._talk, self._call, heir.party
        talk.bridge(heir.port)
        talk.files.withhold(False)
        talk.files.start_recording(self._switch.plan.recording, left=talk.far.port, right=heir.port)
        call.transfers.append(f"external:{heir.name}")
        call.enter(CallState.CONNECTED, StepKind.TRANSFERRED, number=heir.name)
        try:
            async with asyncio.timeout(self._switch.plan.talk.forwarded_max_s), watching(far_end):
                await asyncio.Event().wait()
        except TimeoutError:
            call.hung_up(Side.SYSTEM, HangUpCause.MAX_DURATION)
        except PartyGone as gone:
            if gone.party is not far_end:
                raise
            call.note(StepKind.FAR_END_HUNG_UP, number=heir.name)
            self._over(gone.cause)

    async def _come_back_from(self, errand: Errand) -> bool:
        """The agent hung up while the far party was in a flow: it goes through it to its end."""
        self._talk.let_go(self._station)
        note = await errand.finished()
        self._call.note(StepKind.PUSH_RETURNED, note=note)
        return await self._come_back()

    async def _come_back(self) -> bool:
        """To the phone that had the far party last, else to the queue it came through."""
        talk, call, station = self._talk, self._call, self._station
        talk.hold()
        colleague = Colleague(talk, station)
        back = station.still_up
        if back:
            station.take_back(call.id)
        elif colleague.free:
            self._third = colleague
            call.enter(CallState.ALERTING, StepKind.OFFERED, station=station.plan.id)
            back = await colleague.reach(talk.far, talk.music)
            self._third = None
        if back:
            self._station = colleague.station
            talk.begin_part(self._station)
            self._connected(StepKind.TRANSFER_RETURNED)
            return True
        talk.let_go(station)
        if call.queue is not None:
            why = StepKind.TRANSFER_RETURNED
            raise Rerouted(route_to(self._switch.plan, call, why, TransferTo.QUEUE, call.queue))
        self._over(HangUpCause.SEAT_NO_ANSWER)
        return False

    def _connected(self, kind: StepKind, *, certain: bool = True) -> None:
        call, station = self._call, self._station
        call.enter(CallState.CONNECTED, kind, agent=call.agent or "", station=station.plan.id, certain=certain)

    def _over(self, cause: HangUpCause) -> None:
        """Our side has hung up."""
        self._call.agent_hung_up(cause, self._switch.media.frame)
        self._switch.media.disconnect(self._talk.far.port)
