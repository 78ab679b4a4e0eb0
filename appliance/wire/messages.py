"""Commands, replies and events between the web process and the engine: the engine's whole outside surface.

One JSON object a line. A command carries `seq`; its reply repeats it. Events come unasked after `Subscribe`.
Virtual-phone audio is 20 ms of 16-bit little-endian PCM at 8 kHz, base64 in JSON.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from appliance.telephony.call import AgentState, AgentStatus, CallState, Direction, LineState, StationState, TalkPhase
from appliance.telephony.ids import AgentId, CallId, LineId, QueueId, SeatId, StationId
from appliance.wire.cards import CardView, SpareCardView
from appliance.wire.command import Command as Command  # noqa: PLC0414 - all messages stand in here for others
from appliance.wire.facts import CallRecord
from appliance.wire.linehealth import LineHealth
from appliance.wire.sms import ReceiveSimulatedSms, SendSms, SmsHealth
from appliance.wire.softkeys import Softkey, SoftkeyCommand
from appliance.wire.virtualphone import (
    ListenPhone,
    PhoneAudio,
    PhoneCall,
    PhoneFlash,
    PhoneHook,
    PhoneKey,
    PhoneView,
    SetLineFault,
)


class Subscribe(Command, frozen=True, kw_only=True):
    """Send a `Snapshot` event now and every event from now on."""


class ReloadCallPlan(Command, frozen=True, kw_only=True):
    """Read `callplan.json` again; running calls go on with the plan they began with."""


class SignIn(Command, frozen=True, kw_only=True):
    """Agent sits down at a seat and is ready. Refused when the seat is taken or the agent is elsewhere."""

    agent: AgentId
    name: str
    seat: SeatId
    queues: tuple[QueueId, ...] = ()
    """Empty: the queues that the call plan gives the agent (all queues for an agent it does not know)."""


class SignOut(Command, frozen=True, kw_only=True):
    agent: AgentId


class SetAgentStatus(Command, frozen=True, kw_only=True):
    agent: AgentId
    status: AgentStatus
    reason: str = ""


class Dial(Command, frozen=True, kw_only=True):
    """Click-to-dial: ring the seat's phone, then dial `number` (a station, or an outside number without prefix)."""

    seat: SeatId
    number: str


class HangUpCall(Command, frozen=True, kw_only=True):
    call_id: CallId


class SupervisionMode(StrEnum):
    LISTEN = "listen"
    WHISPER = "whisper"
    """Only our own phones hear the supervisor."""
    BARGE = "barge"


class Supervise(Command, frozen=True, kw_only=True):
    """Ring the supervisor's seat and let its phone into a running call; keys 1, 2, 3 change the mode later."""

    call_id: CallId
    seat: SeatId
    mode: SupervisionMode


class PickUp(Command, frozen=True, kw_only=True):
    """Answer a ringing colleague at the seat's own phone: it rings at once and has the call when it is lifted."""

    seat: SeatId
    station: str = ""
    """The ringing phone; empty: the one that rings longest of a queue of the seat's agent."""


class ReloadMessages(Command, frozen=True, kw_only=True):
    """Read `messages.json` again (`appliance/wire/messagebook.py`): message-waiting signs follow it."""


class RestartEngine(Command, frozen=True, kw_only=True):
    """End as soon as no call is going on; whoever started the engine starts it again, with the cards there are then."""


class TestLine(Command, frozen=True, kw_only=True):
    """Test a free line by itself; some seconds later its `LineHealth.test` is the result. Refused when it is in use."""

    line: LineId


class RecordAtPhone(Command, frozen=True, kw_only=True):
    """Ring the seat's phone and record what is said into it; `Done.call_id` is the take's (`wire/take.py`)."""

    seat: SeatId


class Ping(Command, frozen=True, kw_only=True):
    pass


class Reply(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag=str):
    seq: int


class Done(Reply, frozen=True, kw_only=True):
    """Carried out; `call_id` where one came of it."""

    call_id: CallId | None = None


class Refused(Reply, frozen=True, kw_only=True):
    """Not carried out; `text` is a Chinese sentence for the person who asked."""

    text: str


class Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag=str):
    """Something became so. `n` counts events of this engine start: a gap means a lost event, ask for a snapshot."""

    n: int = 0


class LineView(msgspec.Struct, frozen=True, kw_only=True):
    line: LineId
    label: str
    state: LineState
    call_id: CallId | None = None
    peer_number: str = ""
    since: str = ""
    fault: str = ""
    """Chinese sentence, empty when well."""


class StationView(msgspec.Struct, frozen=True, kw_only=True):
    station: StationId
    seat: SeatId
    label: str
    state: StationState
    call_id: CallId | None = None
    agent: AgentId | None = None
    fault: str = ""


class AgentView(msgspec.Struct, frozen=True, kw_only=True):
    agent: AgentId
    name: str
    seat: SeatId | None
    status: AgentStatus
    state: AgentState
    reason: str = ""
    since: str = ""
    call_id: CallId | None = None
    talked_today: int = 0
    missed: int = 0
    """Calls in a row that the agent let ring."""
    skipped_until: str = ""
    """No caller before this moment because of a missed call; empty: none missed."""


class WaitingView(msgspec.Struct, frozen=True, kw_only=True):
    """A caller in a queue."""

    call_id: CallId
    position: int
    """1 is next."""
    priority: int
    since: str
    """Arrival, also when it was in another queue."""
    expected_wait_s: float | None = None
    """From now on; None when nobody is there to serve."""


