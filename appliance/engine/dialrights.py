"""Who may dial what, and how much: pure rules against toll fraud, with a counter of recent calls.

Refused calls are recorded as such (result `rejected`, cause `not_allowed`), so an attempt is seen the same day.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from itertools import takewhile

from appliance.callplan import CallPlan
from appliance.engine.dialcount import Counted
from appliance.telephony.ids import AgentId, SeatId
from appliance.telephony.number import NumberClass, class_of, kind_of

FLOWS = SeatId("flows")
"""All call flows together count as one seat: a caller cannot dial out through them without bounds."""


class DialRights:
    """Asked before every outside call; remembers how many were made in the last day, by seat and by limited prefix."""

    def __init__(self, on_counted: Callable[[SeatId, str], object] = lambda _seat, _number: None) -> None:
        """`on_counted` is told of each call that counts; what it was told may be given to `restore` after a restart."""
        self._on_counted = on_counted
        self._recent: dict[SeatId, deque[datetime]] = {}
        self._by_prefix: dict[str, deque[datetime]] = {}

    def restore(self, plan: CallPlan, calls: Iterable[Counted]) -> None:
        """These were made, in this order, before the engine started."""
        for call in calls:
            self._recent.setdefault(call.seat, deque()).append(call.at)
            for limit in plan.dial.prefix_limits:
                if call.number.startswith(limit.prefix):
                    self._by_prefix.setdefault(limit.prefix, deque()).append(call.at)

    def refusal(self, plan: CallPlan, number: str, seat: SeatId, agent: AgentId | None, now: datetime) -> str:
        """Why the call must not be made, as a Chinese sentence; empty when it may (and then it is counted)."""
        kind = class_of(number, plan.area_code)
        if kind is NumberClass.EMERGENCY:
            return ""
        if plan.dial.signed_in_only and agent is None and seat != FLOWS:
            return "这部话机还没有签入，不能拨打外线，请先签入。"
        return self.forbidden(plan, number, kind, agent) or self._too_many(plan, number, seat, now)

    def forbidden(self, plan: CallPlan, number: str, kind: NumberClass, agent: AgentId | None) -> str:
        """Why nobody with this agent's rights may dial such a number; empty when they may. Nothing is counted."""
        rules = plan.dial
        own = next((each.rights for each in plan.agents if each.id == agent), None)
        if kind not in (rules.allowed if own is None else own):
            return f"没有拨打{_NAMES[kind]}的权限，请与管理员联系。"
        blocked = next((prefix for prefix in rules.blocked_prefixes if number.startswith(prefix)), None)
        return f"以 {blocked} 开头的号码已被管理员禁止拨打。" if blocked is not None else ""

    def dialled_on(self, plan: CallPlan, number: str, agent: AgentId | None) -> str:
        """Why the digits keyed up to now must not go on to the exchange; empty while they are harmless.

        Before the far end answers an exchange may take them for more of the number: `17909` may be dialled,
        `17909 00…` may not. A number that fits no kind is none that an exchange would wait for.
        """
        kind = kind_of(number, plan.area_code)
        if kind is None or kind is NumberClass.EMERGENCY:
            return ""
        return self.forbidden(plan, number, kind, agent)

    def _too_many(self, plan: CallPlan, number: str, seat: SeatId, now: datetime) -> str:
        """Why this would be one call too many; empty when it is not, and then it is counted."""
        rules = plan.dial
        mine = _last_day(self._recent.setdefault(seat, deque()), now)
        who = "自助流程" if seat == FLOWS else f"{seat} 号座席"
        in_hour = _in_last_hour(mine, now)
        if in_hour >= rules.calls_per_hour:
            return f"{who}一小时内已外呼 {in_hour} 次，达到上限，请稍后再拨或与管理员联系。"
        if len(mine) >= rules.calls_per_day:
            return f"{who}24 小时内已外呼 {len(mine)} 次，达到上限，请与管理员联系。"
        limits = [limit for limit in rules.prefix_limits if number.startswith(limit.prefix)]
        counted = [_last_day(self._by_prefix.setdefault(limit.prefix, deque()), now) for limit in limits]
        for limit, calls in zip(limits, counted, strict=True):
            if _in_last_hour(calls, now) >= limit.calls_per_hour:
                return f"以 {limit.prefix} 开头的号码一小时内最多拨打 {limit.calls_per_hour} 次，已达到上限。"
        for calls in (mine, *counted):
            calls.append(now)
        self._on_counted(seat, number)
        return ""


def _last_day(calls: deque[datetime], now: datetime) -> deque[datetime]:
    while calls and now - calls[0] > timedelta(days=1):
        calls.popleft()
    return calls


def _in_last_hour(calls: deque[datetime], now: datetime) -> int:
    return sum(1 for _ in takewhile(lambda at: now - at <= timedelta(hours=1), reversed(calls)))


_NAMES = {
    NumberClass.EMERGENCY: "紧急号码",
    NumberClass.LOCAL: "市话",
    NumberClass.MOBILE: "手机",
    NumberClass.SERVICE: "服务号码",
    NumberClass.LONG_DISTANCE: "长途",
    NumberClass.INTERNATIONAL: "国际长途",
    NumberClass.PREMIUM: "声讯收费号码",
}
