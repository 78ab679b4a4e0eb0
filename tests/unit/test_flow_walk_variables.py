"""The try-out shows the flow's variables as they stand at every node."""

from __future__ import annotations

import asyncio
from datetime import datetime

from appliance.ivr.context import PlanParts
from appliance.ivr.graph import FlowGraph, Node
from appliance.ivr.walk import WalkEnd, WalkKind, WalkScript, walk
from appliance.telephony.ids import FlowId, NodeId

FLOW = FlowGraph(
    id=FlowId("f"),
    label="f",
    start=NodeId("a"),
    nodes=(
        Node(id=NodeId("a"), kind="answer", exits={"next": NodeId("s")}),
        Node(
            id=NodeId("s"),
            kind="assign",
            params={"assignments": [{"variable": "tries", "how": "add", "value": "2"}]},
            exits={"next": NodeId("c")},
        ),
        Node(
            id=NodeId("c"),
            kind="collect",
            params={"prompts": ["enter_number"], "variable": "card"},
            exits={"done": NodeId("h"), "invalid": NodeId("h"), "no_input": NodeId("h")},
        ),
        Node(id=NodeId("h"), kind="hangup"),
    ),
)
AT = datetime.fromisoformat("2026-11-03T09:00:00")


def test_variables_stand_where_a_node_is_left_and_where_the_walk_waits() -> None:
    waiting = asyncio.run(walk(FLOW, PlanParts(), WalkScript(at=AT)))
    assert (waiting.end, waiting.variables) == (WalkEnd.AWAITS_KEYS, {"tries": "2"})
    over = asyncio.run(walk(FLOW, PlanParts(), WalkScript(at=AT, keys=("8812#",))))
    left = {step.node: step.variables for step in over.steps if step.kind is WalkKind.LEFT}
    assert left["a"] == {}
    assert left["s"] == {"tries": "2"}
    assert left["c"] == {"tries": "2", "card": "8812"}
