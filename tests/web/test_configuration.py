"""Settings as a file, from one box to another: shown before anything changes, in force piece by piece."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from appliance.callplan import CallPlan
from appliance.store.roles import list_roles
from appliance.support.backuparchive import About, ArchiveKind, ArchiveReader, ArchiveWriter
from tests.web.box import Box, Browser, in_box, until
from tests.web.test_flows import drawn
from tests.web.test_prompts import spoken
from webui.configurationfile import Office

pytestmark = pytest.mark.slow

FILE = "/api/configuration/file"


def contents(octets: bytes) -> dict[str, bytes]:
    return {entry.path: entry.content() for entry in ArchiveReader(io.BytesIO(octets)).entries()}


def archive(files: dict[str, bytes], kind: ArchiveKind = ArchiveKind.CONFIGURATION) -> bytes:
    out = io.BytesIO()
    about = About(kind=kind, made_at="2026-11-22T10:00:00+08:00", version="1", schema=0, bureau="铜陵广电")
    with ArchiveWriter(out, about) as written:
        for name, content in files.items():
            written.add(name, io.BytesIO(content), len(content))
    return out.getvalue()


async def change_part(admin: Browser, part: str, change: Callable[[Any], Any]) -> None:
    held = (await admin.get(f"/api/plan/{part}")).json
    value = change(held["value"])
    answer = await admin.put(f"/api/plan/{part}", {"revision": held["revision"], "value": value})
    assert answer.status == 200, answer.body


def called(label: str) -> Callable[[Any], Any]:
    """The first of them under another name."""
    return lambda items: [{**items[0], "label": label}, *items[1:]]


async def furnish(admin: Browser) -> None:
    """A box that differs from a new one in something of every sort."""
    await change_part(admin, "queues", called("报修组"))
    await change_part(admin, "agents", lambda _: [{"id": "1001", "name": "李梅", "pin_hash": "830274"}])
    await change_part(admin, "lines", called("老机器的线"))
    flow, revision = await drawn(admin)
    assert (await admin.post(f"/api/flows/{flow}/publication", {"revision": revision})).status == 200
    assert (await admin.post("/api/roles", {"label": "夜班", "permissions": ["call.view"]})).status == 200
    assert (await admin.ask("PUT", "/api/prompts/welcome", raw=spoken())).status == 200
    assert (await admin.post("/api/customers", {"name": "汪桂英", "numbers": ["13905621231"]})).status == 200


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    found: list[bytes] = []

    async def test(box: Box) -> None:
        admin = await box.everything()
        await furnish(admin)
        answer = await admin.get(FILE)
        assert "filename" in answer.headers["Content-Disposition"]
        found.append(answer.body)
        await until(lambda: not list((box.data / "backup").glob(".configuration-*")))

    in_box(tmp_path_factory.mktemp("old"), test)
    return found[0]


def test_a_file_holds_settings_and_nobodys_secrets(file: bytes) -> None:
    held = contents(file)
    assert {"callplan.json", "office.json", "prompts/welcome.wav"} <= set(held)
    everything = b"".join(held.values())
    for secret in ("汪桂英", "13905621231", "scrypt"):
        assert secret.encode() not in everything
    plan = msgspec.json.decode(held["callplan.json"], type=CallPlan)
    assert [agent.pin_hash for agent in plan.agents] == [""]
    assert "夜班" in [role.label for role in msgspec.json.decode(held["office.json"], type=Office).roles]


def test_it_is_shown_what_would_change_and_only_the_chosen_pieces_do(file: bytes, tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        admin = await box.everything()
        await change_part(admin, "agents", lambda _: [{"id": "1001", "name": "王", "pin_hash": "593017"}])
        before = plan_of(box)
        view = (await admin.ask("PUT", FILE, raw=file)).json
        assert plan_of(box) == before, "nothing is changed by looking"
        pieces = {piece["id"]: piece for piece in view["pieces"]}
        assert pieces["queues"]["changed"] == ["报修组"]
        assert pieces["flows"]["added"] == ["小流程"]
        assert pieces["roles"]["added"] == ["夜班"]
        assert len(pieces["prompts"]["added"]) == 1
        assert (pieces["lines"]["advised"], pieces["queues"]["advised"]) == (False, True)
        chosen = [name for name in pieces if name not in {"lines", "roles"}]
        answer = await admin.post("/api/configuration", {"pieces": chosen})
        assert answer.status == 200, answer.body
        after = plan_of(box)
        assert (after.queues[0].label, after.lines) == ("报修组", before.lines)
        assert "小流程" in [flow.label for flow in after.flows]
        assert after.agents[0].name == "李梅"
        assert after.agents[0].pin_hash == before.agents[0].pin_hash != "", "who was here keeps the own PIN"
        assert "夜班" not in [role.label for role in await box.context.database.read(list_roles)]
        assert (box.data / "prompts" / "welcome.wav").exists()
        history = (await admin.get(f"/api/flows/{after.flows[-1].id}/versions")).json
        assert history[0]["reason"] == "导入配置"
        assert (await admin.get("/api/configuration")).status == 404, "the file is used up"
        again = (await admin.ask("PUT", FILE, raw=file)).json
        assert {piece["id"] for piece in again["pieces"]} == {"lines", "roles"}
        assert (await admin.post("/api/configuration", {"pieces": ["roles"]})).status == 200
        assert "夜班" in [role.label for role in await box.context.database.read(list_roles)]

    in_box(tmp_path, test)


def plan_of(box: Box) -> CallPlan:
    return msgspec.json.decode((box.data / "callplan.json").read_bytes(), type=CallPlan)


def test_what_does_not_fit_changes_nothing(file: bytes, tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        admin = await box.everything()
        held = contents(file)
        plan = msgspec.json.decode(held["callplan.json"])
        plan["default_flow"] = "nowhere"
        broken = archive({**held, "callplan.json": msgspec.json.encode(plan)})
        assert (await admin.ask("PUT", FILE, raw=broken)).status == 200
        before = plan_of(box)
        refused = await admin.post("/api/configuration", {"pieces": ["queues", "line_rules", "roles"]})
        assert (refused.status, "nowhere" in refused.error) == (422, True)
        assert plan_of(box) == before
        assert "夜班" not in [role.label for role in await box.context.database.read(list_roles)]
        office = msgspec.json.decode(held["office.json"])
        office["roles"][-1]["label"] = ""
        nameless = archive({**held, "office.json": msgspec.json.encode(office)})
        assert (await admin.ask("PUT", FILE, raw=nameless)).status == 200
        refused = await admin.post("/api/configuration", {"pieces": ["queues", "roles"]})
        assert (refused.status, refused.error) == (422, "角色名称不能为空。")
        assert plan_of(box) == before
        assert (await admin.delete(FILE)).status == 200
        assert (await admin.post("/api/configuration", {"pieces": ["queues"]})).status == 404

    in_box(tmp_path, test)


def test_what_is_no_file_of_settings_is_refused(file: bytes, tmp_path: Path) -> None:
    held = contents(file)
    cases = [
        (b"", "没有收到文件"),
        (b"PK\x03\x04" + bytes(2000), "不是本机的备份"),
        (file[:-400], "损坏"),
        (archive(held, ArchiveKind.WHOLE), "整机备份"),
        (archive({**held, "prompts/../x.wav": b"x"}), "不是本机的备份"),
        (archive({**held, "etc/passwd": b"x"}), "更新的版本"),
        (archive({**held, "callplan.json": b'{"future": 1}'}), "更新的版本"),
        (archive({**held, "prompts/welcome.wav": b"no sound"}), "不能播放"),
        (archive({}), "配置"),
    ]

    async def test(box: Box) -> None:
        admin = await box.everything()
        agent = await box.person("zhang", "agent")
        assert (await agent.get(FILE)).status == 403
        assert (await agent.ask("PUT", FILE, raw=file)).status == 403
        for octets, said in cases:
            refused = await admin.ask("PUT", FILE, raw=octets)
            assert (refused.status in {404, 422}, said in refused.error) == (True, True), (said, refused.body)
            assert (await admin.get("/api/configuration")).status == 404
        assert not [path for path in (box.data / "backup").rglob("*") if path.is_file()]

    in_box(tmp_path, test)
