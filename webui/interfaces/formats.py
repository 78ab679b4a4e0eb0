"""JSON or XML: what a program sends and what it likes to get."""

from __future__ import annotations

import functools
from collections.abc import Awaitable
from typing import Any

import msgspec
from tornado.web import RequestHandler

from webui.errors import Refusal
from webui.interfaces.xmlform import XmlError, from_xml, to_xml

JSON_TYPE = "application/json"
XML_TYPE = "application/xml"
_XML_TYPES = frozenset({XML_TYPE, "text/xml"})


@functools.cache
def _decoder(kind: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(kind)


def read_json(handler: RequestHandler, kind: Any) -> Any:
    """The body as a `kind`. Raises `msgspec.DecodeError`."""
    return _decoder(kind).decode(handler.request.body)


def write_json(handler: RequestHandler, answer: object) -> Awaitable[None]:
    """Finish the request with the answer as JSON."""
    handler.set_header("Content-Type", f"{JSON_TYPE}; charset=utf-8")
    return handler.finish(msgspec.json.encode(answer))


def read_any(handler: RequestHandler, kind: Any) -> Any:
    """The body as a `kind`: XML if its content type says so, else JSON. Raises `Refusal` (400, 415), `DecodeError`."""
    said = handler.request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if said in _XML_TYPES:
        try:
            return from_xml(handler.request.body, kind)
        except XmlError as error:
            raise Refusal(400, str(error)) from error
    if said and said not in {JSON_TYPE, "application/x-www-form-urlencoded", "text/plain"}:
        raise Refusal(415, "请求内容应为 application/json 或 application/xml。")
    return read_json(handler, kind)


def likes_xml(accept: str) -> bool:
    """Whether an Accept header puts XML before JSON; without an opinion it is JSON."""
    best: dict[str, float] = {}
    for part in accept.lower().split(","):
        kind, *parameters = (piece.strip() for piece in part.split(";"))
        quality = next((piece[2:] for piece in parameters if piece.startswith("q=")), "1")
        try:
            best[kind] = float(quality)
        except ValueError:
            best[kind] = 0.0
    xml = max((best.get(kind, 0.0) for kind in _XML_TYPES), default=0.0)
    return xml > best.get(JSON_TYPE, 0.0)


def encode_any(handler: RequestHandler, answer: object) -> bytes:
    """The answer in the form that the program likes; sets its content type."""
    handler.set_header("Vary", "Accept")
    if likes_xml(handler.request.headers.get("Accept", "")):
        handler.set_header("Content-Type", f"{XML_TYPE}; charset=utf-8")
        return to_xml(answer)
    handler.set_header("Content-Type", f"{JSON_TYPE}; charset=utf-8")
    return msgspec.json.encode(answer)


def write_any(handler: RequestHandler, answer: object) -> Awaitable[None]:
    """Finish the request with the answer."""
    return handler.finish(encode_any(handler, answer))
