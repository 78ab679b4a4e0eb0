"""公告: fixed information, which the caller may hear again."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from appliance.ivr.context import Context, PlanParts
from appliance.ivr.graph import Node
from appliance.ivr.node import ExitSpec, NodeKind, NodeParams, Prompts, unknown_prompts
from appliance.ivr.problem import Problem
from appliance.telephony.ids import PromptId
from appliance.telephony.leg import CallerLeg

_KEY = r"^[0-9*#]$"


class Params(NodeParams, frozen=True, kw_only=True, forbid_unknown_fields=True):
    prompts: Annotated[Prompts, Meta(title="公告内容", description="可被按键打断", min_length=1)]
    offer_prompts: Annotated[Prompts, Meta(title="播完后的提示", description="说明重听和返回的按键")] = (
        PromptId("announce_keys"),
    )
    repeat_key: Annotated[str, Meta(title="重听按键", pattern=_KEY)] = "1"
    leave_key: Annotated[str, Meta(title="返回按键", pattern=_KEY)] = "0"
    times: Annotated[int, Meta(title="最多播放次数", ge=1, le=9)] = 3
    wait_s: Annotated[float, Meta(title="等待按键（秒）", ge=1, le=60)] = 5.0


def exits(_params: Params) -> tuple[ExitSpec, ...]:
    return (
        ExitSpec("next", "听完后"),
        ExitSpec("leave", "按返回键", required=False, instead="next", paces=True),
    )


def check(params: Params, _node: Node, parts: PlanParts) -> list[Problem]:
    found = []
    if params.repeat_key == params.leave_key:
        found.append(Problem(field="params.leave_key", text="重听和返回不能用同一个按键。"))
    for name in ("prompts", "offer_prompts"):
        found += unknown_prompts(name, getattr(params, name), parts)
    return found


async def run(params: Params, leg: CallerLeg, ctx: Context) -> str | None:
    offered = params.repeat_key + params.leave_key
    for _ in range(params.times):
        key = await leg.play((*params.prompts, *params.offer_prompts), stop_digits=offered)
        if not key:
            taken = await leg.collect(
                max_digits=1, terminators="", first_timeout_s=params.wait_s, inter_digit_timeout_s=params.wait_s
            )
            key = taken.digits
        ctx.keyed(key)
        if key == params.leave_key:
            return "leave"
        if key != params.repeat_key:
            break
    return "next"


KIND = NodeKind(
    name="announce",
    label="公告",
    help="随时可听的固定信息（资费、停播通知等），主叫可按键重听或返回。",
    sample=Params(prompts=(PromptId("welcome"),)),
    exits=exits,
    check=check,
    run=run,
)
