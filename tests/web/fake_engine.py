"""An engine without lines: speaks the real wire through the real server, does at once what it is told."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import msgspec

from appliance.telephony.call import (
    AgentState,
    AgentStatus,
    CallResult,
    CallState,
    Direction,
    LineState,
    StationState,
)
from appliance.telephony.ids import AgentId, CallId, LineId, QueueId, SeatId, StationId
from appliance.wire.facts import CallEnded, CallRecord
from appliance.wire.messages import (
    AgentChanged,
    AgentView,
    AnyCommand,
    AnyEvent,
    AnyReply,
    CallChanged,
    CallLogged,
    CallView,
    Dial,
    Done,
    EngineHealth,
    HangUpCall,
    LineView,
    PhoneChanged,
    PhoneHeard,
    QueueView,
    RecordAtPhone,
    Refused,
    ScreenPop,
    SetAgentStatus,
    SignIn,
    SignOut,
    Snapshot,
    StationChanged,
    StationView,
    Subscribe,
)
from appliance.wire.server import Connection, WireServer
from appliance.wire.take import new_take
from appliance.wire.virtualphone import ListenPhone, PhoneAudio, PhoneHook, PhoneView

NOW = "2026-11-02T09:00:00+08:00"


class FakeEngine:
    """Four lines, four stations; `commands` keeps what it was told."""

    def __init__(self, data: Path) -> None:
        self.server = WireServer(data / "engine.sock", self.handle)
        self.journal = data / "journal" / "000001.jsonl"
        self.commands: list[AnyCommand] = []
        self.refusals: dict[type[AnyCommand], str] = {}
        """What it will not do, and why."""
        self.spoken: dict[str, bytearray] = defaultdict(bytearray)
        self.agents: dict[AgentId, AgentView] = {}
        self.calls: dict[CallId, CallView] = {}
        self.facts = 0

    async def handle(self, command: AnyCommand, connection: Connection) -> AnyReply | None:
        if text := self.refusals.get(type(command)):
            return Refused(seq=command.seq, text=text)
        if not isinstance(command, PhoneAudio | Subscribe):
            self.commands.append(command)
        call_id: CallId | None = None
        match command:
            case Subscribe():
                self.server.subscribe(connection, self.snapshot())
            case SignIn():
                return self._sign_in(command)
            case SignOut(agent=agent):
                self._agent(agent, AgentStatus.LOGGED_OUT, seat=None)
            case SetAgentStatus(agent=agent, status=status, reason=reason):
                self._agent(agent, status, seat=self.agents[agent].seat, reason=reason)
            case Dial(number=number):
                call_id = CallId(f"dial-{number}")
            case HangUpCall(call_id=call_id):
                self.end_call(call_id)
            case RecordAtPhone(seat=seat):
                call_id = new_take()
                self.phone_is(seat, StationState.RINGING, call_id)
            case PhoneAudio(phone=phone, pcm=pcm):
                self.spoken[phone] += pcm
                return None
            case ListenPhone(phone=phone, on=on):
                connection.listen(phone, on=on)
            case PhoneHook(phone=phone, off_hook=off_hook):
                if phone not in {"801", "out-1"}:
                    return Refused(seq=command.seq, text=f"没有话机 {phone}。")
                self.server.publish(PhoneChanged(phone=self.phone(phone, off_hook=off_hook)))
        return Done(seq=command.seq, call_id=call_id)

    def publish(self, event: AnyEvent) -> None:
        self.server.publish(event)

    def say(self, phone: str, pcm: bytes) -> None:
        """The earpiece of a virtual phone plays."""
        self.publish(PhoneHeard(phone=phone, pcm=pcm))

    def ring(self, call_id: str, number: str, agent: str | None, seat: str = "1") -> None:
        """A call alerts a seat."""
        call = CallView(
            call_id=CallId(call_id), direction=Direction.INBOUND, state=CallState.ALERTING, started_at=NOW, since=NOW,
            line=LineId(1), peer_number=number, agent=AgentId(agent) if agent else None, seat=SeatId(seat),
        )  # fmt: skip
        self.calls[call.call_id] = call
        self.publish(CallChanged(call=call))
        self.publish(ScreenPop(agent=call.agent, seat=SeatId(seat), call=call, ring_at=NOW))

    def phone_is(self, seat: str, state: StationState, call_id: CallId | None = None) -> None:
        """The phone of a seat rings, is lifted, is put down."""
        view = StationView(station=StationId(f"80{seat}"), seat=SeatId(seat), label=seat, state=state, call_id=call_id)
        self.publish(StationChanged(station=view))

    def end_call(self, call_id: str) -> None:
        call = self.calls.pop(CallId(call_id))
        self.publish(CallChanged(call=msgspec.structs.replace(call, state=CallState.ENDED)))

    def log_call(self, record: CallRecord) -> None:
        """The call is over: into the journal, then told."""
        self.write_record(record)
        self.publish(CallLogged(record=record))

    def write_record(self, record: CallRecord) -> None:
        """Into the journal."""
        self.facts += 1
        fact = CallEnded(id=f"b1-{self.facts}", at=record.ended_at, record=record)
        self.journal.parent.mkdir(exist_ok=True)
        with self.journal.open("ab") as file:
            file.write(msgspec.json.encode(fact) + b"\n")

    def snapshot(self) -> Snapshot:
        return Snapshot(
            at=NOW, bureau="铜陵广电", hotline="0562-96599", simulated=True,
            lines=tuple(
                LineView(line=LineId(n), label=f"外线{n}", state=LineState.IDLE, peer_number="") for n in range(1, 5)
            ),
            stations=tuple(
                StationView(station=StationId(f"80{n}"), seat=SeatId(f"{n}"), label=f"{n}", state=StationState.ON_HOOK)
                for n in range(1, 5)
            ),
            agents=tuple(self.agents.values()),
            queues=(QueueView(queue=QueueId("repair"), label="报修"),),
            calls=tuple(self.calls.values()),
            phones=(self.phone("801"), self.phone("out-1")),
            health=EngineHealth(
                boot="b1", uptime_s=1.0, ticks=50, late_p50_ms=0.1, late_p99_ms=0.5, late_max_ms=1.0, overruns=0,
                tick_work_p99_ms=1.0, realtime=False, resident_mb=60.0, disk_free_mb=9000.0, plan_version=1,
            ),
        )  # fmt: skip

    @staticmethod
    def phone(phone: str, *, off_hook: bool = False) -> PhoneView:
        return PhoneView(
            phone=phone, label=phone, outside=phone.startswith("out"), off_hook=off_hook, ringing=False, status="idle"
        )

    def _sign_in(self, command: SignIn) -> AnyReply:
        if any(view.seat == command.seat and view.agent != command.agent for view in self.agents.values()):
            return Refused(seq=command.seq, text=f"座席 {command.seat} 已有人签入，请换一个座席。")
        self.agents[command.agent] = AgentView(
            agent=command.agent, name=command.name, seat=command.seat, status=AgentStatus.READY, state=AgentState.IDLE
        )
        self._agent(command.agent, AgentStatus.READY, seat=command.seat)
        return Done(seq=command.seq)

    def _agent(self, agent: AgentId, status: AgentStatus, *, seat: SeatId | None, reason: str = "") -> None:
        self.agents[agent] = msgspec.structs.replace(self.agents[agent], status=status, seat=seat, reason=reason)
        self.publish(AgentChanged(agent=self.agents[agent]))


def record(call_id: str, number: str, agent: str | None = "1001", **changes: object) -> CallRecord:
    """A call of half a minute."""
    values: dict[str, object] = {
        "call_id": CallId(call_id), "direction": Direction.INBOUND, "result": CallResult.TALKED,
        "started_at": "2026-11-02T09:00:00+08:00", "ended_at": "2026-11-02T09:00:40+08:00", "line": LineId(1),
        "answered_at": "2026-11-02T09:00:05+08:00", "connected_at": "2026-11-02T09:00:10+08:00",
        "hotline": "0562-96599", "peer_number": number, "peer_number_raw": number, "queue": QueueId("repair"),
        "agents": (AgentId(agent),) if agent else (), "agent": AgentId(agent) if agent else None,
        "seat": SeatId("1"), "station": StationId("801"), "ring_s": 5.0, "wait_s": 5.0, "talk_s": 30.0, "total_s": 40.0,
    }  # fmt: skip
    return msgspec.structs.replace(CallRecord(**values), **changes)  # type: ignore[arg-type]
