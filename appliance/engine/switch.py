"""The switch: lines, stations, calls, agents and queues around one media. Everything a plot needs, in one place.

Signals come in through `on_batch` and go to the line or station of their port; what people see goes out through
`publish`. All of it runs on the control loop.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from datetime import datetime
from pathlib import Path

from appliance.callplan import CallPlan, plan_parts
from appliance.callplan import Line as LinePlan
from appliance.callplan import Station as StationPlan
from appliance.engine.agents import Agent, Roster, planned_queues
from appliance.engine.book import CallBook
from appliance.engine.call import Call
from appliance.engine.callfiles import CallFiles
from appliance.engine.desk import Desk
from appliance.engine.dialrights import DialRights
from appliance.engine.diary import Diary
from appliance.engine.inbound import inbound
from appliance.engine.journey import Journey
from appliance.engine.line import Line
from appliance.engine.linelearning import LineLearning
from appliance.engine.messagedesk import MessageDesk
from appliance.engine.outbound import from_phone
from appliance.engine.patrol import Patrol
from appliance.engine.pickup import PickUps
from appliance.engine.pindesk import PinDesk
from appliance.engine.queueing import Queueing
from appliance.engine.station import Station
from appliance.engine.supervision import Supervision
from appliance.engine.watch import Party
from appliance.ivr.callerbook import CallerBook
from appliance.ivr.context import Sources
from appliance.ivr.graph import FlowGraph
from appliance.ivr.prompts import known_prompts
from appliance.ivr.remote import Network
from appliance.media.events import Batch, CommandRefused, HangUpHeard
from appliance.media.media import Media
from appliance.telephony.call import HangUpCause, StepKind
from appliance.telephony.ids import CallId, LineId, StationId
from appliance.wire.facts import CallPlanLoaded, LineFaulted, LineRecovered, OutsideDialled
from appliance.wire.linehealth import LineHealth
from appliance.wire.messages import AgentChanged, AnyEvent, LineChanged, QueueChanged, StationChanged
from drivers.base import PortId
from drivers.signals import Answerer

log = logging.getLogger(__name__)

STOP_S = 5.0
"""Calls get so long to end when the engine stops."""


class Switch:
    """Call control of one box. `load` a plan before signals come."""

    def __init__(
        self,
        media: Media,
        diary: Diary,
        data: Path,
        now: Callable[[], datetime],
        publish: Callable[[AnyEvent], None],
    ) -> None:
        self.media = media
        self.diary = diary
        self.now = now
        self.publish = publish
        self.book = CallBook(diary, now, publish)
        self.roster = Roster()
        self.dial_rights = DialRights(lambda seat, number: diary.write(OutsideDialled, seat=seat, number=number))
        self.queueing = Queueing(self)
        self.supervision = Supervision(self)
        self.pickups = PickUps(self)
        self.pins = PinDesk()
        self.messages = MessageDesk(self, data)
        self.patrol = Patrol(self)
        self.learning = LineLearning(media, data, now)
        self.desks: dict[StationId, Desk] = {}
        """Phones in a conversation that they steer."""
        self.journeys: dict[CallId, Journey] = {}
        """Far parties on outside lines who are in flows, or may be sent into one."""
        self.lines: dict[LineId, Line] = {}
        self.stations: dict[StationId, Station] = {}
        self.plan: CallPlan
        self.closed = False
        """The engine is about to stop: no new call, except to an emergency number."""
        self._data = data
        self.sources = Sources(CallerBook(data / "callerbook.json"), Network())
        self._ports: dict[PortId, Line | Station] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        media.on_batch(self.on_batch)

    def load(self, plan: CallPlan) -> None:
        """Make `plan` the one in force; running calls keep their ports, new calls follow the new plan.

        A line or phone whose port the cards do not have is left out with a warning: the others must work.
        """
        self._move_to_queues(plan)
        self.plan = plan
        self.prompts_changed()
        there = {info.port for info in self.media.ports}
        named = {line.port for line in plan.lines} | {station.port for station in plan.stations}
        for absent in sorted(named - there):
            log.warning("call plan names port %s, which no card has: left out", absent)
        self.lines = {each.id: self._line(each) for each in plan.lines if each.enabled and each.port in there}
        self.stations = {each.id: self._station(each) for each in plan.stations if each.enabled and each.port in there}
        self._ports = {owner.port: owner for owner in self._owners()}
        self.messages.show_waiting()
        self.diary.write(CallPlanLoaded, durable=True, plan_version=plan.version)

    def _move_to_queues(self, plan: CallPlan) -> None:
        """Who serves what the plan says goes on doing so; who signed in for queues of their own keeps them."""
        for agent in self.roster:
            if agent.queues == planned_queues(self.plan, agent.id):
                agent.queues = planned_queues(plan, agent.id)

    @property
    def prompts_dir(self) -> Path:
        """The bureau's own prompts."""
        return self._data / "prompts"

    def prompts_changed(self) -> None:
        """A prompt came or went: flows may use it, or not any more."""
        self.parts = plan_parts(self.plan, known_prompts(self.prompts_dir))

    def on_batch(self, batch: Batch) -> None:
        """Everything one tick has to tell."""
        for signal in batch.signals:
            owner = self._ports.get(signal.port)
            if owner is not None:
                owner.on_signal(signal)
            if isinstance(owner, Line):
                self.learning.take(owner.plan.id, signal)
        for event in batch.events:
            if isinstance(event, CommandRefused):
                log.error("port %s refused a command: %s", event.port, event.text)
            elif isinstance(event, HangUpHeard) and isinstance(owner := self._ports.get(event.port), Line):
                self.learning.hung_up(owner.plan.id, event)

    def start(self, plot: Coroutine[object, object, None], call: Call | None = None) -> None:
        """Run a plot as a task of its own; `call` is the one it looks after if that has begun already."""
        task = asyncio.create_task(plot)
        self._tasks.add(task)
        task.add_done_callback(self._plot_ended)
        if call is not None:
            call.plot = task

    async def stop(self) -> None:
        """End every call with its record; phones and lines are released."""
        for party in [owner.party for owner in self._ports.values()]:
            party.hung_up(HangUpCause.ENGINE_STOPPED)
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=STOP_S)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    def has_plot(self, call: Call) -> bool:
        """Whether somebody looks after the call."""
        return call.plot is not None and not call.plot.done()

    def parties_of(self, call_id: CallId) -> list[Party]:
        """Who takes part in a call just now, the outside line on which it came (or went out) first."""
        there = [owner for owner in self._owners() if owner.call_id == call_id]
        call = self.book.get(call_id)
        first = self.lines.get(call.line) if call is not None and call.line is not None else None
        return [owner.party for owner in sorted(there, key=lambda owner: owner is not first)]

    def ports_of(self, call_id: CallId) -> list[tuple[PortId, bool]]:
        """Ports that take part in a call just now, and whether each is one of our phones."""
        return [(owner.port, isinstance(owner, Station)) for owner in self._owners() if owner.call_id == call_id]

    def bridge(self, call: Call, *ports: PortId) -> None:
        """Let these ports of the call hear each other, and its supervisors with them."""
        self.media.connect(*ports)
        self.supervision.refresh(call)

    def line_healths(self) -> tuple[LineHealth, ...]:
        """How every line sounds, measured up to now."""
        self.learning.measure({line.port: line.plan.id for line in self.lines.values()})
        return tuple(self.learning.health(line) for line in self.lines)

    def files_of(self, call: Call) -> CallFiles:
        return CallFiles(call, self.media, self.diary, self._data)

    def scratch(self, name: str) -> Path:
        """Where a sound lies that is needed for a moment only."""
        return self._data / name

    def flow_of(self, line: LinePlan) -> FlowGraph:
        """The inbound flow of a line; a plan is checked before it is loaded, so it is there."""
        wanted = line.flow or self.plan.default_flow
        return next(flow for flow in self.plan.flows if flow.id == wanted)

    def line_rings(self, line: Line) -> None:
        if line.test_rung is not None:
            line.test_rung.set()
        elif not self.closed:  # else the caller rings on, and the next engine answers
            self.start(inbound(self, line))

    def station_lifted(self, station: Station) -> None:
        self.start(from_phone(self, station))

    def line_changed(self, line: Line) -> None:
        line.since = self.now()
        self.publish(LineChanged(line=line.view()))

    def line_answerer(self, line: Line, answerer: Answerer) -> None:
        call = self.book.get(line.call_id) if line.call_id else None
        if call:
            # After what the plot does about the answer itself, which may have come in the same tick.
            asyncio.get_running_loop().call_soon(lambda: call.note(StepKind.ANSWERER, note=answerer.value))

    def line_fault_changed(self, line: Line) -> None:
        self._fault(line.plan.id, None, line.fault)

    def station_changed(self, station: Station) -> None:
        agent = self.roster.at_station(station.plan.id)
        self.publish(StationChanged(station=station.view(agent.id if agent else None)))
        self.queueing.dispatch()

    def station_fault_changed(self, station: Station) -> None:
        self._fault(None, station.plan.id, station.fault)

    def agent_changed(self, agent: Agent) -> None:
        self.publish(AgentChanged(agent=agent.view()))
        for queue in self.plan.queues:
            if queue.id in agent.queues:
                self.publish(QueueChanged(queue=self.queueing.view(queue)))

    def _owners(self) -> list[Line | Station]:
        return [*self.lines.values(), *self.stations.values()]

    def _line(self, plan: LinePlan) -> Line:
        line = self.lines.get(plan.id)
        if line is None or line.port != plan.port:
            line = Line(plan, self.media, self, self.plan.silence_hang_up_s)
            self.learning.begin(plan.id, plan.port)
        line.plan = plan
        self.media.set_port_gains(plan.port, rx_db=plan.rx_gain_db, tx_db=plan.tx_gain_db)
        self.media.cancel_echo(plan.port, plan.echo_canceller)
        return line

    def _station(self, plan: StationPlan) -> Station:
        station = self.stations.get(plan.id)
        if station is None or station.port != plan.port:
            station = Station(plan, self.media, self)
        station.plan, station.rules = plan, self.plan.phones
        return station

    def _fault(self, line: LineId | None, station: StationId | None, text: str) -> None:
        if text:
            self.diary.write(LineFaulted, line=line, station=station, fault="port", text=text)
        else:
            self.diary.write(LineRecovered, line=line, station=station)

    def _plot_ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.error("a plot broke down", exc_info=task.exception())
