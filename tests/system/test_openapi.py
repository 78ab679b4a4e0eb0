"""The served OpenAPI document against the box that serves it: whatever it permits to send, nothing is our mistake."""

from __future__ import annotations

import asyncio
import http.cookiejar
import json
import urllib.request
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.system.livebox import LiveBox
from tests.web.box import PASSWORD
from tests.web.keyed import ALL_SCOPES

EXAMPLES = 8
ENDS_THE_SESSION = {"/api/logout", "/api/password", "/api/setup", "/api/login"}
STREAMS = {"/api/v1/events"}
"""Never end by themselves."""
TOUCHES_THE_MACHINE = {"sys.reboot", "sys.update", "sys.restore", "sys.network", "sys.time", "sys.remote"}


class Desk:
    """A signed-in administrator with every role, and a key with every scope."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self.jar = http.cookiejar.CookieJar()
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar))
        self.ask("/api/session")
        self.ask("/api/setup", {"password": PASSWORD})
        terms = {"label": "x", "scopes": ALL_SCOPES, "full_numbers": True, "per_minute": 6000}
        self.secret = str(self.ask("/api/interfaces/keys", terms)["secret"])

    @property
    def cookies(self) -> dict[str, str]:
        return {cookie.name: cookie.value or "" for cookie in self.jar}

    def ask(self, path: str, body: Any = None) -> Any:
        headers = {"X-XSRFToken": self.cookies.get("_xsrf", ""), "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        with self._opener.open(urllib.request.Request(self.url + path, data, headers), timeout=10) as answer:
            return json.load(answer)


def fuzz(url: str) -> tuple[list[str], Counter[int]]:
    """What went wrong, and how often each status came."""
    desk = Desk(url)
    schema = schemathesis.openapi.from_url(f"{desk.url}/api/openapi.json")
    schema.validate()
    broken: list[str] = []
    statuses: Counter[int] = Counter()
    for found in schema.get_all_operations():
        operation = found.ok()
        raw = operation.definition.raw
        if operation.path in ENDS_THE_SESSION | STREAMS or TOUCHES_THE_MACHINE & set(raw.get("x-permissions", ())):
            continue

        @seed(20261122)
        @settings(
            max_examples=EXAMPLES, database=None, deadline=None, suppress_health_check=list(HealthCheck),
            phases=[Phase.generate],
        )  # fmt: skip
        @given(case=operation.as_strategy())
        def send(case: Any) -> None:
            headers = {"X-XSRFToken": desk.cookies["_xsrf"]}
            if "/api/v1" in case.path:
                headers = {"Authorization": f"Bearer {desk.secret}"}
            answer = case.call(base_url=desk.url, headers=headers, cookies=desk.cookies, timeout=10)
            statuses[answer.status_code] += 1
            if answer.status_code >= 500 and answer.status_code != 503:
                broken.append(f"{answer.status_code} {case.as_curl_command()}")

        send()
    return broken, statuses


@pytest.mark.slow
def test_nothing_that_the_document_permits_is_answered_with_our_mistake(tmp_path: Path) -> None:
    async def test() -> tuple[list[str], Counter[int]]:
        async with LiveBox(tmp_path) as box:
            box.run("serve")
            await box.engine_up()
            url = (await box.web_up()).url
            return await asyncio.to_thread(fuzz, url)

    broken, statuses = asyncio.run(test())
    assert not broken, "\n".join(broken)
    assert statuses[200] > 50, f"the requests were hardly ever understood: {statuses}"
    assert statuses[401] < 20, f"the session or the key was lost: {statuses}"
