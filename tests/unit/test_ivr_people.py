"""Nodes that reach people: a seat, an outside number, a message, a rating, a call-back."""

from __future__ import annotations

import asyncio

import pytest

from appliance.ivr.context import PlanParts
from appliance.ivr.graph import FlowGraph, Node
from appliance.ivr.prompts import known_prompts
from appliance.ivr.runner import FlowEnd, Runner
from appliance.telephony.call import Rating
from appliance.telephony.ids import AgentId, BoxId, FlowId, NodeId, QueueId, SeatId, StationId
from appliance.telephony.leg import CallBack, DialOutcome, RingOutcome, RingTarget
from tests.unit.one_node import exit_of, problems_of, run_node
from tests.unit.scripted_leg import HangsUp, Keys, ScriptedLeg, Silent

PARTS = PlanParts(
    prompts=known_prompts(),
    agents=frozenset({AgentId("1001")}),
    seats=frozenset({SeatId("1")}),
    stations=frozenset({StationId("801")}),
    queue_leave_keys={QueueId("service"): ""},
    box_max_s={BoxId("public"): 40.0},
)


@pytest.mark.parametrize(
    ("outcome", "played"),
    [
        (RingOutcome.BUSY, ["agent_busy"]),
        (RingOutcome.NO_ANSWER, ["agent_no_answer"]),
        (RingOutcome.ABSENT, ["agent_absent"]),
        (RingOutcome.SERVED, []),
    ],
)
def test_ring_tells_the_caller_what_became_of_the_wanted_agent(outcome: RingOutcome, played: list[str]) -> None:
    leg = ScriptedLeg(ring_outcomes=[outcome])
    run_node(leg, "ring", {"name": "{number}", "ring_s": 15}, parts=PARTS, variables={"number": " 1001 "})
    assert leg.rung == [(RingTarget.AGENT, "1001", 15.0)]
    assert leg.played == played
    assert exit_of(leg) == outcome


def test_ring_can_say_the_staff_number() -> None:
    leg = ScriptedLeg(ring_outcomes=[RingOutcome.BUSY])
    run_node(leg, "ring", {"name": "1001", "say_number": True}, parts=PARTS)
    assert leg.played == ["staff_number", "zh-1", "zh-0", "zh-0", "zh-1", "agent_busy"]


@pytest.mark.parametrize(
    ("outcome", "played"),
    [
        (DialOutcome.BUSY, ["connecting", "outside_busy"]),
        (DialOutcome.NO_ANSWER, ["connecting", "outside_no_answer"]),
        (DialOutcome.NO_LINE, ["connecting", "lines_busy"]),
        (DialOutcome.SERVED, ["connecting"]),
    ],
)
def test_dial_tells_the_caller_what_became_of_the_outside_number(outcome: DialOutcome, played: list[str]) -> None:
    leg = ScriptedLeg(dial_outcomes=[outcome])
    run_node(leg, "dial", {"number": "139-0562 1234", "ring_s": 20, "max_s": 600}, parts=PARTS)
    assert leg.dialled == [("13905621234", 20.0, 600.0)]
    assert leg.played == played
    assert exit_of(leg) == outcome


@pytest.mark.parametrize(("length_s", "left_by", "shown"), [(7.4, "done", {"故障地址": "录音 7 秒"}), (0, "empty", {})])
def test_record_for_a_purpose(length_s: float, left_by: str, shown: dict[str, str]) -> None:
    leg = ScriptedLeg(message_lengths_s=[length_s])
    result = run_node(leg, "record", {"purpose": "故障地址", "box": "public", "max_s": 90}, parts=PARTS)
    assert leg.played == ["record_after_beep"]
    assert leg.messages == [(BoxId("public"), None, 40.0)], "never longer than the box takes"
    assert exit_of(leg) == left_by
    assert leg.shown == shown
    assert result.variables["recorded_s"] == f"{length_s:.0f}"
    assert "故障地址" in leg.remarks


@pytest.mark.parametrize(
    ("script", "ratings", "left_by"),
    [
        ([Keys("1")], [Rating.SATISFIED], "rated"),
        ([Keys("2", during_prompt=True)], [Rating.NEUTRAL], "rated"),
        ([Keys("3")], [Rating.DISSATISFIED], "dissatisfied"),
        ([Keys("8"), Keys("1")], [Rating.SATISFIED], "rated"),
        ([Silent(), Silent()], [], "unrated"),
        ([Keys("8"), Keys("9")], [], "unrated"),
    ],
)
def test_survey(script: list[Keys | Silent], ratings: list[Rating], left_by: str) -> None:
    leg = ScriptedLeg(script)
    run_node(leg, "survey", {}, parts=PARTS)
    assert leg.invited
    assert leg.ratings == ratings
    assert exit_of(leg) == left_by
    assert ("survey_thanks" in leg.played) == bool(ratings)


