"""Values that every call has, by the names under which nodes use them: `{caller}`, `{date}` …"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from appliance.ivr.callerbook import CallerEntry
from appliance.telephony.leg import CallerLeg

if TYPE_CHECKING:
    from appliance.ivr.context import Context

CALL_VALUES: Mapping[str, str] = MappingProxyType(
    {
        "caller": "主叫号码",
        "customer": "客户姓名",
        "level": "客户级别",
        "area": "片区",
        "line": "外线号",
        "hotline": "被叫的热线号码",
        "date": "日期",
        "time": "时间",
        "weekday": "星期（1–7）",
        "call": "通话编号",
        "flow": "流程编号",
        "node": "节点编号",
        "language": "语言",
        "pushed": "座席推送的值",
    }
)
"""Name and what it is."""


def value_of(name: str, leg: CallerLeg, ctx: Context) -> str:
    """A value of the call or one of the flow's variables; '' when there is none of that name."""
    read = _READERS.get(name)
    return ctx.variables.get(name, "") if read is None else read(leg, ctx)


def _known(leg: CallerLeg, ctx: Context) -> CallerEntry:
    return ctx.sources.callers.find(leg.peer_number) or CallerEntry()


_Reader = Callable[[CallerLeg, "Context"], str]
_READERS: Mapping[str, _Reader] = {
    "caller": lambda leg, _ctx: leg.peer_number,
    "customer": lambda leg, ctx: _known(leg, ctx).name,
    "level": lambda leg, ctx: _known(leg, ctx).level,
    "area": lambda leg, ctx: _known(leg, ctx).area,
    "line": lambda leg, _ctx: str(leg.line_id),
    "hotline": lambda leg, _ctx: leg.hotline,
    "date": lambda leg, _ctx: f"{leg.now():%Y-%m-%d}",
    "time": lambda leg, _ctx: f"{leg.now():%H:%M:%S}",
    "weekday": lambda leg, _ctx: str(leg.now().isoweekday()),
    "call": lambda leg, _ctx: leg.call_id,
    "flow": lambda _leg, ctx: ctx.flow,
    "node": lambda _leg, ctx: ctx.node,
    "language": lambda leg, _ctx: leg.language,
    "pushed": lambda _leg, ctx: ctx.variables.get("pushed", ""),
}
