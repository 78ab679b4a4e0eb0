"""Words about a call: direction, state, result, cause."""

from __future__ import annotations

from enum import StrEnum


class Direction(StrEnum):
    INBOUND = "inbound"
    OUTBOUND = "outbound"
    INTERNAL = "internal"


class CallState(StrEnum):
    """Where a call is; `call.enter(state)` in the engine is the only assignment."""

    OFFERED = "offered"
    IN_FLOW = "in_flow"
    QUEUED = "queued"
    ALERTING = "alerting"
    CONNECTED = "connected"
    HELD = "held"
    CONSULTING = "consulting"
    IN_VOICEMAIL = "in_voicemail"
    DIALING = "dialing"
    ENDED = "ended"


class TalkPhase(StrEnum):
    """What the agent's side of a conversation is doing."""

    TALKING = "talking"
    HELD = "held"
    CALLING = "calling"
    """A third is being called; the far party hears music."""
    CONSULTING = "consulting"
    """Agent and third talk in private."""
    CONFERENCE = "conference"
    PUSHED = "pushed"
    """The far party is in a flow and comes back."""


class CallResult(StrEnum):
    """What became of a call, decided once by the engine when it ends (search condition 3)."""

    TALKED = "talked"
    SELF_SERVED = "self_served"
    """The flow itself ended the call: the caller got what the flow offers."""
    HUNG_UP_BEFORE_ANSWER = "hung_up_before_answer"
    HUNG_UP_IN_FLOW = "hung_up_in_flow"
    ABANDONED_IN_QUEUE = "abandoned_in_queue"
    AGENT_NO_ANSWER = "agent_no_answer"
    NO_AGENT = "no_agent"
    VOICEMAIL = "voicemail"
    BUSY = "busy"
    PEER_NO_ANSWER = "peer_no_answer"
    REJECTED = "rejected"
    LINE_FAULT = "line_fault"


class Side(StrEnum):
    """Who ended the call."""

    PEER = "peer"
    """The customer (the outside party)."""
    AGENT = "agent"
    SYSTEM = "system"


class HangUpCause(StrEnum):
    """Why the call ended, as exactly as the line could tell."""

    BUSY_TONE = "busy_tone"
    CONGESTION_TONE = "congestion_tone"
    DIAL_TONE = "dial_tone"
    POLARITY = "polarity"
    LOOP_BREAK = "loop_break"
    SILENCE = "silence"
    HOOK = "hook"
    """A station went on hook."""
    RINGING_STOPPED = "ringing_stopped"
    FLOW_ENDED = "flow_ended"
    PEER_BUSY = "peer_busy"
    PEER_NO_ANSWER = "peer_no_answer"
    SEAT_NO_ANSWER = "seat_no_answer"
    """Click-to-dial: the agent's own phone was not picked up."""
    NO_LINE_FREE = "no_line_free"
    NOT_ALLOWED = "not_allowed"
    NO_SUCH_NUMBER = "no_such_number"
    GLARE = "glare"
    """A caller rang in on the very line that was being taken to dial out; the caller wins."""
    PORT_FAULT = "port_fault"
    CARD_LOST = "card_lost"
    """The card of a line or phone was pulled out, or its device went away."""
    SUPERVISOR = "supervisor"
    MAX_DURATION = "max_duration"
    ENGINE_RESTART = "engine_restart"
    """The engine died or was restarted during the call; closed from the journal at the next start."""
    ENGINE_STOPPED = "engine_stopped"
    INTERNAL_ERROR = "internal_error"


class LineState(StrEnum):
    """FXO port."""

    OUT_OF_SERVICE = "out_of_service"
    IDLE = "idle"
    RINGING = "ringing"
    SEIZED = "seized"
    DIALING = "dialing"
    TALKING = "talking"
    RELEASING = "releasing"


class LineTrouble(StrEnum):
    """What can be heard to be wrong with an outside line while it works."""

    HUM = "hum"
    NOISE = "noise"
    CLICKS = "clicks"
    DRIFT = "drift"
    """Its tones are no longer what they should be, or what they were."""


class StationState(StrEnum):
    """FXS port."""

    OUT_OF_SERVICE = "out_of_service"
    ON_HOOK = "on_hook"
    RINGING = "ringing"
    OFF_HOOK = "off_hook"
    TALKING = "talking"
    FLASH_PENDING = "flash_pending"
    HOWLER = "howler"


