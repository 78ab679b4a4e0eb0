"""Flows inside flows: results come back, ends end the call, nothing goes round for ever."""

from __future__ import annotations

import asyncio

import pytest

from appliance.ivr.context import MAX_DEPTH, PlanParts
from appliance.ivr.graph import FlowGraph, Node
from appliance.ivr.problem import Problem
from appliance.ivr.prompts import known_prompts
from appliance.ivr.runner import MAX_NODES, FlowEnd, FlowResult, Runner
from appliance.ivr.validate import validate
from appliance.telephony.ids import FlowId, NodeId
from appliance.telephony.leg import LegGone
from tests.unit.scripted_leg import HangsUp, Keys, ScriptedLeg, Visit


def node(name: str, kind: str, params: dict[str, object] | None = None, /, **exits: str) -> Node:
    return Node(
        id=NodeId(name), kind=kind, params=params or {}, exits={key: NodeId(target) for key, target in exits.items()}
    )


def flow(name: str, *nodes: Node) -> FlowGraph:
    return FlowGraph(id=FlowId(name), label="", start=nodes[0].id, nodes=nodes)


def calling(name: str, target: str, **exits: str) -> FlowGraph:
    """answer → the other flow → exits; an exit of an own result besides `done`."""
    returns = [{"result": each} for each in exits if each not in {"done", "failed"}]
    inner = node("in", "subflow", {"flow": target, "returns": returns}, **exits)
    return flow(name, node("a", "answer", next="in"), inner, node("e", "hangup", {"prompts": ["goodbye"]}))


def parts(*flows: FlowGraph) -> PlanParts:
    return PlanParts(prompts=known_prompts(), flows={each.id: each for each in flows})


def run(start: FlowGraph, leg: ScriptedLeg, *others: FlowGraph) -> FlowResult:
    return asyncio.run(Runner(start, parts(start, *others)).run(leg))


ASK = flow(
    "ask",
    node("q", "collect", {"prompts": ["enter_number"], "variable": "card"}, done="ok", invalid="no", no_input="no"),
    node("ok", "back", {"result": "known"}),
    node("no", "back"),
)


def test_a_result_is_an_exit_and_variables_are_shared() -> None:
    leg = ScriptedLeg([Keys("8812#")])
    result = run(calling("main", "ask", known="e", done="e"), leg, ASK)
    assert leg.visits[:4] == [
        Visit("a", "next", ""),
        Visit("q", "done", "8812"),
        Visit("ok", "", ""),
        Visit("in", "known", ""),
    ]
    assert result.variables == {"card": "8812"}
    assert result.end is FlowEnd.FINISHED
    assert leg.played[-1] == "goodbye"


def test_an_unlisted_result_leaves_by_done() -> None:
    leg = ScriptedLeg([Keys("8812#")])
    run(calling("main", "ask", done="e"), leg, ASK)
    assert Visit("in", "done", "") in leg.visits


def test_hanging_up_inside_ends_the_call() -> None:
    leg = ScriptedLeg()
    result = run(calling("main", "bye", done="e"), leg, flow("bye", node("h", "hangup", {"prompts": ["night"]})))
    assert leg.path == ["a", "h", "in"]
    assert leg.played == ["night"]
    assert leg.released
    assert result.end is FlowEnd.FINISHED


def test_a_caller_who_hangs_up_inside_is_reported_once_where_it_happened() -> None:
    leg = ScriptedLeg([HangsUp()])
    with pytest.raises(LegGone):
        run(calling("main", "ask", done="e"), leg, ASK)
    assert [visit for visit in leg.visits if visit.exit == "gone"] == [Visit("q", "gone", "")]


def test_a_breakdown_inside_takes_the_failure_exit_outside() -> None:
    leg = ScriptedLeg()
    broken = flow("broken", node("x", "hours", {"hours": "nowhere"}, open="x", closed="x"))
    result = run(calling("main", "broken", done="e", failed="e"), leg, broken)
    assert Visit("in", "failed", "") in leg.visits
    assert result.end is FlowEnd.FINISHED
    result = run(calling("main", "broken", done="e"), ScriptedLeg(), broken)
    assert result.end is FlowEnd.FAILED


def test_back_without_a_flow_around_hangs_up() -> None:
    leg = ScriptedLeg()
    assert run(flow("main", node("a", "answer", next="b"), node("b", "back")), leg).end is FlowEnd.FINISHED
    assert leg.released


def test_a_circle_that_was_let_through_is_bounded_in_a_call() -> None:
    leg = ScriptedLeg()
    result = run(calling("one", "two", done="e"), leg, calling("two", "one", done="e"))
    assert result.end is FlowEnd.FAILED
    assert result.nodes_run <= 2 * (MAX_DEPTH + 1) < MAX_NODES
    assert leg.played == ["apology"]


def problems(start: FlowGraph, *others: FlowGraph) -> list[Problem]:
    return validate(start, parts(start, *others))


ANSWERING = flow("inner", node("a", "answer", next="b"), node("b", "back"))


def test_a_sound_subflow_is_no_problem() -> None:
    assert problems(calling("main", "inner", done="e"), ANSWERING) == []


@pytest.mark.parametrize(
    ("start", "others", "words"),
    [
        (calling("one", "one", done="e"), (), "转回本流程"),
        (calling("one", "two", done="e"), (calling("two", "one", done="e"),), "转回本流程"),
        (calling("one", "two", done="e"), (calling("two", "two", done="e"),), "嵌套超过"),
        (calling("one", "none", done="e"), (), "没有编号为“none”的流程"),
        (calling("one", "inner", x="e", done="e", failed="e"), (ANSWERING,), ""),
    ],
)
def test_circles_are_found_before_publishing(start: FlowGraph, others: tuple[FlowGraph, ...], words: str) -> None:
    found = problems(start, *others)
    assert bool(found) == bool(words)
    if words:
        assert (found[0].node, found[0].field) == ("in", "params.flow")
        assert words in found[0].text


def test_depth_is_bounded() -> None:
    chain = [calling(f"f{n}", f"f{n + 1}", done="e") for n in range(MAX_DEPTH + 1)]
    end = flow(f"f{MAX_DEPTH + 1}", node("a", "answer", next="b"), node("b", "back"))
    assert "嵌套超过" in problems(chain[0], *chain[1:], end)[0].text
    assert problems(chain[1], *chain[2:], end) == []
    result = run(chain[1], ScriptedLeg(), *chain[2:], end)
    assert result.end is FlowEnd.FINISHED


def test_a_result_must_be_listed_once() -> None:
    start = flow(
        "main",
        node("a", "answer", next="in"),
        node("in", "subflow", {"flow": "inner", "returns": [{"result": "x"}, {"result": "x"}]}, x="e"),
        node("e", "hangup"),
    )
    assert [problem.field for problem in problems(start, ANSWERING)] == ["params.returns[1].result"]
