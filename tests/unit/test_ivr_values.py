"""Nodes that speak, compare, set and sort by values."""

from __future__ import annotations

import pytest

from appliance.ivr.callerbook import CallerEntry
from appliance.ivr.callerlist import CallerList
from appliance.ivr.callvalues import CALL_VALUES
from appliance.ivr.context import PlanParts, Sources
from appliance.ivr.prompts import known_prompts
from appliance.ivr.template import fill, is_template, names_in
from tests.unit.one_node import exit_of, problems_of, run_node
from tests.unit.scripted_leg import Keys, ScriptedLeg, Silent

PARTS = PlanParts(
    prompts=known_prompts(),
    caller_lists={
        "black": CallerList(id="black", label="黑名单", numbers=("13911112222", "170*")),
    },
)


class Known:
    def find(self, number: str) -> CallerEntry | None:
        book = {"13900000001": CallerEntry(name="王师傅", level="VIP", area="城关"), "13900000002": CallerEntry()}
        return book.get(number)


KNOWN = Sources(callers=Known())


def test_templates() -> None:
    assert fill("a{x}b{yy}{x}", {"x": "1", "yy": "{x}"}.get) == "a1b{x}1"  # type: ignore[arg-type]
    assert names_in("a{x}b{yy}{x}") == ["x", "yy", "x"]
    assert is_template("{caller}-{n_1}")
    assert not is_template("{caller")
    assert not is_template("{}")
    assert not is_template("{Caller}")


def test_say_reads_a_value_between_its_prompts_in_one_playlist() -> None:
    leg = ScriptedLeg()
    params = {"value": "{balance}", "kind": "amount", "before": ["please_wait"], "after": ["goodbye"]}
    run_node(leg, "say", params, parts=PARTS, variables={"balance": "12.05"})
    assert leg.played == ["please_wait", "zh-shi", "zh-2", "zh-yuan", "zh-0", "zh-5", "zh-fen", "goodbye"]
    assert exit_of(leg) == "next"


def test_say_in_english() -> None:
    leg = ScriptedLeg()
    leg.language = "en"  # type: ignore[assignment]
    run_node(leg, "say", {"value": "21", "kind": "integer", "unit": "wei"}, parts=PARTS)
    assert leg.played == ["en-20", "en-1"]


@pytest.mark.parametrize("exits", [("next", "unspeakable"), ("next",)])
def test_say_without_a_value_says_nothing_and_goes_on(exits: tuple[str, ...]) -> None:
    leg = ScriptedLeg()
    result = run_node(leg, "say", {"value": "{nothing}", "kind": "amount", "before": ["welcome"]}, *exits, parts=PARTS)
    assert leg.played == []
    assert exit_of(leg) == exits[-1]
    assert result.last_node == f"end_{exits[-1]}"
    assert "没有可播报的值" in leg.remarks


@pytest.mark.parametrize(
    ("script", "played", "left_by"),
    [
        ([Silent()], 1, "next"),
        ([Keys("1"), Keys("1", during_prompt=True), Keys("0")], 3, "leave"),
        ([Keys("1"), Keys("1"), Keys("1")], 3, "next"),
    ],
)
def test_announcement_is_repeated_on_demand(script: list[Keys | Silent], played: int, left_by: str) -> None:
    leg = ScriptedLeg(script)
    run_node(leg, "announce", {"prompts": ["night"]}, parts=PARTS)
    assert leg.played == ["night", "announce_keys"] * played
    assert exit_of(leg) == left_by


@pytest.mark.parametrize(
    ("left", "comparison", "right", "holds"),
    [
        ("{n}", "equals", "7.0", True),
        ("{n}", "equals", "07x", False),
        ("{n}", "less", "10", True),  # as numbers: as texts 7 > 10
        ("{n}", "at_most", "7", True),
        ("{n}", "greater", "7", False),
        ("{n}", "at_least", "7", True),
        ("{n}", "not_equals", "8", True),
        ("abc{n}", "contains", "c7", True),
        ("abc", "starts_with", "b", False),
        ("{unset}", "empty", "", True),
        ("{time}", "at_least", "09:30", True),
        ("{time}", "less", "09:30", False),
        ("{caller}", "starts_with", "138", True),
        ("{line}{hotline}{date}{weekday}{language}{call}{flow}{node}", "equals", "", False),
        ("NaN", "less", "1", False),
    ],
)
def test_conditions(left: str, comparison: str, right: str, holds: bool) -> None:
    leg = ScriptedLeg()
    params = {"left": left, "comparison": comparison, "right": right}
    run_node(leg, "condition", params, parts=PARTS, variables={"n": "7"})
    assert exit_of(leg) == ("yes" if holds else "no")


