"""How telephone boxes were broken into through their pages (docs/SECURITY.md), tried here."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from appliance.settings import WebSettings
from tests.web.box import PASSWORD, Box, in_box
from tests.web.test_access import address, operations
from webui.auth.attempts import PER_ADDRESS

NAMED = "Basic " + base64.b64encode(b"admin:anything").decode()
CLAIMS = (
    {"Authorization": NAMED},
    {"Authorization": "Bearer admin"},
    {"X-Forwarded-User": "admin", "Remote-User": "admin", "X-Remote-User": "admin"},
    {"X-Forwarded-For": "127.0.0.1", "X-Real-IP": "127.0.0.1", "Forwarded": "for=127.0.0.1"},
    {"X-Original-URL": "/api/session", "X-Rewrite-URL": "/api/session"},
    {"X-HTTP-Method-Override": "GET"},
    {"Host": "localhost"},
)


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: next(iter(claim)))
def test_no_header_is_taken_for_a_sign_in(tmp_path: Path, claim: dict[str, str]) -> None:
    async def test(box: Box) -> None:
        await box.everything()
        stranger = box.browser_with_xsrf()
        for route, method, access in operations():
            if access.public or method not in {"get", "delete"}:
                continue
            answer = await stranger.ask(method.upper(), address(route), headers=claim)
            assert answer.status in {401, 403}, (route.path, method, answer.status)

    in_box(tmp_path, test)


def test_an_address_that_a_header_claims_counts_for_nothing(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        await box.everything()
        guesser = box.browser_with_xsrf()
        for number in range(PER_ADDRESS + 1):
            claim = {"X-Forwarded-For": f"10.0.0.{number}", "X-Real-IP": f"10.0.1.{number}"}
            answer = await guesser.ask("POST", "/api/login", {"login": f"u{number}", "password": "x"}, headers=claim)
        assert answer.status == 429
        right = {"login": "admin", "password": PASSWORD}
        answer = await guesser.ask("POST", "/api/login", right, headers={"X-Forwarded-For": "10.9.9.9"})
        assert answer.status == 429

    in_box(tmp_path, test)


def test_who_says_that_he_came_by_https_did_not(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        await box.everything()
        plain = box.browser()
        await plain.log_in("admin")
        claim = {"X-Forwarded-Proto": "https", "X-Scheme": "https", "Forwarded": "proto=https"}
        answer = await plain.ask("PUT", "/api/tls", {"redirect": True}, headers=claim)
        assert answer.status == 409
        assert "__Host-hotlinebox_session" not in plain.cookies

    in_box(tmp_path, test, web=WebSettings(tls_port=0))
