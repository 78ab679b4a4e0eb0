"""A scenario played through the whole box: card, engine, journal, ingest; the records matched with who called."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from appliance.callplan import CallPlan, load_callplan
from appliance.defaults.plan import default_plan
from appliance.engine.agents import SignInError
from appliance.engine.commands import Refusal
from appliance.engine.engine import Engine
from appliance.engine.invariants import LINE_GRACE_S
from appliance.engine.patrol import EVERY_S
from appliance.journal import Journal
from appliance.settings import Settings
from appliance.store.database import open_database
from appliance.store.ingest import ingest
from appliance.telephony.call import Direction
from appliance.telephony.clock import WallClock
from appliance.telephony.ids import AgentId, QueueId, SeatId
from appliance.wire.facts import CallRecord
from appliance.wire.messages import AnyEvent, CallLogged
from drivers.base import FRAME_S
from drivers.sim.card import SimCard
from drivers.sim.cast import set_scene
from drivers.sim.placed import CallDirection, PlacedCall
from drivers.sim.scenario import Scenario, ScenarioAgent, ScenarioError

END_AFTER_S = 2.0
"""Quiet for so long after the last person put the receiver down: the play is over."""
LONGEST_S = 4 * 3600.0
"""After the last thing that the scenario starts; a play that still runs then is stuck."""
AFTERMATH_S = LINE_GRACE_S + 3 * EVERY_S
"""What a play leaves behind shows within this time, beyond every grace; it costs nothing in virtual time."""
_MATCH_S = 0.5
"""A record and a call through the exchange that began within this time of each other on one line are one call."""


@dataclass(slots=True)
class Played:
    """One finished call: the box's record and the exchange's own book entry, if it went through the exchange."""

    record: CallRecord
    placed: PlacedCall | None


@dataclass(slots=True)
class Rehearsal:
    """Everything that came of a play."""

    calls: list[Played] = field(default_factory=list)
    placed: list[PlacedCall] = field(default_factory=list)
    card: SimCard | None = None
    stored: int = 0
    length_s: float = 0.0
    faults: list[str] = field(default_factory=list)
    """What went wrong with the play itself, as sentences."""


async def rehearse(
    scenario: Scenario, settings: Settings, *, virtual: bool, on_call: Callable[[Played], None]
) -> Rehearsal:
    """Play the scenario. Raises `ScenarioError` when the data folder or the agents do not fit."""
    if (settings.data / "journal").exists():
        raise ScenarioError(f"数据目录 {settings.data} 里已有流水，模拟会与它混在一起；请换一个空目录。")
    loop = asyncio.get_running_loop()
    card, cast = set_scene(scenario, paced=not virtual)
    rehearsal = Rehearsal(card=card)
    began_s = loop.time()
    start = scenario.start.astimezone()
    clock = WallClock(lambda: loop.time() - began_s, start)
    journal = Journal(settings.data / "journal", f"{scenario.seed:08x}", synchronous=virtual)

    def on_event(event: AnyEvent) -> None:
        if isinstance(event, CallLogged):
            played = Played(event.record, _placed(event.record, card, start, rehearsal))
            rehearsal.calls.append(played)
            on_call(played)

    engine = Engine(settings, [card], journal, clock.now, on_event)
    plan = _plan(settings, scenario)
    await engine.start(plan, "simulate", [])
    try:
        _seat_agents(scenario.agents, engine, rehearsal)
        last_s = max([call.at_s for call in scenario.calls] + [call.at_s for call in scenario.phone_calls], default=0.0)
        quiet_s = 0.0
        while quiet_s < END_AFTER_S:
            await asyncio.sleep(0.2)
            quiet_s = quiet_s + 0.2 if cast.finished and not list(engine.switch.book) else 0.0
            if loop.time() - began_s > last_s + LONGEST_S:
                rehearsal.faults.append("场景没有结束：仍有通话或话机没有挂断")
                break
        rehearsal.length_s = loop.time() - began_s
        if virtual:
            await asyncio.sleep(AFTERMATH_S)
    finally:
        await engine.stop()
        journal.close()
    rehearsal.faults += [f"违反规则：{text}" for text in engine.switch.patrol.found]
    rehearsal.placed = list(card.exchange.placed_calls)
    rehearsal.stored = _store(settings)
    return rehearsal


def _plan(settings: Settings, scenario: Scenario) -> CallPlan:
    """The data folder's own plan, else the default plan for the scenario's card."""
    path = settings.data / "callplan.json"
    if path.exists():
        return load_callplan(path)
    settings.data.mkdir(parents=True, exist_ok=True)
    return default_plan("铜陵广电", "0562-96599", "0562", len(scenario.lines), scenario.stations)


def _seat_agents(agents: tuple[ScenarioAgent, ...], engine: Engine, rehearsal: Rehearsal) -> None:
    loop = asyncio.get_running_loop()
    for agent in agents:
        loop.call_later(agent.sign_in_at_s, _sign_in, engine, agent, rehearsal)
        if agent.sign_out_at_s is not None:
            loop.call_later(agent.sign_out_at_s, _sign_out, engine, agent, rehearsal)


def _sign_in(engine: Engine, agent: ScenarioAgent, rehearsal: Rehearsal) -> None:
    queues = tuple(QueueId(queue) for queue in agent.queues)
    try:
        engine.commands.sign_in(AgentId(agent.agent), agent.name, SeatId(agent.seat), queues)
    except (SignInError, Refusal) as refusal:
        rehearsal.faults.append(f"话务员 {agent.agent} 不能签入：{refusal}")


def _sign_out(engine: Engine, agent: ScenarioAgent, rehearsal: Rehearsal) -> None:
    try:
        engine.commands.sign_out(AgentId(agent.agent))
    except Refusal as refusal:
        rehearsal.faults.append(f"话务员 {agent.agent} 不能签出：{refusal}")


def _placed(record: CallRecord, card: SimCard, start: datetime, rehearsal: Rehearsal) -> PlacedCall | None:
    """The exchange's book entry of the record: same line, began at the same moment, not matched yet."""
    if record.line is None:
        return None
    matched = {id(played.placed) for played in rehearsal.calls}
    inbound = record.direction is Direction.INBOUND
    began_s = (datetime.fromisoformat(record.started_at) - start) / timedelta(seconds=1)
    ended_s = (datetime.fromisoformat(record.ended_at) - start) / timedelta(seconds=1)
    port = card.ports[record.line - 1].port
    for placed in card.exchange.placed_calls:
        if placed.line != port or id(placed) in matched or (placed.direction is CallDirection.INBOUND) is not inbound:
            continue
        frame = placed.first_ring_at_frame if inbound else placed.placed_at_frame
        if frame is None:
            continue
        at_s = frame * FRAME_S
        if abs(at_s - began_s) < _MATCH_S if inbound else began_s <= at_s <= ended_s:
            return placed
    return None


def _store(settings: Settings) -> int:
    """Ingest the journal as the web does; how many calls are in the database then."""
    database = open_database(settings.store.url, settings.data)
    try:
        stored = 0
        while True:
            report = database.write_now(ingest, settings.data / "journal")
            stored += len(report.call_ids)
            if not report.more:
                return stored
    finally:
        database.close()