class QueueView(msgspec.Struct, frozen=True, kw_only=True):
    queue: QueueId
    label: str
    waiting: tuple[CallId, ...] = ()
    """In the order in which they will be served."""
    longest_since: str = ""
    ready_agents: int = 0
    signed_in_agents: int = 0
    callers: tuple[WaitingView, ...] = ()
    """The same as `waiting`, with what is expected."""
    expected_wait_s: float | None = None
    """Of a caller who would come now."""


class ShownField(msgspec.Struct, frozen=True, kw_only=True):
    """Something that the flow found out about the call, for the screen of whoever takes it."""

    label: str
    value: str


class PathStep(msgspec.Struct, frozen=True, kw_only=True):
    """A node of a flow that the caller has been through."""

    label: str
    keys: str = ""
    """What the caller pressed there; secret ones as `*`."""


class CallView(msgspec.Struct, frozen=True, kw_only=True):
    call_id: CallId
    direction: Direction
    state: CallState
    started_at: str
    since: str
    line: LineId | None = None
    peer_number: str = ""
    peer_name: str = ""
    queue: QueueId | None = None
    agent: AgentId | None = None
    seat: SeatId | None = None
    station: StationId | None = None
    flow: str = ""
    node: str = ""
    node_label: str = ""
    recording: bool = False
    shown: tuple[ShownField, ...] = ()
    priority: int = 0
    """Higher waits less."""
    phase: TalkPhase | None = None
    """What the agent's side is doing; None while nobody of ours is in a conversation with softkeys."""
    consulting: str = ""
    """The third who is called, consulted or in the conference: station or outside number."""
    recording_paused: bool = False
    """By the agent, who keeps something out of it."""
    softkeys: tuple[Softkey, ...] = ()
    """What the seat can do with the call now."""
    path: tuple[PathStep, ...] = ()
    """The way through flows so far, the newest nodes; the one where the caller is now is `node`."""


class EngineHealth(msgspec.Struct, frozen=True, kw_only=True):
    """Tick lateness since the last report, and what else tells whether calls are safe."""

    boot: str
    uptime_s: float
    ticks: int
    late_p50_ms: float
    late_p99_ms: float
    late_max_ms: float
    overruns: int
    """Ticks whose work did not fit into 20 ms, since start."""
    tick_work_p99_ms: float
    realtime: bool
    resident_mb: float
    disk_free_mb: float
    plan_version: int
    rules_broken: int = 0
    """What must never be and was, since start (`appliance/engine/invariants.py`); each is in the log."""
    lines: tuple[LineHealth, ...] = ()
    sms: SmsHealth | None = None
    """None: no module that could send or receive."""
    cards: tuple[CardView, ...] = ()
    spare_cards: tuple[SpareCardView, ...] = ()
    """Plugged in, and not in the settings."""
    restart_waits: bool = False
    """The engine ends when no call is going on any more (`RestartEngine`)."""


class Snapshot(Event, frozen=True, kw_only=True):
    at: str
    bureau: str
    hotline: str
    simulated: bool
    lines: tuple[LineView, ...]
    stations: tuple[StationView, ...]
    agents: tuple[AgentView, ...]
    queues: tuple[QueueView, ...]
    calls: tuple[CallView, ...]
    phones: tuple[PhoneView, ...]
    health: EngineHealth


class LineChanged(Event, frozen=True, kw_only=True):
    line: LineView


class StationChanged(Event, frozen=True, kw_only=True):
    station: StationView


class AgentChanged(Event, frozen=True, kw_only=True):
    agent: AgentView


class QueueChanged(Event, frozen=True, kw_only=True):
    queue: QueueView


class CallChanged(Event, frozen=True, kw_only=True):
    """`call.state` ENDED is the last one for that call."""

    call: CallView


class ScreenPop(Event, frozen=True, kw_only=True):
    """A seat's phone starts ringing with this call: show the customer before the agent picks up."""

    agent: AgentId | None
    seat: SeatId
    call: CallView
    ring_at: str


class CallLogged(Event, frozen=True, kw_only=True):
    """The record is in the journal: ingest may run now."""

    record: CallRecord


class SmsLogged(Event, frozen=True, kw_only=True):
    """A message came, or something became of one: the facts are in the journal, ingest may run."""

    sms_id: str


class PhoneChanged(Event, frozen=True, kw_only=True):
    phone: PhoneView


class PhoneHeard(Event, frozen=True, kw_only=True):
    """What a virtual phone's earpiece plays: PCM since the last such event."""

    phone: str
    pcm: bytes


class HealthReported(Event, frozen=True, kw_only=True):
    health: EngineHealth


AnyCommand = (
    Subscribe
    | ReloadCallPlan
    | SignIn
    | SignOut
    | SetAgentStatus
    | Dial
    | HangUpCall
    | Supervise
    | SoftkeyCommand
    | PickUp
    | ReloadMessages
    | RestartEngine
    | PhoneHook
    | PhoneCall
    | PhoneKey
    | PhoneFlash
    | PhoneAudio
    | ListenPhone
    | SetLineFault
    | TestLine
    | RecordAtPhone
    | SendSms
    | ReceiveSimulatedSms
    | Ping
)
AnyReply = Done | Refused
AnyEvent = (
    Snapshot
    | LineChanged
    | StationChanged
    | AgentChanged
    | QueueChanged
    | CallChanged
    | ScreenPop
    | CallLogged
    | SmsLogged
    | PhoneChanged
    | PhoneHeard
    | HealthReported
)
FromEngine = AnyReply | AnyEvent
