"""Keeps an agent's state in step with the calls at the agent's phone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.engine.agents import Agent
from appliance.engine.call import Call
from appliance.engine.station import Station
from appliance.telephony.call import AgentState
from appliance.wire.facts import AgentStatusChanged

if TYPE_CHECKING:
    from appliance.engine.switch import Switch


def agent_at(switch: Switch, station: Station) -> Agent | None:
    """Who is signed in at the phone."""
    return switch.roster.at_station(station.plan.id)


def agent_begins(switch: Switch, station: Station, call: Call) -> None:
    """The phone is taken by this call: its agent gets no other one meanwhile."""
    agent = agent_at(switch, station)
    if agent is not None:
        agent.state, agent.since, agent.call_id = AgentState.ON_CALL, switch.now(), call.id
        switch.agent_changed(agent)


def agent_talks(switch: Switch, station: Station, call: Call) -> None:
    """The agent talks on this call: it is theirs from now on."""
    agent = agent_at(switch, station)
    call.station, call.seat = station.plan.id, station.plan.seat
    call.agent = agent.id if agent else None
    if agent is not None and agent.id not in call.agents:
        agent.talked_today += 1
        call.agents.append(agent.id)
    agent_begins(switch, station, call)


def agent_ends(switch: Switch, station: Station, call: Call, wrap_up_s: float) -> None:
    """The agent has done with this call: wrap-up, then idle."""
    agent = agent_at(switch, station)
    if agent is not None and agent.call_id == call.id:
        switch.queueing.rest(agent, wrap_up_s)


def status_changed(switch: Switch, agent: Agent) -> None:
    """The agent signed in or out, or is ready or on a break: into the journal and onto every screen."""
    switch.diary.write(
        AgentStatusChanged,
        durable=True,
        agent=agent.id,
        seat=agent.seat,
        status=agent.status,
        reason=agent.reason,
        name=agent.name,
        queues=tuple(sorted(agent.queues)),
    )
    refresh(switch, agent)


def refresh(switch: Switch, agent: Agent) -> None:
    """Tell everybody about the agent, show at the phone what waits, and see whom the agent could serve."""
    switch.messages.show_waiting()
    switch.agent_changed(agent)
    station = switch.stations.get(agent.station)
    if station is not None:
        switch.station_changed(station)
    switch.queueing.dispatch()
