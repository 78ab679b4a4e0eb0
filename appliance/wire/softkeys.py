"""Commands of a seat in a conversation: what the screen's softkeys send, and a supervisor's moving of callers."""

from __future__ import annotations

from enum import StrEnum

from appliance.telephony.ids import CallId, FlowId, SeatId
from appliance.wire.command import Command


class Softkey(StrEnum):
    """What a seat can do with its call just now: the commands below that would be carried out."""

    HOLD = "hold"
    RESUME = "resume"
    CONSULT = "consult"
    TRANSFER = "transfer"
    COMPLETE_TRANSFER = "complete_transfer"
    CANCEL_CONSULT = "cancel_consult"
    CONFERENCE = "conference"
    PUSH = "push"
    PAUSE_RECORDING = "pause_recording"
    RESUME_RECORDING = "resume_recording"
    HANG_UP = "hang_up"


class TransferTo(StrEnum):
    """What a call is transferred to; `target` is its id, or the outside number without prefix."""

    SEAT = "seat"
    QUEUE = "queue"
    FLOW = "flow"
    OUTSIDE = "outside"


class HoldCall(Command, frozen=True, kw_only=True):
    """The seat's caller hears music; the seat can resume, consult, transfer or push."""

    seat: SeatId


class ResumeCall(Command, frozen=True, kw_only=True):
    """Take the held caller back; a running consultation ends."""

    seat: SeatId


class Consult(Command, frozen=True, kw_only=True):
    """Hold the caller and call `number` (a station, or an outside number without prefix)."""

    seat: SeatId
    number: str


class CompleteTransfer(Command, frozen=True, kw_only=True):
    """The consulted party gets the call; the seat is out of it."""

    seat: SeatId


class CancelConsult(Command, frozen=True, kw_only=True):
    """End the consultation and take the caller back."""

    seat: SeatId


class Transfer(Command, frozen=True, kw_only=True):
    """Give the caller away without asking; nobody there: the caller comes back to the seat."""

    seat: SeatId
    to: TransferTo
    target: str


class Conference(Command, frozen=True, kw_only=True):
    """Caller, seat and the consulted party talk together."""

    seat: SeatId


class PushToFlow(Command, frozen=True, kw_only=True):
    """The caller goes through a flow (`{pushed}` is `value`) and comes back; the seat hears music meanwhile."""

    seat: SeatId
    flow: FlowId
    value: str = ""


class PauseRecording(Command, frozen=True, kw_only=True):
    """Leave out what is said now (`on`), or record again."""

    seat: SeatId
    on: bool


class HangUpSeat(Command, frozen=True, kw_only=True):
    """The agent's side ends, as if the handset went down."""

    seat: SeatId


class MoveCaller(Command, frozen=True, kw_only=True):
    """A supervisor moves a caller who waits or is in a flow elsewhere."""

    call_id: CallId
    to: TransferTo
    target: str


SoftkeyCommand = (
    HoldCall
    | ResumeCall
    | Consult
    | CompleteTransfer
    | CancelConsult
    | Transfer
    | Conference
    | PushToFlow
    | PauseRecording
    | HangUpSeat
    | MoveCaller
)
