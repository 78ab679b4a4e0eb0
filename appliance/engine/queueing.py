"""Waiting for an agent: callers stand in line, phones ring, people talk, agents wrap up.

The order is `acd.match`'s; this file makes it happen. Every change that could free somebody ends in `dispatch`.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TYPE_CHECKING

from appliance.callplan import Queue
from appliance.engine.acd import Floor, Waiter, begin_next_round, hopeless, in_order, match, passed_over
from appliance.engine.agents import Agent
from appliance.engine.agentwork import status_changed
from appliance.engine.announcing import Place, entertain
from appliance.engine.call import Call
from appliance.engine.callfiles import CallFiles
from appliance.engine.conversation import Conversation
from appliance.engine.expectation import ServiceTimes, expected_wait_s, rivals_ahead
from appliance.engine.hunt import Hunt
from appliance.engine.strategy import Rota, Staffing
from appliance.telephony.call import AgentState, CallState, StationState, StepKind
from appliance.telephony.ids import AgentId, QueueId
from appliance.telephony.leg import QueueOutcome
from appliance.wire.messages import QueueChanged, QueueView, WaitingView

if TYPE_CHECKING:
    from appliance.callplan import CallPlan
    from appliance.engine.callerleg import LineCaller
    from appliance.engine.switch import Switch

_OVERFLOWING = {QueueOutcome.FULL, QueueOutcome.NO_AGENT, QueueOutcome.AGENTS_NO_ANSWER}


class Verdict(Enum):
    """Why a caller leaves a queue without an agent."""

    KEY = auto()
    GIVE_UP = auto()
    OVERFLOW = auto()


@dataclass(eq=False, slots=True)
class _Wait:
    """A caller's wait, over all queues that it leads through."""

    call: Call
    waiter: Waiter
    hunt: Hunt
    news: asyncio.Event = field(default_factory=asyncio.Event)
    verdict: Verdict | None = None

    def end(self, verdict: Verdict) -> None:
        """Get the caller out of the queue; the first verdict stays."""
        if not self.waiter.closed:
            self.verdict, self.waiter.closed = verdict, True
            self.news.set()


