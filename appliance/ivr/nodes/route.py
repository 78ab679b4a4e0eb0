"""来电分流: where a caller goes by the number: lists, customer level, area, known or not, with or without a number."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta

from appliance.ivr.callerbook import CallerEntry
from appliance.ivr.callerlist import CallerList, ListedNumber
from appliance.ivr.context import Context, PlanParts
from appliance.ivr.graph import Node
from appliance.ivr.node import ExitName, ExitSpec, NodeKind, NodeParams
from appliance.ivr.problem import Problem
from appliance.telephony.leg import CallerLeg


class CallerIs(StrEnum):
    """What a rule looks at."""

    ON_LIST = "on_list"
    """A caller list of the plan: blacklist, VIP …"""
    NUMBER = "number"
    """An exact number, or `138*`."""
    LEVEL = "level"
    AREA = "area"
    KNOWN = "known"
    """A customer of the caller book."""
    WITHHELD = "withheld"
    """No number came with the call."""


class Rule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The first rule that holds decides."""

    exit: Annotated[ExitName, Meta(title="出口名", description="小写字母、数字和下划线")]
    label: Annotated[str, Meta(title="含义", max_length=40)] = ""
    by: Annotated[CallerIs, Meta(title="依据")]
    value: Annotated[str, Meta(title="取值", description="名单编号、号码（可用 138*）、级别或片区", max_length=64)] = ""
    priority: Annotated[int, Meta(title="排队优先级", description="0 普通，9 最急；以后排队时生效", ge=0, le=9)] = 0


class Params(NodeParams, frozen=True, kw_only=True, forbid_unknown_fields=True):
    rules: Annotated[
        tuple[Rule, ...], Meta(title="规则", description="从上到下，先符合的先走", min_length=1, max_length=30)
    ]


def exits(params: Params) -> tuple[ExitSpec, ...]:
    labels: dict[str, str] = {}
    for rule in params.rules:
        labels.setdefault(rule.exit, rule.label or rule.exit)
    return (*(ExitSpec(name, label) for name, label in labels.items()), ExitSpec("other", "其他来电"))


_VALUELESS = {CallerIs.KNOWN, CallerIs.WITHHELD}


def check(params: Params, _node: Node, parts: PlanParts) -> list[Problem]:
    found = []
    for index, rule in enumerate(params.rules):
        path = f"params.rules[{index}]"
        if rule.exit in {"other", "failed"}:
            found.append(Problem(field=f"{path}.exit", text=f"出口名不能用“{rule.exit}”，请换一个。"))
        if rule.by is CallerIs.ON_LIST and rule.value not in parts.caller_lists:
            found.append(Problem(field=f"{path}.value", text=f"没有名为“{rule.value}”的来电名单，请先添加。"))
        elif rule.by is CallerIs.NUMBER and not _is_number(rule.value):
            found.append(Problem(field=f"{path}.value", text="应为号码，或号码开头加 *，如 138*。"))
        elif not rule.value and rule.by not in _VALUELESS:
            found.append(Problem(field=f"{path}.value", text="请填写要比较的取值。"))
    return found


def _is_number(text: str) -> bool:
    try:
        msgspec.convert(text, ListedNumber)
    except msgspec.ValidationError:
        return False
    return True


async def run(params: Params, leg: CallerLeg, ctx: Context) -> str | None:
    known = ctx.sources.callers.find(leg.peer_number)
    for rule in params.rules:
        if _holds(rule, leg, known, ctx.parts):
            ctx.remark(rule.label)
            if rule.priority:
                leg.prioritise(rule.priority)
            return rule.exit
    return "other"


def _holds(rule: Rule, leg: CallerLeg, known: CallerEntry | None, parts: PlanParts) -> bool:
    number = leg.peer_number
    match rule.by:
        case CallerIs.ON_LIST:
            return parts.caller_lists[rule.value].holds(number, leg.now().date().isoformat())
        case CallerIs.NUMBER:
            return CallerList(id="", label="", numbers=(rule.value,)).holds(number)
        case CallerIs.LEVEL:
            return known is not None and known.level == rule.value
        case CallerIs.AREA:
            return known is not None and known.area == rule.value
        case CallerIs.KNOWN:
            return known is not None
        case CallerIs.WITHHELD:
            return not number


KIND = NodeKind(
    name="route",
    label="来电分流",
    help="按主叫号码分流：黑名单、VIP、片区、已知客户、指定号码或号段、隐藏号码。",
    sample=Params(rules=(Rule(exit="withheld", label="隐藏号码", by=CallerIs.WITHHELD),)),
    exits=exits,
    check=check,
    run=run,
    needs_answer=False,
    exits_from="rules",
)
