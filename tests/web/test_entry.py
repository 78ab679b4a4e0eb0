from __future__ import annotations

import sqlite3
from pathlib import Path

from appliance.settings import WebSettings
from appliance.support.firstboot import FirstRunSecret
from appliance.wire.messages import ReloadCallPlan
from tests.web.box import PASSWORD, Box, in_box
from webui.auth import sessions


def test_first_set_up_makes_the_administrator_once(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        browser = box.browser()
        state = (await browser.get("/api/session")).json
        assert (state["set_up"], state["user"], state["simulated"]) == (False, None, True)
        assert state["hotline"] == "0562-96599"
        weak = await browser.post("/api/setup", {"password": "short"})
        assert (weak.status, weak.json["error"]["field"]) == (422, "password")
        assert "8" in weak.error
        done = await browser.post("/api/setup", {"password": PASSWORD, "bureau": "枞阳广电", "hotline": "0556-96599"})
        assert done.status == 200
        assert done.json["user"]["login"] == "admin"
        assert {"adm.user", "call.export", "agent.login"} <= set(done.json["user"]["permissions"])
        assert (done.json["bureau"], done.json["hotline"]) == ("枞阳广电", "0556-96599")
        assert any(isinstance(command, ReloadCallPlan) for command in box.engine.commands)
        assert (await browser.get("/api/plan")).json["version"] == 2
        again = await box.browser_with_xsrf().post("/api/setup", {"password": PASSWORD})
        assert again.status == 409

    in_box(tmp_path, test)


def test_the_first_user_has_to_know_the_secret_of_the_label(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        secret = FirstRunSecret(tmp_path)
        browser = box.browser()
        assert (await browser.get("/api/session")).json["secret_needed"] is True
        none = await browser.post("/api/setup", {"password": PASSWORD})
        assert (none.status, none.json["error"]["field"]) == (422, "secret"), "where there is none nobody gets in"
        said = secret.ensure("hotlinebox-3f2a.local")
        wrong = await browser.post("/api/setup", {"password": PASSWORD, "secret": said[:-1]})
        assert (wrong.status, wrong.json["error"]["field"]) == (422, "secret")
        weak = await browser.post("/api/setup", {"password": "short", "secret": said})
        assert weak.json["error"]["field"] == "password"
        done = await browser.post("/api/setup", {"password": PASSWORD, "secret": said.lower()})
        assert done.status == 200
        assert not secret.is_right(said)
        assert (await box.browser_with_xsrf().post("/api/setup", {"password": PASSWORD, "secret": said})).status == 409

    in_box(tmp_path, test, web=WebSettings(first_run_secret=True))


def test_who_guesses_the_secret_has_to_wait(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        said = FirstRunSecret(tmp_path).ensure("hotlinebox-3f2a.local")
        browser = box.browser_with_xsrf()
        for _ in range(5):
            assert (await browser.post("/api/setup", {"password": PASSWORD, "secret": "AAAA"})).status == 422
        assert (await browser.post("/api/setup", {"password": PASSWORD, "secret": said})).status == 429

    in_box(tmp_path, test, web=WebSettings(first_run_secret=True))


def test_login_logout_and_rotation(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        browser = await box.everything()
        first = browser.cookies[sessions.COOKIE]
        wrong = await browser.log_in("admin", "wrong password")
        assert (wrong.status, wrong.json["error"]["field"]) == (401, "password")
        assert browser.cookies[sessions.COOKIE] == first
        right = await browser.log_in("admin")
        assert right.json["user"]["name"] == "系统管理员"
        cookie = next(line for line in right.headers.get_list("Set-Cookie") if line.startswith(sessions.COOKIE))
        assert "HttpOnly" in cookie
        assert "SameSite=Strict" in cookie
        second = browser.cookies[sessions.COOKIE]
        assert second != first
        thief = box.browser()
        thief.cookies[sessions.COOKIE] = first
        assert (await thief.get("/api/plan")).status == 401
        assert (await browser.post("/api/logout")).status == 200
        thief.cookies[sessions.COOKIE] = second
        assert (await thief.get("/api/plan")).status == 401
        assert (await browser.get("/api/session")).json["user"] is None

    in_box(tmp_path, test)


def test_no_token_is_in_the_database(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        browser = await box.everything()
        with sqlite3.connect(tmp_path / "hotlinebox.db") as db:
            text = "\n".join(db.iterdump())
        assert browser.cookies[sessions.COOKIE] not in text
        assert PASSWORD not in text

    in_box(tmp_path, test)


def test_sessions_survive_a_restart_and_end_when_idle(tmp_path: Path, monkeypatch) -> None:
    kept: dict[str, str] = {}

    async def first(box: Box) -> None:
        browser = await box.everything()
        kept.update(browser.cookies)

    async def second(box: Box) -> None:
        browser = box.browser()
        browser.cookies.update(kept)
        assert (await browser.get("/api/plan")).status == 200
        now = sessions.time.time()
        monkeypatch.setattr(sessions.time, "time", lambda: now + sessions.IDLE_S - 60)
        assert (await browser.get("/api/plan")).status == 200
        monkeypatch.setattr(sessions.time, "time", lambda: now + 2 * sessions.IDLE_S - 180)
        assert (await browser.get("/api/plan")).status == 200
        monkeypatch.setattr(sessions.time, "time", lambda: now + 3 * sessions.IDLE_S)
        assert (await browser.get("/api/plan")).status == 401

    in_box(tmp_path, first)
    in_box(tmp_path, second)


def test_a_busy_session_ends_too(tmp_path: Path, monkeypatch) -> None:
    async def test(box: Box) -> None:
        browser = await box.everything()
        began = sessions.time.time()
        monkeypatch.setattr(sessions, "LONGEST_S", 100.0)
        monkeypatch.setattr(sessions.time, "time", lambda: began + 90)
        assert (await browser.get("/api/plan")).status == 200
        monkeypatch.setattr(sessions.time, "time", lambda: began + 110)
        assert (await browser.get("/api/plan")).status == 401

    in_box(tmp_path, test)


def test_guessing_passwords_is_slowed_down(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        await box.everything()
        browser = box.browser()
        answers = [await browser.log_in("admin", f"guess {n}") for n in range(6)]
        assert [answer.status for answer in answers] == [401] * 5 + [429]
        assert "分钟后再试" in answers[-1].error
        assert (await browser.log_in("admin")).status == 429

    in_box(tmp_path, test)


def test_a_new_password_ends_the_other_sessions(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        here = await box.everything()
        there = box.browser()
        await there.log_in("admin")
        wrong = await here.post("/api/password", {"old": "no", "new": "另一个很好的密码"})
        assert (wrong.status, wrong.json["error"]["field"]) == (422, "old")
        weak = await here.post("/api/password", {"old": PASSWORD, "new": "admin123"})
        assert (weak.status, weak.json["error"]["field"]) == (422, "new")
        assert (await there.get("/api/plan")).status == 200
        assert (await here.post("/api/password", {"old": PASSWORD, "new": "另一个很好的密码"})).status == 200
        assert (await there.get("/api/plan")).status == 401
        assert (await here.get("/api/plan")).status == 200
        assert (await there.log_in("admin", "另一个很好的密码")).status == 200

    in_box(tmp_path, test)


def test_every_answer_carries_the_security_headers(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        browser = box.browser()
        for path in ("/", "/api/session", "/api/nothing", "/api/plan", "/assets/nothing.js"):
            headers = (await browser.get(path)).headers
            policy = headers["Content-Security-Policy"]
            assert "script-src 'self' 'wasm-unsafe-eval';" in policy
            assert "frame-ancestors 'none'" in policy
            assert headers["X-Content-Type-Options"] == "nosniff"
            assert headers["X-Frame-Options"] == "DENY"
            assert "tornado" not in headers["Server"].lower()

    in_box(tmp_path, test)
