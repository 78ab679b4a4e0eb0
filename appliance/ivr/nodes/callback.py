"""预约回电: the caller leaves a number and is called back by a queue's agents."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from appliance.ivr.context import Context, PlanParts
from appliance.ivr.graph import Node
from appliance.ivr.node import ExitSpec, NodeKind, NodeParams, Prompts, Tries, unknown_prompts
from appliance.ivr.problem import Problem
from appliance.ivr.saying import UnspeakableError, ValueKind, say_value
from appliance.telephony.ids import PromptId, QueueId
from appliance.telephony.leg import CallBack, CallerLeg

_YES, _OTHER = "1", "2"


class Params(NodeParams, frozen=True, kw_only=True, forbid_unknown_fields=True):
    queue: Annotated[QueueId, Meta(title="由哪个技能组回电", min_length=1, extra_json_schema={"x-choose": "queue"})]
    number_prompts: Annotated[Prompts, Meta(title="报来电号码之前的提示音")] = (PromptId("call_back_number"),)
    confirm_prompts: Annotated[
        Prompts, Meta(title="请确认", description="说明按 1 确认、按 2 换号码", min_length=1)
    ] = (PromptId("call_back_confirm"),)
    ask_prompts: Annotated[Prompts, Meta(title="请输入号码", description="没有来电号码或要换号码时", min_length=1)] = (
        PromptId("call_back_ask"),
    )
    invalid_prompts: Annotated[Prompts, Meta(title="位数不对提示音")] = (PromptId("invalid_number"),)
    booked_prompts: Annotated[Prompts, Meta(title="已登记提示音")] = (PromptId("call_back_booked"),)
    min_digits: Annotated[int, Meta(title="号码最少位数", ge=3, le=12)] = 7
    wait_s: Annotated[float, Meta(title="等待按键（秒）", ge=1, le=60)] = 6.0
    tries: Tries = 3


def exits(_params: Params) -> tuple[ExitSpec, ...]:
    return (ExitSpec("booked", "已登记", paces=True), ExitSpec("no_number", "没有留下号码"))


def check(params: Params, _node: Node, parts: PlanParts) -> list[Problem]:
    found = []
    if params.queue not in parts.queue_leave_keys:
        found.append(Problem(field="params.queue", text=f"没有名为“{params.queue}”的技能组，请先添加。"))
    for name in ("number_prompts", "confirm_prompts", "ask_prompts", "invalid_prompts", "booked_prompts"):
        found += unknown_prompts(name, getattr(params, name), parts)
    return found


async def run(params: Params, leg: CallerLeg, ctx: Context) -> str | None:
    number = await _own_number(params, leg, ctx) or await _other_number(params, leg, ctx)
    if not number:
        return "no_number"
    leg.book_call_back(CallBack(number=number, queue=params.queue))
    if params.booked_prompts:
        await leg.play(params.booked_prompts)
    return "booked"


async def _own_number(params: Params, leg: CallerLeg, ctx: Context) -> str:
    """The number that the caller rings from, if confirmed."""
    try:
        digits = say_value(leg.peer_number, ValueKind.TELEPHONE, leg.language)
    except UnspeakableError:
        return ""
    for _ in range(params.tries):
        prompts = (*params.number_prompts, *digits, *params.confirm_prompts)
        key = await leg.play(prompts, stop_digits=_YES + _OTHER)
        if not key:
            taken = await leg.collect(
                max_digits=1, terminators="", first_timeout_s=params.wait_s, inter_digit_timeout_s=params.wait_s
            )
            key = taken.digits
        ctx.keyed(key)
        if key == _YES:
            return leg.peer_number
        if key == _OTHER:
            return ""
    return ""


async def _other_number(params: Params, leg: CallerLeg, ctx: Context) -> str:
    prompts = params.ask_prompts
    for _ in range(params.tries):
        first = await leg.play(prompts, stop_digits="0123456789")
        taken = await leg.collect(
            max_digits=16, terminators="#", first_timeout_s=params.wait_s, inter_digit_timeout_s=params.wait_s
        )
        number = "".join(digit for digit in first + taken.digits if digit.isdecimal())
        ctx.keyed(number)
        if len(number) >= params.min_digits:
            return number
        prompts = (*params.invalid_prompts, *params.ask_prompts) if number else params.ask_prompts
    return ""


KIND = NodeKind(
    name="callback",
    label="预约回电",
    help="确认来电号码或请主叫另输号码，登记后由技能组回电。",
    sample=Params(queue=QueueId("service")),
    exits=exits,
    check=check,
    run=run,
)
