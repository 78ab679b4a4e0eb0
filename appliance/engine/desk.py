"""One phone in a conversation: what its agent does with the far party until the handset goes down.

| phase | who hears whom | a flash |
|---|---|---|
| TALKING | far party and agent | holds, with dial tone |
| HELD | the far party hears music | takes the far party back |
| CALLING | … and the agent how the third is called | gives up, back to the far party |
| CONSULTING | … and agent and third talk in private | makes it three |
| CONFERENCE | all three | lets the third go |
| PUSHED | the far party is in a flow, the agent hears music | takes the far party back |

The screen's softkeys say the same wishes outright. Hanging up with a third there hands the call over (`Conversation`).
"""

from __future__ import annotations

from appliance.engine.errand import Errand
from appliance.engine.station import FLASH, Station
from appliance.engine.talk import MUSIC, Talk
from appliance.engine.talkdialing import KeyedInTalk, dial_in_talk
from appliance.engine.third import Colleague, OutsideParty, Third
from appliance.engine.watch import PartyGone, watching
from appliance.engine.wishes import Consult, Flashed, GiveAway, Hold, Join, Push, Resume, Wish, Wishes
from appliance.media.items import PlayedTone, ServiceTone
from appliance.telephony.call import CallState, StepKind, TalkPhase
from appliance.telephony.ids import StationId
from appliance.wire.softkeys import Softkey

REFUSAL_TONE_S = 2.0
"""Busy tone to the agent when a third cannot be called; then the far party is back."""
_FLASH: dict[TalkPhase, Wish] = {
    TalkPhase.TALKING: Hold(dial=True),
    TalkPhase.HELD: Resume(),
    TalkPhase.CALLING: Resume(),
    TalkPhase.CONSULTING: Join(),
    TalkPhase.CONFERENCE: Resume(),
    TalkPhase.PUSHED: Resume(),
}
_K = Softkey
_SOFTKEYS: dict[TalkPhase, tuple[Softkey, ...]] = {
    TalkPhase.TALKING: (_K.HOLD, _K.CONSULT, _K.TRANSFER, _K.PUSH),
    TalkPhase.HELD: (_K.RESUME, _K.CONSULT, _K.TRANSFER, _K.PUSH),
    TalkPhase.CALLING: (_K.RESUME, _K.COMPLETE_TRANSFER, _K.CANCEL_CONSULT),
    TalkPhase.CONSULTING: (_K.RESUME, _K.COMPLETE_TRANSFER, _K.CANCEL_CONSULT, _K.CONFERENCE),
    TalkPhase.CONFERENCE: (_K.RESUME, _K.COMPLETE_TRANSFER, _K.CANCEL_CONSULT),
    TalkPhase.PUSHED: (_K.RESUME,),
}


