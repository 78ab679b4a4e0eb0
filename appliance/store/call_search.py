"""The call-log search: 19 conditions, any of them together. One object drives list, count, print, export, statistics.

AND between conditions, OR inside one; where a condition has several attributes (business status, level and area; state
and addressee of a voicemail) the attributes are joined by AND and the values of each by OR. An empty condition is no
condition. `not` turns a whole condition round; no call is lost between a condition and its "not".
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import msgspec

from appliance.telephony.call import CallResult, Direction, NoRecordingReason
from appliance.telephony.call import Rating as Rating  # noqa: PLC0414 - a word about calls, and a condition here
from appliance.telephony.ids import AgentId, LineId, QueueId

Clock = Annotated[str, msgspec.Meta(pattern=r"^(([01]\d|2[0-3]):[0-5]\d|24:00)$")]
Moment = Annotated[str, msgspec.Meta(pattern=r"^\d{4}-\d{2}-\d{2}(T([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?)?$")]
"""Local wall time, `2026-11-02` or `2026-11-02T08:30` or with seconds."""
Weekday = Annotated[int, msgspec.Meta(ge=1, le=7)]
Length = Annotated[int, msgspec.Meta(ge=0, le=999_999)]
Digits = Annotated[str, msgspec.Meta(min_length=1, max_length=32)]
Words = Annotated[str, msgspec.Meta(max_length=200)]


class DayKind(StrEnum):
    """By the bureau's calendar (`store.holidays`)."""

    WORKDAY = "workday"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"


class NumberMatch(StrEnum):
    EQUAL = "equal"
    BEGINS = "begins"
    ENDS = "ends"
    CONTAINS = "contains"
    NONE = "none"
    """No caller's number was received."""


class TransferKind(StrEnum):
    AGENT = "agent"
    EXTERNAL = "external"
    CONFERENCE = "conference"
    SENIOR = "senior"
    QUEUE = "queue"
    FLOW = "flow"


class WordMatch(StrEnum):
    ALL = "all"
    ANY = "any"
    EMPTY = "empty"


class CustomerField(StrEnum):
    ANY = "any"
    NAME = "name"
    CODE = "code"
    CARD = "card"
    ADDRESS = "address"


class CustomerMatch(StrEnum):
    CONTAINS = "contains"
    EQUAL = "equal"
    UNKNOWN = "unknown"
    """The caller matched no customer."""


class RecordingChoice(StrEnum):
    YES = "yes"
    NO = "no"
    LOCKED = "locked"
    CHECKED = "checked"
    """Quality control has heard it."""
    UNCHECKED = "unchecked"


class VoicemailChoice(StrEnum):
    YES = "yes"
    NO = "no"
    NEW = "new"
    HEARD = "heard"
    DONE = "done"


