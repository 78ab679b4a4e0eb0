from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from appliance.callplan import CallPlan
from appliance.store.audit import list_audit_entries
from appliance.wire.messages import ReloadCallPlan
from tests.web.box import Box, Browser, in_box

LITTLE: dict[str, Any] = {
    "id": "", "label": "小流程", "start": "a",
    "nodes": [
        {"id": "a", "kind": "answer", "label": "应答", "exits": {"next": "p"}},
        {"id": "p", "kind": "play", "label": "说再见", "params": {"prompts": ["goodbye"]}, "exits": {"next": "h"}},
        {"id": "h", "kind": "hangup", "label": "挂机"},
    ],
}  # fmt: skip


def plan_of(box: Box) -> CallPlan:
    return msgspec.json.decode((box.data / "callplan.json").read_bytes(), type=CallPlan)


def reloads(box: Box) -> int:
    return sum(isinstance(command, ReloadCallPlan) for command in box.engine.commands)


async def drawn(browser: Browser, graph: dict[str, Any] = LITTLE) -> tuple[str, int]:
    """A new flow with this drawing: id and revision."""
    made = (await browser.post("/api/flows", {"label": graph["label"]})).json
    flow, revision = made["row"]["id"], made["row"]["revision"]
    saved = await browser.put(f"/api/flows/{flow}/draft", {"graph": graph, "revision": revision})
    assert saved.status == 200, saved.body
    return flow, saved.json["row"]["revision"]


