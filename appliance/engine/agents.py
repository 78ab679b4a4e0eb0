"""The agents who are signed in: status (chosen by the person) beside state (set by the engine). Pure bookkeeping.

A seat has at most one agent and an agent at most one seat. `idle_since` orders the longest-idle strategy.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from appliance.telephony.call import AgentState, AgentStatus
from appliance.telephony.ids import AgentId, CallId, QueueId, SeatId, StationId
from appliance.wire.messages import AgentView


class SignInError(Exception):
    """Refused; the text is a Chinese sentence for the agent."""


@dataclass(slots=True)
class Agent:
    """One person at work."""

    id: AgentId
    name: str
    seat: SeatId
    station: StationId
    queues: frozenset[QueueId]
    since: datetime
    idle_since: datetime
    status: AgentStatus = AgentStatus.READY
    state: AgentState = AgentState.IDLE
    reason: str = ""
    call_id: CallId | None = None
    talked_today: int = 0
    order: int = field(default=0)
    """Running number of the last change to idle: ties of `idle_since` stay first come, first served."""

    def view(self) -> AgentView:
        return AgentView(
            agent=self.id,
            name=self.name,
            seat=self.seat,
            status=self.status,
            state=self.state,
            reason=self.reason,
            since=self.since.isoformat(timespec="milliseconds"),
            call_id=self.call_id,
            talked_today=self.talked_today,
        )


class Roster:
    """Everyone signed in."""

    def __init__(self) -> None:
        self._agents: dict[AgentId, Agent] = {}
        self._order = 0

    def __iter__(self) -> Iterator[Agent]:
        return iter(self._agents.values())

    def get(self, agent: AgentId) -> Agent | None:
        return self._agents.get(agent)

    def at_seat(self, seat: SeatId) -> Agent | None:
        return next((agent for agent in self if agent.seat == seat), None)

    def at_station(self, station: StationId) -> Agent | None:
        return next((agent for agent in self if agent.station == station), None)

    def sign_in(self, agent: Agent) -> None:
        """Raises `SignInError` when the seat is taken or the agent sits elsewhere."""
        there = self.at_seat(agent.seat)
        if there is not None and there.id != agent.id:
            raise SignInError(f"{agent.seat} 号座席已由 {there.name}（{there.id}）签入，请换一个座席或请他先签出。")
        already = self.get(agent.id)
        if already is not None and already.seat != agent.seat:
            raise SignInError(f"工号 {agent.id} 已在 {already.seat} 号座席签入，请先在那里签出。")
        if already is None:
            self._agents[agent.id] = agent
            self.becomes_idle(agent, agent.since)

    def sign_out(self, agent: Agent) -> None:
        self._agents.pop(agent.id, None)

    def becomes_idle(self, agent: Agent, now: datetime) -> None:
        """Goes to the end of the longest-idle line."""
        self._order += 1
        agent.state, agent.call_id = AgentState.IDLE, None
        agent.idle_since = agent.since = now
        agent.order = self._order

    def in_queue(self, queue: QueueId) -> list[Agent]:
        """Signed in for the queue and not on a break, whatever they do just now."""
        return [agent for agent in self if queue in agent.queues and agent.status is AgentStatus.READY]

    def longest_idle(self, candidates: list[Agent]) -> Agent | None:
        """The one who has been idle longest."""
        idle = [agent for agent in candidates if agent.state is AgentState.IDLE]
        return min(idle, key=lambda agent: agent.order, default=None)
