"""Waiting for an agent: callers stand in line, phones ring, people talk, agents wrap up.

The order is `acd.match`'s; this file makes it happen. Every change that could free somebody ends in `dispatch`.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from appliance.callplan import Queue
from appliance.engine.acd import Waiter, hopeless, match
from appliance.engine.agents import Agent
from appliance.engine.call import Call
from appliance.engine.callfiles import CallFiles
from appliance.engine.conversation import Conversation
from appliance.engine.station import Station
from appliance.media.items import Prompt
from appliance.telephony.call import AgentState, CallState, StationState, StepKind
from appliance.telephony.ids import QueueId
from appliance.telephony.leg import QueueOutcome
from appliance.wire.messages import QueueChanged, QueueView, ScreenPop

if TYPE_CHECKING:
    from appliance.engine.callerleg import LineCaller
    from appliance.engine.switch import Switch


class Queueing:
    """All queues of the plan."""

    def __init__(self, switch: Switch) -> None:
        self._switch = switch
        self._waiters: list[Waiter] = []
        self._chosen: dict[int, asyncio.Future[Agent | None]] = {}
        self._arrivals = 0
        self._timers: set[asyncio.TimerHandle] = set()

    async def wait(self, call: Call, caller: LineCaller, files: CallFiles, queue_id: QueueId) -> QueueOutcome:
        """Stand in line, talk when an agent answers, and say how it ended. The caller's hang-up passes through."""
        queue = next((queue for queue in self._switch.plan.queues if queue.id == queue_id), None)
        if queue is None:
            return QueueOutcome.NO_AGENT
        call.queue = queue.id
        outcome = self._refused(queue)
        if outcome is None:
            outcome = await self._stand_in_line(call, caller, files, queue)
        call.queue_outcome = outcome
        if outcome is not QueueOutcome.SERVED:
            call.enter(CallState.IN_FLOW, StepKind.QUEUE_LEFT, queue=queue.id, note=outcome)
        return outcome

    def dispatch(self) -> None:
        """Offer agents to callers; called after every change of an agent, a phone or a queue."""
        for waiter, agent in match(self._waiters, self._switch.roster, self._phone_free):
            waiter.offered = agent.id
            agent.state, agent.call_id = AgentState.OFFERED, waiter.call_id
            self._switch.agent_changed(agent)
            self._choose(waiter, agent)
        for waiter in self._waiters:
            queue = self._queue(waiter.queue)
            if waiter.offered is None and self._given_up(waiter, queue):
                self._choose(waiter, None)

    def view(self, queue: Queue) -> QueueView:
        waiting = sorted((w for w in self._waiters if w.queue == queue.id), key=lambda waiter: waiter.arrived)
        signed_in = [agent for agent in self._switch.roster if queue.id in agent.queues]
        ready = [agent for agent in self._switch.roster.in_queue(queue.id) if agent.state is AgentState.IDLE]
        return QueueView(
            queue=queue.id,
            label=queue.label,
            waiting=tuple(waiter.call_id for waiter in waiting),
            longest_since=waiting[0].since if waiting else "",
            ready_agents=len(ready),
            signed_in_agents=len(signed_in),
        )

    def _refused(self, queue: Queue) -> QueueOutcome | None:
        if sum(1 for waiter in self._waiters if waiter.queue == queue.id) >= queue.max_waiting:
            return QueueOutcome.FULL
        if not self._switch.roster.in_queue(queue.id) and not queue.wait_without_agents:
            return QueueOutcome.NO_AGENT
        return None

    async def _stand_in_line(self, call: Call, caller: LineCaller, files: CallFiles, queue: Queue) -> QueueOutcome:
        self._arrivals += 1
        waiter = Waiter(call.id, queue.id, self._arrivals, self._switch.now().isoformat(timespec="milliseconds"))
        call.enter(CallState.QUEUED, StepKind.QUEUED, queue=queue.id)
        left_by_key = asyncio.Event()
        task = asyncio.current_task()
        assert task is not None

        def leave() -> None:
            left_by_key.set()
            self._choose(waiter, None)

        self._waiters.append(waiter)
        self._changed(queue.id)
        entertained = asyncio.create_task(self._entertain(caller, queue))
        try:
            with caller.line.keys.interrupting(queue.leave_key, leave):
                async with asyncio.timeout(queue.max_wait_s):
                    agent = await self._until_answered(call, waiter, queue)
        except TimeoutError:
            return QueueOutcome.TIMEOUT
        finally:
            entertained.cancel()
            self._waiters.remove(waiter)
            self._changed(queue.id)
        self._switch.media.stop(caller.port)
        if agent is None:
            return QueueOutcome.KEY_PRESSED if left_by_key.is_set() else self._why_unserved(waiter)
        await self._serve(call, caller, files, agent, queue)
        return QueueOutcome.SERVED

    async def _until_answered(self, call: Call, waiter: Waiter, queue: Queue) -> Agent | None:
        while True:
            chosen: asyncio.Future[Agent | None] = asyncio.get_running_loop().create_future()
            self._chosen[waiter.arrived] = chosen
            self.dispatch()
            try:
                agent = await chosen
            finally:
                del self._chosen[waiter.arrived]
                self._take_back(waiter, chosen)
            if agent is None:
                return None
            if await self._alert(call, agent, queue):
                return agent
            waiter.offered = None
            waiter.tried.add(agent.id)
            call.enter(CallState.QUEUED, StepKind.AGENT_NO_ANSWER, agent=agent.id, station=agent.station)

    async def _alert(self, call: Call, agent: Agent, queue: Queue) -> bool:
        """Ring the agent's phone; True when answered. Whatever happens the agent is not left as offered."""
        station = self._switch.stations[agent.station]
        call.agent, call.seat, call.station = agent.id, agent.seat, agent.station
        call.enter(CallState.ALERTING, StepKind.OFFERED, agent=agent.id, station=agent.station, queue=queue.id)
        self._switch.publish(
            ScreenPop(agent=agent.id, seat=agent.seat, call=call.view(), ring_at=call.since.isoformat())
        )
        answered = False
        try:
            answered = await station.ring(call.id, call.peer_number, call.peer_name, queue.ring_s)
        finally:
            if not answered:
                call.agent = call.seat = call.station = None
                self.rest(agent, 0.0)
        return answered

    async def _serve(self, call: Call, caller: LineCaller, files: CallFiles, agent: Agent, queue: Queue) -> None:
        station = self._switch.stations[agent.station]
        await Conversation(self._switch, call, caller.line, files, station, queue.wrap_up_s).run(StepKind.CONNECTED)
        call.enter(CallState.IN_FLOW, StepKind.AGENT_HUNG_UP, agent=call.agent or "")

    def rest(self, agent: Agent, wrap_up_s: float) -> None:
        """The agent's call is over: wrap-up, then idle."""
        if wrap_up_s <= 0:
            self._idle(agent)
            return
        agent.state, agent.since, agent.call_id = AgentState.WRAP_UP, self._switch.now(), None
        self._switch.agent_changed(agent)
        asyncio.get_running_loop().call_later(wrap_up_s, self._end_wrap_up, agent)

    def _end_wrap_up(self, agent: Agent) -> None:
        if agent.state is AgentState.WRAP_UP:
            self._idle(agent)

    def _idle(self, agent: Agent) -> None:
        self._switch.roster.becomes_idle(agent, self._switch.now())
        self._switch.agent_changed(agent)
        # Not inside the caller's own stack: its plot is still undoing what it did.
        asyncio.get_running_loop().call_soon(self.dispatch)

    async def _entertain(self, caller: LineCaller, queue: Queue) -> None:
        """Music with the queue's messages over and over; cancelled when the wait ends."""
        media, port = self._switch.media, caller.port
        if queue.enter_prompt:
            await media.play(port, [Prompt(queue.enter_prompt)]).finished()
        while queue.repeat_prompt:
            media.play(port, [Prompt(queue.music)], loop=True)
            await asyncio.sleep(max(queue.repeat_every_s, 1.0))
            await media.play(port, [Prompt(queue.repeat_prompt)]).finished()
        media.play(port, [Prompt(queue.music)], loop=True)

    def _choose(self, waiter: Waiter, agent: Agent | None) -> None:
        chosen = self._chosen.get(waiter.arrived)
        if chosen is not None and not chosen.done():
            chosen.set_result(agent)

    def _take_back(self, waiter: Waiter, chosen: asyncio.Future[Agent | None]) -> None:
        """The caller hung up between being given an agent and hearing of it: the agent is free again."""
        task = asyncio.current_task()
        if task is not None and task.cancelling() and chosen.done() and not chosen.cancelled():
            agent = chosen.result()
            if agent is not None and waiter.offered == agent.id:
                self.rest(agent, 0.0)

    def _given_up(self, waiter: Waiter, queue: Queue | None) -> bool:
        if queue is None:
            return True
        if queue.wait_without_agents and not waiter.tried:
            return False
        return hopeless(waiter, self._switch.roster)

    def _why_unserved(self, waiter: Waiter) -> QueueOutcome:
        return QueueOutcome.AGENTS_NO_ANSWER if waiter.tried else QueueOutcome.NO_AGENT

    def _phone_free(self, agent: Agent) -> bool:
        station: Station = self._switch.stations[agent.station]
        return station.state is StationState.ON_HOOK and station.call_id is None

    def _queue(self, queue_id: QueueId) -> Queue | None:
        return next((queue for queue in self._switch.plan.queues if queue.id == queue_id), None)

    def _changed(self, queue_id: QueueId) -> None:
        queue = self._queue(queue_id)
        if queue is not None:
            self._switch.publish(QueueChanged(queue=self.view(queue)))