def test_from_nothing_to_a_published_flow_and_back(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        browser = await box.everything()
        empty = (await browser.post("/api/flows", {"label": "小流程"})).json
        flow = empty["row"]["id"]
        assert "空的" in empty["check"]["problems"][0]["text"]
        assert (await browser.post(f"/api/flows/{flow}/publication", {"revision": 1})).status == 422
        first = {"graph": LITTLE, "revision": empty["row"]["revision"]}
        saved = (await browser.put(f"/api/flows/{flow}/draft", first)).json
        assert saved["check"]["problems"] == []
        assert [each["name"] for each in saved["check"]["exits"]["a"]] == ["next", "failed"]
        before = reloads(box)
        done = await browser.post(
            f"/api/flows/{flow}/publication", {"revision": saved["row"]["revision"], "reason": "开业"}
        )
        assert (done.status, done.json["row"]["version"], done.json["row"]["changed"]) == (200, 1, False), done.body
        assert reloads(box) == before + 1
        assert [graph.label for graph in plan_of(box).flows] == ["热线主流程", "小流程"]
        louder = {**LITTLE, "label": "大流程"}
        again = await browser.put(
            f"/api/flows/{flow}/draft", {"graph": louder, "revision": done.json["row"]["revision"]}
        )
        changes = (await browser.get(f"/api/flows/{flow}/changes")).json
        assert changes["fields"] == [{"field": "label", "before": "小流程", "after": "大流程"}]
        await browser.post(f"/api/flows/{flow}/publication", {"revision": again.json["row"]["revision"]})
        back = await browser.post(f"/api/flows/{flow}/roll-back", {"version": 1, "reason": "改错了"})
        assert (back.json["row"]["version"], back.json["row"]["label"]) == (3, "小流程")
        history = (await browser.get(f"/api/flows/{flow}/versions")).json
        assert [(each["version"], each["reason"]) for each in history] == [
            (3, "回退到第 1 版：改错了"), (2, ""), (1, "开业"),
        ]  # fmt: skip
        assert history[0]["user_name"]
        assert plan_of(box).version == 4
        entries = await box.context.database.read(list_audit_entries)
        published = [entry for entry in entries if entry.action == "ivr.publish"]
        assert len(published) == 3
        assert "大流程" in published[1].after

    in_box(tmp_path, test)


def test_what_was_in_the_plan_before_can_be_gone_back_to(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        browser = await box.everything()
        state = (await browser.get("/api/flows/main")).json
        assert (state["row"]["default"], state["row"]["changed"]) == (True, False)
        graph = {**state["graph"], "label": "新热线"}
        saved = (await browser.put("/api/flows/main/draft", {"graph": graph, "revision": 0})).json
        assert (await browser.get("/api/flows")).json[0]["changed"] is True
        assert plan_of(box).flows[0].label == "热线主流程"
        undone = {"graph": state["graph"], "revision": saved["row"]["revision"]}
        assert (await browser.put("/api/flows/main/draft", undone)).json["row"]["changed"] is False
        saved = (
            await browser.put("/api/flows/main/draft", {"graph": graph, "revision": saved["row"]["revision"] + 1})
        ).json
        await browser.post("/api/flows/main/publication", {"revision": saved["row"]["revision"]})
        assert (plan_of(box).flows[0].label, plan_of(box).flows[0].version) == ("新热线", 2)
        await browser.post("/api/flows/main/roll-back", {"version": 1})
        assert (plan_of(box).flows[0].label, plan_of(box).flows[0].version) == ("热线主流程", 3)

    in_box(tmp_path, test)


def test_two_editors_do_not_overwrite_each_other(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        one, two = await box.person("liu", "manager"), await box.person("wang", "manager")
        flow, revision = await drawn(one)
        theirs = {"graph": {**LITTLE, "label": "王的"}, "revision": revision}
        assert (await two.put(f"/api/flows/{flow}/draft", theirs)).status == 200
        mine = {"graph": {**LITTLE, "label": "刘的"}, "revision": revision}
        refused = await one.put(f"/api/flows/{flow}/draft", mine)
        assert (refused.status, "wang先生" in refused.error) == (409, True), refused.body
        assert (await one.post(f"/api/flows/{flow}/publication", {"revision": revision})).status == 409
        assert (await one.get(f"/api/flows/{flow}")).json["graph"]["label"] == "王的"
        latest = (await one.get(f"/api/flows/{flow}")).json["row"]["revision"]
        published = await one.post(f"/api/flows/{flow}/publication", {"revision": latest})
        # Whoever still holds the drawing of before the publication is told as well.
        stale = await two.put(f"/api/flows/{flow}/draft", {**theirs, "revision": latest})
        assert (published.status, stale.status) == (200, 409)

    in_box(tmp_path, test)


def test_grave_problems_stop_a_publication(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        browser = await box.everything()
        broken = json.loads(json.dumps(LITTLE))
        del broken["nodes"][1]["exits"]
        flow, revision = await drawn(browser, broken)
        (problem, *_) = (await browser.get(f"/api/flows/{flow}")).json["check"]["problems"]
        assert (problem["node"], problem["field"]) == ("p", "exits.next")
        refused = await browser.post(f"/api/flows/{flow}/publication", {"revision": revision})
        assert (refused.status, "说再见" in refused.error) == (422, True)
        assert len(plan_of(box).flows) == 1

    in_box(tmp_path, test)


def test_lines_and_default_and_what_may_be_deleted(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        browser = await box.everything()
        flow, revision = await drawn(browser)
        early = await browser.put(f"/api/flows/{flow}/use", {"default": False, "lines": [1]})
        assert (early.status, "先发布" in early.error) == (409, True)
        await browser.post(f"/api/flows/{flow}/publication", {"revision": revision})
        row = await browser.put(f"/api/flows/{flow}/use", {"default": False, "lines": [2, 3]})
        assert row.json["lines"] == [2, 3]
        assert [line.flow for line in plan_of(box).lines] == [None, flow, flow, None]
        assert (await browser.put(f"/api/flows/{flow}/use", {"default": False, "lines": [9]})).status == 422
        used = await browser.delete(f"/api/flows/{flow}")
        assert (used.status, "2 号、3 号" in used.error) == (409, True)
        assert (await browser.put(f"/api/flows/{flow}/use", {"default": True, "lines": []})).status == 200
        assert (await browser.delete(f"/api/flows/{flow}")).status == 409
        assert (await browser.put(f"/api/flows/{flow}/use", {"default": False, "lines": []})).status == 422
        assert (await browser.put("/api/flows/main/use", {"default": True, "lines": []})).status == 200
        assert (await browser.delete(f"/api/flows/{flow}")).status == 200
        assert [graph.id for graph in plan_of(box).flows] == ["main"]
        assert (await browser.get(f"/api/flows/{flow}")).status == 404
        assert (await drawn(browser))[0] != flow, "an id is never used again: its history stays"

    in_box(tmp_path, test)


def test_a_file_goes_out_and_comes_back(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        browser = await box.everything()
        flow, _ = await drawn(browser)
        file = await browser.get(f"/api/flows/{flow}/export")
        assert "attachment" in file.headers["Content-Disposition"]
        came = await browser.ask("POST", "/api/flow-imports", raw=file.body)
        assert (came.status, came.json["row"]["label"]) == (200, "小流程")
        assert came.json["graph"]["nodes"][1]["params"] == {"prompts": ["goodbye"]}

    in_box(tmp_path, test)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "不是正确的 JSON"),
        (b"\xff\xfe\x00", "不是正确的 JSON"),
        (b"[" * 1_000_000, "不是正确的 JSON"),
        (b"x" * 1_000_000, "不是正确的 JSON"),
        (b"[1,2]", "hotlinebox_flow"),
        (b'{"hotlinebox_flow":2,"flow":{}}', "hotlinebox_flow"),
        (b'{"hotlinebox_flow":1,"flow":{"id":"a","label":"b","start":"c"}}', "flow.nodes"),
        (b'{"hotlinebox_flow":1,"flow":{"id":"a","label":"b","start":"c","nodes":[{"id":"a"}]}}', "flow.nodes[0].kind"),
        (b'{"hotlinebox_flow":1,"flow":{"id":"a","label":"b","start":"c","nodes":[{"id":"a","kind":"x","exits":{"1":2}}]}}',
         "flow.nodes[0].exits.1"),
    ],
)  # fmt: skip
def test_broken_files_are_refused_with_the_place(tmp_path: Path, content: bytes, said: str) -> None:
    async def test(box: Box) -> None:
        browser = await box.everything()
        answer = await browser.ask("POST", "/api/flow-imports", raw=content)
        assert (answer.status, said in answer.error) == (422, True), answer.body[:300]
        assert len((await browser.get("/api/flows")).json) == 1

    in_box(tmp_path, test)


def test_junk_in_a_draft_is_refused_and_nothing_lost(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        browser = await box.everything()
        flow, revision = await drawn(browser)
        path = f"/api/flows/{flow}/draft"
        deep = b'{"revision":1,"graph":{"id":"","label":"x","start":"a","nodes":[{"id":"a","kind":"play","params":{"p":'
        assert (await browser.ask("PUT", path, raw=deep + b"[" * 900_000)).status == 400
        assert (await browser.ask("PUT", path, raw=b"{" * 1_000_000)).status == 400
        crowd = [{"id": f"n{n}", "kind": "hangup"} for n in range(501)]
        many = await browser.put(path, {"graph": {**LITTLE, "nodes": crowd}, "revision": revision})
        assert (many.status, "501" in many.error) == (422, True)
        assert (await browser.put(path, {"graph": {**LITTLE, "label": " "}, "revision": revision})).status == 422
        state = (await browser.get(f"/api/flows/{flow}")).json
        assert (state["row"]["revision"], len(state["graph"]["nodes"])) == (revision, 3)

    in_box(tmp_path, test)


def test_html_in_labels_stays_text(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        browser = await box.everything()
        nasty = "<img src=x onerror=alert(1)>"
        graph = json.loads(json.dumps(LITTLE))
        graph["label"] = graph["nodes"][0]["label"] = nasty
        del graph["nodes"][0]["exits"]
        flow, _ = await drawn(browser, graph)
        answer = await browser.get(f"/api/flows/{flow}")
        assert answer.headers["Content-Type"].startswith("application/json")
        assert answer.json["graph"]["label"] == nasty
        assert nasty in answer.json["check"]["problems"][0]["text"]
        file = await browser.get(f"/api/flows/{flow}/export")
        assert "<" not in file.headers["Content-Disposition"]

    in_box(tmp_path, test)


def test_trying_out(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        browser = await box.everything()
        graph = (await browser.get("/api/flows/main")).json["graph"]
        script: dict[str, Any] = {"at": "2026-11-03T09:00:00", "caller": "13905620001"}
        asked = (await browser.post("/api/flows/main/walk", {"graph": graph, "script": script})).json
        assert asked["end"] == "awaits_keys"
        assert any("您好" in step.get("text", "") for step in asked["steps"])
        script["keys"] = ["1"]
        gone = (await browser.post("/api/flows/main/walk", {"graph": graph, "script": script})).json
        assert [step["node"] for step in gone["steps"] if step["kind"] == "entered"][-1] == "repair"
        script["at"] = "2026-11-03T23:00:00"
        night = (await browser.post("/api/flows/main/walk", {"graph": graph, "script": script})).json
        assert "night" in [step.get("node") for step in night["steps"]]

    in_box(tmp_path, test)


def test_templates_make_flows_that_may_be_published(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        browser = await box.everything()
        offered = (await browser.get("/api/flow-templates")).json
        assert len(offered) == 6
        for template in offered:
            state = (await browser.post("/api/flows", {"template": template["id"]})).json
            grave = [each["text"] for each in state["check"]["problems"] if each["grave"]]
            # Only the server to be asked is the bureau's own business.
            assert all("服务器" in text for text in grave), (template["id"], grave)
        copied = (await browser.post("/api/flows", {"copy_of": "main"})).json
        assert copied["row"]["label"] == "热线主流程 副本"
        assert (await browser.post("/api/flows", {"template": "nothing"})).status == 422

    in_box(tmp_path, test)


def test_an_engine_out_of_reach_does_not_stop_a_publication(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        browser = await box.everything()
        flow, revision = await drawn(browser)
        await box.engine.server.stop()
        assert (await browser.post(f"/api/flows/{flow}/publication", {"revision": revision})).status == 200
        assert [graph.id for graph in plan_of(box).flows] == ["main", flow]

    in_box(tmp_path, test)


def test_what_the_engine_will_not_have_is_taken_back(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        browser = await box.everything()
        flow, revision = await drawn(browser)
        box.engine.refusals[ReloadCallPlan] = "端口 sim/9 不存在。"
        refused = await browser.post(f"/api/flows/{flow}/publication", {"revision": revision})
        assert (refused.status, "sim/9" in refused.error) == (409, True)
        assert [graph.id for graph in plan_of(box).flows] == ["main"]
        row = (await browser.get(f"/api/flows/{flow}")).json["row"]
        assert (row["version"], row["changed"], row["revision"]) == (None, True, revision)
        assert (await browser.get(f"/api/flows/{flow}/versions")).json == []

    in_box(tmp_path, test)


def test_who_may_look_draw_and_publish(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        manager, leader, agent = [await box.person(role, role) for role in ("manager", "leader", "agent")]
        flow, revision = await drawn(manager)
        assert (await leader.get(f"/api/flows/{flow}")).status == 200
        assert (await leader.put(f"/api/flows/{flow}/draft", {"graph": LITTLE, "revision": revision})).status == 403
        assert (await leader.post(f"/api/flows/{flow}/publication", {"revision": revision})).status == 403
        assert (await leader.delete(f"/api/flows/{flow}")).status == 403
        assert (await agent.get("/api/flows")).status == 403
        assert (await agent.get(f"/api/flows/{flow}/export")).status == 403
        assert (await manager.post(f"/api/flows/{flow}/publication", {"revision": revision})).status == 200

    in_box(tmp_path, test)
