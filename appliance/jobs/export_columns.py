"""Columns of a spreadsheet, and those of the call log: heading, kind, width, and where the value comes from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Generic, TypeVar

import msgspec

from appliance.jobs import export_labels as labels
from appliance.store.call_values import RECORDED
from appliance.store.errors import InvalidError
from appliance.store.masking import masked_number, masked_outside
from appliance.telephony.call import NoRecordingReason

Row = TypeVar("Row")
Shown = str | float | None
"""None or empty: an empty cell."""


class Kind(Enum):
    TEXT = "text"
    CHOICE = "choice"
    """Text that many rows share; stored once in the file."""
    NUMBER = "number"
    MOMENT = "moment"
    """ISO 8601 text; becomes a real date and time, as the wall clock showed it."""


def _itself(value: Shown) -> Shown:
    return value


@dataclass(frozen=True)
class Column:
    id: str
    label: str
    kind: Kind
    width: float
    """In characters."""
    shown: Callable[[Any], Shown] = field(default=_itself, kw_only=True)
    """What stands in the cell for a value; choices and numbers are asked about once."""


@dataclass(frozen=True)
class RowColumn(Column, Generic[Row]):
    """A column of things that have their values in themselves."""

    value: Callable[[Row], Shown]


@dataclass(frozen=True)
class CallColumn(Column):
    """A column of the call log."""

    field: str
    """Of `appliance.store.call_values`."""


@dataclass(frozen=True)
class CallWords:
    """What the call log's values are called in this bureau, and whether numbers are shown whole."""

    queues: Mapping[str, str] = field(default_factory=dict)
    agents: Mapping[str, str] = field(default_factory=dict)
    reasons: Mapping[int, str] = field(default_factory=dict)
    masked: bool = False


NO_WORDS = CallWords()


def columns_of(ids: tuple[str, ...], words: CallWords = NO_WORDS) -> tuple[CallColumn, ...]:
    """The columns with these ids in this order; all of them if empty. Raises `InvalidError` for an unknown id."""
    known = {column.id: column for column in _columns(words)}
    for column_id in ids:
        if column_id not in known:
            raise InvalidError(f"导出没有“{column_id}”这一列。", "columns")
    return tuple(known[column_id] for column_id in ids) if ids else tuple(known.values())


def _columns(words: CallWords) -> tuple[CallColumn, ...]:
    text, choice, number, moment = Kind.TEXT, Kind.CHOICE, Kind.NUMBER, Kind.MOMENT
    whole = masked_number if words.masked else _itself
    within = masked_outside if words.masked else _itself
    return (
        CallColumn("started_at", "开始时间", moment, 20, "started_at"),
        CallColumn("direction", "呼叫方向", choice, 10, "direction", shown=_of(labels.DIRECTIONS)),
        CallColumn("result", "通话结果", choice, 12, "result", shown=_of(labels.RESULTS)),
        CallColumn("peer_number", "客户号码", text, 16, "peer_number", shown=whole),
        CallColumn("customer_name", "客户", text, 14, "customer_name"),
        CallColumn("cust_status", "业务状态", choice, 10, "cust_status"),
        CallColumn("cust_level", "客户级别", choice, 10, "cust_level"),
        CallColumn("area", "片区", choice, 12, "area"),
        CallColumn("line", "外线", number, 8, "line", shown=lambda line: line or None),
        CallColumn("queue", "技能组", choice, 12, "queue", shown=lambda queue: words.queues.get(queue, queue)),
        CallColumn("agent", "工号", choice, 10, "agent"),
        CallColumn("agent_name", "坐席", choice, 12, "agent", shown=lambda agent: words.agents.get(agent, "")),
        CallColumn("station", "分机", choice, 8, "station"),
        CallColumn("ring_s", "振铃(秒)", number, 10, "ring_s", shown=int),
        CallColumn("wait_s", "等待(秒)", number, 10, "wait_sec"),
        CallColumn("talk_s", "通话(秒)", number, 10, "talk_sec"),
        CallColumn("total_s", "总时长(秒)", number, 11, "total_s", shown=int),
        CallColumn("reason", "呼叫事由", choice, 22, "reason_id", shown=lambda reason: words.reasons.get(reason, "")),
        CallColumn("summary", "通话摘要", text, 40, "summary"),
        CallColumn("recording", "录音", choice, 12, "recording", shown=_recording),
        CallColumn("voicemail", "留言", choice, 10, "voicemail_state", shown=_of(labels.VOICEMAIL_STATES)),
        CallColumn("rating", "满意度", choice, 10, "rating", shown=lambda rating: labels.RATINGS.get(rating, rating)),
        CallColumn("ticket", "工单", text, 16, "ticket"),
        CallColumn("hang_up_side", "挂机方", choice, 10, "hang_up_side", shown=_of(labels.SIDES)),
        CallColumn("hang_up_cause", "挂机原因", choice, 14, "hang_up_cause", shown=_of(labels.CAUSES)),
        CallColumn("answered_at", "应答时间", moment, 20, "answered_at"),
        CallColumn("connected_at", "接通时间", moment, 20, "connected_at"),
        CallColumn("ended_at", "结束时间", moment, 20, "ended_at"),
        CallColumn("peer_number_raw", "原始号码", text, 18, "peer_number_raw", shown=whole),
        CallColumn("peer_name", "来电名称", text, 12, "peer_name", shown=within),
        CallColumn("caller_id", "来电显示", choice, 10, "caller_id", shown=_of(labels.CALLER_IDS)),
        CallColumn("hotline", "热线号码", choice, 16, "hotline"),
        CallColumn("agents", "参与坐席", text, 16, "agents", shown=_listed),
        CallColumn("transfers", "转接", text, 16, "transfers", shown=lambda text: within(_listed(text))),
        CallColumn("call_id", "通话编号", text, 24, "call_id"),
    )


def _of(labels: Mapping[Any, str]) -> Callable[[str], str]:
    """The label of a value; the labels' keys are the enums that these values come from."""
    return labels.__getitem__


_LIST = msgspec.json.Decoder(tuple[str, ...])


def _listed(text: str) -> str:
    return "" if text == "[]" else "、".join(_LIST.decode(text))


def _recording(kept: str) -> str:
    if kept == RECORDED:
        return "有"
    return f"无：{labels.NO_RECORDING[NoRecordingReason(kept)]}" if kept else "无"
