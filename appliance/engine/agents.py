"""The agents who are signed in: status (chosen by the person) beside state (set by the engine). Pure bookkeeping.

A seat has at most one agent and an agent at most one seat. `order` is that of becoming idle.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from appliance.callplan import CallPlan, MissedCallRules
from appliance.telephony.call import AgentState, AgentStatus
from appliance.telephony.ids import AgentId, CallId, QueueId, SeatId, StationId
from appliance.wire.messages import AgentView

MISSED_REASON = "未接来电"
"""Reason of a break that the engine set."""


class SignInError(Exception):
    """Refused; the text is a Chinese sentence for the agent."""


def planned_queues(plan: CallPlan, agent: AgentId) -> frozenset[QueueId]:
    """The queues that the plan gives an agent; all where it gives none."""
    planned = next((each.queues for each in plan.agents if each.id == agent), ())
    return frozenset(planned or (queue.id for queue in plan.queues))


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
    missed: int = 0
    """Calls in a row that the agent let ring."""
    skipped_until: datetime | None = None
    """Missed a call: no other one before this."""

    def skipped(self, now: datetime) -> bool:
        """Whether the agent gets no caller because of a missed one."""
        return self.skipped_until is not None and now < self.skipped_until

    def answered(self) -> None:
        """Picked up: what was missed before is forgiven."""
        self.missed, self.skipped_until = 0, None

    def set_status(self, status: AgentStatus, reason: str, now: datetime) -> None:
        """The person's own wish; coming back makes a fresh start."""
        self.status, self.reason, self.since = status, reason, now
        if status is AgentStatus.READY:
            self.answered()

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
            missed=self.missed,
            skipped_until=self.skipped_until.isoformat(timespec="milliseconds") if self.skipped_until else "",
        )


class Roster:
    """Everyone signed in."""

    def __init__(self) -> None:
        self._agents: dict[AgentId, Agent] = {}
        self._order = 0
        self._day: date | None = None

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

    def freed(self, agent: Agent, now: datetime) -> None:
        """Idle again without having been at fault or at work: the place in the longest-idle line stays."""
        agent.state, agent.call_id, agent.since = AgentState.IDLE, None, now

    def missed(self, agent: Agent, now: datetime, rules: MissedCallRules) -> bool:
        """The agent let the phone ring. True when that was one too many and put the agent on a break."""
        agent.missed += 1
        agent.skipped_until = now + timedelta(seconds=rules.pause_s)
        if not rules.break_after or agent.missed < rules.break_after or agent.status is not AgentStatus.READY:
            return False
        agent.set_status(AgentStatus.ON_BREAK, MISSED_REASON, now)
        agent.answered()
        return True

    def new_day(self, today: date) -> bool:
        """True when it is another day than last time: what was counted today begins at 0."""
        changed, self._day = self._day not in {None, today}, today
        if changed:
            for agent in self:
                agent.talked_today = 0
        return changed
