"""The API document as a page for people: one file, no script, nothing from elsewhere. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from typing import Any

Json = dict[str, Any]

_STYLE = """
:root{color-scheme:light dark;--ink:#1d2b33;--soft:#54656f;--rule:#dfe6e9;--page:#f3f6f7;--panel:#fff;--accent:#0e6b80}
@media(prefers-color-scheme:dark){:root{--ink:#e4ecef;--soft:#a9b8bf;--rule:#2c383e;--page:#12181b;--panel:#1a2226;
--accent:#57b8cc}}
body{margin:0;padding:24px;font:14px/1.6 'PingFang SC','Microsoft YaHei','Noto Sans CJK SC',system-ui,sans-serif;
background:var(--page);color:var(--ink)}
main{max-width:1080px;margin:0 auto}h1{font-size:22px}h2{margin:28px 0 8px;font-size:17px}h3{font-size:14px;margin:0}
section{background:var(--panel);border:1px solid var(--rule);border-radius:8px;padding:10px 14px;margin:8px 0}
code{font-family:ui-monospace,Consolas,monospace}.m{display:inline-block;min-width:58px;color:var(--accent)}
table{border-collapse:collapse;width:100%;margin:6px 0}td,th{text-align:left;vertical-align:top;padding:3px 10px 3px 0;
border-bottom:1px solid var(--rule)}th{font-weight:500;color:var(--soft)}p{margin:4px 0}.s{color:var(--soft)}
a{color:var(--accent)}nav a{margin-right:14px;white-space:nowrap}
"""
_ABOUT = """<p>其他程序使用 <code>/api/v1</code> 下的地址，请求头带上密钥：<code>Authorization: Bearer hlb_…</code>；
请求和答复为 JSON，<code>Content-Type</code> 与 <code>Accept</code> 为 <code>application/xml</code> 时为 XML。
出错时答复 <code>{"error": {"code", "text", "field"}}</code>，code 固定不变。其余地址供本机网页使用，需要登录。
密钥由系统管理员在“接口”页面发放；事件流（TCP）和事件推送的格式见随机文档 docs/API.md。</p>"""
_HEAD = ("<!doctype html><html lang='zh-CN'><head><meta charset='utf-8'><title>接口文档</title>"
         "<meta name='viewport' content='width=device-width'><style>")  # fmt: skip


def api_page(document: Json) -> bytes:
    """HTML, UTF-8."""
    by_tag: dict[str, list[tuple[str, str, Json]]] = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            by_tag.setdefault(operation["tags"][0], []).append((path, method, operation))
    tags = sorted(by_tag, key=lambda tag: (not tag.startswith("v1"), tag))
    parts = [_HEAD, _STYLE, "</style></head><body><main><h1>接口文档</h1>"]
    parts.append(f"<p class='s'>hotlinebox {escape(document['info']['version'])} · OpenAPI 3.1：")
    parts.append("<a href='/api/openapi.json'>/api/openapi.json</a></p>")
    parts.append(f"{_ABOUT}<nav>")
    parts += [f"<a href='#{escape(tag)}'>{escape(tag)}</a>" for tag in tags]
    parts.append("<a href='#schemas'>数据结构</a></nav>")
    for tag in tags:
        parts.append(f"<h2 id='{escape(tag)}'>{escape(tag)}</h2>")
        for path, method, operation in by_tag[tag]:
            parts += _operation(path, method, operation)
    parts.append("<h2 id='schemas'>数据结构</h2>")
    for name, schema in sorted(document["components"]["schemas"].items()):
        parts += _schema(name, schema)
    parts.append("</main></body></html>")
    return "".join(parts).encode()


def _operation(path: str, method: str, operation: Json) -> Iterator[str]:
    yield f"<section><h3><code><span class='m'>{method.upper()}</span>{escape(path)}</code></h3>"
    yield f"<p>{_text(operation['summary'])}</p>"
    if "description" in operation:
        yield f"<p>{_text(operation['description'])}</p>"
    if operation.get("x-scope"):
        yield f"<p class='s'>密钥权限：<code>{escape(operation['x-scope'])}</code></p>"
    elif operation.get("x-permissions"):
        yield f"<p class='s'>权限：<code>{escape(' · '.join(operation['x-permissions']))}</code></p>"
    if operation["parameters"]:
        yield "<table><tr><th>参数</th><th>位置</th><th>类型</th><th>说明</th></tr>"
        for each in operation["parameters"]:
            cells = f"<code>{escape(each['name'])}</code>", each["in"], _kind(each["schema"])
            yield f"<tr><td>{'</td><td>'.join(cells)}</td><td>{_text(each.get('description', ''))}</td></tr>"
        yield "</table>"
    if "requestBody" in operation:
        yield f"<p>请求：{_contents(operation['requestBody']['content'])}</p>"
    for status, answer in operation["responses"].items():
        if status < "400":
            yield f"<p>答复 {status}：{_contents(answer.get('content', {})) or escape(answer['description'])}</p>"
    refused = ", ".join(status for status in operation["responses"] if status >= "400")
    yield f"<p class='s'>可能的错误：{refused}</p></section>"


def _contents(content: Json) -> str:
    kinds = {_kind(each["schema"]): None for each in content.values()}
    return " / ".join(kinds) + (f" <span class='s'>({escape(', '.join(content))})</span>" if content else "")


def _schema(name: str, schema: Json) -> Iterator[str]:
    yield f"<section id='s-{escape(name)}'><h3><code>{escape(name)}</code></h3>"
    if schema.get("description"):
        yield f"<p>{_text(schema['description'])}</p>"
    if "properties" in schema:
        required = schema.get("required", ())
        yield "<table>"
        for field, inner in schema["properties"].items():
            need = "必填" if field in required else ""
            text = _text(inner.get("description", ""))
            yield f"<tr><td><code>{escape(field)}</code></td><td>{_kind(inner)}</td><td>{need}</td><td>{text}</td></tr>"
        yield "</table>"
    else:
        yield f"<p>{_kind(schema)}</p>"
    yield "</section>"


def _text(text: str) -> str:
    """A sentence; what stands in backticks as code."""
    return re.sub(r"`+([^`]+)`+", r"<code>\1</code>", escape(text))


def _kind(schema: Json) -> str:
    """A type in a few words."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"<a href='#s-{escape(name)}'>{escape(name)}</a>"
    if "anyOf" in schema:
        return " | ".join(_kind(part) for part in schema["anyOf"])
    if "enum" in schema:
        return escape(" · ".join(map(str, schema["enum"])))
    if schema.get("type") == "array":
        return f"[{_kind(schema['items'])}]" if isinstance(schema.get("items"), dict) else "[…]"
    return escape(str(schema.get("type", "…")))
