"""收号: take a number keyed by the caller, e.g. a card number, into a variable of the call."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from appliance.ivr.context import Context, PlanParts
from appliance.ivr.graph import Node
from appliance.ivr.node import ExitSpec, NodeKind, NodeParams, Prompts, unknown_prompts
from appliance.ivr.nodes.menu import ANY_KEY
from appliance.ivr.problem import Problem
from appliance.telephony.ids import PromptId
from appliance.telephony.leg import CallerLeg


class Params(NodeParams, frozen=True, kw_only=True, forbid_unknown_fields=True):
    prompts: Annotated[Prompts, Meta(title="提示音", description="可被按键打断", min_length=1)]
    variable: Annotated[
        str, Meta(title="存入变量", description="以小写字母开头，可含数字和下划线", pattern=r"^[a-z][a-z0-9_]{0,31}$")
    ] = "number"
    min_digits: Annotated[int, Meta(title="最少位数", ge=1, le=32)] = 1
    max_digits: Annotated[int, Meta(title="最多位数", description="到这个位数即收完", ge=1, le=32)] = 20
    terminators: Annotated[str, Meta(title="结束键", pattern=r"^[*#]{0,2}$")] = "#"
    first_s: Annotated[float, Meta(title="等待首位（秒）", ge=1, le=60)] = 8.0
    between_s: Annotated[float, Meta(title="位间等待（秒）", ge=1, le=30)] = 4.0
    tries: Annotated[int, Meta(title="最多重输次数", ge=1, le=9)] = 3
    secret: Annotated[bool, Meta(title="密码", description="记录和屏幕上只显示星号")] = False
    invalid_prompts: Annotated[Prompts, Meta(title="位数不对提示音")] = (PromptId("invalid_number"),)
    no_input_prompts: Annotated[Prompts, Meta(title="无按键提示音")] = (PromptId("no_input"),)


def exits(_params: Params) -> tuple[ExitSpec, ...]:
    return (
        ExitSpec("done", "收到号码", paces=True),
        ExitSpec("invalid", "多次位数不对", paces=True),
        ExitSpec("no_input", "一直没有按键"),
    )


def check(params: Params, _node: Node, parts: PlanParts) -> list[Problem]:
    found = []
    if params.min_digits > params.max_digits:
        text = f"最少 {params.min_digits} 位多于最多 {params.max_digits} 位，请改小。"
        found.append(Problem(field="params.min_digits", text=text))
    for name in ("prompts", "invalid_prompts", "no_input_prompts"):
        found += unknown_prompts(name, getattr(params, name), parts)
    return found


async def run(params: Params, leg: CallerLeg, ctx: Context) -> str | None:
    prompts = params.prompts
    missed = "no_input"
    for _ in range(params.tries):
        digits, anything = await _entry(params, prompts, leg)
        ctx.keyed(digits, secret=params.secret)
        if len(digits) >= params.min_digits:
            ctx.variables[params.variable] = digits
            return "done"
        missed = "invalid" if anything else "no_input"
        prompts = (*(params.invalid_prompts if anything else params.no_input_prompts), *params.prompts)
    return missed


async def _entry(params: Params, prompts: Prompts, leg: CallerLeg) -> tuple[str, bool]:
    """The digits of one try, and whether any key was pressed at all."""
    first = await leg.play(prompts, stop_digits=ANY_KEY)
    if first and first in params.terminators:
        return "", True
    if len(first) == params.max_digits:
        return first, True
    taken = await leg.collect(
        max_digits=params.max_digits - len(first),
        terminators=params.terminators,
        first_timeout_s=params.between_s if first else params.first_s,
        inter_digit_timeout_s=params.between_s,
        secret=params.secret,
    )
    return first + taken.digits, bool(first or taken.digits or not taken.timed_out)


KIND = NodeKind(
    name="collect",
    label="收号",
    help="请主叫输入一串数字（如卡号），存入变量供后面使用。",
    sample=Params(prompts=(PromptId("enter_number"),)),
    exits=exits,
    check=check,
    run=run,
)
