"""The phones that ring for one caller of a queue: one, or all at once; the first that is lifted has the call."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from appliance.engine.agents import Agent
from appliance.engine.call import Call
from appliance.engine.station import Station
from appliance.telephony.call import AgentState, CallState, StationState, StepKind
from appliance.telephony.ids import AgentId, QueueId
from appliance.wire.messages import ScreenPop

if TYPE_CHECKING:
    from appliance.engine.switch import Switch

_TICK_S = 0.05
"""A phone that rang so much less than it should rang its whole time."""


@dataclass(slots=True, eq=False)
class Ring:
    """One phone."""

    agent: Agent
    station: Station
    task: asyncio.Future[bool]
    until_s: float
    """Loop time at which nobody is expected to answer any more."""

    @property
    def lifted(self) -> bool:
        task = self.task
        return task.done() and not task.cancelled() and task.exception() is None and task.result()


@dataclass(frozen=True, slots=True)
class InVain:
    """A phone stopped ringing unanswered. `missed`: it rang its whole time and could have been lifted."""

    agent: Agent
    missed: bool


class Hunt:
    """Rings phones for `call`; `news` is set whenever one was lifted or stopped ringing: then `settle`."""

    def __init__(self, switch: Switch, call: Call, news: asyncio.Event) -> None:
        self._switch = switch
        self._call = call
        self._news = news
        self._rings: dict[AgentId, Ring] = {}

    def ring(self, agent: Agent, ring_s: float, queue: str) -> None:
        """Ring the agent's phone, which is free, with the caller on the agent's screen."""
        switch, call, station = self._switch, self._call, self._switch.stations[agent.station]
        agent.state, agent.call_id = AgentState.OFFERED, call.id
        station.call_id = call.id  # at once: nobody else may take the phone before the task below begins
        ringing = station.ring(call.id, call.peer_number, call.peer_name, ring_s)
        until_s = asyncio.get_running_loop().time() + ring_s
        ring = Ring(agent, station, asyncio.create_task(ringing), until_s)
        ring.task.add_done_callback(lambda _: self._news.set())
        offered = switch.pickups.offer(call, station, QueueId(queue), self.take)
        ring.task.add_done_callback(lambda _: switch.pickups.withdraw(offered))
        self._rings[agent.id] = ring
        self._show_who_rings()
        call.enter(CallState.ALERTING, StepKind.OFFERED, agent=agent.id, station=agent.station, queue=queue)
        pop = ScreenPop(agent=agent.id, seat=agent.seat, call=call.view(), ring_at=call.since.isoformat())
        switch.publish(pop)
        switch.agent_changed(agent)

    def take(self, station: Station) -> None:
        """A colleague's phone, lifted already, answers in place of those that ring; somebody is signed in at it."""
        agent = self._switch.roster.at_station(station.plan.id)
        if agent is None:
            station.end_call()
            return
        lifted: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        lifted.set_result(True)
        agent.state, agent.call_id = AgentState.OFFERED, self._call.id
        self._rings[agent.id] = Ring(agent, station, lifted, asyncio.get_running_loop().time())
        self._switch.agent_changed(agent)
        self._news.set()

    def settle(self) -> tuple[Agent | None, list[InVain]]:
        """Who picked up, if anybody did (all other phones are quiet then), and whose phones stopped ringing."""
        now_s = asyncio.get_running_loop().time()
        winner = next((ring for ring in self._rings.values() if ring.lifted), None)
        ended = [ring for ring in self._rings.values() if ring.task.done() and not ring.lifted]
        for ring in ended:
            del self._rings[ring.agent.id]
            ring.task.result()  # a phone that could not be rung for a defect ends the call with its error
        if winner is not None:
            del self._rings[winner.agent.id]
            self.stop()
            self._show(winner.agent)
        else:
            self._show_who_rings()
        in_vain = [
            InVain(ring.agent, now_s > ring.until_s - _TICK_S and ring.station.state is not StationState.OUT_OF_SERVICE)
            for ring in ended
        ]
        return (winner.agent if winner else None), in_vain

    def stop(self) -> None:
        """All phones are quiet; nobody missed anything."""
        rings = list(self._rings.values())
        self._rings.clear()
        self._show_who_rings()
        for ring in rings:
            if ring.task.done():
                self._release(ring)
            else:
                ring.task.cancel()
                # Only when it is over: the phone may be lifted in this very moment.
                ring.task.add_done_callback(partial(self._release_later, ring))
            if ring.agent.call_id == self._call.id:
                self._switch.roster.freed(ring.agent, self._switch.now())
                self._switch.agent_changed(ring.agent)

    @property
    def rings(self) -> bool:
        """Whether a phone rings."""
        return bool(self._rings)

    def _release_later(self, ring: Ring, _task: asyncio.Future[bool]) -> None:
        self._release(ring)

    def _release(self, ring: Ring) -> None:
        """The phone belongs to this call no longer: on hook, or with busy tone when it was lifted too late.

        Unless it rings for the same call anew: the caller was moved, or came back, into another queue meanwhile.
        """
        station = ring.station
        if station.call_id == self._call.id and station.state is not StationState.RINGING:
            station.end_call()

    def _show_who_rings(self) -> None:
        """The call's agent is the one whose phone rings, if it is just one."""
        only = next(iter(self._rings.values())).agent if len(self._rings) == 1 else None
        self._show(only)

    def _show(self, agent: Agent | None) -> None:
        call = self._call
        call.agent = agent.id if agent else None
        call.seat = agent.seat if agent else None
        call.station = agent.station if agent else None
