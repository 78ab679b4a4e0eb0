"""留言: beep and record a message into a box."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from appliance.ivr.context import Context, PlanParts
from appliance.ivr.graph import Node
from appliance.ivr.node import ExitSpec, NodeKind, NodeParams
from appliance.ivr.problem import Problem
from appliance.telephony.ids import AgentId, BoxId
from appliance.telephony.leg import CallerLeg


class Params(NodeParams, frozen=True, kw_only=True, forbid_unknown_fields=True):
    box: Annotated[BoxId, Meta(title="留言箱", min_length=1, extra_json_schema={"x-choose": "box"})]
    for_agent: Annotated[AgentId | None, Meta(title="留给话务员", description="工号；留空则留给整个留言箱")] = None


def exits(_params: Params) -> tuple[ExitSpec, ...]:
    return (ExitSpec("done", "已留言"), ExitSpec("empty", "没有留言"))


def check(params: Params, _node: Node, parts: PlanParts) -> list[Problem]:
    if params.box in parts.box_max_s:
        return []
    return [Problem(field="params.box", text=f"没有名为“{params.box}”的留言箱，请先添加。")]


async def run(params: Params, leg: CallerLeg, ctx: Context) -> str | None:
    outcome = await leg.voicemail(params.box, for_agent=params.for_agent, max_s=ctx.parts.box_max_s[params.box])
    return "done" if outcome.length_s > 0 else "empty"


KIND = NodeKind(
    name="voicemail",
    label="留言",
    help="“嘀”声后录下留言；主叫挂机也会保存。请在前面用放音节点说明。",
    sample=Params(box=BoxId("public")),
    exits=exits,
    check=check,
    run=run,
)
