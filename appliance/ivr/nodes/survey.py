"""满意度调查: after the conversation the caller rates the service with one key."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from appliance.ivr.context import Context, PlanParts
from appliance.ivr.graph import Node
from appliance.ivr.node import ExitSpec, NodeKind, NodeParams, Prompts, Tries, unknown_prompts
from appliance.ivr.nodes.menu import ANY_KEY
from appliance.ivr.problem import Problem
from appliance.telephony.call import Rating
from appliance.telephony.ids import PromptId
from appliance.telephony.leg import CallerLeg

_KEY = r"^[0-9*#]$"


class Params(NodeParams, frozen=True, kw_only=True, forbid_unknown_fields=True):
    prompts: Annotated[Prompts, Meta(title="邀请提示音", description="可被按键打断", min_length=1)] = (
        PromptId("survey_invite"),
    )
    satisfied_key: Annotated[str, Meta(title="满意", pattern=_KEY)] = "1"
    neutral_key: Annotated[str, Meta(title="一般", pattern=_KEY)] = "2"
    dissatisfied_key: Annotated[str, Meta(title="不满意", pattern=_KEY)] = "3"
    wait_s: Annotated[float, Meta(title="等待按键（秒）", ge=1, le=60)] = 5.0
    tries: Tries = 2
    invalid_prompts: Annotated[Prompts, Meta(title="按错提示音")] = (PromptId("invalid_key"),)
    thanks_prompts: Annotated[Prompts, Meta(title="致谢提示音")] = (PromptId("survey_thanks"),)


def exits(_params: Params) -> tuple[ExitSpec, ...]:
    return (
        ExitSpec("rated", "已评价", paces=True),
        ExitSpec("unrated", "未评价"),
        ExitSpec("dissatisfied", "评价为不满意", required=False, instead="rated", paces=True),
    )


def check(params: Params, _node: Node, parts: PlanParts) -> list[Problem]:
    found = []
    if len(_ratings(params)) < 3:
        text = "三种评价应各用一个不同的按键。"
        found.append(Problem(field="params.dissatisfied_key", text=text))
    for name in ("prompts", "invalid_prompts", "thanks_prompts"):
        found += unknown_prompts(name, getattr(params, name), parts)
    return found


def _ratings(params: Params) -> dict[str, Rating]:
    return {
        params.satisfied_key: Rating.SATISFIED,
        params.neutral_key: Rating.NEUTRAL,
        params.dissatisfied_key: Rating.DISSATISFIED,
    }


async def run(params: Params, leg: CallerLeg, ctx: Context) -> str | None:
    ratings = _ratings(params)
    leg.invite_to_rate()
    prompts = params.prompts
    for _ in range(params.tries):
        key = await leg.play(prompts, stop_digits=ANY_KEY)
        if not key:
            taken = await leg.collect(
                max_digits=1, terminators="", first_timeout_s=params.wait_s, inter_digit_timeout_s=params.wait_s
            )
            key = taken.digits
        ctx.keyed(key)
        if key in ratings:
            leg.rate(ratings[key])
            if params.thanks_prompts:
                await leg.play(params.thanks_prompts)
            return "dissatisfied" if ratings[key] is Rating.DISSATISFIED else "rated"
        prompts = (*(params.invalid_prompts if key else ()), *params.prompts)
    return "unrated"


KIND = NodeKind(
    name="survey",
    label="满意度调查",
    help="通话后请主叫按键评价：满意、一般、不满意，结果记入通话记录。",
    sample=Params(),
    exits=exits,
    check=check,
    run=run,
)
