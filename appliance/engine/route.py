"""Where a caller goes who leaves a conversation, a queue or a flow before its end: into another flow, at a node."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from appliance.ivr.graph import FlowGraph, Node
from appliance.telephony.call import StepKind
from appliance.telephony.ids import FlowId, NodeId, QueueId
from appliance.telephony.leg import DialOutcome, LegTaken, QueueOutcome, RingOutcome
from appliance.wire.softkeys import TransferTo

if TYPE_CHECKING:
    from appliance.callplan import CallPlan
    from appliance.engine.call import Call

_START, _QUEUE, _SORRY, _END = NodeId("go"), NodeId("queue"), NodeId("sorry"), NodeId("end")
_UNSERVED = tuple(outcome.value for outcome in QueueOutcome if outcome is not QueueOutcome.SERVED)


@dataclass(frozen=True, slots=True)
class Route:
    """A flow, from its start or from one of its nodes, because of a step of kind `why`."""

    why: StepKind
    to: TransferTo
    target: str
    flow: FlowGraph
    at: NodeId | None = None


class Rerouted(LegTaken):
    """The caller goes on there; passes through whatever was going on and undoes it."""

    def __init__(self, route: Route) -> None:
        super().__init__(route.target)
        self.route = route


def route_to(plan: CallPlan, call: Call, why: StepKind, to: TransferTo, target: str) -> Route:
    """The way there; `target` is known to the plan.

    Into a queue it leads to the place of a flow where callers wait for it, best of the flow that the call is in: what
    is drawn behind that place (voicemail, a survey) is then for this caller too.
    """
    if to is TransferTo.FLOW:
        flow = next(flow for flow in plan.flows if flow.id == FlowId(target))
        return Route(why, to, target, flow)
    if to is TransferTo.QUEUE:
        for flow in sorted(plan.flows, key=lambda flow: flow.id != call.flow):
            place = next((node.id for node in flow.nodes if _queues_for(node, QueueId(target))), None)
            if place is not None:
                return Route(why, to, target, flow, place)
        return Route(why, to, target, _own_flow(_queueing(_START, QueueId(target))))
    onward = _QUEUE if call.queue is not None else _SORRY
    if to is TransferTo.SEAT:
        first = _reaching("ring", {"target": "seat", "name": target, "music": "music"}, RingOutcome, onward)
    else:
        first = _reaching("dial", {"number": target, "max_s": plan.talk.forwarded_max_s}, DialOutcome, onward)
    queue = () if call.queue is None else (_queueing(_QUEUE, call.queue),)
    return Route(why, to, target, _own_flow(first, *queue))


def _queues_for(node: Node, queue: QueueId) -> bool:
    return node.kind == "queue" and node.params.get("queue") == queue


def _own_flow(*nodes: Node) -> FlowGraph:
    """A flow that is not drawn anywhere: these nodes, an apology for whoever was not served, and the end."""
    sorry = Node(id=_SORRY, kind="play", params={"prompts": ["apology"]}, exits={"next": _END})
    return FlowGraph(
        id=FlowId("transfer"), label="转接", start=_START, nodes=(*nodes, sorry, Node(id=_END, kind="hangup"))
    )


def _queueing(node: NodeId, queue: QueueId) -> Node:
    return Node(
        id=node, kind="queue", label="转接排队", params={"queue": queue}, exits=dict.fromkeys(_UNSERVED, _SORRY)
    )


def _reaching(kind: str, params: dict[str, object], outcomes: type[RingOutcome | DialOutcome], onward: NodeId) -> Node:
    """A node that reaches somebody, or goes on."""
    exits = {outcome.value: onward for outcome in outcomes if outcome.value != RingOutcome.SERVED.value}
    return Node(id=_START, kind=kind, label="转接", params=params, exits=exits)