class Desk:
    """`work` once. Afterwards, or when cancelled, `third` and `errand` are what the agent left behind."""

    def __init__(self, talk: Talk, station: Station) -> None:
        self.station = station
        self.phase = TalkPhase.TALKING
        self.third: Third | None = None
        """Who is being called, talks with the agent, or makes it three."""
        self.errand: Errand | None = None
        """The flow through which the far party goes."""
        self.wishes = Wishes()
        self.talk = talk

    @property
    def consulting(self) -> str:
        return "" if self.third is None else self.third.name

    @property
    def recording_paused(self) -> bool:
        return self.talk.files.withheld

    def softkeys(self) -> tuple[Softkey, ...]:
        """What would be carried out now."""
        keys = _SOFTKEYS[self.phase]
        if self.talk.leg is None:
            keys = tuple(key for key in keys if key is not Softkey.PUSH)
        files = self.talk.files
        if files.withheld:
            keys += (Softkey.RESUME_RECORDING,)
        elif self.talk.call.recording_on:
            keys += (Softkey.PAUSE_RECORDING,)
        return (*keys, Softkey.HANG_UP)

    async def work(self) -> GiveAway:
        """Until the agent gives the far party away."""
        with self.station.keys.interrupting(FLASH, lambda: self.wishes.put(Flashed())):
            wish = await self._next()
            while not isinstance(wish, GiveAway):
                wish = await self._carry_out(wish)
            return wish

    async def clear(self) -> None:
        """Nobody is left behind."""
        third, self.third = self.third, None
        if third is not None:
            third.let_go()
        errand, self.errand = self.errand, None
        if errand is not None:
            await errand.abandon()

    async def _next(self) -> Wish:
        wish = await self.wishes.next()
        return _FLASH[self.phase] if isinstance(wish, Flashed) else wish

    async def _carry_out(self, wish: Wish) -> Wish:
        """Do it; returns the wish after it."""
        if not isinstance(wish, Join):
            await self.clear()
        match wish:
            case Hold(dial):
                self._hold()
                return await (self._dialled() if dial else self._next())
            case Consult(number, outside):
                self._hold()
                talk = self.talk
                if outside:
                    return await self._consult(OutsideParty(talk, number))
                return await self._consult(Colleague(talk, talk.switch.stations[StationId(number)]))
            case Join() if self.third is not None:
                self._join(self.third)
                return await self._while_there(self.third)
            case Push():
                return await self._push(wish)
            case _:
                self._resume()
                return await self._next()

    def _hold(self) -> None:
        if self.phase is TalkPhase.HELD:
            return
        self.talk.switch.media.disconnect(self.station.port)
        self.talk.hold()
        self.phase = TalkPhase.HELD
        self.talk.call.enter(CallState.HELD, StepKind.HELD, station=self.station.plan.id)

    def _resume(self) -> None:
        if self.phase is not TalkPhase.TALKING:
            self.phase = TalkPhase.TALKING
            agent = self.talk.call.agent or ""
            self.talk.call.enter(CallState.CONNECTED, StepKind.RESUMED, agent=agent, station=self.station.plan.id)
        self.talk.begin(self.station)
        self.talk.show()

    async def _dialled(self) -> Wish:
        """Dial tone, and what the agent keys."""
        keyed = await self.wishes.first(dial_in_talk(self.talk, self.station))
        self.station.listen(on=False)
        self.talk.switch.media.stop(self.station.port)
        match keyed:
            case None | KeyedInTalk.NOTHING:
                return await self._next()
            case KeyedInTalk.REFUSED:
                return await self._refused()
            case KeyedInTalk.RECORDING:
                self.talk.files.withhold(not self.talk.files.withheld)
                return Resume()
            case _:
                return keyed

    async def _consult(self, third: Third) -> Wish:
        call, media, station = self.talk.call, self.talk.switch.media, self.station
        if isinstance(third, Colleague) and not third.free:
            return await self._refused()
        self.third, self.phase = third, TalkPhase.CALLING
        where = {"number" if third.outside else "station": third.name}
        call.enter(CallState.CONSULTING, StepKind.CONSULTED, **where)
        reached = await self.wishes.first(third.reach(station, ServiceTone(PlayedTone.RINGBACK)))
        if reached is None:
            return await self._next()
        if not reached:
            await self.clear()
            media.disconnect(station.port)
            return await self._refused() if third.outside else Resume()
        self.phase = TalkPhase.CONSULTING
        if not third.outside:
            self.talk.switch.bridge(call, station.port, third.port)
        self.talk.show()
        return await self._while_there(third)

    def _join(self, third: Third) -> None:
        station, call = self.station, self.talk.call
        self.talk.bridge(station.port, third.port)
        self.talk.files.follow(station.port, third.port)
        call.transfers.append(f"conference:{third.name}")
        self.phase = TalkPhase.CONFERENCE
        where = {"number" if third.outside else "station": third.name}
        call.enter(CallState.CONNECTED, StepKind.CONFERENCE, **where)

    async def _while_there(self, third: Third) -> Wish:
        """The next wish; the far party is taken back when the third hangs up."""
        party = third.party
        try:
            async with watching(party):
                return await self._next()
        except PartyGone as gone:
            if gone.party is not party:
                raise
            return Resume()

    async def _push(self, push: Push) -> Wish:
        """The far party goes through the flow; the agent hears music."""
        talk, station = self.talk, self.station
        if talk.leg is None:
            return Resume()
        talk.files.stop_recording()
        talk.switch.media.hold(station.port, MUSIC)
        self.phase = TalkPhase.PUSHED
        talk.call.enter(CallState.IN_FLOW, StepKind.PUSHED, flow=push.flow, agent=talk.call.agent or "")
        self.errand = errand = Errand(talk, talk.leg, push.flow, push.value)
        errand.begin()
        back = await self.wishes.first(errand.finished())
        if back is None:
            return await self._next()
        self.errand = None
        self.phase = TalkPhase.TALKING
        talk.call.enter(CallState.CONNECTED, StepKind.PUSH_RETURNED, flow=push.flow, note=back)
        talk.begin(station)
        talk.show()
        return await self._next()

    async def _refused(self) -> Wish:
        """Busy tone for a moment, then the far party again."""
        tone = ServiceTone(PlayedTone.BUSY, REFUSAL_TONE_S)
        await self.wishes.first(self.talk.switch.media.play(self.station.port, [tone]).finished())
        return Resume()
