"""https: the box's own certificate, an imported one, renewal while it serves, who is sent there from http."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.x509 import load_der_x509_certificate

from appliance.settings import WebSettings
from appliance.support.tlscertificate import Identity, make_authority, sign_server
from tests.web.box import Box, Browser, in_box, until_true
from webui import tls as tls_module
from webui.handlers import base

SECURE = WebSettings(tls_port=0)
PEM = serialization.Encoding.PEM


async def authority_of(box: Box) -> bytes:
    """As a person fetches it, by http."""
    answer = await box.browser().get("/api/tls/authority.crt")
    assert (answer.status, answer.headers["Content-Type"]) == (200, "application/x-x509-ca-cert")
    return load_der_x509_certificate(answer.body).public_bytes(PEM)


async def admin_by_https(box: Box) -> Browser:
    await box.everything()
    browser = box.secure_browser(await authority_of(box))
    answer = await browser.log_in("admin")
    assert answer.status == 200, answer.body
    return browser


def brought(hosts: tuple[str, ...] = ("box.lan",), days: int = 0) -> tuple[Identity, Identity]:
    authority = make_authority("bureau")
    return authority, sign_server(authority, hosts, [ip_address("127.0.0.1")], datetime.now(UTC) + timedelta(days=days))


def form_of(identity: Identity) -> dict[str, str]:
    key, begin, chain = identity.pem.decode().partition("-----BEGIN CERTIFICATE-----")
    return {"certificate": begin + chain, "key": key}


def test_people_come_by_https_with_a_session_of_its_own(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        admin = await admin_by_https(box)
        assert "__Host-hotlinebox_session" in admin.cookies
        assert (await admin.get("/api/calls")).status == 200
        plain = box.browser()
        plain.cookies = {"hotlinebox_session": admin.cookies["__Host-hotlinebox_session"]}
        answer = await plain.get("/")
        assert "Strict-Transport-Security" not in answer.headers
        with pytest.raises(ssl.SSLCertVerificationError):
            await box.secure_browser(make_authority("x").certificate.public_bytes(PEM)).get("/")
        view = (await admin.get("/api/tls")).json
        assert (view["imported"], view["secure"], view["port"]) == (False, True, box.web.tls_port)
        assert {"127.0.0.1", "localhost"} <= set(view["certificate"]["names"])
        assert view["certificate"]["issuer"] == view["authority"]["subject"]
        socket = await admin.ask("GET", "/live", headers={"Origin": admin.url})
        assert socket.status != 307
        assert (await admin.post("/api/logout")).status == 200
        assert "__Host-hotlinebox_session" not in admin.cookies

    in_box(tmp_path, test, web=SECURE)


def test_the_session_cookie_never_goes_in_the_clear(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        await box.everything()
        for browser, secure in ((box.browser(), False), (box.secure_browser(await authority_of(box)), True)):
            await browser.get("/api/session")
            answer = await browser.post("/api/login", {"login": "admin", "password": "正确的马电池订书钉"})
            said = next(each for each in answer.headers.get_list("Set-Cookie") if "hotlinebox_session" in each)
            assert ("Secure" in said, said.startswith("__Host-")) == (secure, secure)
            assert "HttpOnly" in said
            assert "SameSite=Strict" in said

    in_box(tmp_path, test, web=SECURE)


def test_an_imported_certificate_is_shown_at_once_and_put_back(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        admin = await admin_by_https(box)
        authority, server = brought()
        answer = await admin.put("/api/tls/certificate", form_of(server))
        assert (answer.status, answer.json["imported"]) == (200, True), answer.body
        trusting = box.secure_browser(authority.certificate.public_bytes(PEM))
        assert (await trusting.get("/api/session")).status == 200
        plain = box.browser()
        await plain.log_in("admin")
        answer = await plain.delete("/api/tls/certificate")
        assert (answer.status, answer.json["imported"]) == (200, False), answer.body
        assert (await box.secure_browser(await authority_of(box)).get("/api/session")).status == 200

    in_box(tmp_path, test, web=SECURE)


def test_what_cannot_be_shown_is_refused_and_nothing_changes(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        admin = await admin_by_https(box)
        _, other = brought()
        _, expired = brought(days=-500)
        for form, field, said in (
            (form_of(other) | {"key": form_of(expired)["key"]}, "key", "不是一对"),
            (form_of(expired), "certificate", "过期"),
            ({"certificate": "", "key": ""}, "certificate", "PEM"),
        ):
            answer = await admin.put("/api/tls/certificate", form)
            assert (answer.status, answer.json["error"]["field"]) == (422, field), answer.body
            assert said in answer.error
        assert (await admin.get("/api/tls")).json["imported"] is False

    in_box(tmp_path, test, web=SECURE)


def test_a_new_address_is_in_the_certificate_without_a_restart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tls_module, "LOOK_EVERY_S", 0.02)

    async def test(box: Box) -> None:
        admin = await admin_by_https(box)
        monkeypatch.setattr(tls_module, "own_addresses", lambda: (ip_address("10.9.8.7"),))

        async def is_there() -> bool:
            names = (await admin.get("/api/tls")).json["certificate"]["names"]
            return "10.9.8.7" in names

        await until_true(is_there)

    in_box(tmp_path, test, web=SECURE)


def test_a_redirect_only_from_https_and_only_for_people(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def test(box: Box) -> None:
        admin = await admin_by_https(box)
        plain = box.browser()
        await plain.log_in("admin")
        answer = await plain.put("/api/tls", {"redirect": True})
        assert (answer.status, answer.json["error"]["field"]) == (409, "redirect")
        assert (await admin.put("/api/tls", {"redirect": True})).json["choice"]["redirect"] is True
        assert (await plain.get("/calls")).status != 307, "the box itself may come by http"
        monkeypatch.setattr(base, "_THIS_MACHINE", frozenset())
        answer = await plain.get("/calls?x=1")
        assert (answer.status, answer.headers["Location"]) == (
            307,
            f"https://127.0.0.1:{box.web.tls_port}/calls?x=1",
        )
        answer = await plain.post("/api/login", {"login": "admin", "password": "x"})
        assert (answer.status, "https" in answer.error) == (403, True)
        assert (await plain.get("/api/tls/authority.crt")).status == 200
        assert (await plain.get("/api/v1/lines")).status == 401, "programs choose themselves"
        assert (await admin.get("/api/calls")).status == 200
        assert (await admin.put("/api/tls", {"redirect": False})).status == 200
        assert (await plain.get("/api/session")).status == 200

    in_box(tmp_path, test, web=SECURE)


def test_without_https_the_page_says_so(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        admin = await box.everything()
        view = (await admin.get("/api/tls")).json
        assert (view["port"], view["certificate"], view["authority"]) == (0, None, None)
        assert (await admin.get("/api/tls/authority.crt")).status == 404
        _, server = brought()
        assert (await admin.put("/api/tls/certificate", form_of(server))).status == 409
        assert not (tmp_path / "tls").exists()

    in_box(tmp_path, test)
