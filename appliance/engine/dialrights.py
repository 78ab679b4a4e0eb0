"""Who may dial what, and how much: pure rules against toll fraud, with a counter of recent calls.

Refused calls are recorded as such (result `rejected`, cause `not_allowed`), so an attempt is seen the same day.
"""

from __future__ import annotations

from collections import deque
from datetime import datetime, timedelta

from appliance.callplan import CallPlan
from appliance.telephony.ids import AgentId, SeatId
from appliance.telephony.number import NumberClass, class_of

FLOWS = SeatId("flows")
"""All call flows together count as one seat: a caller cannot dial out through them without bounds."""


class DialRights:
    """Asked before every outside call; remembers how many each seat made in the last hour."""

    def __init__(self) -> None:
        self._recent: dict[SeatId, deque[datetime]] = {}

    def refusal(self, plan: CallPlan, number: str, seat: SeatId, agent: AgentId | None, now: datetime) -> str:
        """Why the call must not be made, as a Chinese sentence; empty when it may (and then it is counted)."""
        kind = class_of(number, plan.area_code)
        if kind is NumberClass.EMERGENCY:
            return ""
        rules = plan.dial
        own = next((each.rights for each in plan.agents if each.id == agent), None)
        if kind not in (rules.allowed if own is None else own):
            return f"没有拨打{_NAMES[kind]}的权限，请与管理员联系。"
        blocked = next((prefix for prefix in rules.blocked_prefixes if number.startswith(prefix)), None)
        if blocked is not None:
            return f"以 {blocked} 开头的号码已被管理员禁止拨打。"
        recent = self._recent.setdefault(seat, deque())
        while recent and now - recent[0] > timedelta(hours=1):
            recent.popleft()
        if len(recent) >= rules.calls_per_hour:
            who = "自助流程" if seat == FLOWS else f"{seat} 号座席"
            return f"{who}一小时内已外呼 {len(recent)} 次，达到上限，请稍后再拨或与管理员联系。"
        recent.append(now)
        return ""


_NAMES = {
    NumberClass.EMERGENCY: "紧急号码",
    NumberClass.LOCAL: "市话",
    NumberClass.MOBILE: "手机",
    NumberClass.SERVICE: "服务号码",
    NumberClass.LONG_DISTANCE: "长途",
    NumberClass.INTERNATIONAL: "国际长途",
    NumberClass.PREMIUM: "声讯收费号码",
}
