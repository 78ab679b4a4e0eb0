"""What a node does with the answer of another computer: keep, show, speak, choose the exit. Shared by HTTP and TCP."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from appliance.ivr.context import Context, PlanParts
from appliance.ivr.document import Document
from appliance.ivr.node import (
    ExitName,
    ExitSpec,
    NodeParams,
    Prompts,
    VariableField,
    reserved_name,
    unknown_prompts,
)
from appliance.ivr.problem import Problem
from appliance.ivr.prompts import is_prompt_id
from appliance.ivr.saying import UnspeakableError, ValueKind, say_value
from appliance.telephony.ids import PromptId
from appliance.telephony.leg import CallerLeg

Path = Annotated[str, Meta(title="答复中的位置", description="如 result.balance 或 bills.0.amount", max_length=200)]


class Result(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An answer by which the call takes an exit of its own."""

    value: Annotated[str, Meta(title="答复的值", max_length=100)]
    exit: Annotated[ExitName, Meta(title="出口名")]
    label: Annotated[str, Meta(title="含义", max_length=40)] = ""


class Kept(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    path: Path
    variable: Annotated[VariableField, Meta(title="存入变量")]


class Shown(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    path: Path
    label: Annotated[str, Meta(title="弹屏上的名称", min_length=1, max_length=40)]


class Spoken(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A value to read out, or the name of a prompt to play."""

    path: Path
    kind: Annotated[ValueKind | None, Meta(title="读法", description="留空表示答复是提示音名")] = None
    before: Annotated[Prompts, Meta(title="前面的提示音")] = ()
    after: Annotated[Prompts, Meta(title="后面的提示音")] = ()


class AnswerParams(NodeParams, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Parameters of every node that asks another computer."""

    timeout_s: Annotated[float, Meta(title="每次最多等（秒）", ge=0.2, le=20)] = 4.0
    retries: Annotated[int, Meta(title="失败后再试几次", description="只在对方可重复处理时使用", ge=0, le=3)] = 0
    wait_prompts: Annotated[Prompts, Meta(title="查询时播放")] = (PromptId("wait_query"),)
    exit_path: Annotated[str, Meta(title="按答复中的哪一项选出口", max_length=200)] = ""
    results: Annotated[tuple[Result, ...], Meta(title="结果与出口", max_length=20)] = ()
    keep: Annotated[tuple[Kept, ...], Meta(title="存入变量", max_length=20)] = ()
    show: Annotated[tuple[Shown, ...], Meta(title="送到弹屏", max_length=20)] = ()
    speak: Annotated[tuple[Spoken, ...], Meta(title="播报", max_length=20)] = ()
    failure_prompts: Annotated[Prompts, Meta(title="查询失败提示音")] = (PromptId("query_failed"),)


def answer_exits(params: AnswerParams) -> tuple[ExitSpec, ...]:
    labels: dict[str, str] = {}
    for result in params.results:
        labels.setdefault(result.exit, result.label or result.exit)
    return (
        *(ExitSpec(name, label) for name, label in labels.items()),
        ExitSpec("done", "其他答复" if labels else "有答复"),
        ExitSpec("no_result", "没有答复"),
    )


def check_answer(params: AnswerParams, parts: PlanParts) -> list[Problem]:
    """What contradicts itself in the part that all such nodes share."""
    found = []
    for index, result in enumerate(params.results):
        if result.exit in {"done", "no_result", "failed"}:
            text = f"出口名不能用“{result.exit}”，请换一个。"
            found.append(Problem(field=f"params.results[{index}].exit", text=text))
    if params.results and not params.exit_path:
        text = "已列出结果，请填写按答复中的哪一项选出口。"
        found.append(Problem(field="params.exit_path", text=text))
    for index, kept in enumerate(params.keep):
        found += reserved_name(f"params.keep[{index}].variable", kept.variable)
    for index, spoken in enumerate(params.speak):
        for name in ("before", "after"):
            found += unknown_prompts(f"speak[{index}].{name}", getattr(spoken, name), parts)
    for name in ("wait_prompts", "failure_prompts"):
        found += unknown_prompts(name, getattr(params, name), parts)
    return found


async def take_answer(params: AnswerParams, answer: Document, leg: CallerLeg, ctx: Context) -> str:
    """Keep, show and speak what the parameters name; the exit to take."""
    for kept in params.keep:
        ctx.variables[kept.variable] = answer.pick(kept.path)
    for shown in params.show:
        leg.show(shown.label, answer.pick(shown.path))
    prompts = [prompt for spoken in params.speak for prompt in _spoken(spoken, answer, leg, ctx)]
    if prompts:
        await leg.play(prompts)
    result = answer.pick(params.exit_path) if params.exit_path else ""
    return next((each.exit for each in params.results if each.value == result), "done")


def _spoken(spoken: Spoken, answer: Document, leg: CallerLeg, ctx: Context) -> Prompts:
    """Nothing at all, not even what stands around it, when the value is missing or cannot be read."""
    text = answer.pick(spoken.path)
    if spoken.kind is None:
        prompt = PromptId(text)
        value = [prompt] if is_prompt_id(text) and prompt in ctx.parts.prompts else []
    else:
        try:
            value = say_value(text, spoken.kind, leg.language)
        except UnspeakableError:
            value = []
    return (*spoken.before, *value, *spoken.after) if value else ()
