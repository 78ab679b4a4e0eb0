"""时间判断: open or closed now, by one of the plan's office hours."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from appliance.ivr.context import Context, PlanParts
from appliance.ivr.graph import Node
from appliance.ivr.node import ExitSpec, NodeKind, NodeParams
from appliance.ivr.problem import Problem
from appliance.telephony.leg import CallerLeg


class Params(NodeParams, frozen=True, kw_only=True, forbid_unknown_fields=True):
    hours: Annotated[str, Meta(title="工作时间", min_length=1, extra_json_schema={"x-choose": "hours"})]


def exits(_params: Params) -> tuple[ExitSpec, ...]:
    return (ExitSpec("open", "上班时间"), ExitSpec("closed", "下班时间"))


def check(params: Params, _node: Node, parts: PlanParts) -> list[Problem]:
    if params.hours in parts.hours:
        return []
    return [Problem(field="params.hours", text=f"没有名为“{params.hours}”的工作时间，请先在工作时间里添加。")]


async def run(params: Params, leg: CallerLeg, ctx: Context) -> str | None:
    return "open" if ctx.parts.hours[params.hours].is_open(leg.now()) else "closed"


KIND = NodeKind(
    name="hours",
    label="时间判断",
    help="按工作时间（含节假日和调休）分成上班、下班两路。",
    sample=Params(hours="office"),
    exits=exits,
    check=check,
    run=run,
    needs_answer=False,
)
