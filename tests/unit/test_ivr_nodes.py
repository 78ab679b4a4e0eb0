"""Each node kind, run by the runner in the smallest flow that shows it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from appliance.ivr.context import PlanParts
from appliance.ivr.graph import FlowGraph, Node
from appliance.ivr.hours import Hours, Span
from appliance.ivr.runner import FlowEnd, FlowResult, Runner
from appliance.telephony.ids import AgentId, BoxId, FlowId, NodeId, PromptId, QueueId
from appliance.telephony.leg import LegGone, QueueOutcome
from tests.unit.scripted_leg import HangsUp, Keys, ScriptedLeg, Silent, Visit

WEEK = (
    Span(days=(1, 2, 3, 4, 5), since="08:30", until="12:00"),
    Span(days=(1, 2, 3, 4, 5), since="14:00", until="17:30"),
)
PARTS = PlanParts(
    hours={
        "office": Hours(
            id="office",
            label="",
            spans=WEEK,
            closed_on=("2026-10-01",),
            open_on=("2026-10-10",),
        )
    },
    queue_leave_keys={QueueId("repair"): ""},
    box_max_s={BoxId("public"): 90.0},
)
MENU = {
    "prompts": ["welcome", "main_menu"],
    "repeat_prompts": ["main_menu"],
    "keys": [{"digit": "1", "label": "报修"}, {"digit": "0"}],
}


def one_node(kind: str, params: dict[str, Any], *exits: str) -> FlowGraph:
    """answer → the node → one end per exit, named after it."""
    ends = [Node(id=NodeId(f"end_{name}"), kind="hangup") for name in exits]
    node = Node(id=NodeId("it"), kind=kind, params=params, exits={name: NodeId(f"end_{name}") for name in exits})
    start = Node(id=NodeId("start"), kind="answer", exits={"next": NodeId("it")})
    return FlowGraph(id=FlowId("f"), label="", start=NodeId("start"), nodes=(start, node, *ends))


def run(leg: ScriptedLeg, kind: str, params: dict[str, Any], *exits: str) -> FlowResult:
    return asyncio.run(Runner(one_node(kind, params, *exits), PARTS).run(leg))


def exit_of(leg: ScriptedLeg) -> str:
    return next(visit.exit for visit in leg.visits if visit.node == "it")


def test_answer_and_play() -> None:
    leg = ScriptedLeg()
    result = run(leg, "play", {"prompts": ["night", "leave_message"]}, "next")
    assert leg.answered
    assert leg.released
    assert leg.played == ["night", "leave_message"]
    assert leg.path == ["start", "it", "end_next"]
    assert (result.end, result.last_node, result.nodes_run) == (FlowEnd.FINISHED, "end_next", 3)


def test_play_leaves_keys_to_the_menu_unless_told() -> None:
    leg = ScriptedLeg([Keys("1", during_prompt=True)])
    run(leg, "play", {"prompts": ["night"], "skip_keys": "1"}, "next")
    assert leg.visits[1] == Visit("it", "next", "1")


@pytest.mark.parametrize("during_prompt", [True, False])
def test_menu_takes_an_offered_key(during_prompt: bool) -> None:
    leg = ScriptedLeg([Keys("1", during_prompt=during_prompt)])
    run(leg, "menu", MENU, "1", "0", "invalid", "no_input")
    assert leg.played == ["welcome", "main_menu"]
    assert leg.visits[1] == Visit("it", "1", "1")


def test_menu_answers_a_wrong_key_at_once_and_asks_again() -> None:
    leg = ScriptedLeg([Keys("7", during_prompt=True), Keys("0")])
    run(leg, "menu", MENU, "1", "0", "invalid", "no_input")
    assert leg.played == ["welcome", "main_menu", "invalid_key", "main_menu"]
    assert leg.visits[1] == Visit("it", "0", "70")


def test_menu_gives_up_after_its_tries() -> None:
    leg = ScriptedLeg([Silent(), Silent(), Silent(), Keys("1")])
    run(leg, "menu", MENU, "1", "0", "invalid", "no_input")
    assert leg.played == ["welcome", "main_menu", "no_input", "main_menu", "no_input", "main_menu"]
    assert exit_of(leg) == "no_input"


def test_menu_leaves_by_the_last_kind_of_miss() -> None:
    leg = ScriptedLeg([Silent(), Keys("9")])
    run(leg, "menu", MENU | {"tries": 2}, "1", "0", "invalid", "no_input")
    assert exit_of(leg) == "invalid"


def test_menu_repeats_whole_prompt_without_a_shorter_one() -> None:
    leg = ScriptedLeg([Silent(), Keys("1")])
    run(leg, "menu", MENU | {"repeat_prompts": []}, "1", "0", "invalid", "no_input")
    assert leg.played == ["welcome", "main_menu", "no_input", "welcome", "main_menu"]


def test_collect_joins_barge_in_and_later_digits() -> None:
    leg = ScriptedLeg([Keys("8812#", during_prompt=True)])
    result = run(leg, "collect", {"prompts": ["enter_number"], "variable": "card"}, "done", "invalid", "no_input")
    assert leg.visits[1] == Visit("it", "done", "8812")
    assert result.variables == {"card": "8812"}


def test_collect_stops_at_the_longest_number() -> None:
    leg = ScriptedLeg([Keys("123456")])
    result = run(leg, "collect", {"prompts": ["enter_number"], "max_digits": 4}, "done", "invalid", "no_input")
    assert result.variables == {"number": "1234"}


def test_collect_of_one_digit_needs_no_second_wait() -> None:
    leg = ScriptedLeg([Keys("5", during_prompt=True)])
    result = run(leg, "collect", {"prompts": ["enter_number"], "max_digits": 1}, "done", "invalid", "no_input")
    assert result.variables == {"number": "5"}


def test_collect_asks_again_when_too_short_and_hides_secrets() -> None:
    leg = ScriptedLeg([Keys("12#"), Keys("#", during_prompt=True), Keys("123456#")])
    params = {"prompts": ["enter_number"], "min_digits": 6, "secret": True, "variable": "pin"}
    result = run(leg, "collect", params, "done", "invalid", "no_input")
    assert leg.played == ["enter_number", "invalid_number", "enter_number", "invalid_number", "enter_number"]
    assert leg.visits[1] == Visit("it", "done", "********")
    assert result.variables == {"pin": "123456"}


def test_collect_gives_up_on_silence() -> None:
    leg = ScriptedLeg([Silent(), Silent()])
    run(leg, "collect", {"prompts": ["enter_number"], "tries": 2}, "done", "invalid", "no_input")
    assert leg.played == ["enter_number", "no_input", "enter_number"]
    assert exit_of(leg) == "no_input"


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-11-23T08:29:59+08:00", "closed"),  # Monday
        ("2026-11-23T08:30:00+08:00", "open"),
        ("2026-11-23T11:59:59+08:00", "open"),
        ("2026-11-23T12:00:00+08:00", "closed"),
        ("2026-11-23T14:00:00+08:00", "open"),
        ("2026-11-22T10:00:00+08:00", "closed"),  # Sunday
        ("2026-10-01T10:00:00+08:00", "closed"),  # a holiday on Thursday
        ("2026-10-10T10:00:00+08:00", "open"),  # a make-up workday on Saturday
        ("2026-10-10T13:00:00+08:00", "closed"),  # with a workday's lunch break
    ],
)
def test_hours(at: str, expected: str) -> None:
    leg = ScriptedLeg(at=at)
    run(leg, "hours", {"hours": "office"}, "open", "closed")
    assert exit_of(leg) == expected


def test_hours_until_midnight() -> None:
    span = Span(days=(7,), since="00:00", until="24:00")
    hours = Hours(id="h", label="", spans=(span,))
    assert hours.is_open(ScriptedLeg(at="2026-11-22T23:59:59+08:00").now())
    assert not hours.problems()


@pytest.mark.parametrize("outcome", list(QueueOutcome))
def test_queue_leaves_by_its_outcome(outcome: QueueOutcome) -> None:
    leg = ScriptedLeg(queue_outcomes=[outcome])
    run(leg, "queue", {"queue": "repair"}, *(each.value for each in QueueOutcome))
    assert leg.queued == ["repair"]
    assert exit_of(leg) == outcome.value


def test_flow_is_over_after_a_conversation_when_nothing_follows() -> None:
    leg = ScriptedLeg(queue_outcomes=[QueueOutcome.SERVED])
    result = run(leg, "queue", {"queue": "repair"}, "no_agent", "timeout", "full", "agents_no_answer")
    assert result.end is FlowEnd.FINISHED
    assert result.last_exit == "served"
    assert leg.released
    assert leg.played == []


@pytest.mark.parametrize(("length_s", "expected"), [(4.2, "done"), (0.0, "empty")])
def test_voicemail(length_s: float, expected: str) -> None:
    leg = ScriptedLeg(message_lengths_s=[length_s])
    run(leg, "voicemail", {"box": "public", "for_agent": "1001"}, "done", "empty")
    assert leg.messages == [(BoxId("public"), AgentId("1001"), 90.0)]
    assert exit_of(leg) == expected


def test_hangup_says_its_last_words() -> None:
    leg = ScriptedLeg()
    run(leg, "hangup", {"prompts": ["goodbye"]})
    assert leg.played == [PromptId("goodbye")]
    assert leg.released


def test_caller_hangs_up_in_a_node() -> None:
    leg = ScriptedLeg([Keys("7"), HangsUp()])
    with pytest.raises(LegGone):
        run(leg, "menu", MENU, "1", "0", "invalid", "no_input")
    assert leg.visits[-1] == Visit("it", "gone", "7")
    assert not leg.released
