"""The OpenAPI 3.1 document of the web, generated from the route table and the handlers' annotations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, get_type_hints

import msgspec

from webui.auth.access import Access, methods_of
from webui.errors import ErrorBody
from webui.route import Route

Json = dict[str, Any]


def document(routes: Sequence[Route], version: str) -> bytes:
    """The document as JSON. Addresses that answer without JSON say so by having no schema."""
    operations = [
        (route, name, access)
        for route in routes
        for name, access in methods_of(route.handler).items()
        if name != "head"
    ]
    hints = [_hints(route, name) for route, name, _ in operations]
    types = {kind for hint in hints for kind in (hint.get("body"), hint.get("query"), hint.get("return")) if kind}
    ordered = [ErrorBody, *sorted(types, key=str)]
    schemas, components = msgspec.json.schema_components(ordered, ref_template="#/components/schemas/{name}")
    schema_of = dict(zip(map(str, ordered), schemas, strict=True))
    paths: dict[str, Json] = {}
    for (route, name, access), hint in zip(operations, hints, strict=True):
        paths.setdefault(route.path, {})[name] = _operation(route, name, access, hint, schema_of, components)
    return msgspec.json.encode(
        {
            "openapi": "3.1.0",
            "info": {"title": "hotlinebox", "version": version},
            "paths": paths,
            "components": {
                "schemas": components,
                "securitySchemes": {"session": {"type": "apiKey", "in": "cookie", "name": "hotlinebox_session"}},
            },
        }
    )


def _hints(route: Route, name: str) -> Json:
    hints = get_type_hints(getattr(route.handler, name))
    return {key: kind for key, kind in hints.items() if kind is not type(None)}


def _operation(route: Route, name: str, access: Access, hint: Json, schema_of: Json, components: Json) -> Json:
    method = getattr(route.handler, name)
    operation: Json = {
        "operationId": f"{route.handler.__name__.removesuffix('Handler')}.{name}",
        "summary": " ".join((method.__doc__ or "").split()),
        "parameters": [
            {"name": parameter, "in": "path", "required": True, "schema": {"type": "string"}}
            for parameter in route.parameters
        ],
        "responses": {
            "200": {"description": "done", **_content(schema_of.get(str(hint.get("return"))))},
            "default": {"description": "refused", **_content(schema_of[str(ErrorBody)])},
        },
    }
    if not access.public:
        operation["security"] = [{"session": []}]
        operation["x-permissions"] = sorted(permission.value for permission in access.permissions)
    if "body" in hint:
        operation["requestBody"] = {"required": True, **_content(schema_of[str(hint["body"])])}
    if "query" in hint:
        reference = schema_of[str(hint["query"])]["$ref"].rpartition("/")[2]
        operation["parameters"] += [
            {"name": field, "in": "query", "schema": schema}
            for field, schema in components[reference]["properties"].items()
        ]
    return operation


def _content(schema: Json | None) -> Json:
    return {} if schema is None else {"content": {"application/json": {"schema": schema}}}
