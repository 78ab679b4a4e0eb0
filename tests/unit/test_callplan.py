"""The call plan: default, file, and sentences about everything that can be wrong with one."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from appliance.callplan import (
    Agent,
    CallPlan,
    CallPlanError,
    Hours,
    Span,
    check_callplan,
    load_callplan,
    plan_parts,
    write_callplan,
)
from appliance.defaults.plan import default_plan
from appliance.ivr.runner import FlowEnd, FlowResult, Runner
from appliance.telephony.ids import AgentId, PromptId, QueueId, StationId
from appliance.telephony.leg import QueueOutcome
from drivers.base import PortId
from tests.unit.scripted_leg import Keys, ScriptedLeg, Silent

PLAN = default_plan("青阳县有线电视", "0562-96599", "0562")


def changed(**fields: Any) -> CallPlan:
    return msgspec.structs.replace(PLAN, **fields)


def call(leg: ScriptedLeg) -> FlowResult:
    return asyncio.run(Runner(PLAN.flows[0], plan_parts(PLAN)).run(leg))


def test_default_plan_is_sound() -> None:
    assert check_callplan(PLAN) == []
    assert [line.port for line in PLAN.lines] == ["sim/1", "sim/2", "sim/3", "sim/4"]
    assert [(s.id, s.seat, s.port) for s in PLAN.stations] == [
        ("801", "1", "sim/5"),
        ("802", "2", "sim/6"),
        ("803", "3", "sim/7"),
        ("804", "4", "sim/8"),
    ]


def test_default_plan_on_other_cards() -> None:
    ports = [PortId("dahdi/1"), PortId("dahdi/2")]
    plan = default_plan("", "", "010", line_ports=ports, station_ports=[PortId("dahdi/9")])
    assert [line.port for line in plan.lines] == ports
    assert [station.port for station in plan.stations] == ["dahdi/9"]
    assert check_callplan(default_plan("", "", "010", lines=0, stations=2)) == []


@pytest.mark.parametrize(("key", "queue"), [("1", "repair"), ("2", "service"), ("3", "complaint"), ("0", "service")])
def test_default_flow_by_day(key: str, queue: str) -> None:
    leg = ScriptedLeg([Keys(key)], queue_outcomes=[QueueOutcome.SERVED])
    assert call(leg).end is FlowEnd.FINISHED
    assert leg.queued == [queue]
    assert leg.played == ["welcome", "main_menu"]


@pytest.mark.parametrize("script", [[Silent()] * 3, [Keys("8")] * 3])
def test_default_flow_puts_the_helpless_through(script: list[Keys | Silent]) -> None:
    leg = ScriptedLeg(script, queue_outcomes=[QueueOutcome.SERVED])
    call(leg)
    assert leg.queued == ["service"]


@pytest.mark.parametrize(
    ("outcome", "prompt"),
    [
        (QueueOutcome.NO_AGENT, "no_agent"),
        (QueueOutcome.TIMEOUT, "all_busy"),
        (QueueOutcome.FULL, "all_busy"),
        (QueueOutcome.AGENTS_NO_ANSWER, "all_busy"),
    ],
)
def test_default_flow_takes_a_message_when_nobody_can(outcome: QueueOutcome, prompt: str) -> None:
    leg = ScriptedLeg([Keys("1")], queue_outcomes=[outcome], message_lengths_s=[6.0])
    call(leg)
    assert leg.played == ["welcome", "main_menu", prompt, "leave_message", "goodbye"]
    assert leg.messages == [("public", None, 120.0)]
    assert leg.released


@pytest.mark.parametrize(("at", "closed"), [("08:29", True), ("08:30", False), ("17:29", False), ("17:30", True)])
def test_default_flow_at_the_edges_of_the_day(at: str, closed: bool) -> None:
    sunday = f"2026-11-22T{at}:00+08:00"
    leg = ScriptedLeg([Keys("1")], at=sunday, queue_outcomes=[QueueOutcome.SERVED], message_lengths_s=[0.0])
    call(leg)
    assert leg.played[0] == ("night" if closed else "welcome")


def test_written_plan_is_read_back_the_same(tmp_path: Path) -> None:
    path = tmp_path / "callplan.json"
    write_callplan(path, PLAN)
    assert load_callplan(path) == PLAN
    assert [entry.name for entry in tmp_path.iterdir()] == ["callplan.json"]


def test_a_bad_plan_is_not_written_and_the_old_one_stays(tmp_path: Path) -> None:
    path = tmp_path / "callplan.json"
    write_callplan(path, PLAN)
    before = path.read_bytes()
    with pytest.raises(CallPlanError, match=r"default_flow：没有编号为“x”的流程"):
        write_callplan(path, changed(default_flow="x"))
    assert path.read_bytes() == before
    assert len(list(tmp_path.iterdir())) == 1


def test_an_unwritable_folder_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(CallPlanError, match="写不了话务方案"):
        write_callplan(tmp_path / "missing" / "callplan.json", PLAN)


def test_a_missing_prompt_does_not_stop_the_plan_in_force(tmp_path: Path) -> None:
    plan = changed(queues=(msgspec.structs.replace(PLAN.queues[0], music=PromptId("jasmine")), *PLAN.queues[1:]))
    path = tmp_path / "callplan.json"
    write_callplan(path, plan)
    assert load_callplan(path) == plan
    (problem,) = check_callplan(plan)
    assert (problem.field, problem.grave) == ("queues[0].music", False)


def edited(edit: Callable[[Any], None]) -> str:
    plan = json.loads(msgspec.json.encode(PLAN))
    edit(plan)
    return json.dumps(plan)


def _set(path: str, value: Any) -> Callable[[Any], None]:
    def edit(plan: Any) -> None:
        *steps, last = [int(step) if step.isdigit() else step for step in path.split("/")]
        for step in steps:
            plan = plan[step]
        if value is ...:
            del plan[last]
        else:
            plan[last] = value

    return edit


@pytest.mark.parametrize(
    ("edit", "field", "expected"),
    [
        (_set("flows/0/nodes/2/exits/9", "nowhere"), "flows[0].nodes[2].exits.9", "没有叫“9”的出口"),
        (_set("flows/0/nodes/2/exits/1", "nowhere"), "flows[0].nodes[2].exits.1", "不存在的节点“nowhere”"),
        (_set("flows/0/nodes/2/exits/2", 7), "flows[0].nodes[2].exits.2", "应为文字，现在是整数"),
        (_set("flows/0/nodes/3/exits/timeout", ...), "flows[0].nodes[3].exits.timeout", "没有接到"),
        (_set("flows/0/nodes/3/params/queue", "x"), "flows[0].nodes[3].params.queue", "没有名为“x”的技能组"),
        (_set("flows/0/start", "x"), "flows[0].start", "不存在"),
        (_set("flows/0/nodes", 3), "flows[0].nodes", "应为列表，现在是整数"),
        (_set("area_code", "562"), "area_code", r"应符合 ^0\d{2,3}$ 。"),
        (_set("bureau", ...), "bureau", "缺少这一项"),
        (_set("colour", "red"), "colour", "没有这样的设置项"),
        (_set("lines/1/answer_after_rings", 0), "lines[1].answer_after_rings", "应为 >= 1 的整数"),
        (_set("lines/1/port", "sim/1"), "lines[1].port", "端口“sim/1”已在 lines[0].port 用过"),
        (_set("stations/3/port", "sim/2"), "stations[3].port", "端口“sim/2”已在 lines[1].port 用过"),
        (_set("stations/3/id", "801"), "stations[3].id", "“801”已在 stations[0].id 用过"),
        (_set("stations/2/seat", "1"), "stations[2].seat", "座席“1”已在 stations[0].seat 用过"),
        (_set("queues/1/id", "repair"), "queues[1].id", "“repair”已在 queues[0].id 用过"),
        (_set("queues/1/strategy", "fastest"), "queues[1].strategy", "不能取值 'fastest'"),
        (_set("queues/1/leave_key", "12"), "queues[1].leave_key", "0–9、* 或 #"),
        (_set("lines/0/flow", "x"), "lines[0].flow", "没有编号为“x”的流程"),
        (_set("hours/0/spans/0/until", "08:00"), "hours[0].spans[0].until", "不晚于开始"),
        (_set("hours/0/spans/0/since", "8:30"), "hours[0].spans[0].since", "格式不对"),
        (_set("hours/0/closed_on", ["2026-02-30"]), "hours[0].closed_on[0]", "没有 2026-02-30 这一天"),
    ],
)
def test_a_fault_in_the_file_is_named(tmp_path: Path, edit: Callable[[Any], None], field: str, expected: str) -> None:
    path = tmp_path / "callplan.json"
    path.write_text(edited(edit))
    with pytest.raises(CallPlanError) as refused:
        load_callplan(path)
    text = str(refused.value)
    assert f"话务方案 {path} 的 {field}：" in text
    assert expected in text


@pytest.mark.parametrize(
    ("text", "place", "expected"),
    [
        ('{\n "version": 1,\n "bureau" "x"}', "第 3 行第 11 列", "冒号"),
        ('{\n "version": 1\n "bureau": "x"}', "第 3 行第 2 列", "逗号"),
        ('{"version": 1,}', "第 1 行第 15 列", "双引号"),
        ('{"version": }', "第 1 行第 13 列", "一个值"),
        ("", "第 1 行第 1 列", "一个值"),
        ("{} x", "第 1 行第 4 列", "已经结束"),
        ('{"version', "第 1 行第 2 列", "右引号"),
    ],
)
def test_a_syntax_error_is_placed(tmp_path: Path, text: str, place: str, expected: str) -> None:
    path = tmp_path / "callplan.json"
    path.write_text(text)
    with pytest.raises(CallPlanError) as refused:
        load_callplan(path)
    assert place in str(refused.value)
    assert expected in str(refused.value)


@pytest.mark.parametrize("content", [b"\xff\xfe{", b"[]", b"7", b'{"version": NaN}', b"null"])
def test_anything_else_is_a_sentence_too(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "callplan.json"
    path.write_bytes(content)
    with pytest.raises(CallPlanError, match="话务方案"):
        load_callplan(path)


def test_no_file_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(CallPlanError, match="读不到话务方案"):
        load_callplan(tmp_path / "callplan.json")


def test_all_problems_are_listed_for_the_screen() -> None:
    plan = changed(
        default_flow="x",
        agents=(Agent(id=AgentId("1"), name="王", queues=(QueueId("repair"), QueueId("y"))),),
        stations=(msgspec.structs.replace(PLAN.stations[0], id=StationId("802")), *PLAN.stations[1:]),
        hours=(
            Hours(
                id="office",
                label="",
                spans=(Span(days=(), since="08:00", until="09:00"),),
                closed_on=("2026-10-01",),
                open_on=("2026-10-01",),
            ),
        ),
    )
    assert {problem.field for problem in check_callplan(plan)} == {
        "default_flow",
        "agents[0].queues[1]",
        "stations[1].id",
        "hours[0].spans[0].days",
        "hours[0].open_on",
    }
