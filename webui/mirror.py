"""The engine's state as the web knows it: the last snapshot with every event since applied. Pure."""

from __future__ import annotations

import msgspec

from appliance.telephony.call import CallState
from appliance.wire.messages import (
    AgentChanged,
    AgentView,
    AnyEvent,
    CallChanged,
    CallView,
    HealthReported,
    LineChanged,
    LineView,
    PhoneChanged,
    QueueChanged,
    QueueView,
    Snapshot,
    StationChanged,
    StationView,
)
from appliance.wire.virtualphone import PhoneView


class Mirror:
    """Empty (`snapshot()` None) until the engine sent its snapshot and again after it was lost."""

    def __init__(self) -> None:
        self._base: Snapshot | None = None
        self._n = 0
        self._lines: dict[int, LineView] = {}
        self._stations: dict[str, StationView] = {}
        self._agents: dict[str, AgentView] = {}
        self._queues: dict[str, QueueView] = {}
        self._calls: dict[str, CallView] = {}
        self._phones: dict[str, PhoneView] = {}

    def lost(self) -> None:
        """The engine is down: nothing is known any more."""
        self._base = None

    def apply(self, event: AnyEvent) -> None:
        """Take over what the event says; events before the first snapshot are of no use and are left out."""
        if isinstance(event, Snapshot):
            self._replace(event)
        if self._base is None:
            return
        self._n = max(self._n, event.n)
        match event:
            case LineChanged(line=line):
                self._lines[line.line] = line
            case StationChanged(station=station):
                self._stations[station.station] = station
            case AgentChanged(agent=agent):
                self._agents[agent.agent] = agent
            case QueueChanged(queue=queue):
                self._queues[queue.queue] = queue
            case CallChanged(call=call) if call.state is CallState.ENDED:
                self._calls.pop(call.call_id, None)
            case CallChanged(call=call):
                self._calls[call.call_id] = call
            case PhoneChanged(phone=phone):
                self._phones[phone.phone] = phone
            case HealthReported(health=health):
                self._base = msgspec.structs.replace(self._base, health=health)

    def snapshot(self) -> Snapshot | None:
        """The state now; None while the engine is down."""
        if self._base is None:
            return None
        return msgspec.structs.replace(
            self._base,
            n=self._n,
            lines=tuple(self._lines.values()),
            stations=tuple(self._stations.values()),
            agents=tuple(self._agents.values()),
            queues=tuple(self._queues.values()),
            calls=tuple(self._calls.values()),
            phones=tuple(self._phones.values()),
        )

    def call(self, call_id: str) -> CallView | None:
        """A call that is going on."""
        return self._calls.get(call_id)

    def agent(self, agent: str) -> AgentView | None:
        """An agent who is signed in at a seat."""
        return self._agents.get(agent)

    def _replace(self, snapshot: Snapshot) -> None:
        self._base = snapshot
        self._n = 0
        self._lines = {line.line: line for line in snapshot.lines}
        self._stations = {station.station: station for station in snapshot.stations}
        self._agents = {agent.agent: agent for agent in snapshot.agents}
        self._queues = {queue.queue: queue for queue in snapshot.queues}
        self._calls = {call.call_id: call for call in snapshot.calls}
        self._phones = {phone.phone: phone for phone in snapshot.phones}
