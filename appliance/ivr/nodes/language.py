"""切换语言: from here on the caller hears another language, in queues as well."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from appliance.ivr.context import Context, PlanParts
from appliance.ivr.graph import Node
from appliance.ivr.node import ExitSpec, NodeKind, NodeParams
from appliance.ivr.problem import Problem
from appliance.ivr.prompts import CHINESE, ENGLISH
from appliance.telephony.ids import Language
from appliance.telephony.leg import CallerLeg


class Params(NodeParams, frozen=True, kw_only=True, forbid_unknown_fields=True):
    language: Annotated[
        Language,
        Meta(title="语言", description="zh 普通话，en 英语，或方言代号（小写字母）", pattern=r"^[a-z]{2,8}$"),
    ]


def exits(_params: Params) -> tuple[ExitSpec, ...]:
    return (ExitSpec("next", "切换后"),)


def check(params: Params, _node: Node, parts: PlanParts) -> list[Problem]:
    spoken = {CHINESE} | {Language(prompt.partition(".")[2]) for prompt in parts.prompts}
    if params.language in spoken:
        return []
    text = f"还没有“{params.language}”的提示音，主叫听到的仍是普通话；请上传名为“提示音名.{params.language}”的录音。"
    return [Problem(field="params.language", text=text, grave=False)]


async def run(params: Params, leg: CallerLeg, _ctx: Context) -> str | None:
    leg.language = params.language
    return "next"


KIND = NodeKind(
    name="language",
    label="切换语言",
    help="此后的提示音改用所选语言；没有这种语言的提示音自动用普通话。",
    sample=Params(language=ENGLISH),
    exits=exits,
    check=check,
    run=run,
    needs_answer=False,
)
