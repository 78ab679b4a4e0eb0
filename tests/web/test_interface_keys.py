"""Keys of other programs: shown once, limited in every way, revoked at once, every use logged."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from appliance.store.api_keys import KeyScope
from appliance.store.connection import fetch_all
from tests.web.box import Box, in_box, until_true
from tests.web.keyed import Program, code, program
from tests.web.test_access import SAMPLE
from webui.app import ROUTES
from webui.auth.access import methods_of
from webui.interfaces.limits import GUESS_WINDOW_S, GUESSES, Allowance, Guesses

KEYED = [
    (route, name, access)
    for route in ROUTES
    for name, access in methods_of(route.handler).items()
    if access.by_key and route.path not in {"/api/v1/events", "/metrics"}  # tests/web/test_machine.py
]


def sample(path: str) -> str:
    for name, value in {**SAMPLE, "agent": "1001", "number": "1"}.items():
        path = path.replace("{" + name + "}", value)
    return path.removeprefix("/api/v1")


def test_a_key_is_shown_once_and_works_until_it_is_revoked(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        admin = await box.everything()
        shop = await program(box, admin, "calls:read")
        assert shop.secret.startswith("hlb_")
        about = (await shop.get("")).json
        assert (about["label"], about["scopes"]) == ("营业系统", ["calls:read"])
        assert (await shop.ask("GET", "", Authorization="", X_API_Key=shop.secret)).status == 200
        listed = await admin.get("/api/interfaces/keys")
        assert shop.secret.encode() not in listed.body
        assert listed.json[0]["hint"] == shop.secret[-4:]
        assert listed.json[0]["last_address"] == "127.0.0.1"
        stored = await box.context.database.read(fetch_all, "SELECT * FROM api_keys")
        assert not any(shop.secret in str(cell) for row in stored for cell in row)
        assert (await admin.post(f"/api/interfaces/keys/{shop.key_id}/revoke")).json["revoked_at"]
        assert code(await shop.get("")) == (401, "key_unknown")
        assert (
            await admin.put(f"/api/interfaces/keys/{shop.key_id}", {"label": "x", "scopes": ["events"]})
        ).status == 422

    in_box(tmp_path, test)


def test_every_address_wants_a_key_with_its_scope(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        admin = await box.everything()
        keys = {scope: await program(box, admin, scope.value, per_minute=6000) for scope in KeyScope}
        stranger = Program(box.browser(), "", 0)
        for route, method, access in KEYED:
            raw = None if method in {"get", "delete"} else b"no json"
            path = sample(route.path)
            refused = await stranger.ask(method.upper(), path, raw=raw)
            assert (*code(refused), refused.headers["WWW-Authenticate"][:6]) == (401, "key_missing", "Bearer")
            assert (await admin.ask(method.upper(), "/api/v1" + path, raw=raw)).status == 401, "no session opens these"
            for scope, key in keys.items():
                answer = await key.ask(method.upper(), path, raw=raw)
                allowed = access.scope in {None, scope}
                assert (answer.status == 403 and "scope_missing" in answer.body.decode()) != allowed, (path, scope)

    in_box(tmp_path, test)


def test_day_address_and_pace_limit_a_key(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        admin = await box.everything()
        today = datetime.now().astimezone().date()
        yesterday = (today - timedelta(days=1)).isoformat()
        late = await program(box, admin, expires_on=yesterday)
        assert code(await late.get("")) == (401, "key_expired")
        assert (await (await program(box, admin, expires_on=today.isoformat())).get("")).status == 200
        elsewhere = await program(box, admin, networks=["192.168.7.0/24"])
        assert code(await elsewhere.get("")) == (403, "address_refused")
        assert (await (await program(box, admin, networks=["127.0.0.1", "10.0.0.0/8"])).get("")).status == 200
        slow = await program(box, admin, per_minute=3)
        assert [(await slow.get("")).status for _ in range(4)] == [200, 200, 200, 429]
        answer = await slow.get("")
        assert (code(answer), 1 <= int(answer.headers["Retry-After"]) <= 20) == ((429, "too_many_requests"), True)
        wrong = await admin.post("/api/interfaces/keys", {"label": "x", "scopes": ["events"], "networks": ["here"]})
        assert (wrong.status, wrong.json["error"]["field"]) == (422, "networks")
        wrong = await admin.post("/api/interfaces/keys", {"label": "x", "scopes": ["everything"]})
        assert wrong.json["error"]["field"].startswith("scopes")

    in_box(tmp_path, test)


def test_who_guesses_keys_is_not_listened_to(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        shop = await program(box, await box.everything())
        guesser = Program(box.browser(), "hlb_guess", 0)
        for _ in range(GUESSES):
            assert code(await guesser.get("")) == (401, "key_unknown")
        assert code(await guesser.get("")) == (429, "address_blocked")
        assert code(await shop.get("")) == (429, "address_blocked"), "a hit must not look different from a miss"

    in_box(tmp_path, test)


def test_every_use_is_in_the_log(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        admin = await box.everything()
        shop = await program(box, admin, "calls:read")
        await shop.get("/queues")
        await shop.get("/agents")

        async def logged() -> bool:
            return len((await admin.get("/api/interfaces/log")).json) >= 2

        await until_true(logged)
        newest, before = (await admin.get("/api/interfaces/log")).json[:2]
        assert (newest["what"], newest["status"], newest["note"]) == ("GET /api/v1/agents", 403, "scope_missing")
        assert (before["who"], before["address"], before["status"]) == ("营业系统", "127.0.0.1", 200)
        failed = (await admin.get("/api/interfaces/log?failed=true")).json
        assert [entry["what"] for entry in failed] == ["GET /api/v1/agents"]
        assert (await admin.get(f"/api/interfaces/log?before={newest['id']}&limit=1")).json[0]["id"] == before["id"]
        vendor = await box.person("vendor", "vendor")
        assert (await vendor.get("/api/interfaces/log")).status == 200
        assert (await vendor.get("/api/interfaces/keys")).status == 403

    in_box(tmp_path, test)


def test_an_allowance_refills_by_the_minute() -> None:
    now = [0.0]
    allowance = Allowance(lambda: now[0])
    assert [allowance.take(1, 2) for _ in range(3)] == [0.0, 0.0, pytest.approx(30.0)]
    now[0] = 30.0
    assert (allowance.take(1, 2), allowance.take(1, 2) > 0, allowance.take(2, 2)) == (0.0, True, 0.0)


def test_guesses_are_forgotten_after_a_while() -> None:
    now = [0.0]
    guesses = Guesses(lambda: now[0])
    for _ in range(GUESSES):
        assert guesses.wait_s("a") == 0.0
        guesses.wrong("a")
    assert (guesses.wait_s("a"), guesses.wait_s("b")) == (GUESS_WINDOW_S, 0.0)
    now[0] = GUESS_WINDOW_S
    assert guesses.wait_s("a") == 0.0
