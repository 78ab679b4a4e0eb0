"""The API document says everything that a program needs to know, and so does its page."""

from __future__ import annotations

from typing import Any

import pytest

from webui.apipage import api_page
from webui.app import ROUTES
from webui.auth.access import methods_of
from webui.openapi import document

DOCUMENT = document(ROUTES, "1.2.3")
OPERATIONS = [
    (route, name, access, DOCUMENT["paths"][route.path][name])
    for route in ROUTES
    for name, access in methods_of(route.handler).items()
    if name != "head"
]
IDS = [f"{name} {route.path}" for route, name, _, _ in OPERATIONS]


def resolved(reference: dict[str, Any]) -> Any:
    found: Any = DOCUMENT
    for part in reference["$ref"].removeprefix("#/").split("/"):
        found = found[part]
    return found


@pytest.mark.parametrize(("route", "method", "access", "operation"), OPERATIONS, ids=IDS)
def test_an_operation_is_whole(route: Any, method: str, access: Any, operation: dict[str, Any]) -> None:
    assert operation["summary"]
    assert {each["name"] for each in operation["parameters"] if each["in"] == "path"} == set(route.parameters)
    answers = operation["responses"]
    for status, answer in answers.items():
        if status >= "400":
            assert "$ref" in answer
            assert resolved(answer)["description"]
    if access.by_key:
        assert operation["security"] == [{"key": []}, {"keyHeader": []}]
        assert {"401", "403", "429"} <= set(answers)
        forms = resolved(answers["401"])["content"]
        assert set(forms) == {"application/json", "application/xml"}
        if "requestBody" in operation:
            assert set(operation["requestBody"]["content"]) == {"application/json", "application/xml"}
    elif not access.public:
        assert "session" in operation["security"][0]
        assert ("xsrf" in operation["security"][0]) == (method != "get")


def test_operation_ids_are_each_ones_own() -> None:
    ids = [operation["operationId"] for _, _, _, operation in OPERATIONS]
    assert len(set(ids)) == len(ids)


def test_what_the_source_says_of_a_field_is_in_the_document() -> None:
    schemas = DOCUMENT["components"]["schemas"]
    assert schemas["NewCall"]["properties"]["number"]["description"].startswith("A station")
    assert schemas["CallRow"]["properties"]["ticket"]["description"].startswith("Number of the newest ticket")
    assert schemas["CustomerDraft"]["properties"]["numbers"]["xml"] == {"wrapped": True}
    headers = {each["name"] for each in DOCUMENT["paths"]["/api/v1/calls"]["post"]["parameters"]}
    assert headers == {"Idempotency-Key"}
    since = DOCUMENT["paths"]["/api/v1/calls/feed"]["get"]["parameters"][0]
    assert (since["schema"]["type"], since["required"], "description" in since) == ("integer", False, True)
    assert "206" in DOCUMENT["paths"]["/api/v1/calls/{call_id}/recording"]["get"]["responses"]


def test_the_page_shows_every_address_and_needs_nothing_from_elsewhere() -> None:
    page = api_page(DOCUMENT).decode()
    for path in DOCUMENT["paths"]:
        assert f"</span>{path}</code>" in page
    for name in DOCUMENT["components"]["schemas"]:
        assert f"id='s-{name}'" in page
    for foreign in ("<script", "http://", "https://", "@import"):
        assert foreign not in page