@pytest.mark.parametrize("name", CALL_VALUES)
def test_every_value_of_a_call_can_be_used(name: str) -> None:
    leg = ScriptedLeg(peer_number="13900000001")
    run_node(
        leg,
        "condition",
        {"left": f"{{{name}}}", "comparison": "empty"},
        parts=PARTS,
        sources=KNOWN,
        variables={"pushed": "8"},
    )
    assert exit_of(leg) == "no"


def test_variables_are_set_and_counted() -> None:
    leg = ScriptedLeg()
    params = {
        "assignments": [
            {"variable": "who", "value": "{caller}@{line}"},
            {"variable": "count", "how": "add", "value": "2"},
            {"variable": "count", "how": "add", "value": "0.5"},
            {"variable": "odd", "how": "add", "value": "many"},
            {"variable": "long", "value": "x" * 900 + "{who}" * 10},
        ]
    }
    result = run_node(leg, "assign", params, parts=PARTS, variables={"count": "1"})
    assert result.variables["who"] == "13800138000@2"
    assert result.variables["count"] == "3.5"
    assert result.variables["odd"] == "0"
    assert len(result.variables["long"]) == 1000


RULES = [
    {"exit": "black", "by": "on_list", "value": "black", "label": "黑名单"},
    {"exit": "hidden", "by": "withheld"},
    {"exit": "boss", "by": "number", "value": "13977777777"},
    {"exit": "vip", "by": "level", "value": "VIP"},
    {"exit": "town", "by": "area", "value": "城关"},
    {"exit": "customer", "by": "known"},
    {"exit": "mobile", "by": "number", "value": "13*"},
]


@pytest.mark.parametrize(
    ("number", "exit_name"),
    [
        ("13911112222", "black"),
        ("17000000000", "black"),
        ("", "hidden"),
        ("13977777777", "boss"),
        ("13900000001", "vip"),
        ("13900000002", "customer"),
        ("13800000000", "mobile"),
        ("05628890000", "other"),
    ],
)
def test_callers_are_sorted_by_their_number(number: str, exit_name: str) -> None:
    leg = ScriptedLeg(peer_number=number)
    run_node(leg, "route", {"rules": RULES}, parts=PARTS, sources=KNOWN)
    assert exit_of(leg) == exit_name


def test_language_is_the_callers_from_here_on() -> None:
    leg = ScriptedLeg()
    run_node(leg, "language", {"language": "en"}, parts=PARTS)
    assert leg.language == "en"


@pytest.mark.parametrize(
    ("kind", "params", "field", "words"),
    [
        ("say", {"value": "{balance"}, "params.value", "花括号"),
        ("say", {"value": "1", "unit": "wei"}, "params.unit", "量词只用于"),
        ("announce", {"prompts": ["night"], "leave_key": "1"}, "params.leave_key", "同一个按键"),
        ("condition", {"left": "{}"}, "params.left", "花括号"),
        (
            "assign",
            {"assignments": [{"variable": "n"}, {"variable": "caller"}]},
            "params.assignments[1].variable",
            "系统自带的值",
        ),
        ("route", {"rules": [{"exit": "other", "by": "known"}]}, "params.rules[0].exit", "不能用"),
        ("route", {"rules": [{"exit": "a", "by": "on_list", "value": "x"}]}, "params.rules[0].value", "来电名单"),
        ("route", {"rules": [{"exit": "a", "by": "number", "value": "x"}]}, "params.rules[0].value", "138*"),
        ("route", {"rules": [{"exit": "a", "by": "level"}]}, "params.rules[0].value", "要比较的取值"),
        ("language", {"language": "yue"}, "params.language", "仍是普通话"),
    ],
)
def test_faults_are_named(kind: str, params: dict[str, object], field: str, words: str) -> None:
    (problem,) = problems_of(kind, params, PARTS)
    assert problem.field == field
    assert words in problem.text


def test_a_missing_language_is_not_grave() -> None:
    assert not problems_of("language", {"language": "yue"}, PARTS)[0].grave
