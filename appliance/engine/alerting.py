"""An agent's phone rings for a caller: state, screen pop, and nothing left behind when nobody answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.engine.agents import Agent
from appliance.engine.call import Call
from appliance.engine.pickup import ring_here_or_elsewhere
from appliance.engine.station import Station
from appliance.telephony.call import AgentState, CallState, StepKind
from appliance.wire.messages import ScreenPop

if TYPE_CHECKING:
    from appliance.engine.switch import Switch


async def alert(
    switch: Switch, call: Call, station: Station, agent: Agent | None, ring_s: float, queue: str
) -> Station | None:
    """Ring the phone; the one that answered, or None. Whatever happens its agent is not left as offered."""
    name = agent.id if agent else ""
    if agent is not None:
        agent.state, agent.call_id = AgentState.OFFERED, call.id
        switch.agent_changed(agent)
    call.agent = agent.id if agent else None
    call.seat, call.station = station.plan.seat, station.plan.id
    call.enter(CallState.ALERTING, StepKind.OFFERED, agent=name, station=station.plan.id, queue=queue)
    switch.publish(
        ScreenPop(agent=call.agent, seat=station.plan.seat, call=call.view(), ring_at=call.since.isoformat())
    )
    answered: Station | None = None
    try:
        answered = await ring_here_or_elsewhere(switch, call, station, call.peer_number, call.peer_name, ring_s)
    finally:
        if answered is not station:
            if station.call_id == call.id:
                station.end_call()  # lifted in the very moment in which the caller left
            call.agent = call.seat = call.station = None
            if agent is not None:
                switch.queueing.rest(agent, 0.0)
    return answered
