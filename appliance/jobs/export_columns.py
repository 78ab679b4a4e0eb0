"""Columns of a spreadsheet, and those of the call log: heading, kind, width, and where the value comes from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Generic, TypeVar

import msgspec

from appliance.jobs import export_labels as labels
from appliance.jobs.sheet_language import SheetLanguage
from appliance.store.call_values import RECORDED
from appliance.store.errors import InvalidError
from appliance.store.masking import masked_number, masked_outside

Row = TypeVar("Row")
Shown = str | float | None
"""None or empty: an empty cell."""
Say = Callable[[str, str], str]
"""Chinese and English → the one that is wanted."""


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
    language: SheetLanguage = SheetLanguage.CHINESE


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
    say, listed = words.language.said, _listed(words.language.said)

    def of(labels: Mapping[Any, tuple[str, str]]) -> Callable[[str], str]:
        return _in_words(labels, say)

    whole = masked_number if words.masked else _itself
    within = masked_outside if words.masked else _itself
    return (
        CallColumn("started_at", say("开始时间", "Started"), moment, 20, "started_at"),
        CallColumn("direction", say("呼叫方向", "Direction"), choice, 10, "direction", shown=of(labels.DIRECTIONS)),
        CallColumn("result", say("通话结果", "Result"), choice, 12, "result", shown=of(labels.RESULTS)),
        CallColumn("peer_number", say("客户号码", "Number"), text, 16, "peer_number", shown=whole),
        CallColumn("customer_name", say("客户", "Customer"), text, 14, "customer_name"),
        CallColumn("cust_status", say("业务状态", "Status"), choice, 10, "cust_status"),
        CallColumn("cust_level", say("客户级别", "Level"), choice, 10, "cust_level"),
        CallColumn("area", say("片区", "Area"), choice, 12, "area"),
        CallColumn("line", say("外线", "Line"), number, 8, "line", shown=lambda line: line or None),
        CallColumn("queue", say("技能组", "Queue"), choice, 12, "queue", shown=lambda at: words.queues.get(at, at)),
        CallColumn("agent", say("工号", "Staff no."), choice, 10, "agent"),
        CallColumn("agent_name", say("坐席", "Agent"), choice, 12, "agent", shown=lambda at: words.agents.get(at, "")),
        CallColumn("station", say("分机", "Station"), choice, 8, "station"),
        CallColumn("ring_s", say("振铃(秒)", "Rang (s)"), number, 10, "ring_s", shown=int),
        CallColumn("wait_s", say("等待(秒)", "Waited (s)"), number, 10, "wait_sec"),
        CallColumn("talk_s", say("通话(秒)", "Talked (s)"), number, 10, "talk_sec"),
        CallColumn("total_s", say("总时长(秒)", "In all (s)"), number, 11, "total_s", shown=int),
        CallColumn(
            "reason", say("呼叫事由", "Reason"), choice, 22, "reason_id", shown=lambda at: words.reasons.get(at, "")
        ),
        CallColumn("summary", say("通话摘要", "Summary"), text, 40, "summary"),
        CallColumn("recording", say("录音", "Recording"), choice, 12, "recording", shown=_recorded(say)),
        CallColumn(
            "voicemail", say("留言", "Voicemail"), choice, 10, "voicemail_state", shown=of(labels.VOICEMAIL_STATES)
        ),
        CallColumn("rating", say("满意度", "Rating"), choice, 10, "rating", shown=of(labels.RATINGS)),
        CallColumn("ticket", say("工单", "Ticket"), text, 16, "ticket"),
        CallColumn("hang_up_side", say("挂机方", "Hung up by"), choice, 10, "hang_up_side", shown=of(labels.SIDES)),
        CallColumn(
            "hang_up_cause", say("挂机原因", "Hang-up cause"), choice, 14, "hang_up_cause", shown=of(labels.CAUSES)
        ),
        CallColumn("answered_at", say("应答时间", "Answered"), moment, 20, "answered_at"),
        CallColumn("connected_at", say("接通时间", "Connected"), moment, 20, "connected_at"),
        CallColumn("ended_at", say("结束时间", "Ended"), moment, 20, "ended_at"),
        CallColumn("peer_number_raw", say("原始号码", "Raw number"), text, 18, "peer_number_raw", shown=whole),
        CallColumn("peer_name", say("来电名称", "Caller name"), text, 12, "peer_name", shown=within),
        CallColumn("caller_id", say("来电显示", "Caller ID"), choice, 10, "caller_id", shown=of(labels.CALLER_IDS)),
        CallColumn("hotline", say("热线号码", "Hotline"), choice, 16, "hotline"),
        CallColumn("agents", say("参与坐席", "All agents"), text, 16, "agents", shown=listed),
        CallColumn("transfers", say("转接", "Transfers"), text, 16, "transfers", shown=lambda at: within(listed(at))),
        CallColumn("call_id", say("通话编号", "Call no."), text, 24, "call_id"),
    )


def _in_words(labels: Mapping[Any, tuple[str, str]], say: Say) -> Callable[[str], str]:
    """The label of a value; the labels' keys are the enums that these values come from."""
    words = {str(value): say(*pair) for value, pair in labels.items()}
    return lambda value: words.get(value, value)


_LIST = msgspec.json.Decoder(tuple[str, ...])


def _listed(say: Say) -> Callable[[str], str]:
    between = say("、", ", ")
    return lambda text: "" if text == "[]" else between.join(_LIST.decode(text))


def _recorded(say: Say) -> Callable[[str], str]:
    why, no = _in_words(labels.NO_RECORDING, say), say("无", "No")
    words = {RECORDED: say("有", "Yes"), "": no}
    return lambda kept: words.get(kept) or f"{no}{say('：', ': ')}{why(kept)}"
