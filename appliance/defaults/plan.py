"""The call plan of a new box: a county TV bureau's hotline that takes calls from the first minute."""

from __future__ import annotations

from collections.abc import Sequence

from appliance.callplan import (
    CallerList,
    CallPlan,
    CodeMeaning,
    Hours,
    Line,
    ListEffect,
    Queue,
    Span,
    Station,
    TalkCode,
    TalkRules,
    VoicemailBox,
)
from appliance.defaults.holidays import with_holidays
from appliance.ivr.graph import FlowGraph, Node
from appliance.ivr.nodes.menu import Key
from appliance.telephony.ids import BoxId, FlowId, LineId, NodeId, PromptId, QueueId, SeatId, StationId
from drivers.base import PortId

FLOW = FlowId("main")
BOX = BoxId("public")
BLACKLIST, VIP_LIST = "blacklist", "vip"
HOURS = "office"
REPAIR, SERVICE, COMPLAINT = QueueId("repair"), QueueId("service"), QueueId("complaint")
EVERY_DAY = (1, 2, 3, 4, 5, 6, 7)
WORKDAYS = "workdays"
OFFICE_HOURS = Span(days=EVERY_DAY, since="08:30", until="17:30")
WORKDAY_HOURS = Span(days=(1, 2, 3, 4, 5), since="08:30", until="17:30")
"""Offered to flows that are to be closed on weekends and holidays; the default flow takes calls every day."""
ROUND_THE_CLOCK = Span(days=EVERY_DAY, since="00:00", until="24:00")
FIRST_STATION = 801


def line_label(number: int) -> str:
    """Of an outside line, until people call it something else."""
    return f"外线{number}"


def seat_label(number: int) -> str:
    return f"{number}号座席"


def default_plan(
    bureau: str,
    hotline: str,
    area_code: str,
    lines: int = 4,
    stations: int = 4,
    *,
    line_ports: Sequence[PortId] = (),
    station_ports: Sequence[PortId] = (),
    hours: Span = OFFICE_HOURS,
) -> CallPlan:
    """Version 1 of the plan for `lines` outside lines and `stations` phones.

    Ports left out are those of one simulated card: lines first, then stations (`sim/1`…); given ports set the counts.
    """
    on_lines = line_ports or [PortId(f"sim/{n}") for n in range(1, lines + 1)]
    on_stations = station_ports or [PortId(f"sim/{n}") for n in range(lines + 1, lines + stations + 1)]
    return CallPlan(
        version=1,
        bureau=bureau,
        hotline=hotline,
        area_code=area_code,
        default_flow=FLOW,
        lines=tuple(Line(id=LineId(n), port=port, label=line_label(n)) for n, port in enumerate(on_lines, 1)),
        stations=tuple(
            Station(
                id=StationId(str(FIRST_STATION + index)),
                port=port,
                seat=SeatId(str(index + 1)),
                label=seat_label(index + 1),
            )
            for index, port in enumerate(on_stations)
        ),
        queues=(_queue(REPAIR, "报修"), _queue(SERVICE, "业务咨询"), _queue(COMPLAINT, "投诉建议")),
        hours=(
            Hours(id=HOURS, label="上班时间", spans=(hours,)),
            with_holidays(Hours(id=WORKDAYS, label="工作日（节假日休息）", spans=(WORKDAY_HOURS,))),
        ),
        boxes=(VoicemailBox(id=BOX, label="公共留言箱"),),
        caller_lists=(
            CallerList(id=BLACKLIST, label="黑名单", effect=ListEffect.REFUSE),
            CallerList(id=VIP_LIST, label="优先名单", effect=ListEffect.AHEAD),
        ),
        flows=(default_flow(),),
        talk=TalkRules(
            codes=(
                TalkCode(code="*71", to=CodeMeaning.QUEUE, target=REPAIR),
                TalkCode(code="*72", to=CodeMeaning.QUEUE, target=SERVICE),
                TalkCode(code="*73", to=CodeMeaning.QUEUE, target=COMPLAINT),
                TalkCode(code="*79", to=CodeMeaning.FLOW, target=FLOW),
            )
        ),
    )


def _queue(queue: QueueId, label: str) -> Queue:
    return Queue(id=queue, label=label, enter_prompt=PromptId("queue_enter"), repeat_prompt=PromptId("queue_repeat"))


def default_flow() -> FlowGraph:
    """应答 → 时间判断 → 主菜单 → 排队 → 留言 → 再见."""
    return FlowGraph(
        id=FLOW,
        label="热线主流程",
        start=NodeId("answer"),
        nodes=(
            _node("answer", "answer", "应答", 0, 2, next="hours"),
            _node("hours", "hours", "上班时间？", 1, 2, {"hours": HOURS}, open="menu", closed="night"),
            _menu(),
            _queueing("repair", REPAIR, "报修", 0),
            _queueing("service", SERVICE, "业务咨询", 1),
            _queueing("complaint", COMPLAINT, "投诉建议", 2),
            _queueing("operator", SERVICE, "人工服务", 3),
            _node(
                "no_agent", "play", "无人值守，请留言", 4, 0, {"prompts": ["no_agent", "leave_message"]}, next="message"
            ),
            _node("busy", "play", "坐席忙，请留言", 4, 2, {"prompts": ["all_busy", "leave_message"]}, next="message"),
            _node("night", "play", "下班，请留言", 4, 4, {"prompts": ["night", "leave_message"]}, next="message"),
            _node("message", "voicemail", "留言", 5, 2, {"box": BOX}, done="goodbye", empty="goodbye"),
            _node("goodbye", "play", "再见", 6, 2, {"prompts": ["goodbye"]}, next="end"),
            _node("end", "hangup", "挂机", 7, 2),
        ),
    )


def _menu() -> Node:
    keys = (
        Key(digit="1", label="报修"),
        Key(digit="2", label="业务咨询"),
        Key(digit="3", label="投诉建议"),
        Key(digit="0", label="人工"),
    )
    params = {
        "prompts": ["welcome", "main_menu"],
        "repeat_prompts": ["main_menu"],
        "keys": [{"digit": key.digit, "label": key.label} for key in keys],
    }
    exits = {"1": "repair", "2": "service", "3": "complaint", "0": "operator"}
    return _node("menu", "menu", "主菜单", 2, 2, params, **exits, invalid="operator", no_input="operator")


def _queueing(node: str, queue: QueueId, label: str, row: int) -> Node:
    return _node(
        node,
        "queue",
        label,
        3,
        row,
        {"queue": queue},
        no_agent="no_agent",
        timeout="busy",
        full="busy",
        agents_no_answer="busy",
    )


def _node(
    node: str, kind: str, label: str, column: int, row: int, params: dict[str, object] | None = None, /, **exits: str
) -> Node:
    """A node at a place of the drawing's grid."""
    return Node(
        id=NodeId(node),
        kind=kind,
        label=label,
        params=params or {},
        exits={name: NodeId(target) for name, target in exits.items()},
        x=column * 260.0,
        y=row * 140.0,
    )
