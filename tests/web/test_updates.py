"""The page 系统升级 over the API: what the web takes, leaves for the updater, and refuses."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from appliance.store.audit import list_audit_entries
from appliance.support.bootmenu import Slot
from appliance.support.updatestate import Phase, SlotContent, SlotVersion, UpdateFolder, UpdateState
from tests.web.box import Box, in_box, until
from webui import updates as updates_module


def from_an_image(data: Path, other: SlotContent = SlotContent.EMPTY) -> UpdateFolder:
    """As the updater leaves it at the start of a box that runs from slot A."""
    folder = UpdateFolder(data)
    folder.path.mkdir(parents=True, exist_ok=True)
    there = "" if other is SlotContent.EMPTY else "0.9"
    folder.show_slots(
        (
            SlotVersion(slot=Slot.A, version="1.0", content=SlotContent.GOOD, running=True),
            SlotVersion(slot=Slot.B, version=there, content=other),
        )
    )
    return folder


def test_an_update_is_uploaded_installed_and_its_end_is_told(tmp_path: Path) -> None:
    folder = from_an_image(tmp_path)

    async def test(box: Box) -> None:
        admin = await box.everything()
        view = (await admin.get("/api/updates")).json
        assert (view["available"], view["version"], view["uploaded_mb"]) == (True, "1.0", None)
        assert (await admin.post("/api/updates/installation")).status == 409
        octets = bytes(range(256)) * 8192
        answer = await admin.ask("PUT", "/api/updates/file", raw=octets)
        assert (answer.status, answer.json["uploaded_mb"]) == (200, 2), answer.body
        assert folder.upload.read_bytes() == octets
        assert not folder.arriving.exists()
        answer = await admin.post("/api/updates/installation")
        assert (answer.status, answer.json["state"]["phase"]) == (200, "checking")
        assert folder.install_wish.exists()
        again = await admin.post("/api/updates/installation")
        assert (again.status, again.error) == (409, "正在安装升级文件，请等它完成。")
        assert (await admin.delete("/api/updates/file")).status == 409
        folder.enter(UpdateState(phase=Phase.FAILED, text="升级文件的签名不正确。"))  # the updater's word
        state = (await admin.get("/api/updates")).json["state"]
        assert (state["phase"], state["text"]) == ("failed", "升级文件的签名不正确。")
        assert (await admin.delete("/api/updates/file")).json["uploaded_mb"] is None
        entries = await box.context.database.read(list_audit_entries)
        assert {"upload", "install", "discard"} <= {entry.subject_id for entry in entries}

    in_box(tmp_path, test)


def test_a_file_that_is_too_large_or_does_not_fit_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = from_an_image(tmp_path)

    async def test(box: Box) -> None:
        admin = await box.everything()
        assert (await admin.ask("PUT", "/api/updates/file", raw=b"")).status == 422
        monkeypatch.setattr(updates_module, "MAX_UPDATE_BYTES", 1000)
        assert (await admin.ask("PUT", "/api/updates/file", raw=bytes(1001))).status == 413
        monkeypatch.setattr(updates_module, "_SPARE_BYTES", 1 << 60)
        answer = await admin.ask("PUT", "/api/updates/file", raw=bytes(1000))
        assert answer.status == 507
        assert "磁盘空间不足" in answer.error
        assert not folder.upload.exists()
        assert not folder.arriving.exists()

    in_box(tmp_path, test)


def test_a_machine_without_our_image_says_how_it_is_updated(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        admin = await box.everything()
        view = (await admin.get("/api/updates")).json
        assert (view["available"], view["state"]["phase"]) == (False, "idle")
        for method, path, body in (
            ("PUT", "/api/restart", {}),
            ("POST", "/api/updates/installation", {}),
            ("POST", "/api/updates/return", {}),
            ("POST", "/api/factory-reset", {"word": "恢复出厂"}),
        ):
            answer = await admin.ask(method, path, body)
            assert (answer.status, "Debian 软件包" in answer.error) == (409, True), path
        assert (await admin.ask("PUT", "/api/updates/file", raw=b"x")).status == 409

    in_box(tmp_path, test)


def test_a_restart_waits_for_its_time_and_for_the_end_of_calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(updates_module, "_LOOK_EVERY_S", 0.02)
    folder = from_an_image(tmp_path)

    async def test(box: Box) -> None:
        admin = await box.everything()
        tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()
        assert (await admin.put("/api/restart", {"at": tomorrow})).json["restart"] is not None
        assert (await admin.put("/api/restart", {"at": "2026-01-01T00:00:00"})).status == 422
        assert (await admin.delete("/api/restart")).json["restart"] is None
        box.engine.ring("20260101-0001", "13800138000", "1001")
        await until(lambda: len(box.context.link.mirror.snapshot().calls) == 1)
        assert (await admin.put("/api/restart", {})).json["calls"] == 1
        assert not folder.restart_wish.exists()
        box.engine.end_call("20260101-0001")
        await until(folder.restart_wish.exists)
        assert (await admin.get("/api/updates")).json["restart"] is None

    in_box(tmp_path, test)


def test_going_back_needs_a_version_to_go_back_to(tmp_path: Path) -> None:
    folder = from_an_image(tmp_path)

    async def test(box: Box) -> None:
        admin = await box.everything()
        assert (await admin.post("/api/updates/return")).status == 409
        from_an_image(tmp_path, SlotContent.FAILED)
        assert (await admin.post("/api/updates/return")).status == 409
        from_an_image(tmp_path, SlotContent.GOOD)
        assert (await admin.post("/api/updates/return")).status == 200
        assert folder.back_wish.exists()

    in_box(tmp_path, test)


def test_factory_reset_needs_the_word(tmp_path: Path) -> None:
    folder = from_an_image(tmp_path)

    async def test(box: Box) -> None:
        admin = await box.everything()
        assert (await admin.post("/api/factory-reset", {"word": "yes"})).status == 422
        assert not folder.reset_wish.exists()
        assert (await admin.post("/api/factory-reset", {"word": "恢复出厂"})).status == 200
        assert folder.reset_wish.exists()
        assert folder.restart_wish.exists()

    in_box(tmp_path, test)
