"""挂机: the flow is over, the line is released."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from appliance.ivr.context import Context, PlanParts
from appliance.ivr.graph import Node
from appliance.ivr.node import ExitSpec, NodeKind, NodeParams, Prompts, unknown_prompts
from appliance.ivr.problem import Problem
from appliance.telephony.leg import CallerLeg


class Params(NodeParams, frozen=True, kw_only=True, forbid_unknown_fields=True):
    prompts: Annotated[Prompts, Meta(title="结束语", description="挂机前播放；留空则直接挂机")] = ()


def exits(_params: Params) -> tuple[ExitSpec, ...]:
    return ()


def check(params: Params, _node: Node, parts: PlanParts) -> list[Problem]:
    return unknown_prompts("prompts", params.prompts, parts)


async def run(params: Params, leg: CallerLeg, _ctx: Context) -> str | None:
    if params.prompts and leg.answered:
        await leg.play(params.prompts)
    return None  # the runner releases the line


KIND = NodeKind(
    name="hangup",
    label="挂机",
    help="结束流程并挂机，可先播放结束语。",
    sample=Params(),
    exits=exits,
    check=check,
    run=run,
    needs_answer=False,
)
