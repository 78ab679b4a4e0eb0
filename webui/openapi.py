"""The OpenAPI 3.1 document of the web, generated from the route table and the handlers' annotations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, get_type_hints

import msgspec
from msgspec import inspect as shapes
from tornado.web import RequestHandler

from webui.auth.access import Access, methods_of
from webui.errors import ErrorBody
from webui.fielddocs import field_docs
from webui.interfaces.formats import JSON_TYPE, XML_TYPE
from webui.interfaces.refusal import CODES, KeyErrorBody
from webui.route import Route

Json = dict[str, Any]

ABOUT = """Rules are in docs/API.md. Addresses below `/api/v1` are for other programs and take a key
(`Authorization: Bearer hlb_…`); their bodies and answers are JSON, or XML on `Content-Type` and `Accept:
application/xml`. All others are for the box's own pages and take the session of a signed-in person."""
_RAW_ANSWERS = (
    ("/recording", "audio/wav"),
    ("/voicemail", "audio/wav"),
    ("/audio", "audio/wav"),
    ("/evidence", "audio/wav"),
    ("/proof", "application/zip"),
    ("/audit/file", "text/csv"),
    ("/export", JSON_TYPE),
    ("/file", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ("/api/openapi.json", JSON_TYPE),
    ("/api/docs", "text/html"),
    ("/{path}", "text/html"),
    ("/events", "text/event-stream"),
)
"""What answers that are no JSON are, by the end of the path; anything else is just bytes."""
_RAW_BODIES = frozenset({("post", "/api/flow-imports")})
"""Bodies that a handler reads itself; those that stream in show by themselves."""
_HEADERS: dict[tuple[str, str], tuple[tuple[str, str], ...]] = {
    ("post", "/api/v1/calls"): (("Idempotency-Key", "The same request, repeated within a day, is carried out once."),),
    ("get", "/api/v1/calls/{call_id}/recording"): (("Range", "One range of bytes (RFC 9110)."),),
    ("get", "/api/v1/events"): (("Last-Event-ID", "Number of the last record that arrived."),),
}
_STATUS_TEXTS = {
    400: "no JSON or XML",
    401: "not signed in, or no good key",
    403: "not allowed",
    404: "there is no such thing",
    405: "not with this method",
    409: "the state forbids it",
    413: "too large",
    415: "neither JSON nor XML",
    416: "the range is outside",
    422: "a value is wrong; `field` names it",
    429: "too often; see Retry-After",
    500: "our mistake; the sentence has a number that stands in the log",
    503: "engine or database out of reach",
}


@dataclass(frozen=True, slots=True)
class _Operation:
    route: Route
    name: str
    access: Access
    body: Any
    query: Any
    answer: Any

    @property
    def method(self) -> Any:
        return getattr(self.route.handler, self.name)


def document(routes: Sequence[Route], version: str) -> Json:
    """The whole document, ready for JSON."""
    operations = [
        _operation_of(route, name, access)
        for route in routes
        for name, access in methods_of(route.handler).items()
        if name != "head"
    ]
    kinds = {kind for each in operations for kind in (each.body, each.query, each.answer) if kind is not None}
    ordered = [ErrorBody, KeyErrorBody, *sorted(kinds, key=str)]
    schemas, components = msgspec.json.schema_components(ordered, ref_template="#/components/schemas/{name}")
    _explain(ordered, components)
    for schema in (*components.values(), *schemas):
        _wrap_lists(schema)
    schema_of = dict(zip(map(str, ordered), schemas, strict=True))
    paths: dict[str, Json] = {}
    for each in operations:
        paths.setdefault(each.route.path, {})[each.name] = _described(each, schema_of, components)
    return {
        "openapi": "3.1.0",
        "info": {"title": "hotlinebox", "version": version, "description": ABOUT},
        "tags": [{"name": tag} for tag in sorted({_tag(each.route) for each in operations})],
        "paths": paths,
        "components": {
            "schemas": components,
            "responses": _refusals(schema_of),
            "securitySchemes": {
                "session": {"type": "apiKey", "in": "cookie", "name": "hotlinebox_session"},
                "xsrf": {
                    "type": "apiKey", "in": "header", "name": "X-XSRFToken", "description": "The cookie _xsrf's value.",
                },
                "key": {"type": "http", "scheme": "bearer", "description": "A key of 系统 → 接口."},
                "keyHeader": {"type": "apiKey", "in": "header", "name": "X-API-Key", "description": "The same key."},
            },
        },
    }  # fmt: skip


def _operation_of(route: Route, name: str, access: Access) -> _Operation:
    hints = get_type_hints(getattr(route.handler, name))
    answer = hints.get("return")
    return _Operation(
        route, name, access, hints.get("body"), hints.get("query"), None if answer is type(None) else answer
    )


def _described(each: _Operation, schema_of: Json, components: Json) -> Json:
    said = (each.method.__doc__ or "").strip().split("\n\n")
    operation: Json = {
        "operationId": f"{each.route.handler.__name__.removesuffix('Handler')}.{each.name}",
        "tags": [_tag(each.route)],
        "summary": " ".join(said[0].split()),
        "parameters": [*_path_parameters(each.route), *_headers(each), *_query_parameters(each, schema_of, components)],
        "responses": _responses(each, schema_of),
    }
    if len(said) > 1:
        operation["description"] = " ".join(" ".join(said[1:]).split())
    if each.access.by_key:
        operation["security"] = [{"key": []}, {"keyHeader": []}]
        operation["x-scope"] = each.access.scope.value if each.access.scope else ""
    elif not each.access.public:
        operation["security"] = [{"session": []} if each.name == "get" else {"session": [], "xsrf": []}]
        operation["x-permissions"] = sorted(permission.value for permission in each.access.permissions)
    elif each.name != "get":
        operation["security"] = [{"xsrf": []}]
    if each.body is not None:
        operation["requestBody"] = {"required": True, "content": _content(schema_of[str(each.body)], each.access)}
    elif _takes_bytes(each):
        raw = {"schema": {"type": "string", "format": "binary"}}
        operation["requestBody"] = {"required": True, "content": {"application/octet-stream": raw}}
    return operation


def _takes_bytes(each: _Operation) -> bool:
    streams = each.route.handler.data_received is not RequestHandler.data_received
    return (streams and each.name in {"put", "post"}) or (each.name, each.route.path) in _RAW_BODIES


def _responses(each: _Operation, schema_of: Json) -> Json:
    kind = "KeyRefused" if each.access.by_key else "Refused"
    statuses = {405, 500, 503}
    if each.body is not None or each.query is not None:
        statuses |= {400, 422}
    if not each.access.public:
        statuses |= {401, 403}
    if each.access.by_key:
        statuses |= {429} | ({415} if each.body is not None else set())
    if each.name != "get":
        statuses |= {403, 409, 413}
    if each.route.parameters:
        statuses.add(404)
    if each.answer is None and "wav" in _raw_type(each):
        statuses.add(416)
    refusals = {str(status): {"$ref": f"#/components/responses/{kind}{status}"} for status in sorted(statuses)}
    if each.route.path in {"/live", "/phones"}:
        return {"101": {"description": "a WebSocket from here on"}, **refusals}
    if each.answer is not None:
        return {
            "200": {"description": "done", "content": _content(schema_of[str(each.answer)], each.access)},
            **refusals,
        }
    raw = {_raw_type(each): {"schema": {"type": "string", "format": "binary"}}}
    answers: Json = {"200": {"description": "done", "content": raw}}
    if 416 in statuses:
        answers["206"] = {"description": "the range", "content": raw}
    return {**answers, **refusals}


def _refusals(schema_of: Json) -> Json:
    """One answer a status, for people's addresses and for programs'."""
    kinds = (("Refused", ErrorBody, (JSON_TYPE,)), ("KeyRefused", KeyErrorBody, (JSON_TYPE, XML_TYPE)))
    return {
        f"{name}{status}": {
            "description": _STATUS_TEXTS[status],
            "content": {form: {"schema": schema_of[str(kind)]} for form in forms},
        }
        for name, kind, forms in kinds
        for status in CODES
    }


def _path_parameters(route: Route) -> list[Json]:
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"type": "string", "minLength": 1, **_limits(route, name)},
        }
        for name in route.parameters
    ]


