"""按键菜单: offer keys, take one, leave by it; a wrong key or none at all is answered and asked again, a few times."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from appliance.ivr.context import Context, PlanParts
from appliance.ivr.graph import Node
from appliance.ivr.node import ExitSpec, NodeKind, NodeParams, Prompts, Tries, unknown_prompts
from appliance.ivr.problem import Problem
from appliance.telephony.ids import PromptId
from appliance.telephony.leg import CallerLeg

ANY_KEY = "0123456789*#"


class Key(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One key of the menu; its digit is the name of the exit."""

    digit: Annotated[str, Meta(title="按键", pattern=r"^[0-9*#]$")]
    label: Annotated[str, Meta(title="含义", max_length=40)] = ""


class Params(NodeParams, frozen=True, kw_only=True, forbid_unknown_fields=True):
    prompts: Annotated[Prompts, Meta(title="菜单提示音", description="可被按键打断", min_length=1)]
    keys: Annotated[tuple[Key, ...], Meta(title="按键", description="每个按键是一个出口", min_length=1, max_length=12)]
    repeat_prompts: Annotated[Prompts, Meta(title="重播提示音", description="再次播放时用；留空则与首次相同")] = ()
    invalid_prompts: Annotated[Prompts, Meta(title="按错提示音")] = (PromptId("invalid_key"),)
    no_input_prompts: Annotated[Prompts, Meta(title="无按键提示音")] = (PromptId("no_input"),)
    wait_s: Annotated[float, Meta(title="等待按键（秒）", description="播完后等多久", ge=1, le=60)] = 5.0
    tries: Tries = 3
    max_visits: Annotated[
        int, Meta(title="整个通话最多进入次数", description="再多就走“一直没有按键”，通常转人工", ge=1, le=20)
    ] = 12


def exits(params: Params) -> tuple[ExitSpec, ...]:
    keys = tuple(ExitSpec(key.digit, f"{key.digit} {key.label}".strip(), paces=True) for key in params.keys)
    return (*keys, ExitSpec("invalid", "多次按错", paces=True), ExitSpec("no_input", "一直没有按键"))


def check(params: Params, _node: Node, parts: PlanParts) -> list[Problem]:
    found = []
    digits = [key.digit for key in params.keys]
    for index, digit in enumerate(digits):
        if digit in digits[:index]:
            found.append(Problem(field=f"params.keys[{index}].digit", text=f"按键 {digit} 重复了，每个键只能用一次。"))
    for name in ("prompts", "repeat_prompts", "invalid_prompts", "no_input_prompts"):
        found += unknown_prompts(name, getattr(params, name), parts)
    return found


async def run(params: Params, leg: CallerLeg, ctx: Context) -> str | None:
    if ctx.visits_here > params.max_visits:
        ctx.remark("进入次数过多")
        return "no_input"
    offered = {key.digit for key in params.keys}
    prompts = params.prompts
    missed = "no_input"
    for _ in range(params.tries):
        # Every key stops the prompt, not only the offered ones: a wrong key deserves its answer at once.
        key = await leg.play(prompts, stop_digits=ANY_KEY)
        if not key:
            taken = await leg.collect(
                max_digits=1, terminators="", first_timeout_s=params.wait_s, inter_digit_timeout_s=params.wait_s
            )
            key = taken.digits
        ctx.keyed(key)
        if key in offered:
            return key
        missed = "invalid" if key else "no_input"
        scolding = params.invalid_prompts if key else params.no_input_prompts
        prompts = (*scolding, *(params.repeat_prompts or params.prompts))
    return missed


KIND = NodeKind(
    name="menu",
    label="按键菜单",
    help="播放菜单并等待一个按键，每个按键一个出口；按错或不按会提示并重播。",
    sample=Params(prompts=(PromptId("main_menu"),), keys=(Key(digit="1"), Key(digit="0", label="人工"))),
    exits=exits,
    check=check,
    run=run,
    exits_from="keys",
)
