"""Other programs for tests: a key made on the page, and curl-like requests with it."""

from __future__ import annotations

import json
from typing import Any
from xml.etree import ElementTree as ET

from appliance.store.api_keys import KeyScope
from tests.web.box import Answer, Box, Browser

ALL_SCOPES = [scope.value for scope in KeyScope]


class Program:
    """Has a key, no cookies."""

    def __init__(self, browser: Browser, secret: str, key_id: int) -> None:
        self.browser = browser
        self.secret = secret
        self.key_id = key_id

    async def ask(
        self, method: str, path: str, body: Any = None, *, raw: bytes | None = None, **headers: str
    ) -> Answer:
        sent = {"Authorization": f"Bearer {self.secret}"} if self.secret else {}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.browser.ask(method, f"/api/v1{path}", body, raw=raw, headers=sent, xsrf=False)

    async def get(self, path: str, **headers: str) -> Answer:
        return await self.ask("GET", path, **headers)

    async def post(self, path: str, body: Any, **headers: str) -> Answer:
        return await self.ask("POST", path, body, **headers)

    async def put(self, path: str, body: Any) -> Answer:
        return await self.ask("PUT", path, body)


async def program(box: Box, admin: Browser, *scopes: str, **terms: Any) -> Program:
    """A program with a new key; all scopes if none is named."""
    asked = {"label": "营业系统", "scopes": list(scopes) or ALL_SCOPES, "full_numbers": True, **terms}
    answer = await admin.post("/api/interfaces/keys", asked)
    assert answer.status == 200, answer.body
    return Program(box.browser(), answer.json["secret"], answer.json["key"]["id"])


def xml_of(answer: Answer) -> ET.Element:
    assert answer.headers["Content-Type"].startswith("application/xml"), answer.headers
    return ET.fromstring(answer.body)


def code(answer: Answer) -> tuple[int, str]:
    return answer.status, json.loads(answer.body)["error"]["code"]