def test_survey_dissatisfied_goes_with_the_others_unless_wired() -> None:
    leg = ScriptedLeg([Keys("3")])
    result = run_node(leg, "survey", {}, "rated", "unrated", parts=PARTS)
    assert result.last_node == "end_rated"


@pytest.mark.parametrize(
    ("number", "script", "booked"),
    [
        ("13800138000", [Keys("1")], "13800138000"),
        ("13800138000", [Silent(), Keys("1")], "13800138000"),
        ("13800138000", [Keys("2"), Keys("05628896599#")], "05628896599"),
        ("13800138000", [Keys("2"), Keys("123#"), Keys("8896599#")], "8896599"),
        ("", [Keys("8896599#")], "8896599"),
    ],
)
def test_call_back_is_booked(number: str, script: list[Keys | Silent], booked: str) -> None:
    leg = ScriptedLeg(script, peer_number=number)
    run_node(leg, "callback", {"queue": "service"}, parts=PARTS)
    assert leg.bookings == [CallBack(number=booked, queue=QueueId("service"))]
    assert leg.played[-1] == "call_back_booked"
    assert exit_of(leg) == "booked"


def test_call_back_reads_the_number_out() -> None:
    leg = ScriptedLeg([Keys("1")], peer_number="110")
    run_node(leg, "callback", {"queue": "service"}, parts=PARTS)
    assert leg.played[:5] == ["call_back_number", "zh-yao", "zh-yao", "zh-0", "call_back_confirm"]


def test_call_back_without_a_number_is_none() -> None:
    leg = ScriptedLeg([Silent()] * 3, peer_number="")
    run_node(leg, "callback", {"queue": "service"}, parts=PARTS)
    assert leg.bookings == []
    assert exit_of(leg) == "no_number"


def test_a_caller_who_hangs_up_in_the_survey_was_invited() -> None:
    leg = ScriptedLeg([HangsUp()])
    with pytest.raises(Exception, match="busy_tone"):
        run_node(leg, "survey", {}, parts=PARTS)
    assert leg.invited
    assert leg.ratings == []


def test_a_menu_that_is_entered_too_often_leaves_by_no_input() -> None:
    leg = ScriptedLeg([Keys("1")] * 9)
    menu = {"prompts": ["main_menu"], "keys": [{"digit": "1"}], "max_visits": 3}
    m = NodeId("m")
    nodes = (
        Node(id=NodeId("a"), kind="answer", exits={"next": m}),
        Node(id=m, kind="menu", params=menu, exits={"1": m, "invalid": m, "no_input": NodeId("e")}),
        Node(id=NodeId("e"), kind="hangup"),
    )
    flow = FlowGraph(id=FlowId("f"), label="", start=NodeId("a"), nodes=nodes)
    result = asyncio.run(Runner(flow, PARTS).run(leg))
    assert result.end is FlowEnd.FINISHED
    assert leg.path == ["a", "m", "m", "m", "m", "e"]
    assert leg.played == ["main_menu"] * 3


@pytest.mark.parametrize(
    ("kind", "params", "field", "grave"),
    [
        ("ring", {"target": "agent", "name": "9"}, "params.name", False),
        ("ring", {"target": "seat", "name": "9"}, "params.name", True),
        ("ring", {"target": "station", "name": "809"}, "params.name", True),
        ("ring", {"name": "1001", "busy_prompts": ["nowhere"]}, "params.busy_prompts[0]", False),
        ("dial", {"number": "12"}, "params.number", True),
        ("dial", {"number": "{mobile"}, "params.number", True),
        ("record", {"purpose": "x", "box": "none"}, "params.box", True),
        ("record", {"purpose": "x", "box": "public", "variable": "caller"}, "params.variable", True),
        ("survey", {"neutral_key": "1"}, "params.dissatisfied_key", True),
        ("callback", {"queue": "none"}, "params.queue", True),
    ],
)
def test_faults_are_named(kind: str, params: dict[str, object], field: str, grave: bool) -> None:
    problem = problems_of(kind, params, PARTS)[0]
    assert (problem.field, problem.grave) == (field, grave)


@pytest.mark.parametrize("target", [("agent", "1001"), ("seat", "1"), ("station", "801"), ("seat", "{seat}")])
def test_whom_the_plan_knows_can_be_rung(target: tuple[str, str]) -> None:
    assert problems_of("ring", {"target": target[0], "name": target[1]}, PARTS) == []
