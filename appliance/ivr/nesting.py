"""Flows inside flows: never in a circle, never too deep. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from appliance.ivr.context import MAX_DEPTH
from appliance.ivr.graph import FlowGraph
from appliance.ivr.nodes import subflow
from appliance.ivr.problem import Problem
from appliance.telephony.ids import FlowId, NodeId


def nesting_problems(flow: FlowGraph, flows: Mapping[FlowId, FlowGraph]) -> Iterator[Problem]:
    """A problem for each node of `flow` through which it comes back to itself, or nests deeper than is allowed."""
    for node, target in _inner(flow):
        name = f"节点“{_label(flow, node)}”"
        reached = _below(target, flow, flows)
        if flow.id in reached:
            text = f"{name}转到的流程又会转回本流程，请断开这个循环。"
            yield Problem(node=node, field="params.flow", text=text)
        elif _depth(target, flows) > MAX_DEPTH:
            text = f"{name}转到的流程层层嵌套超过 {MAX_DEPTH} 层，请减少层次。"
            yield Problem(node=node, field="params.flow", text=text)


def _inner(flow: FlowGraph) -> list[tuple[NodeId, FlowId]]:
    return [
        (node.id, FlowId(str(node.params.get("flow", "")))) for node in flow.nodes if node.kind == subflow.KIND.name
    ]


def _below(start: FlowId, edited: FlowGraph, flows: Mapping[FlowId, FlowGraph]) -> set[FlowId]:
    """Every flow that is gone through from `start` on, itself included; the edited one leads nowhere."""
    reached: set[FlowId] = set()
    waiting = [start]
    while waiting:
        at = waiting.pop()
        if at in reached:
            continue
        reached.add(at)
        if at in flows and at != edited.id:
            waiting += [target for _, target in _inner(flows[at])]
    return reached


def _depth(start: FlowId, flows: Mapping[FlowId, FlowGraph]) -> int:
    """Flows one inside the other from `start` on; a circle among them counts as too deep."""
    level = {start}
    depth = 0
    while level and depth <= MAX_DEPTH:
        depth += 1
        level = {target for at in level if at in flows for _, target in _inner(flows[at])}
    return depth


def _label(flow: FlowGraph, node_id: NodeId) -> str:
    return next(node.label or node.id for node in flow.nodes if node.id == node_id)
