"""Agents come, go and pause: the same from the screen, from a phone set, and after a restart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.engine.agents import Agent, planned_queues
from appliance.engine.agentwork import refresh, status_changed
from appliance.engine.refusal import Refusal
from appliance.telephony.call import AgentState, AgentStatus
from appliance.telephony.ids import AgentId, QueueId, SeatId

if TYPE_CHECKING:
    from appliance.engine.switch import Switch


def sign_in(switch: Switch, agent: AgentId, name: str, seat: SeatId, queues: tuple[QueueId, ...] = ()) -> None:
    """Seat an agent, ready. Raises `SignInError` or `Refusal`."""
    station = next((each for each in switch.stations.values() if each.plan.seat == seat), None)
    if station is None:
        raise Refusal(f"没有 {seat} 号座席，或它的话机端口不存在；请在「线路与座席」中检查。")
    wanted = frozenset(queues) or planned_queues(switch.plan, agent)
    now = switch.now()
    switch.roster.sign_in(Agent(agent, name, seat, station.plan.id, wanted, now, now))
    status_changed(switch, present_agent(switch, agent))


def sign_out(switch: Switch, agent: AgentId) -> None:
    """The agent leaves the seat; a running conversation goes on. Raises `Refusal`."""
    present = present_agent(switch, agent)
    present.status = AgentStatus.LOGGED_OUT
    status_changed(switch, present)
    switch.roster.sign_out(present)
    refresh(switch, present)


def set_status(switch: Switch, agent: AgentId, status: AgentStatus, reason: str = "") -> None:
    """Ready, on a break or gone. Raises `Refusal`."""
    if status is AgentStatus.LOGGED_OUT:
        sign_out(switch, agent)
        return
    present = present_agent(switch, agent)
    reasons = switch.plan.break_reasons
    if status is AgentStatus.ON_BREAK and reasons and reason not in reasons:
        raise Refusal(f"小休原因应为以下之一：{'、'.join(reasons)}。")
    present.set_status(status, reason, switch.now())
    if present.state is AgentState.WRAP_UP and status is AgentStatus.READY:
        switch.queueing.rest(present, 0.0)
    status_changed(switch, present)


def present_agent(switch: Switch, agent: AgentId) -> Agent:
    """The agent as signed in. Raises `Refusal`."""
    present = switch.roster.get(agent)
    if present is None:
        raise Refusal("还没有签入座席，请先选择座席签入。")
    return present
