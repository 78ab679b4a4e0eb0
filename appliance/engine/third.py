"""A third party in a conversation: a colleague at a phone, or somebody outside over a second line."""

from __future__ import annotations

from typing import Protocol

from appliance.engine.line import Line
from appliance.engine.overdial import no_dialling_on
from appliance.engine.pickup import ring_here_or_elsewhere
from appliance.engine.seizing import dial, far_end_answer, seize_line
from appliance.engine.station import Station
from appliance.engine.talk import Talk, Talker
from appliance.engine.watch import Party, PartyGone, watching
from appliance.media.items import PlayItem
from appliance.telephony.call import HangUpCause, StationState, StepKind
from appliance.telephony.leg import DialOutcome
from drivers.base import PortId

RING_S = 30.0
"""A colleague's phone rings so long for a consultation or a transfer."""


class Third(Protocol):
    """Called with `reach`, and always let go in the end."""

    @property
    def name(self) -> str:
        """Station or outside number."""
        ...

    @property
    def port(self) -> PortId: ...
    @property
    def party(self) -> Party:
        """Of the call that `reach` made."""
        ...

    @property
    def answered(self) -> bool: ...
    @property
    def outside(self) -> bool: ...

    async def reach(self, listener: Talker, heard: PlayItem) -> bool:
        """Call until answered (True); may be cancelled and called again.

        `listener` hears `heard` meanwhile, or how the outside line sounds; then the keys pressed there are watched.
        """
        ...

    def let_go(self) -> None: ...


class Colleague:
    """Somebody at one of our phones."""

    outside = False

    def __init__(self, talk: Talk, station: Station) -> None:
        self._talk = talk
        self.station = station

    @property
    def name(self) -> str:
        return self.station.plan.id

    @property
    def port(self) -> PortId:
        return self.station.port

    @property
    def party(self) -> Party:
        return self.station.party

    @property
    def answered(self) -> bool:
        return self.station.state is StationState.TALKING and self.station.call_id == self._talk.call.id

    @property
    def free(self) -> bool:
        return self.station.state is StationState.ON_HOOK and self.station.call_id is None

    async def reach(self, listener: Talker, heard: PlayItem) -> bool:
        """Or answered at the phone that picks it up, which then is this colleague's."""
        talk, call, rung = self._talk, self._talk.call, self.station
        talk.switch.media.play(listener.port, [heard], loop=True)
        talk.take(rung)
        answered = await ring_here_or_elsewhere(talk.switch, call, rung, call.peer_number, call.peer_name, RING_S)
        if answered is not None and answered is not rung:
            talk.let_go(rung)
            self.station = answered
            talk.take(answered)
        return answered is not None

    def let_go(self) -> None:
        self._talk.let_go(self.station)


class OutsideParty:
    """Somebody at an outside number, which may be dialled."""

    outside = True

    def __init__(self, talk: Talk, number: str) -> None:
        self._talk = talk
        self.name = number
        self.answered = False
        self._line: Line | None = None
        self._dialled = False

    @property
    def line(self) -> Line:
        if self._line is None:
            raise RuntimeError(f"{self.name} has no line yet")
        return self._line

    @property
    def port(self) -> PortId:
        return self.line.port

    @property
    def party(self) -> Party:
        return self.line.party

    async def reach(self, listener: Talker, heard: PlayItem) -> bool:
        talk = self._talk
        outcome = DialOutcome.NO_LINE
        if self._line is None or not self._dialled:  # cancelled half way: the digits must begin again
            self.let_go()
            talk.switch.media.play(listener.port, [heard], loop=True)
            self._line = await seize_line(talk.switch, talk.call, self.name)
        if self._line is not None:
            outcome = await self._answer(self._line, listener)
        if outcome is not DialOutcome.SERVED:
            talk.call.note(StepKind.DIAL_FAILED, number=self.name, note=outcome)
        return self.answered

    def let_go(self) -> None:
        line, self._line = self._line, None
        if line is not None:
            line.release(self._talk.call.id)

    async def _answer(self, line: Line, listener: Talker) -> DialOutcome:
        talk, far_end = self._talk, line.party
        try:
            async with watching(far_end):
                if not self._dialled:
                    await dial(talk.switch, line, self.name)
                    self._dialled = True
                talk.switch.bridge(talk.call, listener.port, line.port)
                # From here on, not from the answer: one that is only inferred comes late, and the first words count.
                talk.files.follow(*({listener.port, line.port} - {talk.far.port}))
                listener.listen(on=True)
                with no_dialling_on(talk.switch, talk.call, line, self.name, listener.keys, talk.call.agent):
                    certain = await far_end_answer(line, talk.switch.plan.dial.no_answer_s)
        except PartyGone as gone:
            if gone.party is not far_end:
                raise
            busy = gone.cause in {HangUpCause.BUSY_TONE, HangUpCause.CONGESTION_TONE}
            return DialOutcome.BUSY if busy else DialOutcome.NO_ANSWER
        finally:
            listener.listen(on=False)
        if certain is None:
            return DialOutcome.NO_ANSWER
        self.answered = True
        talk.call.note(StepKind.PEER_ANSWERED, number=self.name, certain=certain)
        return DialOutcome.SERVED
