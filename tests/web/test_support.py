"""The page 远程支持 over the API: opening, closing, the operation log, recordings, the support bundle."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import msgspec
import pytest

from appliance.store.audit import AuditSearch, search_audit_entries
from appliance.support.grant import Grant, GrantFile, Reach, since_start_s
from appliance.support.happenings import HappeningKind, note_happening
from appliance.support.sessionlog import EndOfSession, SessionStart, SessionWriter
from appliance.support.supportplaces import support_places
from tests.web.box import Answer, Box, Browser, in_box, until
from webui import support as support_module
from webui.auth import sessions

RELAY = {"host": "relay.example", "port": 22, "user": "boxes", "host_key": "ssh-ed25519 " + "A" * 68, "listen_port": 0}
ORDER = {"hours": 2, "reason": "第 2 线杂音", "reach": "commands"}


def with_vendor(box: Box, tmp_path: Path) -> None:
    """The vendor's key is where the settings say."""
    keys = tmp_path / "vendor"
    keys.mkdir()
    (keys / "vendor_ca.pub").write_text("ssh-ed25519 AAAA vendor", encoding="ascii")
    settings = box.context.settings
    changed = msgspec.structs.replace(
        settings, support=msgspec.structs.replace(settings.support, keys=str(keys), serial="BOX-1")
    )
    support = box.context.support
    support._settings, support._places = changed, support_places(changed)


async def opened(admin: Browser) -> Answer:
    assert (await admin.put("/api/support/relay", RELAY)).status == 200
    return await admin.post("/api/support", ORDER)


def grants(tmp_path: Path) -> GrantFile:
    return GrantFile(tmp_path / "support" / "grant")


async def logged(box: Box) -> list[str]:
    search = AuditSearch(action="sys.remote")
    entries = await box.context.database.read(search_audit_entries, search, limit=100)
    return [entry.after for entry in reversed(entries)]


