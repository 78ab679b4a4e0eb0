"""Whether an agent may give the far party to somebody, before it is done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.engine.station import Station
from appliance.engine.talk import Talk
from appliance.engine.third import Colleague
from appliance.engine.wishes import GiveAway
from appliance.telephony.ids import FlowId, QueueId, SeatId
from appliance.wire.softkeys import TransferTo

if TYPE_CHECKING:
    from appliance.callplan import CallPlan
    from appliance.engine.switch import Switch


def seat_station(switch: Switch, seat: str) -> Station | None:
    """The phone that stands at a seat."""
    return next((each for each in switch.stations.values() if each.plan.seat == SeatId(seat)), None)


def unknown_target(plan: CallPlan, to: TransferTo, target: str) -> str:
    """Why there is no such queue or flow, or ''."""
    if to is TransferTo.QUEUE and QueueId(target) not in {queue.id for queue in plan.queues}:
        return f"没有编号为“{target}”的技能组。"
    if to is TransferTo.FLOW and FlowId(target) not in {flow.id for flow in plan.flows}:
        return f"没有编号为“{target}”的流程。"
    return ""


def transfer_refusal(talk: Talk, station: Station, wish: GiveAway) -> str:
    """Why the phone's user cannot give the far party away like this, as a Chinese sentence, or ''."""
    if wish.to is TransferTo.OUTSIDE:
        return talk.refusal_to_dial(station, wish.target)
    if wish.to is not TransferTo.SEAT:
        if talk.leg is None:
            return "内部通话不能转到技能组或流程。"
        return unknown_target(talk.switch.plan, wish.to, wish.target)
    there = seat_station(talk.switch, wish.target)
    if there is None:
        return f"没有 {wish.target} 号座席。"
    if there is station:
        return "不能转给自己。"
    return "" if Colleague(talk, there).free else f"{wish.target} 号座席的话机正在使用，请稍后再转。"
