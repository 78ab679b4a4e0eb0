"""Names of lines, seats, queues and flows for the screens."""

from __future__ import annotations

import msgspec

from appliance.callplan import CallPlan
from appliance.telephony.ids import BoxId, FlowId, LineId, NodeId, QueueId, SeatId, StationId
from webui.auth.access import signed_in
from webui.errors import Refusal
from webui.handlers.base import ApiHandler


class SeatName(msgspec.Struct, frozen=True):
    seat: SeatId
    station: StationId
    label: str


class QueueName(msgspec.Struct, frozen=True):
    id: QueueId
    label: str


class LineName(msgspec.Struct, frozen=True):
    id: LineId
    label: str


class NodeName(msgspec.Struct, frozen=True):
    id: NodeId
    label: str
    kind: str


class FlowName(msgspec.Struct, frozen=True):
    id: FlowId
    label: str
    version: int
    nodes: tuple[NodeName, ...]


class BoxName(msgspec.Struct, frozen=True):
    id: BoxId
    label: str


class PlanNames(msgspec.Struct, frozen=True, kw_only=True):
    version: int
    seats: tuple[SeatName, ...]
    queues: tuple[QueueName, ...]
    lines: tuple[LineName, ...]
    flows: tuple[FlowName, ...]
    boxes: tuple[BoxName, ...]


class PlanHandler(ApiHandler):
    @signed_in
    async def get(self) -> PlanNames:
        """What the call plan calls things."""
        plan = await self.context.plan.read()
        if plan is None:
            raise Refusal(503, "还没有话务配置，请等待话务引擎启动完成后重试。")
        return names_of(plan)


def names_of(plan: CallPlan) -> PlanNames:
    """The names in a plan, with a usable one where the bureau gave none."""
    return PlanNames(
        version=plan.version,
        seats=tuple(
            SeatName(station.seat, station.id, station.label or f"座席 {station.seat}")
            for station in plan.stations
            if station.enabled
        ),
        queues=tuple(QueueName(queue.id, queue.label) for queue in plan.queues),
        lines=tuple(LineName(line.id, line.label or f"第 {line.id} 线") for line in plan.lines),
        flows=tuple(
            FlowName(
                flow.id,
                flow.label,
                flow.version,
                tuple(NodeName(node.id, node.label or node.id, node.kind) for node in flow.nodes),
            )
            for flow in plan.flows
        ),
        boxes=tuple(BoxName(box.id, box.label) for box in plan.boxes),
    )
