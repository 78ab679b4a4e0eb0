"""Trying a flow out: what a person at the screen sees of a draft."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any

import msgspec
import pytest

from appliance.callplan import plan_parts
from appliance.defaults.plan import default_plan
from appliance.ivr.callerbook import CallerEntry
from appliance.ivr.context import PlanParts
from appliance.ivr.graph import FlowGraph, Node
from appliance.ivr.prompts import known_prompts
from appliance.ivr.walk import HANGS_UP, StubAnswer, Walk, WalkEnd, WalkKind, WalkScript, walk
from appliance.telephony.ids import FlowId, NodeId, PromptId
from appliance.telephony.leg import DialOutcome, QueueOutcome, RingOutcome
from tests.unit.one_node import one_node

PLAN = default_plan("", "96599", "0562")
MORNING = datetime.fromisoformat("2026-11-23T10:00:00+08:00")
NIGHT = datetime.fromisoformat("2026-11-23T22:00:00+08:00")
K = WalkKind


def try_out(flow: FlowGraph, parts: PlanParts, *keys: str, at: datetime = MORNING, **world: Any) -> Walk:
    return asyncio.run(walk(flow, parts, WalkScript(at=at, keys=keys, **world)))


def main_flow(*keys: str, at: datetime = MORNING, **world: Any) -> Walk:
    return try_out(PLAN.flows[0], plan_parts(PLAN), *keys, at=at, **world)


def steps(walked: Walk, kind: WalkKind) -> list[str]:
    return [step.text or step.node for step in walked.steps if step.kind is kind]


def test_a_served_caller_from_ring_to_release() -> None:
    walked = main_flow("1", caller="13905621234")
    assert walked.end is WalkEnd.FINISHED
    assert [(step.kind, step.node or step.text, step.exit) for step in walked.steps] == [
        (K.ENTERED, "answer", ""),
        (K.ANSWERED, "", ""),
        (K.LEFT, "answer", "next"),
        (K.ENTERED, "hours", ""),
        (K.LEFT, "hours", "open"),
        (K.ENTERED, "menu", ""),
        (
            K.HEARD,
            "您好，欢迎致电有线电视客户服务热线。报修请按一，业务咨询请按二，投诉建议请按三，人工服务请按零。",
            "",
        ),
        (K.KEYED, "1", ""),
        (K.LEFT, "menu", "1"),
        (K.ENTERED, "repair", ""),
        (K.QUEUED, "repair", "served"),
        (K.LEFT, "repair", "served"),
        (K.RELEASED, "", ""),
    ]


def test_at_night_a_message_is_left() -> None:
    walked = main_flow(at=NIGHT, message_s=500)
    assert steps(walked, K.RECORDED) == ["public 120 秒"]
    assert steps(walked, K.ENTERED) == ["answer", "hours", "night", "message", "goodbye", "end"]


def test_nobody_signed_in() -> None:
    walked = main_flow("2", queue=QueueOutcome.NO_AGENT, message_s=0)
    assert "no_agent" in steps(walked, K.ENTERED)


def test_a_question_without_keys_waits_for_the_person_at_the_screen() -> None:
    walked = main_flow()
    assert walked.end is WalkEnd.AWAITS_KEYS
    assert walked.steps[-1].kind is K.HEARD
    assert main_flow("").end is WalkEnd.AWAITS_KEYS, "after silence the menu is played again"
    assert len(steps(main_flow(""), K.HEARD)) == 2


def test_a_caller_who_hangs_up() -> None:
    walked = main_flow(HANGS_UP)
    assert walked.end is WalkEnd.CALLER_HUNG_UP
    assert not steps(walked, K.RELEASED)


def test_the_steps_are_plain_json() -> None:
    decoded = msgspec.json.decode(msgspec.json.encode(main_flow("1")))
    assert decoded["steps"][0] == {"kind": "entered", "flow": "main", "node": "answer", "label": "应答"}
    script = msgspec.json.decode(b'{"at": "2026-11-23T10:00:00+08:00", "keys": ["1"]}', type=WalkScript)
    assert script.at == MORNING


def test_own_prompts_speak_their_words_and_unknown_ones_their_name() -> None:
    flow = one_node("play", {"prompts": ["festival", "nowhere"]})
    script = WalkScript(at=MORNING)
    walked = asyncio.run(walk(flow, PlanParts(), script, {PromptId("festival"): "节日快乐。"}))
    assert steps(walked, K.HEARD) == ["节日快乐。〔nowhere〕"]


def test_language_and_spoken_values() -> None:
    said = Node(id=NodeId("s"), kind="say", params={"value": "{line}", "kind": "integer"})
    nodes = (
        Node(id=NodeId("a"), kind="answer", exits={"next": NodeId("l")}),
        Node(id=NodeId("l"), kind="language", params={"language": "en"}, exits={"next": NodeId("p")}),
        Node(id=NodeId("p"), kind="play", params={"prompts": ["goodbye"]}, exits={"next": NodeId("s")}),
        msgspec.structs.replace(said, exits={"next": NodeId("e")}),
        Node(id=NodeId("e"), kind="hangup"),
    )
    flow = FlowGraph(id=FlowId("f"), label="", start=NodeId("a"), nodes=nodes)
    assert steps(try_out(flow, PlanParts()), K.HEARD) == ["Thank you for calling. Goodbye.", "one"]


@pytest.mark.parametrize(
    ("kind", "params", "world", "seen"),
    [
        ("ring", {"name": "1001"}, {"ring": RingOutcome.BUSY}, (K.RANG, "1001", "busy")),
        ("dial", {"number": "110"}, {"dial": DialOutcome.NO_LINE}, (K.DIALLED, "110", "no_line")),
        ("survey", {}, {"keys": ("3",)}, (K.RATED, "dissatisfied", "")),
        ("callback", {"queue": "q"}, {"caller": "139", "keys": ("1",)}, (K.CALL_BACK, "139 q", "")),
        ("route", {"rules": [{"exit": "vip", "by": "level", "value": "VIP"}]}, {}, (K.LEFT, "", "vip")),
    ],
)
def test_the_world_around_the_box_is_the_scripts(
    kind: str, params: dict[str, Any], world: dict[str, Any], seen: tuple[WalkKind, str, str]
) -> None:
    keys = world.pop("keys", ())
    walked = try_out(one_node(kind, params), PlanParts(), *keys, customer=CallerEntry(level="VIP"), **world)
    assert seen in [(step.kind, step.text, step.exit) for step in walked.steps]
    assert walked.end is WalkEnd.FINISHED


HTTP = {"url": "http://erp.local/x", "keep": [{"path": "a", "variable": "a"}], "show": [{"path": "a", "label": "甲"}]}


def test_servers_answer_by_the_script_and_are_not_asked() -> None:
    parts = PlanParts(prompts=known_prompts(), request_hosts=frozenset({"erp.local"}))
    flow = one_node("http", HTTP)
    walked = try_out(flow, parts, answers=(StubAnswer(body='{"a": "7"}'),), pushed="p1", caller="139")
    (asked,) = steps(walked, K.ASKED)
    assert asked.startswith("POST http://erp.local/x ")
    assert '"pushed":"p1"' in asked
    assert dict(walked.variables) == {"pushed": "p1", "a": "7"}
    assert [(step.label, step.text) for step in walked.steps if step.kind is K.SHOWN] == [("甲", "7")]
    for answers in ((), (StubAnswer(failure="断开"),), (StubAnswer(status=500),)):
        walked = try_out(flow, parts, answers=answers)
        assert next(step.exit for step in walked.steps if step.kind is K.LEFT and step.node == "it") == "no_result"


def test_tcp_too() -> None:
    params = {"host": "erp.local", "port": 9, "line": "Q,{caller}", "keep": [{"path": "1", "variable": "a"}]}
    parts = PlanParts(prompts=known_prompts(), request_hosts=frozenset({"erp.local:9"}))
    walked = try_out(one_node("tcp", params), parts, caller="139", answers=(StubAnswer(body="ok,5"),))
    assert steps(walked, K.ASKED) == ["erp.local:9 Q,139"]
    assert walked.variables["a"] == "5"
