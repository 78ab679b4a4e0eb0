"""TCP 请求: send one line to a server of the bureau and act on the line it sends back."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from appliance.ivr.answertaking import AnswerParams, Kept, answer_exits, check_answer
from appliance.ivr.asking import ask
from appliance.ivr.context import Context, PlanParts
from appliance.ivr.document import Document, read_json, read_line
from appliance.ivr.graph import Node
from appliance.ivr.node import ExitSpec, NodeKind, Template, unfit_templates
from appliance.ivr.problem import Problem
from appliance.ivr.remote import LineRequest
from appliance.telephony.leg import CallerLeg


class Params(AnswerParams, frozen=True, kw_only=True, forbid_unknown_fields=True):
    host: Annotated[str, Meta(title="服务器", description="须列入话务方案", pattern=r"^[a-z0-9.-]{1,253}$")]
    port: Annotated[int, Meta(title="端口", ge=1, le=65535)]
    line: Annotated[Template, Meta(title="发送的一行", description="如 QUERY,{caller},{number}", min_length=1)]
    encoding: Annotated[Literal["utf-8", "gb18030"], Meta(title="编码")] = "utf-8"
    answer: Annotated[
        Literal["fields", "json"], Meta(title="答复格式", description="fields 按分隔符分成 0、1、2……")
    ] = "fields"
    separator: Annotated[str, Meta(title="分隔符", max_length=4)] = ","


def exits(params: Params) -> tuple[ExitSpec, ...]:
    return answer_exits(params)


def check(params: Params, _node: Node, parts: PlanParts) -> list[Problem]:
    found = [*unfit_templates(params, "line"), *check_answer(params, parts)]
    if not _allowed(params, parts):
        text = f"服务器 {params.host}:{params.port} 不在话务方案允许访问的服务器里，请先添加。"
        found.append(Problem(field="params.host", text=text))
    return found


def _allowed(params: Params, parts: PlanParts) -> bool:
    return bool({params.host, f"{params.host}:{params.port}"} & parts.request_hosts)


async def run(params: Params, leg: CallerLeg, ctx: Context) -> str | None:
    async def once() -> Document:
        answer = await ctx.sources.remote.tcp(request, params.timeout_s)
        return read_json(answer) if params.answer == "json" else read_line(answer, params.encoding, params.separator)

    if not _allowed(params, ctx.parts):
        ctx.remark("服务器不在允许之列")
        return "no_result"
    # One line: what a caller keyed or another server sent cannot smuggle in a second one.
    line = "".join(character for character in ctx.filled(params.line, leg) if character.isprintable())
    request = LineRequest(params.host, params.port, line.encode(params.encoding, "replace"))
    return await ask(params, once, leg, ctx)


KIND = NodeKind(
    name="tcp",
    label="TCP 请求",
    help="通过 TCP 套接字发送一行、收回一行，按答复选出口、播报、存变量、送弹屏；失败走“没有答复”。",
    sample=Params(host="192.168.1.10", port=9000, line="CALL,{caller}", keep=(Kept(path="0", variable="answer"),)),
    exits=exits,
    check=check,
    run=run,
    exits_from="results",
)