class Condition(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    not_: bool = msgspec.field(default=False, name="not")


class TimeSpan(Condition, frozen=True, kw_only=True):
    """1 时段: when the call started. All parts that are given must hold."""

    since: Moment | None = None
    until: Moment | None = None
    """Inclusive: a day ends with its last moment, a time with its last second."""
    day_from: Clock | None = None
    day_until: Clock | None = None
    """Daily window, `day_from` included, `day_until` excluded; crosses midnight when it is the smaller one."""
    weekdays: tuple[Weekday, ...] = ()
    day_kinds: tuple[DayKind, ...] = ()


class DirectionIs(Condition, frozen=True, kw_only=True):
    """2 呼叫方向."""

    values: tuple[Direction, ...] = ()


class ResultIs(Condition, frozen=True, kw_only=True):
    """3 通话结果; `not_talked` stands for every result but `talked`."""

    values: tuple[CallResult, ...] = ()
    not_talked: bool = False


class LengthBetween(Condition, frozen=True, kw_only=True):
    """4 通话时长, 5 等待时长: whole seconds (rounded down), both ends included."""

    min: Length | None = None
    max: Length | None = None


class PeerNumber(Condition, frozen=True, kw_only=True):
    """6 客户号码: the normalised or the raw number matches one of `numbers`."""

    match: NumberMatch = NumberMatch.CONTAINS
    numbers: Annotated[tuple[Digits, ...], msgspec.Meta(max_length=50)] = ()


class LineIs(Condition, frozen=True, kw_only=True):
    """7 外线通道."""

    values: tuple[LineId, ...] = ()


class AgentIs(Condition, frozen=True, kw_only=True):
    """8 坐席: one of these people took part, or somebody of one of these units or the units below them."""

    agents: tuple[AgentId, ...] = ()
    units: tuple[int, ...] = ()


class QueueIs(Condition, frozen=True, kw_only=True):
    """9 技能组."""

    values: tuple[QueueId, ...] = ()


class PathStep(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A node that was passed; what is empty may be anything."""

    flow: str = ""
    node: str = ""
    digits: str = ""


class IvrPath(Condition, frozen=True, kw_only=True):
    """10 IVR路径: the call passed one of these steps."""

    steps: tuple[PathStep, ...] = ()


class Transfer(Condition, frozen=True, kw_only=True):
    """11 转接: a transfer of one of `kinds` (any if empty) to `target` (anyone if empty), or `none`: no transfer."""

    kinds: tuple[TransferKind, ...] = ()
    target: str = ""
    none: bool = False


class ReasonIs(Condition, frozen=True, kw_only=True):
    """12 呼叫事由: these or those below them; `none`: not filled in."""

    values: tuple[int, ...] = ()
    none: bool = False


class Summary(Condition, frozen=True, kw_only=True):
    """13 通话摘要: words between blanks, anywhere in the text; capital and full-width forms do not matter."""

    match: WordMatch = WordMatch.ALL
    words: Words = ""


class CustomerIs(Condition, frozen=True, kw_only=True):
    """14 客户: by a part of, or exactly, one of the fields; with `ids` by these alone."""

    match: CustomerMatch = CustomerMatch.CONTAINS
    field: CustomerField = CustomerField.ANY
    text: Words = ""
    ids: tuple[int, ...] = ()


class CustClass(Condition, frozen=True, kw_only=True):
    """15 客户类别, as it was when the call took place."""

    statuses: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()


class RecordingIs(Condition, frozen=True, kw_only=True):
    """16 录音: any of the choices, or none for one of these reasons."""

    values: tuple[RecordingChoice, ...] = ()
    reasons: tuple[NoRecordingReason, ...] = ()


class VoicemailIs(Condition, frozen=True, kw_only=True):
    """17 留言: any of the choices, and left for one of `for_` (staff numbers or boxes)."""

    values: tuple[VoicemailChoice, ...] = ()
    for_: tuple[str, ...] = msgspec.field(default=(), name="for")


class RatingIs(Condition, frozen=True, kw_only=True):
    """18 满意度."""

    values: tuple[Rating, ...] = ()


class TicketIs(Condition, frozen=True, kw_only=True):
    """19 工单: `present` alone, or one ticket to which all that is given applies."""

    present: bool | None = None
    numbers: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    overdue: bool | None = None
    repeated: bool | None = None


class CallSearch(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Any of the 19 conditions; none of them: every call."""

    time_span: TimeSpan | None = None
    direction: DirectionIs | None = None
    result: ResultIs | None = None
    talk_sec: LengthBetween | None = None
    wait_sec: LengthBetween | None = None
    peer_number: PeerNumber | None = None
    line: LineIs | None = None
    agent: AgentIs | None = None
    queue: QueueIs | None = None
    ivr_path: IvrPath | None = None
    transfer: Transfer | None = None
    reason: ReasonIs | None = None
    summary: Summary | None = None
    customer: CustomerIs | None = None
    cust_class: CustClass | None = None
    recording: RecordingIs | None = None
    voicemail: VoicemailIs | None = None
    rating: RatingIs | None = None
    ticket: TicketIs | None = None
