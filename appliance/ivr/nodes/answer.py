"""摘机应答: go off hook. From here on the caller pays and hears us."""

from __future__ import annotations

from appliance.ivr.context import Context, PlanParts
from appliance.ivr.graph import Node
from appliance.ivr.node import ExitSpec, NodeKind, NodeParams
from appliance.ivr.problem import Problem
from appliance.telephony.leg import CallerLeg


class Params(NodeParams, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


def exits(_params: Params) -> tuple[ExitSpec, ...]:
    return (ExitSpec("next", "应答后"),)


def check(_params: Params, _node: Node, _parts: PlanParts) -> list[Problem]:
    return []


async def run(_params: Params, leg: CallerLeg, _ctx: Context) -> str | None:
    await leg.answer()
    return "next"


KIND = NodeKind(
    name="answer",
    label="应答",
    help="摘机应答来电。应答之前主叫听到的是回铃音，也不计费。",
    sample=Params(),
    exits=exits,
    check=check,
    run=run,
    needs_answer=False,
)
