"""Softkeys of a running conversation, and a supervisor's moving of callers.

What makes sense just now stands in the call's `softkeys`; anything else is refused (409) with the reason.
"""

from __future__ import annotations

from typing import Annotated

import msgspec

from appliance.telephony.ids import CallId, FlowId, StationId
from appliance.wire.softkeys import (
    CancelConsult,
    CompleteTransfer,
    Conference,
    Consult,
    HangUpSeat,
    HoldCall,
    MoveCaller,
    PauseRecording,
    PushToFlow,
    ResumeCall,
    Transfer,
    TransferTo,
)
from webui.auth.access import needs
from webui.auth.permissions import P
from webui.handlers.base import NOTHING, Nothing
from webui.handlers.seat import SeatHandler, require_in_sight

Target = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]


class Third(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    number: Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
    """A station, or an outside number without prefix."""


class Destination(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    to: TransferTo
    target: Target
    """Seat, queue or flow id, or the outside number without prefix."""


class FlowChoice(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    flow: FlowId
    value: Annotated[str, msgspec.Meta(max_length=200)] = ""
    """What the flow has as `{pushed}`."""


class Pause(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    on: bool


class SoftkeyHandler(SeatHandler):
    """What softkeys have in common: outside numbers within the person's permissions."""

    async def outside_number(self, typed: str, field: str) -> str:
        """A number that the person may call for a far party. Raises `Refusal`."""
        self.require(P.AGENT_TRANSFER_EXTERNAL)
        return await self.dialable(typed, field)

    async def is_station(self, number: str) -> bool:
        """Whether it is one of our own phones."""
        plan = await self.context.plan.read()
        return plan is not None and StationId(number) in {station.id for station in plan.stations}


class HoldHandler(SoftkeyHandler):
    @needs(P.AGENT_HOLD)
    async def post(self) -> Nothing:
        """The far party hears music."""
        await self.context.link.command(HoldCall(seat=self.seat))
        return NOTHING


class ResumeHandler(SoftkeyHandler):
    @needs(P.AGENT_HOLD)
    async def post(self) -> Nothing:
        """Take the far party back, from hold, consultation, conference or flow."""
        await self.context.link.command(ResumeCall(seat=self.seat))
        return NOTHING


class ConsultHandler(SoftkeyHandler):
    @needs(P.AGENT_TRANSFER_SEAT, P.AGENT_TRANSFER_EXTERNAL)
    async def post(self, body: Third) -> Nothing:
        """Hold the far party and call a colleague or an outside number."""
        number = body.number
        if await self.is_station(number):
            self.require(P.AGENT_TRANSFER_SEAT)
        else:
            number = await self.outside_number(number, "number")
        await self.context.link.command(Consult(seat=self.seat, number=number))
        return NOTHING


class CompleteTransferHandler(SoftkeyHandler):
    @needs(P.AGENT_TRANSFER_SEAT, P.AGENT_TRANSFER_EXTERNAL)
    async def post(self) -> Nothing:
        """The consulted party gets the far party."""
        await self.context.link.command(CompleteTransfer(seat=self.seat))
        return NOTHING


class CancelConsultHandler(SoftkeyHandler):
    @needs(P.AGENT_TRANSFER_SEAT, P.AGENT_TRANSFER_EXTERNAL)
    async def post(self) -> Nothing:
        """Let the consulted party go and take the far party back."""
        await self.context.link.command(CancelConsult(seat=self.seat))
        return NOTHING


class TransferHandler(SoftkeyHandler):
    _NEEDED = {  # noqa: RUF012 - a table, never changed
        TransferTo.SEAT: P.AGENT_TRANSFER_SEAT,
        TransferTo.QUEUE: P.AGENT_TRANSFER_QUEUE,
        TransferTo.FLOW: P.AGENT_TRANSFER_QUEUE,
        TransferTo.OUTSIDE: P.AGENT_TRANSFER_EXTERNAL,
    }

    @needs(P.AGENT_TRANSFER_SEAT, P.AGENT_TRANSFER_QUEUE, P.AGENT_TRANSFER_EXTERNAL)
    async def post(self, body: Destination) -> Nothing:
        """Give the far party to a seat, queue, flow or outside number without asking first."""
        self.require(self._NEEDED[body.to])
        outside = body.to is TransferTo.OUTSIDE
        target = await self.outside_number(body.target, "target") if outside else body.target
        await self.context.link.command(Transfer(seat=self.seat, to=body.to, target=target))
        return NOTHING


class ConferenceHandler(SoftkeyHandler):
    @needs(P.AGENT_CONFERENCE)
    async def post(self) -> Nothing:
        """Far party, seat and consulted party talk together."""
        await self.context.link.command(Conference(seat=self.seat))
        return NOTHING


class PushHandler(SoftkeyHandler):
    @needs(P.AGENT_VERIFY_PIN)
    async def post(self, body: FlowChoice) -> Nothing:
        """Send the far party through a flow; it comes back, and what the flow found out is in the call's `shown`."""
        await self.context.link.command(PushToFlow(seat=self.seat, flow=body.flow, value=body.value))
        return NOTHING


class PauseRecordingHandler(SoftkeyHandler):
    @needs(P.AGENT_REC_TOGGLE)
    async def post(self, body: Pause) -> Nothing:
        """Keep what is said now out of the recording (`on`), or record again."""
        done = await self.context.link.command(PauseRecording(seat=self.seat, on=body.on))
        await self.audit("rec.pause" if body.on else "rec.resume", "call", done.call_id or "")
        return NOTHING


class HangUpSeatHandler(SoftkeyHandler):
    @needs(P.AGENT_ANSWER_WEB)
    async def post(self) -> Nothing:
        """The own side hangs up; with a consulted party there, that completes the transfer."""
        await self.context.link.command(HangUpSeat(seat=self.seat))
        return NOTHING


class MoveHandler(SoftkeyHandler):
    @needs(P.MON_FORCE_STATE)
    async def post(self, call_id: str, body: Destination) -> Nothing:
        """Move a caller who waits or is in a flow to another queue, flow, seat or outside number."""
        if call := self.context.link.mirror.call(call_id):
            require_in_sight(self.me, call)
        outside = body.to is TransferTo.OUTSIDE
        target = await self.outside_number(body.target, "target") if outside else body.target
        await self.context.link.command(MoveCaller(call_id=CallId(call_id), to=body.to, target=target))
        await self.audit("mon.move", "call", call_id, after=f"{body.to.value}:{target}")
        return NOTHING
