"""排队: wait for an agent of a queue and talk."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from appliance.ivr.context import Context, FlowEnd, PlanParts
from appliance.ivr.graph import Node
from appliance.ivr.node import ExitSpec, NodeKind, NodeParams
from appliance.ivr.nodes import survey
from appliance.ivr.problem import Problem
from appliance.telephony.ids import FlowId, QueueId
from appliance.telephony.leg import CallerLeg, QueueOutcome


class Params(NodeParams, frozen=True, kw_only=True, forbid_unknown_fields=True):
    queue: Annotated[QueueId, Meta(title="技能组", min_length=1, extra_json_schema={"x-choose": "queue"})]


_EXITS = (
    ExitSpec(QueueOutcome.NO_AGENT.value, "无人签入"),
    ExitSpec(QueueOutcome.TIMEOUT.value, "等待超时", paces=True),
    ExitSpec(QueueOutcome.FULL.value, "排队已满"),
    ExitSpec(QueueOutcome.AGENTS_NO_ANSWER.value, "话务员都未接", paces=True),
    ExitSpec(QueueOutcome.KEY_PRESSED.value, "按键离开", required=False, paces=True),
    ExitSpec(QueueOutcome.SERVED.value, "通话后", required=False, paces=True),
)


def exits(_params: Params) -> tuple[ExitSpec, ...]:
    return _EXITS


def check(params: Params, node: Node, parts: PlanParts) -> list[Problem]:
    if params.queue not in parts.queue_leave_keys:
        return [Problem(field="params.queue", text=f"没有名为“{params.queue}”的技能组，请先添加。")]
    leave_key = parts.queue_leave_keys[params.queue]
    if leave_key and QueueOutcome.KEY_PRESSED.value not in node.exits:
        text = f"这个技能组允许按 {leave_key} 离开排队，请给出口“按键离开”接上下一个节点。"
        return [Problem(field=f"exits.{QueueOutcome.KEY_PRESSED.value}", text=text)]
    return []


async def run(params: Params, leg: CallerLeg, ctx: Context) -> str | None:
    outcome = await leg.queue(params.queue)
    queue = leg.last_queue
    if outcome is QueueOutcome.SERVED and queue is not None and queue in ctx.parts.queue_surveys:
        # Here the agent hung up first: a caller who did never comes this far.
        return await _ask(ctx.parts.queue_surveys[queue], leg, ctx)
    return outcome.value


async def _ask(flow: FlowId | None, leg: CallerLeg, ctx: Context) -> str | None:
    """Have the caller rate the talk; None when the flow that asks has ended the call."""
    if flow is None:
        await survey.run(survey.Params(), leg, ctx)
        return QueueOutcome.SERVED.value
    end = await ctx.enter(ctx.parts.flows[flow])
    back, ctx.returned = ctx.returned, None
    return None if back is None and end is FlowEnd.FINISHED else QueueOutcome.SERVED.value


KIND = NodeKind(
    name="queue",
    label="排队转人工",
    help="听着音乐等候该技能组的话务员；接通并通话结束后走“通话后”，不接则挂机。",
    sample=Params(queue=QueueId("service")),
    exits=exits,
    check=check,
    run=run,
)
