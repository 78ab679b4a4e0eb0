"""Columns of a spreadsheet, and those of the call log: heading, kind, width, and where the value comes from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from operator import attrgetter
from typing import Generic, TypeVar

from appliance.jobs import export_labels as labels
from appliance.store.call_list import CallRow
from appliance.store.errors import InvalidError

Row = TypeVar("Row")


class Kind(Enum):
    TEXT = "text"
    CHOICE = "choice"
    """Text that many rows share; stored once in the file."""
    NUMBER = "number"
    MOMENT = "moment"
    """ISO 8601 text; becomes a real date and time, as the wall clock showed it."""


@dataclass(frozen=True)
class Column(Generic[Row]):
    id: str
    label: str
    kind: Kind
    width: float
    """In characters."""
    value: Callable[[Row], str | float | None]
    """None or empty: an empty cell."""


def columns_of(ids: tuple[str, ...], queue_labels: Mapping[str, str]) -> tuple[Column[CallRow], ...]:
    """The columns with these ids in this order; all of them if empty. Raises `InvalidError` for an unknown id."""
    known = {column.id: column for column in _columns(queue_labels)}
    for column_id in ids:
        if column_id not in known:
            raise InvalidError(f"导出没有“{column_id}”这一列。", "columns")
    return tuple(known[column_id] for column_id in ids) if ids else tuple(known.values())


def _columns(queue_labels: Mapping[str, str]) -> tuple[Column[CallRow], ...]:
    text, choice, number, moment = Kind.TEXT, Kind.CHOICE, Kind.NUMBER, Kind.MOMENT
    return (
        Column("started_at", "开始时间", moment, 20, attrgetter("started_at")),
        Column("direction", "呼叫方向", choice, 10, lambda row: labels.DIRECTIONS[row.direction]),
        Column("result", "通话结果", choice, 12, lambda row: labels.RESULTS[row.result]),
        Column("peer_number", "客户号码", text, 16, attrgetter("peer_number")),
        Column("customer_name", "客户", text, 14, attrgetter("customer_name")),
        Column("cust_status", "业务状态", choice, 10, attrgetter("cust_status")),
        Column("cust_level", "客户级别", choice, 10, attrgetter("cust_level")),
        Column("area", "片区", choice, 12, attrgetter("area")),
        Column("line", "外线", number, 8, attrgetter("line")),
        Column("queue", "技能组", choice, 12, lambda row: queue_labels.get(row.queue or "", row.queue)),
        Column("agent", "工号", choice, 10, attrgetter("agent")),
        Column("agent_name", "坐席", choice, 12, attrgetter("agent_name")),
        Column("station", "分机", choice, 8, attrgetter("station")),
        Column("ring_s", "振铃(秒)", number, 10, lambda row: int(row.ring_s)),
        Column("wait_s", "等待(秒)", number, 10, lambda row: int(row.wait_s)),
        Column("talk_s", "通话(秒)", number, 10, lambda row: int(row.talk_s)),
        Column("total_s", "总时长(秒)", number, 11, lambda row: int(row.total_s)),
        Column("reason", "呼叫事由", choice, 22, attrgetter("reason_label")),
        Column("summary", "通话摘要", text, 40, attrgetter("summary")),
        Column("recording", "录音", choice, 12, _recording),
        Column("voicemail", "留言", choice, 10, lambda row: labels.VOICEMAIL_STATES[row.voicemail_state]),
        Column("rating", "满意度", choice, 10, lambda row: labels.RATINGS.get(row.rating, row.rating)),
        Column("ticket", "工单", text, 16, attrgetter("ticket")),
        Column("hang_up_side", "挂机方", choice, 10, lambda row: labels.SIDES[row.hang_up_side]),
        Column("hang_up_cause", "挂机原因", choice, 14, lambda row: labels.CAUSES[row.hang_up_cause]),
        Column("answered_at", "应答时间", moment, 20, attrgetter("answered_at")),
        Column("connected_at", "接通时间", moment, 20, attrgetter("connected_at")),
        Column("ended_at", "结束时间", moment, 20, attrgetter("ended_at")),
        Column("peer_number_raw", "原始号码", text, 18, attrgetter("peer_number_raw")),
        Column("peer_name", "来电名称", text, 12, attrgetter("peer_name")),
        Column("caller_id", "来电显示", choice, 10, lambda row: labels.CALLER_IDS[row.caller_id]),
        Column("hotline", "热线号码", choice, 16, attrgetter("hotline")),
        Column("agents", "参与坐席", text, 16, lambda row: "、".join(row.agents)),
        Column("transfers", "转接", text, 16, lambda row: "、".join(row.transfers)),
        Column("call_id", "通话编号", text, 24, attrgetter("call_id")),
    )


def _recording(row: CallRow) -> str:
    if row.has_recording:
        return "有"
    return "无" if row.no_recording is None else f"无：{labels.NO_RECORDING[row.no_recording]}"
