"""What must be right before a flow is published: parameters, wiring, reachability, loops and ends."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from appliance.ivr.context import PlanParts
from appliance.ivr.graph import FlowGraph, Node
from appliance.ivr.nesting import nesting_problems
from appliance.ivr.node import FAILED, ExitSpec, NodeKind
from appliance.ivr.problem import Problem
from appliance.ivr.registry import KINDS, BadParams, Kinds, exits_of, params_of
from appliance.telephony.ids import NodeId


@dataclass(frozen=True, slots=True)
class _Known:
    """A node whose kind and parameters are in order."""

    node: Node
    kind: NodeKind[Any]
    exits: tuple[ExitSpec, ...]

    @property
    def may_end(self) -> bool:
        """The flow can be over here: no exits at all, or one left open by intention."""
        open_by_choice = (
            spec for spec in self.exits if not spec.required and not spec.instead and spec.name not in self.node.exits
        )
        return not self.exits or any(spec.name != FAILED.name for spec in open_by_choice)


def validate(flow: FlowGraph, parts: PlanParts, kinds: Kinds = KINDS) -> list[Problem]:
    """Everything to put right before publishing, in the order of the nodes; empty when the flow may be published.

    Ways through the flow are looked at once every exit leads somewhere: before, most complaints would be echoes.
    Loops: each round must pass an exit for which the caller pressed a key or waited in a queue; the runner bounds
    the number of rounds.
    """
    found: list[Problem] = []
    nodes: dict[NodeId, _Known] = {}
    ids = {node.id for node in flow.nodes}
    seen: set[NodeId] = set()
    for node in flow.nodes:
        if node.id in seen:
            found.append(Problem(node=node.id, field="id", text=f"节点编号“{node.id}”重复，请改名。"))
            continue
        seen.add(node.id)
        known, problems = _check_node(node, ids, parts, kinds)
        found += problems
        if known is not None:
            nodes[node.id] = known
    if not flow.nodes:
        found.append(Problem(field="nodes", text="流程还是空的，请先放一个“应答”节点。"))
    elif flow.start not in ids:
        found.append(Problem(field="start", text=f"起始节点“{flow.start}”不存在。"))
    elif len(nodes) == len(ids) and not any(problem.field.startswith("exits.") for problem in found):
        found += _check_ways(flow, nodes)
    found += nesting_problems(flow, parts.flows)
    return found


def _check_node(
    node: Node, ids: Collection[NodeId], parts: PlanParts, kinds: Kinds
) -> tuple[_Known | None, list[Problem]]:
    kind = kinds.get(node.kind)
    if kind is None:
        text = f"{_name(node)}的类型“{node.kind}”不存在，可用的有：{'、'.join(kinds)}。"
        return None, [Problem(node=node.id, field="kind", text=text)]
    try:
        params = params_of(node, kind)
    except BadParams as bad:
        return None, [Problem(node=node.id, field=bad.problem.field, text=f"{_name(node)}：{bad.problem.text}")]
    exits = exits_of(params, kind)
    found = [
        Problem(node=node.id, field=problem.field, text=f"{_name(node)}：{problem.text}", grave=problem.grave)
        for problem in kind.check(params, node, parts)
    ]
    return _Known(node, kind, exits), found + _check_wiring(node, exits, ids)


def _check_wiring(node: Node, exits: tuple[ExitSpec, ...], ids: Collection[NodeId]) -> list[Problem]:
    found = []
    names = {spec.name for spec in exits}
    for spec in exits:
        if spec.required and spec.name not in node.exits:
            text = f"{_name(node)}的出口“{spec.label}”没有接到下一个节点。"
            found.append(Problem(node=node.id, field=f"exits.{spec.name}", text=text))
    for name, target in node.exits.items():
        if name not in names:
            text = f"{_name(node)}没有叫“{name}”的出口，请删去这条连线。"
            found.append(Problem(node=node.id, field=f"exits.{name}", text=text))
        elif target not in ids:
            text = f"{_name(node)}的出口“{name}”接到了不存在的节点“{target}”。"
            found.append(Problem(node=node.id, field=f"exits.{name}", text=text))
    return found


def _check_ways(flow: FlowGraph, nodes: Mapping[NodeId, _Known]) -> list[Problem]:
    """Reachability, answering, ends and loops."""
    found = []
    reached = _reach([flow.start], lambda at: _targets(nodes, at))
    silent = _reach([flow.start], lambda at: () if nodes[at].kind.name == "answer" else _targets(nodes, at))
    ending = _can_end(nodes)
    for node_id, known in nodes.items():
        name = _name(known.node)
        if node_id not in reached:
            found.append(Problem(node=node_id, text=f"{name}从起始节点走不到，请接上或删除。"))
            continue
        if known.kind.needs_answer and node_id in silent:
            found.append(Problem(node=node_id, text=f"走到{name}时可能还没有应答，请在前面放“应答”节点。"))
        if node_id not in ending:
            found.append(Problem(node=node_id, text=f"从{name}出发永远走不到结束，请接到“挂机”。"))
    for node_id in sorted(_unpaced_loop(nodes) & reached):
        text = f"{_name(nodes[node_id].node)}处在一个不用按键也不用排队就会一直绕圈的循环里，请断开。"
        found.append(Problem(node=node_id, text=text))
    return found


def _targets(nodes: Mapping[NodeId, _Known], at: NodeId) -> list[NodeId]:
    return list(nodes[at].node.exits.values())


def _reach(starts: Iterable[NodeId], onward: Callable[[NodeId], Iterable[NodeId]]) -> set[NodeId]:
    reached: set[NodeId] = set()
    waiting = list(starts)
    while waiting:
        at = waiting.pop()
        if at not in reached:
            reached.add(at)
            waiting += onward(at)
    return reached


def _can_end(nodes: Mapping[NodeId, _Known]) -> set[NodeId]:
    """Nodes from which some way leads to an end."""
    sources: dict[NodeId, list[NodeId]] = {node_id: [] for node_id in nodes}
    for node_id in nodes:
        for target in _targets(nodes, node_id):
            sources[target].append(node_id)
    return _reach([node_id for node_id, known in nodes.items() if known.may_end], lambda at: sources[at])


def _unpaced_loop(nodes: Mapping[NodeId, _Known]) -> set[NodeId]:
    """Nodes on a loop none of whose exits is paced."""
    hurried = {
        node_id: [
            known.node.exits[spec.name] for spec in known.exits if not spec.paces and spec.name in known.node.exits
        ]
        for node_id, known in nodes.items()
    }
    return {node_id for node_id in nodes if node_id in _reach(hurried[node_id], lambda at: hurried[at])}


def _name(node: Node) -> str:
    return f"节点“{node.label or node.id}”"
