"""放音: play prompts, then go on."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from appliance.ivr.context import Context, PlanParts
from appliance.ivr.graph import Node
from appliance.ivr.node import ExitSpec, NodeKind, NodeParams, Prompts, unknown_prompts
from appliance.ivr.problem import Problem
from appliance.telephony.ids import PromptId
from appliance.telephony.leg import CallerLeg


class Params(NodeParams, frozen=True, kw_only=True, forbid_unknown_fields=True):
    prompts: Annotated[Prompts, Meta(title="提示音", description="依次播放", min_length=1)]
    skip_keys: Annotated[
        str,
        Meta(
            title="跳过按键",
            description="按这些键跳过播放；留空则播完为止，所按的键留给后面的菜单",
            pattern=r"^[0-9*#]{0,12}$",
        ),
    ] = ""


def exits(_params: Params) -> tuple[ExitSpec, ...]:
    return (ExitSpec("next", "播完后"),)


def check(params: Params, _node: Node, parts: PlanParts) -> list[Problem]:
    return unknown_prompts("prompts", params.prompts, parts)


async def run(params: Params, leg: CallerLeg, ctx: Context) -> str | None:
    ctx.keyed(await leg.play(params.prompts, stop_digits=params.skip_keys))
    return "next"


KIND = NodeKind(
    name="play",
    label="放音",
    help="播放一段或几段提示音，然后继续。",
    sample=Params(prompts=(PromptId("welcome"),)),
    exits=exits,
    check=check,
    run=run,
)
