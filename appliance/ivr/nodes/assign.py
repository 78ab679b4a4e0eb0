"""设置变量: keep a value for later nodes, or count."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from appliance.ivr.context import Context, PlanParts
from appliance.ivr.graph import Node
from appliance.ivr.node import ExitSpec, NodeKind, NodeParams, Template, VariableField, reserved_name, unfit_templates
from appliance.ivr.problem import Problem
from appliance.telephony.leg import CallerLeg

MAX_VALUE = 1000
"""Characters kept of one value: a loop cannot fill the memory."""


class Assignment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    variable: Annotated[VariableField, Meta(title="变量")]
    how: Annotated[Literal["set", "add"], Meta(title="做法", description="set 设为，add 加上（按数字）")] = "set"
    value: Annotated[Template, Meta(title="值", description="如 {number}、VIP 或 1")] = ""


class Params(NodeParams, frozen=True, kw_only=True, forbid_unknown_fields=True):
    assignments: Annotated[tuple[Assignment, ...], Meta(title="赋值", min_length=1, max_length=20)]


def exits(_params: Params) -> tuple[ExitSpec, ...]:
    return (ExitSpec("next", "下一步"),)


def check(params: Params, _node: Node, _parts: PlanParts) -> list[Problem]:
    found = []
    for index, each in enumerate(params.assignments):
        path = f"params.assignments[{index}]"
        found += [*unfit_templates(each, "value", path=path), *reserved_name(f"{path}.variable", each.variable)]
    return found


async def run(params: Params, leg: CallerLeg, ctx: Context) -> str | None:
    for each in params.assignments:
        value = ctx.filled(each.value, leg)
        if each.how == "add":
            value = f"{_number(ctx.variables.get(each.variable, '')) + _number(value):f}"
        ctx.variables[each.variable] = value[:MAX_VALUE]
    return "next"


def _number(text: str) -> Decimal:
    """What is no number counts as nothing."""
    try:
        value = Decimal(text.strip() or "0")
    except InvalidOperation:
        return Decimal(0)
    return value if value.is_finite() and abs(value.adjusted()) < 20 else Decimal(0)


KIND = NodeKind(
    name="assign",
    label="设置变量",
    help="给变量赋值或累加，供后面的判断、播报和请求使用。",
    sample=Params(assignments=(Assignment(variable="count", how="add", value="1"),)),
    exits=exits,
    check=check,
    run=run,
    needs_answer=False,
)