class AgentStatus(StrEnum):
    """Chosen by the person."""

    LOGGED_OUT = "logged_out"
    READY = "ready"
    ON_BREAK = "on_break"


class AgentState(StrEnum):
    """Set by the engine."""

    IDLE = "idle"
    OFFERED = "offered"
    ON_CALL = "on_call"
    WRAP_UP = "wrap_up"


class NoRecordingReason(StrEnum):
    """Why a call has no recording (search condition 16)."""

    NOT_TALKED = "not_talked"
    RULE = "rule"
    TOO_SHORT = "too_short"
    DISK = "disk"
    FAILED = "failed"
    CLEANED = "cleaned"
    """Thrown away by clean-up: too old, or the disk was filling up."""
    DELETED = "deleted"
    """By a person."""
    LOST = "lost"
    """The nightly check found no file."""


class Rating(StrEnum):
    """What the caller said of the service (search condition 19)."""

    SATISFIED = "satisfied"
    NEUTRAL = "neutral"
    DISSATISFIED = "dissatisfied"
    UNRATED = "unrated"
    """Invited, but no key pressed."""
    NOT_INVITED = "not_invited"


class CallerIdKind(StrEnum):
    """How the number reached us."""

    FSK = "fsk"
    DTMF = "dtmf"
    DTMF_UNRELIABLE = "dtmf_unreliable"
    """Without the code that begins or ends it: shown, but perhaps not the whole truth."""
    BY_DEVICE = "by_device"
    """Told as text by the modem or module that received it."""
    NONE = "none"
    WITHHELD = "withheld"
    UNREADABLE = "unreadable"
    DIALLED = "dialled"


class StepKind(StrEnum):
    """What a line of a call's time line says; the screen has words for each."""

    RANG = "rang"
    FLOW = "flow"
    """Entered a flow."""
    ANSWERED = "answered"
    NODE = "node"
    """Left a node of the flow by an exit."""
    QUEUED = "queued"
    OFFERED = "offered"
    """An agent's phone rings."""
    AGENT_NO_ANSWER = "agent_no_answer"
    PICKED_UP = "picked_up"
    """A colleague answered at another phone."""
    QUEUE_LEFT = "queue_left"
    OVERFLOWED = "overflowed"
    """On to another queue; the note is the one before."""
    CONNECTED = "connected"
    AGENT_HUNG_UP = "agent_hung_up"
    VOICEMAIL = "voicemail"
    VOICEMAIL_LEFT = "voicemail_left"
    VOICEMAIL_EMPTY = "voicemail_empty"
    SEAT_RUNG = "seat_rung"
    """Click-to-dial: the agent's own phone rings first."""
    DIALLED = "dialled"
    REFUSED = "refused"
    """The number may not be dialled; the note says why."""
    LINE_SEIZED = "line_seized"
    NO_DIAL_TONE = "no_dial_tone"
    PEER_ANSWERED = "peer_answered"
    ANSWERER = "answerer"
    """Who answered an outgoing call, as far as can be heard; the note is `person`, `machine` or `fax`."""
    HELD = "held"
    RESUMED = "resumed"
    CONSULTED = "consulted"
    """The agent calls a colleague (or an outside number) while the far party hears music."""
    CONFERENCE = "conference"
    TRANSFERRED = "transferred"
    TRANSFER_RETURNED = "transfer_returned"
    """Nobody took the transferred call: back to who sent it."""
    RING_FAILED = "ring_failed"
    """The chosen seat was not reached; the note says why."""
    DIAL_FAILED = "dial_failed"
    """The outside number was not reached for the caller; the note says why."""
    FAR_END_HUNG_UP = "far_end_hung_up"
    """The outside number that was dialled for the caller hung up first."""
    SURVEY = "survey"
    """Asked for a rating."""
    RATED = "rated"
    CALL_BACK = "call_back"
    """The caller booked a call-back to `number`."""
    PUSHED = "pushed"
    """The agent sent the far party through a flow, to have it back afterwards."""
    PUSH_RETURNED = "push_returned"
    """The far party is back from it; the note says how the flow ended, if not well."""
    MOVED = "moved"
    """A supervisor moved the caller to another queue, flow, seat or number."""
    RECORDING_ANNOUNCED = "recording_announced"
    RECORDING_PAUSED = "recording_paused"
    """The agent keeps something out of the recording."""
    RECORDING_RESUMED = "recording_resumed"
    HUNG_UP = "hung_up"
