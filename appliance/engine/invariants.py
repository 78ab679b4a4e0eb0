"""What must never be, whatever callers, agents and lines do: pure, over a picture of the switch.

`breaches` looks at one picture; many of them may be seen for a moment while a call passes from one hand to the next, so
each has its grace. `Watchman` gives those that last longer, each once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from appliance.telephony.call import AgentState, CallState, LineState, StationState
from appliance.telephony.ids import AgentId, CallId, LineId, QueueId, StationId

HAND_OVER_S = 2.0
"""A call passes from plot to plot, an agent from state to state, within this time."""
LINE_GRACE_S = 5.0
"""An outside line is on hook so long after its call at the latest."""
ENDING_GRACE_S = 60.0
"""The files of an ended call are safe, and its record is written, within this time."""

_WAITING = {CallState.QUEUED, CallState.ALERTING}
_WITH_AGENT = {CallState.HELD, CallState.CONSULTING}
_TWO = 2
_OFF_HOOK = {LineState.SEIZED, LineState.DIALING, LineState.TALKING}


@dataclass(frozen=True, slots=True)
class SeenCall:
    call_id: CallId
    state: CallState
    has_plot: bool


@dataclass(frozen=True, slots=True)
class SeenLine:
    line: LineId
    state: LineState
    call_id: CallId | None


@dataclass(frozen=True, slots=True)
class SeenStation:
    station: StationId
    state: StationState
    call_id: CallId | None


@dataclass(frozen=True, slots=True)
class SeenAgent:
    agent: AgentId
    station: StationId
    state: AgentState
    call_id: CallId | None


@dataclass(frozen=True, slots=True)
class SeenWaiter:
    call_id: CallId
    queue: QueueId
    offered: frozenset[AgentId]
    idle_for_it: frozenset[AgentId]
    """Agents who could be rung for this caller and are not; only while no phone rings."""


@dataclass(frozen=True, slots=True)
class Picture:
    """The switch at one moment."""

    calls: tuple[SeenCall, ...]
    lines: tuple[SeenLine, ...]
    stations: tuple[SeenStation, ...]
    agents: tuple[SeenAgent, ...]
    waiters: tuple[SeenWaiter, ...]
    """In the order in which they are to be served."""


@dataclass(frozen=True, slots=True)
class Breach:
    """Something that must not be, and how long it may seem to be."""

    text: str
    grace_s: float = 0.0


def breaches(picture: Picture) -> list[Breach]:
    """Everything in the picture that must not last."""
    return [
        *_calls(picture),
        *_lines(picture),
        *_stations(picture),
        *_agents(picture),
        *_waiters(picture),
    ]


class Watchman:
    """Tells a breach from a moment's passage."""

    def __init__(self) -> None:
        self._since: dict[str, float] = {}
        self._told: set[str] = set()

    def look(self, now_s: float, seen: list[Breach]) -> list[str]:
        """Sentences of the breaches that have lasted beyond their grace and were not told yet. Time never goes back."""
        there = {breach.text: breach for breach in seen}
        self._since = {text: self._since.get(text, now_s) for text in there}
        self._told &= set(there)
        lasting = [text for text in there if now_s - self._since[text] >= there[text].grace_s]
        new = [text for text in lasting if text not in self._told]
        self._told.update(new)
        return new


def _calls(picture: Picture) -> Iterator[Breach]:
    ours = Counter(station.call_id for station in picture.stations)
    taking_part = ours + Counter(line.call_id for line in picture.lines)
    for call in picture.calls:
        if call.state is CallState.CONNECTED and taking_part[call.call_id] < _TWO:
            yield Breach(f"call {call.call_id} is connected and nobody is at its other end", HAND_OVER_S)
        if call.state in _WITH_AGENT and call.call_id not in ours:
            yield Breach(f"call {call.call_id} is {call.state} and no phone of ours is in it", HAND_OVER_S)
        if not call.has_plot:
            yield Breach(f"call {call.call_id} is {call.state} and nobody looks after it", HAND_OVER_S)
        if call.state is CallState.ENDED:
            yield Breach(f"call {call.call_id} has ended and has no record", ENDING_GRACE_S)


def _lines(picture: Picture) -> Iterator[Breach]:
    running = _running(picture)
    for line in picture.lines:
        if line.state in _OFF_HOOK and line.call_id not in running:
            yield Breach(f"line {line.line} is {line.state} without a call", LINE_GRACE_S)
        elif line.call_id is not None and line.call_id not in running:
            yield Breach(f"line {line.line} belongs to call {line.call_id}, which is over", LINE_GRACE_S)


def _stations(picture: Picture) -> Iterator[Breach]:
    running = _running(picture)
    for station in picture.stations:
        if station.state is StationState.TALKING and station.call_id is None:
            yield Breach(f"station {station.station} talks without a call", HAND_OVER_S)
        elif station.state is StationState.RINGING and station.call_id is None:
            yield Breach(f"station {station.station} rings without a call", HAND_OVER_S)
        elif station.call_id is not None and station.call_id not in running:
            yield Breach(f"station {station.station} belongs to call {station.call_id}, which is over", HAND_OVER_S)


def _agents(picture: Picture) -> Iterator[Breach]:
    running = _running(picture)
    stations = {station.station: station for station in picture.stations}
    ringing_for: Counter[AgentId] = Counter(agent for waiter in picture.waiters for agent in waiter.offered)
    for agent_id, calls in ringing_for.items():
        if calls > 1:
            yield Breach(f"agent {agent_id} is offered {calls} calls at once")
    at: Counter[StationId] = Counter(agent.station for agent in picture.agents)
    for station_id, agents in at.items():
        if agents > 1:
            yield Breach(f"{agents} agents sit at station {station_id}")
    for agent in picture.agents:
        busy = agent.state in {AgentState.ON_CALL, AgentState.OFFERED}
        if busy and agent.call_id not in running:
            yield Breach(f"agent {agent.agent} is {agent.state} without a call", HAND_OVER_S)
        if not busy and agent.call_id is not None:
            yield Breach(f"agent {agent.agent} is {agent.state} with call {agent.call_id}", HAND_OVER_S)
        station = stations.get(agent.station)
        if busy and station is not None and station.call_id is not None and station.call_id != agent.call_id:
            text = f"agent {agent.agent} has call {agent.call_id} and call {station.call_id} at the phone"
            yield Breach(text, HAND_OVER_S)


def _waiters(picture: Picture) -> Iterator[Breach]:
    states = {call.call_id: call.state for call in picture.calls}
    for call_id, places in Counter(waiter.call_id for waiter in picture.waiters).items():
        if places > 1:
            yield Breach(f"call {call_id} waits in {places} places")
    for waiter in picture.waiters:
        state = states.get(waiter.call_id)
        if state not in _WAITING:
            yield Breach(f"call {waiter.call_id} waits in queue {waiter.queue} and is {state or 'over'}", HAND_OVER_S)
        if waiter.idle_for_it:
            idle = ", ".join(sorted(waiter.idle_for_it))
            yield Breach(f"call {waiter.call_id} waits in queue {waiter.queue} though {idle} is idle", HAND_OVER_S)


def _running(picture: Picture) -> set[CallId]:
    """Ended calls too: their record may still be on its way."""
    return {call.call_id for call in picture.calls}