class Queueing:
    """All queues of the plan."""

    def __init__(self, switch: Switch) -> None:
        self._switch = switch
        self._waits: list[_Wait] = []
        self._arrivals = 0
        self._rota = Rota()
        self._times = ServiceTimes()
        self._wrap_ups: dict[AgentId, asyncio.TimerHandle] = {}
        self._plan: CallPlan | None = None
        self._staffing: Staffing
        self._dispatching = self._dispatch_again = False
        self.order_broken: list[str] = []
        """Offers that passed somebody over: none as long as `match` is right. Taken by the patrol."""

    @property
    def waiters(self) -> list[Waiter]:
        return [wait.waiter for wait in self._waits]

    def floor(self) -> Floor:
        """Callers and agents as they are now."""
        plan = self._switch.plan
        if plan is not self._plan:
            self._plan, self._staffing = plan, Staffing.of(plan)
        return Floor(self._staffing, self._switch.roster, self._phone_free, self._switch.now())

    async def wait(self, call: Call, caller: LineCaller, files: CallFiles, queue_id: QueueId) -> QueueOutcome:
        """Stand in line, talk when an agent answers, and say how it ended. The caller's hang-up passes through."""
        queue = self._queue(queue_id)
        if queue is None:
            return QueueOutcome.NO_AGENT
        self._arrivals += 1
        now = self._switch.now()
        waiter = Waiter(call.id, queue.id, self._arrivals, now, now, call.priority)
        news = asyncio.Event()
        wait = _Wait(call, waiter, Hunt(self._switch, call, news), news)
        agent, outcome, queue = await self._through_queues(wait, caller, queue)
        if agent is not None:
            await self._serve(call, caller, files, agent, queue)
        call.queue_outcome = outcome
        if outcome is not QueueOutcome.SERVED:
            call.enter(CallState.IN_FLOW, StepKind.QUEUE_LEFT, queue=queue.id, note=outcome)
        return outcome

    def dispatch(self) -> None:
        """Offer agents to callers; called after every change of an agent, a phone or a queue."""
        if self._dispatching:
            self._dispatch_again = True
            return
        self._dispatching = True
        try:
            self._dispatch_again = True
            while self._dispatch_again:
                self._dispatch_again = False
                self._offer()
        finally:
            self._dispatching = False
        for wait in list(self._waits):
            self._judge(wait)

    def view(self, queue: Queue) -> QueueView:
        floor = self.floor()
        line = in_order(self.waiters, floor.staffing.priority_worth_s)
        mine = [waiter for waiter in line if waiter.queue == queue.id]
        signed_in = [agent for agent in self._switch.roster if queue.id in agent.queues]
        ready = [agent for agent in self._switch.roster.in_queue(queue.id) if agent.state is AgentState.IDLE]
        return QueueView(
            queue=queue.id,
            label=queue.label,
            waiting=tuple(waiter.call_id for waiter in mine),
            longest_since=min((_iso(waiter) for waiter in mine), default=""),
            ready_agents=len(ready),
            signed_in_agents=len(signed_in),
            callers=tuple(
                WaitingView(
                    call_id=waiter.call_id,
                    position=position,
                    priority=waiter.priority,
                    since=_iso(waiter),
                    expected_wait_s=self._expected_wait_s(queue, line[: line.index(waiter)]),
                )
                for position, waiter in enumerate(mine, 1)
            ),
            expected_wait_s=self._expected_wait_s(queue, line),
        )

    def rest(self, agent: Agent, wrap_up_s: float) -> None:
        """The agent's call is over: wrap-up, then idle."""
        timer = self._wrap_ups.pop(agent.id, None)
        if timer is not None:
            timer.cancel()
        if wrap_up_s <= 0:
            self._idle(agent)
            return
        agent.state, agent.since, agent.call_id = AgentState.WRAP_UP, self._switch.now(), None
        self._switch.agent_changed(agent)
        self._wrap_ups[agent.id] = asyncio.get_running_loop().call_later(wrap_up_s, self._end_wrap_up, agent)

    def missed(self, agent: Agent) -> None:
        """The agent let the phone ring: no other caller for a while; too often, and it is a break."""
        rules = self._switch.plan.missed_calls
        if self._switch.roster.missed(agent, self._switch.now(), rules):
            status_changed(self._switch, agent)

    async def _through_queues(
        self, wait: _Wait, caller: LineCaller, queue: Queue
    ) -> tuple[Agent | None, QueueOutcome, Queue]:
        """From queue to queue as they overflow; returns the agent who answered and the queue in which it ended."""
        greeted = False
        while True:
            wait.call.queue = queue.id
            agent, outcome = None, self._refused(queue)
            if outcome is None:
                agent, outcome = await self._stand_in_line(wait, caller, queue, greeted=greeted)
                greeted = True
            onward = wait.verdict is Verdict.OVERFLOW or (agent is None and outcome in _OVERFLOWING)
            target = self._accepting(queue) if onward else None
            if target is None and wait.verdict is not Verdict.OVERFLOW:
                return agent, outcome, queue
            if target is not None:
                wait.call.note(StepKind.OVERFLOWED, queue=target.id, note=queue.id)
            queue = target or queue
            wait.verdict = None
            wait.waiter.move_to(queue.id, self._switch.now())

    async def _stand_in_line(
        self, wait: _Wait, caller: LineCaller, queue: Queue, *, greeted: bool
    ) -> tuple[Agent | None, QueueOutcome]:
        wait.call.enter(CallState.QUEUED, StepKind.QUEUED, queue=queue.id)
        self._waits.append(wait)
        self._changed(queue.id)
        media = self._switch.media
        entertained = asyncio.create_task(
            entertain(media, caller, queue, lambda: self._place(wait.waiter, queue), greeted=greeted)
        )
        agent, timed_out = None, False
        try:
            with caller.line.keys.interrupting(queue.leave_key, lambda: wait.end(Verdict.KEY)):
                async with asyncio.timeout(queue.max_wait_s):
                    agent = await self._until_answered(wait, queue)
        except TimeoutError:
            agent, timed_out = self._settle(wait), True
        finally:
            entertained.cancel()
            wait.waiter.closed = True
            wait.waiter.offered.clear()
            wait.hunt.stop()
            self._waits.remove(wait)
            self._changed(queue.id)
        media.stop(caller.port)
        if agent is not None:
            return agent, QueueOutcome.SERVED
        if timed_out or wait.verdict is Verdict.OVERFLOW:
            return None, QueueOutcome.TIMEOUT
        if wait.verdict is Verdict.KEY:
            return None, QueueOutcome.KEY_PRESSED
        return None, QueueOutcome.AGENTS_NO_ANSWER if wait.waiter.attempts else QueueOutcome.NO_AGENT

    async def _until_answered(self, wait: _Wait, queue: Queue) -> Agent | None:
        while True:
            self.dispatch()
            await wait.news.wait()
            wait.news.clear()
            agent = self._settle(wait)
            if agent is not None or wait.verdict is not None:
                return agent
            if queue.max_attempts:
                begin_next_round(wait.waiter, self._switch.roster)

    def _settle(self, wait: _Wait) -> Agent | None:
        """What became of the phones that rang; the agent who answered, if anybody did."""
        agent, in_vain = wait.hunt.settle()
        for each in in_vain:
            self._in_vain(wait, each.agent, missed=each.missed)
        if agent is not None:
            wait.waiter.closed = True
            agent.answered()
        return agent

    def _in_vain(self, wait: _Wait, agent: Agent, *, missed: bool) -> None:
        call, waiter = wait.call, wait.waiter
        waiter.offered.discard(agent.id)
        state = CallState.ALERTING if waiter.offered else CallState.QUEUED
        call.enter(state, StepKind.AGENT_NO_ANSWER, agent=agent.id, station=agent.station)
        if missed:
            waiter.tried.add(agent.id)
            waiter.attempts += 1
        if agent.call_id != call.id:
            return
        if missed:
            self.rest(agent, 0.0)
            self.missed(agent)
        else:
            self._switch.roster.freed(agent, self._switch.now())
            self._switch.agent_changed(agent)

    async def _serve(self, call: Call, caller: LineCaller, files: CallFiles, agent: Agent, queue: Queue) -> None:
        time = asyncio.get_running_loop().time
        began_s = time()
        station = self._switch.stations[agent.station]
        try:
            talk = Conversation(self._switch, call, caller.line, files, station, queue.wrap_up_s, caller)
            await talk.run(StepKind.CONNECTED)
        finally:
            self._times.add(queue.id, time() - began_s + queue.wrap_up_s)
        call.enter(CallState.IN_FLOW, StepKind.AGENT_HUNG_UP, agent=call.agent or "")

    def _offer(self) -> None:
        floor, waiters = self.floor(), self.waiters
        offers = match(waiters, floor, self._rota)
        for waiter, offer in passed_over(offers, waiters, floor):
            text = f"queue {waiter.queue}: call {offer.waiter.call_id} was served before {waiter.call_id}"
            self.order_broken.append(text)
        waits = {wait.waiter.arrived: wait for wait in self._waits}
        for offer in offers:
            queue = floor.staffing.queues[offer.waiter.queue]
            for agent in offer.agents:
                offer.waiter.offered.add(agent.id)
                waits[offer.waiter.arrived].hunt.ring(agent, queue.ring_s, queue.id)

    def _judge(self, wait: _Wait) -> None:
        """Whether a caller whom nobody is rung for must leave."""
        waiter, queue = wait.waiter, self._queue(wait.waiter.queue)
        if queue is None:
            wait.end(Verdict.GIVE_UP)
        elif waiter.offered or waiter.closed:
            return
        elif self._given_up(waiter, queue):
            wait.end(Verdict.GIVE_UP)
        elif queue.overflow_after_s > 0 and self._accepting(queue) is not None:
            waited_s = (self._switch.now() - waiter.entered_at).total_seconds()
            if waited_s >= queue.overflow_after_s:
                wait.end(Verdict.OVERFLOW)

    def _given_up(self, waiter: Waiter, queue: Queue) -> bool:
        if queue.wait_without_agents and not waiter.attempts:
            return False
        return hopeless(waiter, queue, self._switch.roster)

    def _refused(self, queue: Queue) -> QueueOutcome | None:
        if sum(1 for waiter in self.waiters if waiter.queue == queue.id) >= queue.max_waiting:
            return QueueOutcome.FULL
        if not self._switch.roster.in_queue(queue.id) and not queue.wait_without_agents:
            return QueueOutcome.NO_AGENT
        return None

    def _accepting(self, queue: Queue) -> Queue | None:
        """The next queue of the overflow chain that takes callers. A plan has no circle in it."""
        target = self._queue(queue.overflow_to)
        while target is not None and self._refused(target) is not None:
            target = self._queue(target.overflow_to)
        return target

    def _place(self, waiter: Waiter, queue: Queue) -> Place | None:
        if waiter.closed or waiter.offered:
            return None
        line = in_order(self.waiters, self.floor().staffing.priority_worth_s)
        ahead = line[: line.index(waiter)]
        same = sum(1 for each in ahead if each.queue == waiter.queue)
        return Place(same, self._expected_wait_s(queue, ahead))

    def _expected_wait_s(self, queue: Queue, ahead: list[Waiter]) -> float | None:
        in_queue, queues = self._switch.roster.in_queue, self._switch.plan.queues
        agents = {each.id: frozenset(agent.id for agent in in_queue(each.id)) for each in queues}
        there = in_queue(queue.id)
        idle = sum(1 for agent in there if agent.state is AgentState.IDLE and self._phone_free(agent))
        unserved = [waiter.queue for waiter in ahead if not waiter.offered]
        rivals = rivals_ahead(queue.id, unserved, agents)
        expected = expected_wait_s(rivals, idle, len(there), self._times.mean_s(queue.id))
        return None if expected is None else round(expected, 1)

    def _end_wrap_up(self, agent: Agent) -> None:
        self._wrap_ups.pop(agent.id, None)
        if agent.state is AgentState.WRAP_UP:
            self._idle(agent)

    def _idle(self, agent: Agent) -> None:
        self._switch.roster.becomes_idle(agent, self._switch.now())
        self._switch.agent_changed(agent)
        # Not inside the caller's own stack: its plot is still undoing what it did.
        asyncio.get_running_loop().call_soon(self.dispatch)

    def _phone_free(self, agent: Agent) -> bool:
        station = self._switch.stations.get(agent.station)
        return station is not None and station.state is StationState.ON_HOOK and station.call_id is None

    def _queue(self, queue_id: QueueId | None) -> Queue | None:
        return next((queue for queue in self._switch.plan.queues if queue.id == queue_id), None)

    def _changed(self, queue_id: QueueId) -> None:
        queue = self._queue(queue_id)
        if queue is not None:
            self._switch.publish(QueueChanged(queue=self.view(queue)))


def _iso(waiter: Waiter) -> str:
    return waiter.arrived_at.isoformat(timespec="milliseconds")
