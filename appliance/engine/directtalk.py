"""A flow wants one seat: an agent, a work place or a phone set, without a queue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.engine.alerting import alert
from appliance.engine.call import Call
from appliance.engine.callfiles import CallFiles
from appliance.engine.conversation import Conversation
from appliance.engine.station import Station
from appliance.media.items import PlayedTone, ServiceTone
from appliance.telephony.call import AgentState, AgentStatus, CallState, StationState, StepKind
from appliance.telephony.ids import AgentId, PromptId, SeatId, StationId
from appliance.telephony.leg import QueueOutcome, RingOutcome, RingTarget

if TYPE_CHECKING:
    from appliance.engine.callerleg import LineCaller
    from appliance.engine.switch import Switch

_RESULTS = {
    RingOutcome.ABSENT: QueueOutcome.NO_AGENT,
    RingOutcome.BUSY: QueueOutcome.AGENTS_NO_ANSWER,
    RingOutcome.NO_ANSWER: QueueOutcome.AGENTS_NO_ANSWER,
    RingOutcome.SERVED: QueueOutcome.SERVED,
}
"""What an unserved call will be called in its record."""


async def ring_seat(
    switch: Switch,
    call: Call,
    caller: LineCaller,
    files: CallFiles,
    target: RingTarget,
    name: str,
    *,
    ring_s: float,
    music: PromptId | None,
) -> RingOutcome:
    """Ring it and talk. The caller's hang-up passes through."""
    station = _station(switch, target, name)
    outcome = _unavailable(switch, station)
    if outcome is None and station is not None:
        outcome = await _ring(switch, call, caller, files, station, ring_s, music)
    outcome = outcome or RingOutcome.ABSENT
    call.queue_outcome = _RESULTS[outcome]
    if outcome is RingOutcome.SERVED:
        call.enter(CallState.IN_FLOW, StepKind.AGENT_HUNG_UP, agent=call.agent or "")
    else:
        agent = name if target is RingTarget.AGENT else ""
        there = station.plan.id if station else ""
        call.enter(CallState.IN_FLOW, StepKind.RING_FAILED, agent=agent, station=there, note=outcome)
    return outcome


async def _ring(
    switch: Switch,
    call: Call,
    caller: LineCaller,
    files: CallFiles,
    station: Station,
    ring_s: float,
    music: PromptId | None,
) -> RingOutcome:
    agent = switch.roster.at_station(station.plan.id)
    heard = ServiceTone(PlayedTone.RINGBACK) if music is None else caller.prompt(music)
    switch.media.play(caller.port, [heard], loop=True)
    try:
        answered = await alert(switch, call, station, agent, ring_s, "")
    finally:
        switch.media.stop(caller.port)
    if answered is None:
        return RingOutcome.NO_ANSWER
    wrap_up_s = next((queue.wrap_up_s for queue in switch.plan.queues if agent and queue.id in agent.queues), 0.0)
    await Conversation(switch, call, caller.line, files, answered, wrap_up_s, caller).run(StepKind.CONNECTED)
    return RingOutcome.SERVED


def _station(switch: Switch, target: RingTarget, name: str) -> Station | None:
    match target:
        case RingTarget.AGENT:
            agent = switch.roster.get(AgentId(name))
            return switch.stations.get(agent.station) if agent else None
        case RingTarget.SEAT:
            seat = SeatId(name)
            return next((station for station in switch.stations.values() if station.plan.seat == seat), None)
        case RingTarget.STATION:
            return switch.stations.get(StationId(name))


def _unavailable(switch: Switch, station: Station | None) -> RingOutcome | None:
    """Why the phone cannot ring now, or None."""
    if station is None or station.state is StationState.OUT_OF_SERVICE:
        return RingOutcome.ABSENT
    agent = switch.roster.at_station(station.plan.id)
    if agent is not None and agent.status is not AgentStatus.READY:
        return RingOutcome.ABSENT
    if agent is not None and agent.state is not AgentState.IDLE:
        return RingOutcome.BUSY
    if station.state is not StationState.ON_HOOK or station.call_id is not None:
        return RingOutcome.BUSY
    return None