def _limits(route: Route, name: str) -> Json:
    piece = route.piece(name)
    return {} if piece is None else {"pattern": f"^{piece}$"}


def _headers(each: _Operation) -> list[Json]:
    named = _HEADERS.get((each.name, each.route.path), ())
    return [{"name": name, "in": "header", "description": text, "schema": {"type": "string"}} for name, text in named]


def _query_parameters(each: _Operation, schema_of: Json, components: Json) -> list[Json]:
    if each.query is None:
        return []
    shape = components[schema_of[str(each.query)]["$ref"].rpartition("/")[2]]
    return [
        {
            "name": name,
            "in": "query",
            "required": name in shape.get("required", ()),
            **({"description": schema["description"]} if "description" in schema else {}),
            "schema": _without_null(schema),
        }
        for name, schema in shape["properties"].items()
    ]


def _without_null(schema: Json) -> Json:
    """In an address what is left out is null; nobody writes it."""
    others = [part for part in schema.get("anyOf", ()) if part != {"type": "null"}]
    return others[0] if len(others) == 1 else {key: value for key, value in schema.items() if key != "description"}


def _content(schema: Json, access: Access) -> Json:
    forms = (JSON_TYPE, XML_TYPE) if access.by_key else (JSON_TYPE,)
    return {form: {"schema": schema} for form in forms}


