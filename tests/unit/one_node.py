"""The smallest flow that shows one node: answer → the node → one end per exit, named after it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from appliance.ivr.context import PlanParts, Sources
from appliance.ivr.graph import FlowGraph, Node
from appliance.ivr.problem import Problem
from appliance.ivr.registry import KINDS, exits_of, params_of
from appliance.ivr.runner import FlowResult, Runner
from appliance.ivr.validate import validate
from appliance.telephony.ids import FlowId, NodeId
from tests.unit.scripted_leg import ScriptedLeg


def one_node(kind: str, params: dict[str, Any], *exits: str) -> FlowGraph:
    """Without `exits` every exit of the node but `failed` leads to an end of its own."""
    node = Node(id=NodeId("it"), kind=kind, params=params)
    names = exits or [
        spec.name for spec in exits_of(params_of(node, KINDS[kind]), KINDS[kind]) if spec.name != "failed"
    ]
    ends = [Node(id=NodeId(f"end_{name}"), kind="hangup") for name in names]
    node = Node(id=node.id, kind=kind, params=params, exits={name: NodeId(f"end_{name}") for name in names})
    start = Node(id=NodeId("start"), kind="answer", exits={"next": NodeId("it")})
    return FlowGraph(id=FlowId("f"), label="", start=NodeId("start"), nodes=(start, node, *ends))


def run_node(
    leg: ScriptedLeg,
    kind: str,
    params: dict[str, Any],
    *exits: str,
    parts: PlanParts | None = None,
    sources: Sources | None = None,
    variables: Mapping[str, str] | None = None,
) -> FlowResult:
    runner = Runner(one_node(kind, params, *exits), parts or PlanParts(), sources=sources)
    return asyncio.run(runner.run(leg, variables))


def exit_of(leg: ScriptedLeg) -> str:
    """By which exit the call left the node."""
    return next(visit.exit for visit in leg.visits if visit.node == "it")


def problems_of(kind: str, params: dict[str, Any], parts: PlanParts | None = None) -> list[Problem]:
    """What validation says about the node alone."""
    return [problem for problem in validate(one_node(kind, params), parts or PlanParts()) if problem.node == "it"]
