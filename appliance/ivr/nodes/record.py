"""录音留存: record what the caller says for a purpose (an address, a complaint) and go on in the flow."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from appliance.ivr.context import Context, PlanParts
from appliance.ivr.graph import Node
from appliance.ivr.node import (
    ExitSpec,
    NodeKind,
    NodeParams,
    Prompts,
    VariableField,
    reserved_name,
    unknown_prompts,
)
from appliance.ivr.problem import Problem
from appliance.telephony.ids import BoxId, PromptId
from appliance.telephony.leg import CallerLeg


class Params(NodeParams, frozen=True, kw_only=True, forbid_unknown_fields=True):
    purpose: Annotated[str, Meta(title="用途", description="如“故障地址”，显示在来电弹屏和通话经过里", max_length=40)]
    box: Annotated[BoxId, Meta(title="存入留言箱", min_length=1, extra_json_schema={"x-choose": "box"})]
    prompts: Annotated[Prompts, Meta(title="提示音")] = (PromptId("record_after_beep"),)
    max_s: Annotated[float, Meta(title="最长（秒）", description="不超过留言箱的上限", ge=3, le=3600)] = 60.0
    variable: Annotated[VariableField, Meta(title="时长存入变量", description="秒数，没有说话为 0")] = "recorded_s"


def exits(_params: Params) -> tuple[ExitSpec, ...]:
    return (ExitSpec("done", "已录下"), ExitSpec("empty", "没有说话"))


def check(params: Params, _node: Node, parts: PlanParts) -> list[Problem]:
    found = [*reserved_name("params.variable", params.variable), *unknown_prompts("prompts", params.prompts, parts)]
    if params.box not in parts.box_max_s:
        found.append(Problem(field="params.box", text=f"没有名为“{params.box}”的留言箱，请先添加。"))
    return found


async def run(params: Params, leg: CallerLeg, ctx: Context) -> str | None:
    if params.prompts:
        await leg.play(params.prompts)
    max_s = min(params.max_s, ctx.parts.box_max_s[params.box])
    outcome = await leg.voicemail(params.box, for_agent=None, max_s=max_s)
    ctx.variables[params.variable] = f"{outcome.length_s:.0f}"
    ctx.remark(params.purpose)
    if outcome.length_s <= 0:
        return "empty"
    leg.show(params.purpose, f"录音 {outcome.length_s:.0f} 秒")
    return "done"


KIND = NodeKind(
    name="record",
    label="录音留存",
    help="“嘀”声后录下主叫所说（如故障地址），存入指定留言箱，再继续流程。",
    sample=Params(purpose="故障地址", box=BoxId("public")),
    exits=exits,
    check=check,
    run=run,
)
