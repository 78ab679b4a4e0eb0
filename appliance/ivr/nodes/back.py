"""返回: back from an inner flow to the one around it."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from appliance.ivr.context import Context, PlanParts
from appliance.ivr.graph import Node
from appliance.ivr.node import ExitName, ExitSpec, NodeKind, NodeParams
from appliance.ivr.problem import Problem
from appliance.telephony.leg import CallerLeg


class Params(NodeParams, frozen=True, kw_only=True, forbid_unknown_fields=True):
    result: Annotated[ExitName, Meta(title="结果", description="上级流程按它选择出口")] = "done"


def exits(_params: Params) -> tuple[ExitSpec, ...]:
    return ()


def check(_params: Params, _node: Node, _parts: PlanParts) -> list[Problem]:
    return []


async def run(params: Params, _leg: CallerLeg, ctx: Context) -> str | None:
    if ctx.depth:
        ctx.returned = params.result
    return None  # with no flow around, the call is over


KIND = NodeKind(
    name="back",
    label="返回",
    help="结束子流程，回到上级流程；不在子流程里时等于挂机。",
    sample=Params(),
    exits=exits,
    check=check,
    run=run,
    needs_answer=False,
)
