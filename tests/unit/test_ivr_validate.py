"""The validator finds what would strand a caller, and names it in Chinese at the right place."""

from __future__ import annotations

import pytest

from appliance.ivr.context import PlanParts
from appliance.ivr.graph import FlowGraph, Node
from appliance.ivr.hours import Hours, Span
from appliance.ivr.problem import Problem
from appliance.ivr.validate import validate
from appliance.telephony.ids import BoxId, FlowId, NodeId, PromptId, QueueId

PARTS = PlanParts(
    hours={"office": Hours(id="office", label="", spans=(Span(days=(1,), since="08:00", until="18:00"),))},
    queue_leave_keys={QueueId("repair"): "", QueueId("vip"): "9"},
    box_max_s={BoxId("public"): 60.0},
    prompts=frozenset(map(PromptId, ("welcome", "main_menu", "invalid_key", "no_input", "invalid_number"))),
)
PLAY: dict[str, object] = {"prompts": ["welcome"]}
MENU: dict[str, object] = {"prompts": ["main_menu"], "keys": [{"digit": "1"}]}
QUEUE_EXITS = {"no_agent": "e", "timeout": "e", "full": "e", "agents_no_answer": "e"}


def node(name: str, kind: str, params: dict[str, object] | None = None, /, **exits: str) -> Node:
    return Node(
        id=NodeId(name), kind=kind, params=params or {}, exits={key: NodeId(target) for key, target in exits.items()}
    )


def problems(*nodes: Node, start: str = "a") -> list[Problem]:
    graph = FlowGraph(
        id=FlowId("f"),
        label="",
        start=NodeId(start),
        nodes=(node("a", "answer", next="it"), *nodes, node("e", "hangup")),
    )
    return validate(graph, PARTS)


def only(*nodes: Node, start: str = "a") -> Problem:
    found = problems(*nodes, start=start)
    assert len(found) == 1, found
    return found[0]


def test_a_sound_flow_has_no_problems() -> None:
    assert problems(node("it", "menu", MENU, **{"1": "e"}, invalid="e", no_input="e")) == []


@pytest.mark.parametrize(
    ("bad", "field", "words"),
    [
        (node("it", "play", PLAY), "exits.next", "没有接到下一个节点"),
        (node("it", "play", PLAY, next="nowhere"), "exits.next", "不存在的节点“nowhere”"),
        (node("it", "play", PLAY, next="e", hop="e"), "exits.hop", "没有叫“hop”的出口"),
        (node("it", "teleport", next="e"), "kind", "类型“teleport”不存在"),
        (node("it", "play", {}, next="e"), "params.prompts", "缺少这一项"),
        (node("it", "play", {"prompts": 5}, next="e"), "params.prompts", "应为列表，现在是整数"),
        (node("it", "play", {"prompts": []}, next="e"), "params.prompts", "长度应 >= 1 项"),
        (node("it", "play", {"prompts": ["welcome"], "x": 1}, next="e"), "params.x", "没有这样的设置项"),
        (node("it", "play", {"prompts": ["welcome", "rain"]}, next="e"), "params.prompts[1]", "提示音"),
        (node("it", "hours", {"hours": "x"}, open="e", closed="e"), "params.hours", "没有名为“x”的工作时间"),
        (node("it", "queue", {"queue": "x"}, **QUEUE_EXITS), "params.queue", "没有名为“x”的技能组"),
        (node("it", "queue", {"queue": "vip"}, **QUEUE_EXITS), "exits.key_pressed", "允许按 9 离开"),
        (node("it", "voicemail", {"box": "x"}, done="e", empty="e"), "params.box", "没有名为“x”的留言箱"),
        (
            node(
                "it", "menu", MENU | {"keys": [{"digit": "1"}, {"digit": "1"}]}, **{"1": "e"}, invalid="e", no_input="e"
            ),
            "params.keys[1].digit",
            "按键 1 重复",
        ),
        (
            node("it", "menu", MENU | {"tries": 0}, **{"1": "e"}, invalid="e", no_input="e"),
            "params.tries",
            "应为 >= 1 的整数",
        ),
        (
            node(
                "it",
                "collect",
                {"prompts": ["welcome"], "min_digits": 9, "max_digits": 8},
                done="e",
                invalid="e",
                no_input="e",
            ),
            "params.min_digits",
            "多于最多 8 位",
        ),
    ],
)
def test_one_fault_in_a_node(bad: Node, field: str, words: str) -> None:
    found = only(bad)
    assert (found.node, found.field) == ("it", field)
    assert words in found.text
    assert "节点“it”" in found.text


def test_only_a_missing_prompt_is_not_grave() -> None:
    assert not only(node("it", "play", {"prompts": ["rain"]}, next="e")).grave
    assert only(node("it", "play", PLAY)).grave


def test_unreachable_node() -> None:
    found = only(node("it", "play", PLAY, next="e"), node("island", "play", PLAY, next="e"))
    assert found.node == "island"
    assert "走不到" in found.text


def test_missing_start() -> None:
    assert only(node("it", "play", PLAY, next="e"), start="x").field == "start"


def test_double_id() -> None:
    assert "重复" in only(node("it", "play", PLAY, next="e"), node("it", "play", PLAY, next="e")).text


def test_speaking_on_an_unanswered_branch() -> None:
    found = only(
        node("s", "hours", {"hours": "office"}, open="a", closed="it"), node("it", "play", PLAY, next="e"), start="s"
    )
    assert found.node == "it"
    assert "没有应答" in found.text


def test_loop_that_waits_for_nobody() -> None:
    found = problems(
        node("it", "play", PLAY, next="q"),
        node("q", "queue", {"queue": "repair"}, **(QUEUE_EXITS | {"no_agent": "it"})),
    )
    assert {problem.node for problem in found} == {"it", "q"}
    assert all("循环" in problem.text for problem in found)


def test_silent_menu_round_and_round() -> None:
    assert "循环" in only(node("it", "menu", MENU, **{"1": "e"}, invalid="e", no_input="it")).text


def test_loops_paced_by_the_caller_or_the_queue_are_allowed() -> None:
    assert problems(node("it", "menu", MENU, **{"1": "it"}, invalid="it", no_input="e")) == []
    assert (
        problems(
            node("it", "play", PLAY, next="q"),
            node("q", "queue", {"queue": "repair"}, **(QUEUE_EXITS | {"timeout": "it"})),
        )
        == []
    )


def test_a_trap_without_an_end() -> None:
    found = problems(
        node("it", "menu", MENU, **{"1": "trap"}, invalid="e", no_input="e"),
        node("trap", "menu", MENU, **{"1": "trap"}, invalid="trap", no_input="pause"),
        node("pause", "play", PLAY, next="trap"),
    )
    assert [problem.node for problem in found if "走不到结束" in problem.text] == ["trap", "pause"]


def test_an_open_queue_exit_is_an_end() -> None:
    exits = dict.fromkeys(QUEUE_EXITS, "it")
    found = problems(node("it", "queue", {"queue": "repair"}, **exits))
    assert not [problem for problem in found if "走不到结束" in problem.text]
