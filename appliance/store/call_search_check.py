"""Reading a `CallSearch` that a person put together: what is wrong is said in Chinese, with the condition's name."""

from __future__ import annotations

import re
from datetime import datetime

import msgspec

from appliance.store.call_key import first_key, last_key
from appliance.store.call_search import (
    CallSearch,
    CustomerMatch,
    IvrPath,
    LengthBetween,
    NumberMatch,
    PeerNumber,
    TicketIs,
    TimeSpan,
)
from appliance.store.errors import InvalidError

CONDITION_NAMES = {
    "time_span": "时段",
    "direction": "呼叫方向",
    "result": "通话结果",
    "talk_sec": "通话时长",
    "wait_sec": "等待时长",
    "peer_number": "客户号码",
    "line": "外线通道",
    "agent": "坐席",
    "queue": "技能组",
    "ivr_path": "IVR路径",
    "transfer": "转接",
    "reason": "呼叫事由",
    "summary": "通话摘要",
    "customer": "客户",
    "cust_class": "客户类别",
    "recording": "录音",
    "voicemail": "留言",
    "rating": "满意度",
    "ticket": "工单",
}

_COMPLAINTS = (
    (r"Object contains unknown field `(.+?)`", "不认识“{0}”这一项"),
    (r"Invalid enum value (.+?)(?: - |$)", "没有 {0} 这个选项"),
    (r"Expected `\w+` >= (-?\d+)", "数值不能小于 {0}"),
    (r"Expected `\w+` <= (-?\d+)", "数值不能大于 {0}"),
    (r"Expected `\w+` of length <= (\d+)", "内容太多，最多 {0} 个"),
    (r"Expected `\w+` of length >= (\d+)", "不能为空"),
    (r"Expected `\w+` matching regex", "日期或时间的写法不对"),
    (r"Expected `int.*`, got", "应填整数"),
    (r"Expected `array.*`, got", "应是一个列表"),
    (r"Expected `(?:object|\w+).*`, got", "填写的类型不对"),
)
_BAD_DIGITS = re.compile(r"[^\d+*# ()-]")


def decode_search(text: bytes | str) -> CallSearch:
    """The search of a JSON text (empty: every call), checked. Raises `InvalidError`, `field` is the condition's id."""
    if not text:
        return CallSearch()
    try:
        search = msgspec.json.decode(text, type=CallSearch)
    except msgspec.ValidationError as error:
        raise _complaint(str(error)) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InvalidError("查询条件不是正确的 JSON，请刷新页面后重试。", "search") from error
    check_search(search)
    return search


def check_search(search: CallSearch) -> None:
    """What types alone cannot tell. Raises `InvalidError`."""
    if search.time_span is not None:
        _check_time(search.time_span)
    for field, condition in (("talk_sec", search.talk_sec), ("wait_sec", search.wait_sec)):
        if condition is not None:
            _check_length(field, condition)
    if search.peer_number is not None:
        _check_number(search.peer_number)
    if search.ivr_path is not None:
        _check_path(search.ivr_path)
    ticket = search.ticket
    if ticket is not None and ticket.present is False and (ticket != TicketIs(present=False, not_=ticket.not_)):
        raise _invalid("ticket", "选择了“无工单”，就不能再填工单的其他内容")
    customer = search.customer
    if customer is not None and customer.match is CustomerMatch.EQUAL and not (customer.text.strip() or customer.ids):
        raise _invalid("customer", "选择了“等于”，请填写要查的内容")


def _check_time(condition: TimeSpan) -> None:
    for moment in (condition.since, condition.until):
        if moment is not None:
            try:
                datetime.fromisoformat(moment)
            except ValueError as error:
                raise _invalid("time_span", f"没有“{moment}”这一天") from error
    if condition.since and condition.until and first_key(condition.since) > last_key(condition.until):
        raise _invalid("time_span", f"开始 {condition.since} 晚于结束 {condition.until}")
    if (condition.day_from is None) != (condition.day_until is None):
        raise _invalid("time_span", "每日时间窗要同时填写起和止")
    if condition.day_from is not None and condition.day_from == condition.day_until:
        raise _invalid("time_span", "每日时间窗的起和止不能相同")


def _check_length(field: str, condition: LengthBetween) -> None:
    if condition.min is not None and condition.max is not None and condition.min > condition.max:
        raise _invalid(field, f"最小值 {condition.min} 大于最大值 {condition.max}")


def _check_number(condition: PeerNumber) -> None:
    if condition.match is NumberMatch.NONE:
        return
    for number in condition.numbers:
        if _BAD_DIGITS.search(number) or not any(sign.isdigit() for sign in number):
            raise _invalid("peer_number", f"“{number}”不是电话号码")


def _check_path(condition: IvrPath) -> None:
    if any(not (step.flow or step.node or step.digits) for step in condition.steps):
        raise _invalid("ivr_path", "每一步至少要选流程、节点或按键之一")


def _complaint(text: str) -> InvalidError:
    message, _, path = text.partition(" - at `")
    parts = re.findall(r"\w+", path)
    field = parts[0] if parts else ""
    for pattern, chinese in _COMPLAINTS:
        match = re.search(pattern, message)
        if match:
            return _invalid(field, chinese.format(*match.groups()))
    return _invalid(field, "填写有误")


def _invalid(field: str, text: str) -> InvalidError:
    name = CONDITION_NAMES.get(field)
    if name is None:
        return InvalidError(f"查询条件有误：{text}。", field or "search")
    return InvalidError(f"查询条件“{name}”有误：{text}。", field)