def test_it_is_closed_until_the_administrator_opens_it_and_one_button_closes_it(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        with_vendor(box, tmp_path)
        admin = await box.everything()
        view = (await admin.get("/api/support")).json
        assert (view["grant"], view["serial"], view["services"], view["certified"]) == (None, "BOX-1", False, True)
        answer = await admin.post("/api/support", ORDER)
        assert (answer.status, "中继服务器" in answer.error) == (409, True)
        answer = await opened(admin)
        assert answer.status == 200, answer.body
        held = grants(tmp_path).valid()
        assert held is not None
        assert (held.reason, held.reach, held.relay.host) == ("第 2 线杂音", Reach.COMMANDS, "relay.example")
        assert 7190 < held.left_s <= 7200
        assert answer.json["grant"]["id"] == held.id
        assert (await admin.post("/api/support", ORDER)).status == 409
        answer = await admin.delete("/api/support")
        assert (answer.status, answer.json["grant"]) == (200, None)
        assert grants(tmp_path).read() is None
        assert await logged(box) == [
            "中继服务器 boxes@relay.example:22",
            "开放 2 小时（只能执行限定命令），原因：“第 2 线杂音”",
            "管理员立即关闭",
        ]

    in_box(tmp_path, test)


def test_what_cannot_be_is_refused_with_a_sentence(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        admin = await box.everything()
        answer = await opened(admin)
        assert (answer.status, "证书公钥" in answer.error) == (409, True)
        for wrong in ({"hours": 0}, {"hours": 73}, {"reason": ""}, {"reason": "   "}, {"reach": "root"}, {"x": 1}):
            assert (await admin.post("/api/support", ORDER | wrong)).status == 422, wrong
        for bad in ({"host": "-oProxyCommand=id"}, {"user": "root;id"}, {"host_key": "x"}, {"port": 0}):
            assert (await admin.put("/api/support/relay", RELAY | bad)).status == 422, bad
        assert (await admin.get("/api/support/sessions/20260101-000000-1")).status == 404
        assert (await admin.get("/api/support/bundle")).status == 404
        assert (await admin.get("/api/support/bundle/part?part=x")).status == 404

    in_box(tmp_path, test)


def test_only_who_may_open_it_sees_sessions(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        with_vendor(box, tmp_path)
        await box.everything()
        agent = await box.person("agent", "agent")
        for method, path in (("GET", "/api/support"), ("POST", "/api/support"), ("DELETE", "/api/support")):
            assert (await agent.ask(method, path, ORDER if method == "POST" else None)).status == 403
        vendor = await box.person("vendor", "vendor")
        assert (await vendor.get("/api/support")).status == 200
        assert (await vendor.post("/api/support", ORDER)).status == 403
        assert (await vendor.get("/api/support/sessions/20260101-000000-1")).status == 403

    in_box(tmp_path, test)


def test_opening_wants_the_password_once_more_and_closing_never(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def test(box: Box) -> None:
        with_vendor(box, tmp_path)
        admin = await box.everything()
        assert (await opened(admin)).status == 200
        monkeypatch.setattr(sessions, "CONFIRMED_S", 0.0)  # the password was given long ago
        assert (await admin.delete("/api/support")).status == 200
        assert grants(tmp_path).read() is None
        assert (await admin.post("/api/support", ORDER)).status == 428
        assert grants(tmp_path).read() is None

    in_box(tmp_path, test)


def test_what_happens_at_the_gate_is_in_the_operation_log_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(support_module, "_LOOK_EVERY_S", 0.02)
    lines = tmp_path / "support" / "happenings.jsonl"

    async def many(box: Box, count: int) -> None:
        while len(await logged(box)) < count:
            pass

    async def first(box: Box) -> None:
        await box.everything()
        note_happening(lines, HappeningKind.SESSION_BEGAN, "20260101-000000-1", "case-7 zhang")
        note_happening(lines, HappeningKind.REFUSED, "case-8 li", "expired")
        note_happening(lines, HappeningKind.REFUSED, "", "no_certificate")
        await many(box, 3)

    async def second(box: Box) -> None:
        note_happening(lines, HappeningKind.SESSION_ENDED, "20260101-000000-1", "case-7 zhang: closed")
        note_happening(lines, HappeningKind.ENDED, "g")
        await many(box, 5)
        assert await logged(box) == [
            "厂家登录：“case-7 zhang”",
            "拒绝登录：证书已过期（证书署名“case-8 li”）",
            "拒绝登录：没有出示证书",
            "会话结束（被管理员切断）：“case-7 zhang”",
            "入口已关闭，不能再登录",
        ]

    in_box(tmp_path, first)
    in_box(tmp_path, second)  # after a restart of the web


def test_when_the_time_is_over_the_leave_is_taken_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(support_module, "_LOOK_EVERY_S", 0.02)

    async def test(box: Box) -> None:
        with_vendor(box, tmp_path)
        admin = await box.everything()
        await opened(admin)
        held: Grant | None = grants(tmp_path).valid()
        assert held is not None
        grants(tmp_path).write(msgspec.structs.replace(held, until_s=since_start_s() - 1.0))
        await until(lambda: grants(tmp_path).read() is None)
        assert (await admin.get("/api/support")).json["grant"] is None

    in_box(tmp_path, test)


def test_a_session_is_listed_while_it_runs_and_replayed_afterwards(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        with_vendor(box, tmp_path)
        admin = await box.everything()
        start = SessionStart(
            id="20260101-000000-1", grant="g", bearer="case-7 zhang", serial=7, began_at="2026-01-01T00:00:00+08:00",
            reach=Reach.SHELL, command="", pid=1,
        )  # fmt: skip
        writer = SessionWriter(box.context.support.sessions_folder, start, 80, 24)
        writer.typed(b"ls\r")
        (running,) = (await admin.get("/api/support")).json["sessions"]
        assert (running["start"]["bearer"], running["end"]) == ("case-7 zhang", None)
        writer.close(EndOfSession.CLOSED, None)
        (over,) = (await admin.get("/api/support")).json["sessions"]
        assert over["end"]["why"] == "closed"
        answer = await admin.get("/api/support/sessions/20260101-000000-1")
        assert answer.status == 200
        assert b'"i","ls\\r"]' in answer.body
        assert (await logged(box))[-1] == "回放会话录像"
        assert (await admin.get("/api/support/sessions/..%2f..%2fhotlinebox.db")).status == 404

    in_box(tmp_path, test)


@pytest.mark.slow
def test_the_bundle_is_made_looked_at_and_downloaded(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        admin = await box.everything()
        view: dict[str, Any] = (await admin.post("/api/support/bundle")).json
        assert view["bundle"]["making"]
        assert (await admin.post("/api/support/bundle")).status == 409
        while (view := (await admin.get("/api/support")).json)["bundle"]["making"]:
            pass
        assert view["bundle"]["text"] == ""
        names = {part["name"] for part in view["bundle"]["parts"]}
        assert {"about.txt", "doctor.txt", "settings.json"} <= names
        text = (await admin.get("/api/support/bundle/part?part=about.txt")).json["text"]
        assert "版本：" in text
        answer = await admin.get("/api/support/bundle")
        assert set(zipfile.ZipFile(io.BytesIO(answer.body)).namelist()) == names

    in_box(tmp_path, test)
