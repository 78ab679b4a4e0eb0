"""条件判断: compare two values of the call."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from appliance.ivr.context import Context, PlanParts
from appliance.ivr.graph import Node
from appliance.ivr.node import ExitSpec, NodeKind, NodeParams, Template, unfit_templates
from appliance.ivr.problem import Problem
from appliance.telephony.leg import CallerLeg


class Comparison(StrEnum):
    EQUALS = "equals"
    """As numbers when both are numbers (`7` equals `7.0`), else as texts."""
    NOT_EQUALS = "not_equals"
    LESS = "less"
    """Numbers as numbers; anything else by its characters, as dates and times of one form sort."""
    AT_MOST = "at_most"
    GREATER = "greater"
    AT_LEAST = "at_least"
    CONTAINS = "contains"
    STARTS_WITH = "starts_with"
    EMPTY = "empty"


class Params(NodeParams, frozen=True, kw_only=True, forbid_unknown_fields=True):
    left: Annotated[Template, Meta(title="左边", description="如 {balance}", min_length=1)]
    comparison: Annotated[Comparison, Meta(title="比较")] = Comparison.EQUALS
    right: Annotated[Template, Meta(title="右边", description="比较“为空”时不用")] = ""


def exits(_params: Params) -> tuple[ExitSpec, ...]:
    return (ExitSpec("yes", "成立"), ExitSpec("no", "不成立"))


def check(params: Params, _node: Node, _parts: PlanParts) -> list[Problem]:
    return unfit_templates(params, "left", "right")


async def run(params: Params, leg: CallerLeg, ctx: Context) -> str | None:
    left, right = (ctx.filled(side, leg).strip() for side in (params.left, params.right))
    return "yes" if _holds(left, params.comparison, right) else "no"


_BY_ORDER = {
    Comparison.EQUALS: {0},
    Comparison.NOT_EQUALS: {-1, 1},
    Comparison.LESS: {-1},
    Comparison.AT_MOST: {-1, 0},
    Comparison.GREATER: {1},
    Comparison.AT_LEAST: {0, 1},
}


def _holds(left: str, comparison: Comparison, right: str) -> bool:
    match comparison:
        case Comparison.CONTAINS:
            return right in left
        case Comparison.STARTS_WITH:
            return left.startswith(right)
        case Comparison.EMPTY:
            return not left
        case _:
            return _order(left, right) in _BY_ORDER[comparison]


def _order(left: str, right: str) -> int:
    """-1, 0 or 1."""
    numbers = _number(left), _number(right)
    if numbers[0] is not None and numbers[1] is not None:
        return (numbers[0] > numbers[1]) - (numbers[0] < numbers[1])
    return (left > right) - (left < right)


def _number(text: str) -> Decimal | None:
    try:
        value = Decimal(text)
    except InvalidOperation:
        return None
    return value if value.is_finite() else None


KIND = NodeKind(
    name="condition",
    label="条件判断",
    help="比较变量或系统值（相等、大小、包含、为空等），分成立、不成立两路。",
    sample=Params(left="{level}", right="VIP"),
    exits=exits,
    check=check,
    run=run,
    needs_answer=False,
)