def _raw_type(each: _Operation) -> str:
    return next((kind for end, kind in _RAW_ANSWERS if each.route.path.endswith(end)), "*/*")


def _tag(route: Route) -> str:
    parts = route.path.strip("/").split("/")
    if parts[0] != "api" or len(parts) == 1:
        return "sockets and pages"
    return "v1, for programs" if parts[1] == "v1" else parts[1]


def _explain(kinds: Sequence[Any], components: Json) -> None:
    """Give the properties the sentences that stand in the source."""
    for struct in _structs(kinds):
        properties = components.get(struct.__name__, {}).get("properties", {})
        for name, text in field_docs(struct).items():
            schema = properties.get(name)
            if schema is not None:
                schema.setdefault("description", text)


def _structs(kinds: Sequence[Any]) -> Iterator[type[msgspec.Struct]]:
    """Every struct that the types are made of."""
    seen: set[int] = set()
    waiting: list[Any] = list(shapes.multi_type_info(kinds))
    while waiting:
        shape = waiting.pop()
        if id(shape) in seen:
            continue
        seen.add(id(shape))
        if isinstance(shape, shapes.StructType):
            yield shape.cls
            waiting += [each.type for each in shape.fields]
        for part in ("type", "item_type", "key_type", "value_type"):
            if isinstance(getattr(shape, part, None), shapes.Type):
                waiting.append(getattr(shape, part))
        waiting += [*getattr(shape, "types", ()), *getattr(shape, "item_types", ())]


def _wrap_lists(schema: Any) -> None:
    """Say how lists look in XML: `<names><item>…</item></names>`."""
    if isinstance(schema, list):
        for part in schema:
            _wrap_lists(part)
    if not isinstance(schema, dict):
        return
    if schema.get("type") == "array" and isinstance(schema.get("items"), dict):
        schema["xml"] = {"wrapped": True}
        schema["items"]["xml"] = {"name": "item"}
    for part in list(schema.values()):
        _wrap_lists(part)
