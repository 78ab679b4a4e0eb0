"""Facts of the journal: what happened, in the order it happened; the source of every record.

Each is one JSON line `{"type": …, "id": …, "at": …, …}`. `id` is unique for ever (`<boot>-<number>`), which makes
ingest idempotent. A `CallEnded` carries the whole call record, so one line is enough to make the row.
"""

from __future__ import annotations

import msgspec

from appliance.telephony.call import (
    AgentStatus,
    CallerIdKind,
    CallResult,
    CallState,
    Direction,
    HangUpCause,
    NoRecordingReason,
    Side,
    StepKind,
)
from appliance.telephony.ids import AgentId, BoxId, CallId, LineId, PromptId, QueueId, SeatId, StationId
from appliance.wire.linetest import LineTest


class Step(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line of a call's time line: what, and the rest as it applies."""

    at_s: float
    """Seconds since the call started."""
    kind: StepKind
    flow: str = ""
    node: str = ""
    label: str = ""
    exit: str = ""
    digits: str = ""
    queue: str = ""
    agent: str = ""
    station: str = ""
    number: str = ""
    certain: bool = True
    note: str = ""


class Recording(msgspec.Struct, frozen=True, kw_only=True):
    """A stereo WAV (customer left, seat right) below the data folder."""

    path: str
    start_s: float
    length_s: float
    sha256: str = ""
    """Of the sound: everything after the 44 bytes of the header."""
    chain: str = ""
    """Head of its hash chain (docs/RECORDINGS.md): of the sound and, through its first link, all recorded before."""


class Voicemail(msgspec.Struct, frozen=True, kw_only=True):
    path: str
    length_s: float
    box: BoxId
    for_agent: AgentId | None = None


class CallRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One call, decided once by the engine. Times are ISO 8601 local with offset; durations in seconds."""

    call_id: CallId
    direction: Direction
    result: CallResult
    started_at: str
    ended_at: str
    answered_at: str | None = None
    """When the box (inbound) or the far end (outbound) answered."""
    answer_inferred: bool = False
    connected_at: str | None = None
    """When two people could first talk."""
    line: LineId | None = None
    hotline: str = ""
    peer_number: str = ""
    """Normalised: area code added for local numbers, access prefixes cut."""
    peer_number_raw: str = ""
    peer_name: str = ""
    caller_id: CallerIdKind = CallerIdKind.NONE
    queue: QueueId | None = None
    agents: tuple[AgentId, ...] = ()
    """Everyone who talked, in order; `agent` is the last."""
    agent: AgentId | None = None
    seat: SeatId | None = None
    station: StationId | None = None
    ring_s: float = 0.0
    wait_s: float = 0.0
    """Queueing and alerting until connected or abandoned (search condition 5)."""
    talk_s: float = 0.0
    total_s: float = 0.0
    hang_up_side: Side = Side.SYSTEM
    hang_up_cause: HangUpCause = HangUpCause.FLOW_ENDED
    transfers: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()
    recording: Recording | None = None
    no_recording: NoRecordingReason | None = None
    voicemail: Voicemail | None = None
    rating: str = ""
    evidence: str = ""
    """Path, below the data folder, of the last 5 s of the line before the box itself ended the call."""


class Fact(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag=str):
    """Common part of every journal line."""

    id: str
    at: str
    """ISO 8601 local time with offset."""


class EngineStarted(Fact, frozen=True, kw_only=True):
    boot: str
    version: str


class EngineStopped(Fact, frozen=True, kw_only=True):
    boot: str


class CallStarted(Fact, frozen=True, kw_only=True):
    call_id: CallId
    direction: Direction
    line: LineId | None = None
    station: StationId | None = None
    agent: AgentId | None = None
    seat: SeatId | None = None
    hotline: str = ""


class CallProgressed(Fact, frozen=True, kw_only=True):
    """A state was entered or a step happened; enough to close the record if the engine dies."""

    call_id: CallId
    state: CallState
    step: Step
    peer_number: str = ""
    peer_number_raw: str = ""
    peer_name: str = ""
    caller_id: CallerIdKind = CallerIdKind.NONE


class RecordingStarted(Fact, frozen=True, kw_only=True):
    call_id: CallId
    path: str
    start_s: float


class VoicemailStarted(Fact, frozen=True, kw_only=True):
    call_id: CallId
    path: str
    box: BoxId
    for_agent: AgentId | None = None


class CallBackBooked(Fact, frozen=True, kw_only=True):
    """A caller asked to be called back at `number` by the agents of a queue."""

    call_id: CallId
    number: str
    queue: QueueId


class VoicemailHeard(Fact, frozen=True, kw_only=True):
    """An agent listened at a phone to the voicemail of call `call_id`."""

    call_id: CallId
    agent: AgentId
    station: StationId


class VoicemailClosed(Fact, frozen=True, kw_only=True):
    """An agent dealt with the voicemail of call `call_id` at a phone: it is done with."""

    call_id: CallId
    agent: AgentId
    station: StationId


class PromptRecorded(Fact, frozen=True, kw_only=True):
    """A prompt was spoken into a phone and is in the prompts folder now."""

    prompt: PromptId
    agent: AgentId
    station: StationId


class OutsideDialled(Fact, frozen=True, kw_only=True):
    """A call to an outside number was allowed, and counts for the limits of a seat (`flows`: of all call flows)."""

    seat: SeatId
    number: str


class CallEnded(Fact, frozen=True, kw_only=True):
    record: CallRecord


class AgentStatusChanged(Fact, frozen=True, kw_only=True):
    agent: AgentId
    seat: SeatId | None
    status: AgentStatus
    reason: str = ""
    name: str = ""
    queues: tuple[QueueId, ...] = ()


class LineFaulted(Fact, frozen=True, kw_only=True):
    line: LineId | None
    station: StationId | None
    fault: str
    text: str


class LineTested(Fact, frozen=True, kw_only=True):
    """An outside line was tested by itself; nobody was called."""

    test: LineTest


class LineRecovered(Fact, frozen=True, kw_only=True):
    line: LineId | None
    station: StationId | None


class CallPlanLoaded(Fact, frozen=True, kw_only=True):
    plan_version: int


class ClockJumped(Fact, frozen=True, kw_only=True):
    """The clock of the machine was set, by a person or a time server; `at` is by the new time."""

    expected: str
    """What it would have said had nobody set it, ISO 8601."""


class SmsPartArrived(Fact, frozen=True, kw_only=True):
    """A short message, or a part of one, as it lay on a module; deleted there only when this is on the disk."""

    module: str
    place: str
    pdu: str
    """Hexadecimal, service centre address first (TS 23.040)."""


class SmsReceived(Fact, frozen=True, kw_only=True):
    """A message whose parts are all there, or have been waited for long enough."""

    sms_id: str
    module: str
    number: str
    """As the network gave it; may be a name, or empty for what could not be read."""
    text: str
    sent_at: str = ""
    """ISO 8601; empty: the network did not say."""
    parts: tuple[str, ...]
    """Ids of their `SmsPartArrived`."""
    missing: int = 0


class SmsQueued(Fact, frozen=True, kw_only=True):
    """Somebody sends a message: it waits in the outbox."""

    sms_id: str
    number: str
    text: str
    parts: int
    by: str = ""


class SmsSending(Fact, frozen=True, kw_only=True):
    """The module is about to get it: if nothing follows, nobody knows whether it went out."""

    sms_id: str
    module: str


class SmsSent(Fact, frozen=True, kw_only=True):
    """The network took all parts."""

    sms_id: str
    module: str
    references: tuple[int, ...]
    """Of the parts, as delivery reports name them."""
    cost_yuan: float


class SmsFailed(Fact, frozen=True, kw_only=True):
    """It did not go out. `final`: and will not be tried again."""

    sms_id: str
    text: str
    """Chinese sentence: why."""
    final: bool


class SmsDelivered(Fact, frozen=True, kw_only=True):
    """The network reports: it reached the phone, or never will."""

    sms_id: str
    delivered: bool


AnyFact = (
    EngineStarted
    | EngineStopped
    | CallStarted
    | CallProgressed
    | RecordingStarted
    | VoicemailStarted
    | CallBackBooked
    | VoicemailHeard
    | VoicemailClosed
    | PromptRecorded
    | OutsideDialled
    | CallEnded
    | AgentStatusChanged
    | LineFaulted
    | LineRecovered
    | LineTested
    | CallPlanLoaded
    | ClockJumped
    | SmsPartArrived
    | SmsReceived
    | SmsQueued
    | SmsSending
    | SmsSent
    | SmsFailed
    | SmsDelivered
)
