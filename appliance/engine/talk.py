"""What everybody in a conversation has in common: the far party, its call, its files, and who hears it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from appliance.engine.agentwork import agent_at, agent_begins, agent_ends, agent_talks
from appliance.engine.call import Call
from appliance.engine.callfiles import CallFiles
from appliance.engine.dialplan import valid_outside_number
from appliance.engine.keys import Keys
from appliance.engine.station import Station
from appliance.engine.watch import Party
from appliance.media.items import PlayItem, Prompt
from appliance.telephony.call import StepKind
from appliance.telephony.ids import PromptId
from appliance.wire.messages import CallChanged, ScreenPop
from drivers.base import PortId

if TYPE_CHECKING:
    from appliance.engine.callerleg import LineCaller
    from appliance.engine.switch import Switch

MUSIC = PromptId("music")


class Talker(Protocol):
    """Somebody on a port: an outside line or a phone."""

    @property
    def port(self) -> PortId: ...
    @property
    def party(self) -> Party: ...
    @property
    def keys(self) -> Keys: ...

    def listen(self, on: bool) -> None:
        """Take digits from the port, or leave them to whom it talks with."""


@dataclass(frozen=True, slots=True)
class Talk:
    """One conversation of one call, whoever takes part on our side."""

    switch: Switch
    call: Call
    far: Talker
    files: CallFiles
    wrap_up_s: float
    leg: LineCaller | None
    """The far party as flows see it; None when it is one of our own phones."""

    @property
    def music(self) -> PlayItem:
        return Prompt(MUSIC) if self.leg is None else self.leg.prompt(MUSIC)

    def hold(self) -> None:
        """The far party hears music, and nobody hears it but the recorder."""
        self.switch.media.hold(self.far.port, MUSIC)
        self.files.follow()

    def begin(self, station: Station) -> None:
        """Far party and agent hear each other; the call is the agent's, the recording follows."""
        agent_talks(self.switch, station, self.call)
        station.listen(on=False)
        self.bridge(station.port)
        self.files.start_recording(self.switch.plan.recording, left=self.far.port, right=station.port)

    def begin_part(self, station: Station) -> None:
        """A new agent's part begins: what the one before kept out of the recording ends with it."""
        agent_talks(self.switch, station, self.call)
        self.files.withhold(False)

    def bridge(self, *ours: PortId) -> None:
        """The far party and these hear each other."""
        self.switch.bridge(self.call, self.far.port, *ours)

    def take(self, station: Station) -> None:
        """The phone is wanted for this call: its agent gets no other one, and sees the call."""
        switch = self.switch
        agent_begins(switch, station, self.call)
        agent = agent_at(switch, station)
        switch.publish(
            ScreenPop(
                agent=agent.id if agent else None,
                seat=station.plan.seat,
                call=self.call.view(),
                ring_at=switch.now().isoformat(timespec="milliseconds"),
            )
        )

    def let_go(self, station: Station) -> None:
        """The phone has done with this call."""
        if station.call_id == self.call.id:
            station.end_call()
        agent_ends(self.switch, station, self.call, self.wrap_up_s)

    def show(self) -> None:
        """Something about the call has changed that is no step of it."""
        self.switch.publish(CallChanged(call=self.call.view()))

    def refusal_to_dial(self, station: Station, number: str) -> str:
        """Why the phone's user must not call this outside number for the far party, or ''. Noted in the record."""
        switch = self.switch
        if self.leg is None:
            refusal = "内部通话中不能再拨外线，请挂机后直接拨打。"
        elif not valid_outside_number(number, switch.plan):
            refusal = f"号码 {number} 不能拨打：应为 3 到 {switch.plan.dial.max_digits} 位数字。"
        else:
            agent = agent_at(switch, station)
            refusal = switch.dial_rights.refusal(
                switch.plan, number, station.plan.seat, agent.id if agent else None, switch.now()
            )
        if refusal:
            self.call.note(StepKind.REFUSED, number=number, station=station.plan.id, note=refusal)
        return refusal
