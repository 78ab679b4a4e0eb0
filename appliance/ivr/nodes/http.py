"""HTTP 请求: ask a server of the bureau about this call and act on its answer."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal
from urllib.parse import quote, urlencode, urlsplit
from xml.etree import ElementTree as ET

import msgspec
from msgspec import Meta

from appliance.ivr.answertaking import AnswerParams, Kept, answer_exits, check_answer
from appliance.ivr.asking import ask
from appliance.ivr.callvalues import value_of
from appliance.ivr.context import Context, PlanParts
from appliance.ivr.document import Document, read_json, read_line, read_xml
from appliance.ivr.graph import Node
from appliance.ivr.node import ExitSpec, NodeKind, Template, unfit_templates
from appliance.ivr.problem import Problem
from appliance.ivr.remote import HttpRequest, RemoteError
from appliance.ivr.template import fill, names_in
from appliance.telephony.leg import CallerLeg

_DEFAULT_PORTS = {"http": 80, "https": 443}


class Body(StrEnum):
    """How the fields are sent."""

    JSON = "json"
    FORM = "form"
    XML = "xml"


class Field(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: Annotated[str, Meta(title="名称", pattern=r"^[A-Za-z_][A-Za-z0-9_.-]{0,63}$")]
    value: Annotated[Template, Meta(title="值", description="如 {caller}、{number}")]


FIELDS = tuple(
    Field(name=name, value=f"{{{name}}}") for name in ("call", "line", "date", "time", "caller", "node", "pushed")
)


class Params(AnswerParams, frozen=True, kw_only=True, forbid_unknown_fields=True):
    method: Annotated[Literal["GET", "POST"], Meta(title="方法")] = "POST"
    url: Annotated[
        Template,
        Meta(title="网址", description="服务器须列入话务方案；路径里可用变量", pattern=r"^https?://[^{}/?#@]+(/|$)"),
    ]
    fields: Annotated[
        tuple[Field, ...], Meta(title="发送的内容", description="GET 放在网址里，POST 放在正文里", max_length=40)
    ] = FIELDS
    body: Annotated[Body, Meta(title="正文格式", description="仅用于 POST")] = Body.JSON
    headers: Annotated[tuple[Field, ...], Meta(title="请求头", max_length=20)] = ()
    answer: Annotated[Literal["json", "xml", "text"], Meta(title="答复格式")] = "json"


def exits(params: Params) -> tuple[ExitSpec, ...]:
    return answer_exits(params)


def check(params: Params, _node: Node, parts: PlanParts) -> list[Problem]:
    found = [*unfit_templates(params, "url"), *check_answer(params, parts)]
    if not _allowed(params.url, parts):
        text = f"服务器 {_server(params.url)} 不在话务方案允许访问的服务器里，请先添加。"
        found.append(Problem(field="params.url", text=text))
    for name, fields in (("fields", params.fields), ("headers", params.headers)):
        for index, field in enumerate(fields):
            found += unfit_templates(field, "value", path=f"params.{name}[{index}]")
    return found


def _server(url: str) -> str:
    return urlsplit(url).netloc


def _allowed(url: str, parts: PlanParts) -> bool:
    """The host stands in the plan, alone or with this port. It holds no variable: nothing keyed can choose it."""
    try:
        split = urlsplit(url)
        port = split.port or _DEFAULT_PORTS.get(split.scheme, 0)
    except ValueError:
        return False
    host = split.hostname or ""
    return not names_in(split.netloc) and bool({host, f"{host}:{port}"} & parts.request_hosts)


async def run(params: Params, leg: CallerLeg, ctx: Context) -> str | None:
    async def once() -> Document:
        answer = await ctx.sources.remote.http(request, params.timeout_s)
        if not 200 <= answer.status < 300:
            raise RemoteError(f"对方答复了错误 {answer.status}")
        if params.answer == "text":
            return read_line(answer.body, "utf-8", "")
        return read_json(answer.body) if params.answer == "json" else read_xml(answer.body)

    if not _allowed(params.url, ctx.parts):
        ctx.remark("服务器不在允许之列")
        return "no_result"
    request = _request(params, leg, ctx)
    return await ask(params, once, leg, ctx)


def _request(params: Params, leg: CallerLeg, ctx: Context) -> HttpRequest:
    fields = [(field.name, ctx.filled(field.value, leg)) for field in params.fields]
    url = fill(params.url, lambda name: quote(value_of(name, leg, ctx), safe=""))
    url = quote(url, safe="/:?#[]@!$&'()*+,;=%~")
    headers = tuple((each.name, _one_line(ctx.filled(each.value, leg))) for each in params.headers)
    if params.method == "GET":
        query = urlencode(fields)
        return HttpRequest("GET", url + (("&" if "?" in url else "?") + query if query else ""), headers)
    kind, body = _encoded(params.body, fields)
    return HttpRequest("POST", url, (("Content-Type", kind), *headers), body)


def _one_line(text: str) -> str:
    return "".join(character for character in text if character.isprintable()).encode("ascii", "ignore").decode()


def _encoded(form: Body, fields: list[tuple[str, str]]) -> tuple[str, bytes]:
    match form:
        case Body.JSON:
            return "application/json", msgspec.json.encode(dict(fields))
        case Body.FORM:
            return "application/x-www-form-urlencoded", urlencode(fields).encode()
        case Body.XML:
            root = ET.Element("call")
            for name, value in fields:
                ET.SubElement(root, name).text = "".join(each for each in value if each.isprintable())
            return "application/xml", ET.tostring(root, encoding="utf-8", xml_declaration=True)


KIND = NodeKind(
    name="http",
    label="HTTP 请求",
    help="把来电、时间、按键等发给业务系统，按答复选出口、播报、存变量、送弹屏；失败走“没有答复”。",
    sample=Params(url="http://192.168.1.10/call", keep=(Kept(path="balance", variable="balance"),)),
    exits=exits,
    check=check,
    run=run,
    exits_from="results",
)
