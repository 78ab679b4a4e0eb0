"""播报: read a value of the call out: a number, an amount, a date, a telephone number …"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from appliance.ivr.context import Context, PlanParts
from appliance.ivr.graph import Node
from appliance.ivr.node import (
    ExitSpec,
    NodeKind,
    NodeParams,
    Prompts,
    Template,
    unfit_templates,
    unknown_prompts,
)
from appliance.ivr.problem import Problem
from appliance.ivr.saying import UnspeakableError, ValueKind, say_value
from appliance.telephony.leg import CallerLeg

Unit = Literal["", "ge", "wei", "ci", "tian", "fenzhong", "xiaoshi", "hu", "tai", "jian", "hao", "yuan"]


class Params(NodeParams, frozen=True, kw_only=True, forbid_unknown_fields=True):
    value: Annotated[Template, Meta(title="内容", description="如 {balance}、{date} 或 12.50", min_length=1)]
    kind: Annotated[ValueKind, Meta(title="读法")] = ValueKind.DIGITS
    unit: Annotated[Unit, Meta(title="量词", description="仅用于整数：个、位、次、天……")] = ""
    before: Annotated[Prompts, Meta(title="前面的提示音", description="如“您的余额是”")] = ()
    after: Annotated[Prompts, Meta(title="后面的提示音")] = ()
    skip_keys: Annotated[str, Meta(title="跳过按键", pattern=r"^[0-9*#]{0,12}$")] = ""


def exits(_params: Params) -> tuple[ExitSpec, ...]:
    return (
        ExitSpec("next", "播完后"),
        ExitSpec("unspeakable", "没有值或读不出", required=False, instead="next"),
    )


def check(params: Params, _node: Node, parts: PlanParts) -> list[Problem]:
    found = unfit_templates(params, "value")
    if params.unit and params.kind is not ValueKind.INTEGER:
        found.append(Problem(field="params.unit", text="量词只用于读法“整数”，请改读法或去掉量词。"))
    for name in ("before", "after"):
        found += unknown_prompts(name, getattr(params, name), parts)
    return found


async def run(params: Params, leg: CallerLeg, ctx: Context) -> str | None:
    try:
        value = say_value(ctx.filled(params.value, leg), params.kind, leg.language, params.unit)
    except UnspeakableError:
        ctx.remark("没有可播报的值")
        return "unspeakable"
    # One playlist: words that were cut tightly join without a gap.
    ctx.keyed(await leg.play((*params.before, *value, *params.after), stop_digits=params.skip_keys))
    return "next"


KIND = NodeKind(
    name="say",
    label="播报",
    help="把数字、金额、日期、时间、号码等按普通话（或英语）读出来，可前后配提示音。",
    sample=Params(value="{time}", kind=ValueKind.TIME),
    exits=exits,
    check=check,
    run=run,
)
