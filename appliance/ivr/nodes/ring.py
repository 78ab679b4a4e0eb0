"""呼叫座席: ring one agent, seat or phone set without a queue, and say so when it cannot be had."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from appliance.ivr.context import Context, PlanParts
from appliance.ivr.graph import Node
from appliance.ivr.node import (
    ExitSpec,
    NodeKind,
    NodeParams,
    PromptField,
    Prompts,
    Template,
    unfit_templates,
    unknown_prompts,
)
from appliance.ivr.problem import Problem
from appliance.ivr.saying import UnspeakableError, ValueKind, say_value
from appliance.ivr.template import names_in
from appliance.telephony.ids import PromptId
from appliance.telephony.leg import CallerLeg, RingOutcome, RingTarget


class Params(NodeParams, frozen=True, kw_only=True, forbid_unknown_fields=True):
    target: Annotated[RingTarget, Meta(title="呼叫谁", description="agent 话务员，seat 座席，station 分机")] = (
        RingTarget.AGENT
    )
    name: Annotated[
        Template, Meta(title="工号、座席号或分机号", description="可用变量，如主叫输入的 {number}", min_length=1)
    ]
    ring_s: Annotated[float, Meta(title="振铃多久（秒）", ge=5, le=120)] = 20.0
    music: Annotated[PromptField | None, Meta(title="等待音乐", description="留空则主叫听回铃音")] = None
    say_number: Annotated[bool, Meta(title="先报号", description="忙、无人接、不在之前先报“工号……”")] = False
    busy_prompts: Annotated[Prompts, Meta(title="正忙提示音")] = (PromptId("agent_busy"),)
    no_answer_prompts: Annotated[Prompts, Meta(title="无人接听提示音")] = (PromptId("agent_no_answer"),)
    absent_prompts: Annotated[Prompts, Meta(title="不在提示音")] = (PromptId("agent_absent"),)


_EXITS = (
    ExitSpec(RingOutcome.BUSY.value, "正忙"),
    ExitSpec(RingOutcome.NO_ANSWER.value, "无人接听", paces=True),
    ExitSpec(RingOutcome.ABSENT.value, "不在座席"),
    ExitSpec(RingOutcome.SERVED.value, "通话后", required=False, paces=True),
)


def exits(_params: Params) -> tuple[ExitSpec, ...]:
    return _EXITS


def check(params: Params, _node: Node, parts: PlanParts) -> list[Problem]:
    found = unfit_templates(params, "name")
    there: frozenset[str] = {
        RingTarget.AGENT: frozenset[str](parts.agents),
        RingTarget.SEAT: frozenset[str](parts.seats),
        RingTarget.STATION: frozenset[str](parts.stations),
    }[params.target]
    if not names_in(params.name) and params.name not in there:
        word = {RingTarget.AGENT: "话务员", RingTarget.SEAT: "座席", RingTarget.STATION: "分机"}[params.target]
        # Agents may sign in without standing in the plan, seats and phones may not.
        grave = params.target is not RingTarget.AGENT
        text = f"话务方案里没有{word}“{params.name}”，请检查号码。"
        found.append(Problem(field="params.name", text=text, grave=grave))
    for name in ("busy_prompts", "no_answer_prompts", "absent_prompts"):
        found += unknown_prompts(name, getattr(params, name), parts)
    return found + (unknown_prompts("music", (params.music,), parts) if params.music else [])


async def run(params: Params, leg: CallerLeg, ctx: Context) -> str | None:
    name = ctx.filled(params.name, leg).strip()
    outcome = await leg.ring(params.target, name, ring_s=params.ring_s, music=params.music)
    prompts = {
        RingOutcome.BUSY: params.busy_prompts,
        RingOutcome.NO_ANSWER: params.no_answer_prompts,
        RingOutcome.ABSENT: params.absent_prompts,
        RingOutcome.SERVED: (),
    }[outcome]
    if prompts:
        await leg.play((*(_announced(name, leg) if params.say_number else ()), *prompts))
    return outcome.value


def _announced(name: str, leg: CallerLeg) -> Prompts:
    try:
        return (PromptId("staff_number"), *say_value(name, ValueKind.DIGITS, leg.language))
    except UnspeakableError:
        return ()


KIND = NodeKind(
    name="ring",
    label="呼叫座席",
    help="直接呼叫指定话务员、座席或分机；正忙、无人接或不在时先告知主叫，再由主叫另选。",
    sample=Params(name="{number}"),
    exits=exits,
    check=check,
    run=run,
)
