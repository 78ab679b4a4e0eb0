"""转外线: call an outside number (a technician's mobile) over a second line and let the two talk, recorded."""

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
from appliance.ivr.template import names_in
from appliance.telephony.ids import PromptId
from appliance.telephony.leg import CallerLeg, DialOutcome


class Params(NodeParams, frozen=True, kw_only=True, forbid_unknown_fields=True):
    number: Annotated[Template, Meta(title="外线号码", description="手机或固话，可用变量", min_length=1)]
    prompts: Annotated[Prompts, Meta(title="拨号前的提示音")] = (PromptId("connecting"),)
    ring_s: Annotated[float, Meta(title="振铃多久（秒）", ge=10, le=120)] = 30.0
    max_s: Annotated[float, Meta(title="最长通话（秒）", ge=30, le=14400)] = 3600.0
    music: Annotated[PromptField | None, Meta(title="等待音乐", description="留空则主叫直接听第二条外线")] = None
    busy_prompts: Annotated[Prompts, Meta(title="正忙提示音")] = (PromptId("outside_busy"),)
    no_answer_prompts: Annotated[Prompts, Meta(title="无人接听提示音")] = (PromptId("outside_no_answer"),)
    no_line_prompts: Annotated[Prompts, Meta(title="没有外线提示音")] = (PromptId("lines_busy"),)


_EXITS = (
    ExitSpec(DialOutcome.BUSY.value, "对方正忙"),
    ExitSpec(DialOutcome.NO_ANSWER.value, "无人接听", paces=True),
    ExitSpec(DialOutcome.NO_LINE.value, "没有空闲外线"),
    ExitSpec(DialOutcome.SERVED.value, "通话后", required=False, paces=True),
)
_MOST_DIGITS = 24


def exits(_params: Params) -> tuple[ExitSpec, ...]:
    return _EXITS


def check(params: Params, _node: Node, parts: PlanParts) -> list[Problem]:
    found = unfit_templates(params, "number")
    digits = _digits(params.number)
    if not names_in(params.number) and not (digits.isdecimal() and 3 <= len(digits) <= _MOST_DIGITS):
        found.append(Problem(field="params.number", text="应为 3 到 24 位的电话号码，或一个变量，如 {mobile}。"))
    for name in ("prompts", "busy_prompts", "no_answer_prompts", "no_line_prompts"):
        found += unknown_prompts(name, getattr(params, name), parts)
    return found + (unknown_prompts("music", (params.music,), parts) if params.music else [])


async def run(params: Params, leg: CallerLeg, ctx: Context) -> str | None:
    if params.prompts:
        await leg.play(params.prompts)
    number = _digits(ctx.filled(params.number, leg))
    outcome = await leg.dial(number, ring_s=params.ring_s, max_s=params.max_s, music=params.music)
    prompts = {
        DialOutcome.BUSY: params.busy_prompts,
        DialOutcome.NO_ANSWER: params.no_answer_prompts,
        DialOutcome.NO_LINE: params.no_line_prompts,
        DialOutcome.SERVED: (),
    }[outcome]
    if prompts:
        await leg.play(prompts)
    return outcome.value


def _digits(number: str) -> str:
    return number.replace("-", "").replace(" ", "")


KIND = NodeKind(
    name="dial",
    label="转外线",
    help="用另一条外线拨打手机或固话（如值班师傅），双方通话照样录音。",
    sample=Params(number="13800000000"),
    exits=exits,
    check=check,
    run=run,
)
