"""子流程: go through another flow and come back, or end there."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from appliance.ivr.context import Context, FlowEnd, PlanParts
from appliance.ivr.graph import Node
from appliance.ivr.node import ExitName, ExitSpec, NodeKind, NodeParams
from appliance.ivr.problem import Problem
from appliance.telephony.ids import FlowId
from appliance.telephony.leg import CallerLeg


class Return(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A result with which the inner flow may come back."""

    result: Annotated[ExitName, Meta(title="结果", description="与“返回”节点填写的相同")]
    label: Annotated[str, Meta(title="含义", max_length=40)] = ""


class Params(NodeParams, frozen=True, kw_only=True, forbid_unknown_fields=True):
    flow: Annotated[FlowId, Meta(title="流程", min_length=1, extra_json_schema={"x-choose": "flow"})]
    returns: Annotated[
        tuple[Return, ...], Meta(title="返回结果", description="每个结果一个出口；其余走“返回后”", max_length=20)
    ] = ()


class SubflowError(Exception):
    """The inner flow could not be gone through."""


def exits(params: Params) -> tuple[ExitSpec, ...]:
    results = tuple(ExitSpec(each.result, each.label or each.result) for each in params.returns)
    return (*results, ExitSpec("done", "返回后", required=False))


def check(params: Params, _node: Node, parts: PlanParts) -> list[Problem]:
    found = []
    if params.flow not in parts.flows:
        found.append(Problem(field="params.flow", text=f"没有编号为“{params.flow}”的流程，请填已有流程的编号。"))
    results = [each.result for each in params.returns]
    for index, result in enumerate(results):
        if result in {"done", "failed", *results[:index]}:
            text = f"结果“{result}”重复或不能用，请换一个。"
            found.append(Problem(field=f"params.returns[{index}].result", text=text))
    return found


async def run(params: Params, _leg: CallerLeg, ctx: Context) -> str | None:
    end = await ctx.enter(ctx.parts.flows[params.flow])
    if end is not FlowEnd.FINISHED:
        raise SubflowError(f"flow {params.flow} ended {end}")
    result, ctx.returned = ctx.returned, None
    if result is None:
        return None  # hung up in there, or an exit was left open: the whole call is over
    return result if any(each.result == result for each in params.returns) else "done"


KIND = NodeKind(
    name="subflow",
    label="子流程",
    help="转到另一个流程；那里遇到“返回”节点就回来，遇到挂机则通话结束。",
    sample=Params(flow=FlowId("main")),
    exits=exits,
    check=check,
    run=run,
    exits_from="returns",
)
