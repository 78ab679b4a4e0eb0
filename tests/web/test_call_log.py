"""Around the list of calls: kept searches and whose they are, the view of each person, print, masked numbers."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import openpyxl

from appliance.store.audit import list_audit_entries
from appliance.store.roles import save_role
from appliance.telephony.call import CallResult
from appliance.wire.facts import Step
from tests.web.box import Box, Browser, in_box, until_true
from tests.web.fake_engine import record
from webui.auth.permissions import P

MOBILE, LANDLINE, FOREMAN = "13812341234", "05622821234", "13905629999"
TALKED = {"result": {"values": ["talked"]}}
LONG = {"wait_sec": {"min": 60}}
"""Needs call.search_adv."""


async def two_calls(box: Box, browser: Browser) -> None:
    box.engine.log_call(
        record(
            "20261102-090000-0001", MOBILE, "1002", transfers=(f"external:{FOREMAN}", "agent:1002"),
            steps=(Step(at_s=0.0, kind="rang"), Step(at_s=9.0, kind="transferred", number=FOREMAN, station="802")),
        )
    )  # fmt: skip
    box.engine.log_call(
        record(
            "20261102-090001-0001", LANDLINE, None, started_at="2026-11-02T09:00:01+08:00",
            result=CallResult.ABANDONED_IN_QUEUE,
        )
    )  # fmt: skip

    async def there() -> bool:
        return bool((await browser.get("/api/calls")).json["count"] == 2)

    await until_true(there)


def terms(name: str, search: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"name": name, "search": search, **more}


async def names(browser: Browser) -> list[str]:
    return [one["terms"]["name"] for one in (await browser.get("/api/saved-searches")).json]


def test_searches_are_kept_arranged_changed_and_deleted(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        me = await box.person("li", "leader")
        order = {"by": "talk_s", "ascending": True}
        first = (await me.post("/api/saved-searches", terms(" 漏接 ", TALKED, order=order))).json
        assert first["terms"] == {"name": "漏接", "search": TALKED, "order": order, "shared": False}
        second = (await me.post("/api/saved-searches", terms("等得久", LONG))).json
        assert await names(me) == ["漏接", "等得久"]
        taken = await me.post("/api/saved-searches", terms("漏接", LONG))
        assert (taken.status, taken.json["error"]["field"]) == (409, "name")
        assert (await me.post("/api/saved-searches", terms("  ", LONG))).json["error"]["field"] == "name"
        wrong = await me.post("/api/saved-searches", terms("错", {"talk_sec": {"min": 9, "max": 1}}))
        assert (wrong.status, wrong.json["error"]["field"]) == (422, "talk_sec")
        await me.patch("/api/saved-searches", {"ids": [second["id"], 99, second["id"]]})
        assert await names(me) == ["等得久", "漏接"]
        path = f"/api/saved-searches/{first['id']}"
        assert (await me.put(path, terms("等得久", TALKED))).status == 409
        assert (await me.put(path, terms("改名", LONG))).json["terms"]["search"] == LONG
        assert (await me.delete(path)).status == 200
        assert (await me.delete(path)).status == 404
        assert await names(me) == ["等得久"]
        entries = await box.context.database.read(list_audit_entries)
        assert {"call.search_save", "call.search_arrange", "call.search_delete"} <= {each.action for each in entries}

    in_box(tmp_path, test)


def test_others_use_what_is_shared_and_change_nothing(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        leader, agent = await box.person("li", "leader"), await box.person("zhang", "agent", agent="1002")
        shared = (await leader.post("/api/saved-searches", terms("班里漏接", TALKED, shared=True))).json
        await leader.post("/api/saved-searches", terms("等得久", LONG, shared=True))
        await leader.post("/api/saved-searches", terms("自己的", TALKED))
        checker = await box.person("qa", "quality")
        assert await names(checker) == ["班里漏接", "等得久"]
        # Conditions that a person may not use are not offered to that person.
        may_combine = "call.search_adv" in (await agent.get("/api/session")).json["user"]["permissions"]
        assert await names(agent) == ["班里漏接", *(["等得久"] if may_combine else [])]
        path = f"/api/saved-searches/{shared['id']}"
        for answer in (await checker.put(path, terms("我的了", TALKED)), await checker.delete(path)):
            assert answer.status == 404
        refused = await checker.post("/api/saved-searches", terms("也共享", TALKED, shared=True))
        assert refused.status == 403
        assert "共享已存查询" in refused.error
        await checker.patch("/api/saved-searches", {"ids": [shared["id"]]})
        assert await names(leader) == ["班里漏接", "等得久", "自己的"]
        assert (await checker.post("/api/saved-searches", terms("班里漏接", TALKED))).status == 200

    in_box(tmp_path, test)


def test_everybody_has_a_view_of_the_own(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        me, other = await box.person("li", "leader"), await box.person("qa", "quality")
        empty: dict[str, Any] = {"columns": [], "default_search": None, "recent": []}
        assert (await me.get("/api/call-view")).json == empty
        view: dict[str, Any] = {
            "columns": [{"id": "talk_s", "width_px": 90}, {"id": "started_at", "width_px": 150}],
            "default_search": 1,
            "recent": [{"search": LONG, "order": {}}],
        }
        assert (await me.put("/api/call-view", view)).status == 200
        assert (await me.get("/api/call-view")).json == view
        assert (await other.get("/api/call-view")).json == empty
        for columns in ([{"id": "colour", "width_px": 90}], [view["columns"][0]] * 2, [{"id": "line", "width_px": 1}]):
            assert (await me.put("/api/call-view", {"columns": columns})).status == 422

    in_box(tmp_path, test)


async def workbook(browser: Browser, columns: list[str]) -> list[tuple[Any, ...]]:
    begun = (await browser.post("/api/exports", {"columns": columns})).json

    async def done() -> bool:
        return bool((await browser.get(f"/api/exports/{begun['id']}")).json["state"] == "done")

    await until_true(done)
    sheet = openpyxl.load_workbook(io.BytesIO((await browser.get(f"/api/exports/{begun['id']}/file")).body)).active
    assert sheet is not None
    return list(sheet.iter_rows(values_only=True))


def test_numbers_are_masked_alike_in_list_detail_print_and_workbook(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        boss = await box.everything()
        await two_calls(box, boss)
        allowed = tuple(str(each) for each in P if each is not P.CALL_VIEW_NUMBER_FULL)
        await box.context.database.write(save_role, "clerk", "文员", allowed)
        clerk = await box.person("wen", "clerk", agent="1002")
        masked, whole = ["056****1234", "138****1234"], [LANDLINE, MOBILE]
        for browser, numbers, foreman in ((clerk, masked, "139****9999"), (boss, whole, FOREMAN)):
            listed = (await browser.get("/api/calls")).json["rows"]
            on_paper = (await browser.get("/api/call-print")).json["rows"]
            assert listed == on_paper
            assert [row["peer_number"] for row in listed] == numbers
            assert listed[1]["transfers"] == [f"external:{foreman}", "agent:1002"]
            heading, *rows = await workbook(browser, ["peer_number", "peer_number_raw", "transfers", "talk_s"])
            assert heading == ("客户号码", "原始号码", "转接", "通话(秒)")
            assert [row[0] for row in rows] == numbers
            assert rows[1][2] == f"external:{foreman}、agent:1002"
            text = (await browser.get("/api/calls/20261102-090000-0001")).body.decode()
            assert (MOBILE in text, FOREMAN in text) == ((True, True) if browser is boss else (False, False))

    in_box(tmp_path, test)


def test_print_and_orders_need_what_they_need(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        boss = await box.everything()
        await two_calls(box, boss)
        search = quote(json.dumps(TALKED))
        sheet = (await boss.get(f"/api/call-print?search={search}&order_by=peer_number&ascending=true")).json
        assert ([row["peer_number"] for row in sheet["rows"]], sheet["count"]) == ([MOBILE], 1)
        assert sheet["by"] == "系统管理员"
        agent = await box.person("zhang", "agent", agent="1002")
        assert (await agent.get("/api/call-print")).status == 403
        up = (await boss.get("/api/calls?order_by=peer_number&ascending=true&limit=1")).json
        assert up["rows"][0]["peer_number"] == LANDLINE
        rest = (await boss.get(f"/api/calls?order_by=peer_number&ascending=true&limit=1&before={up['next']}")).json
        assert ([row["peer_number"] for row in rest["rows"]], rest["next"]) == ([MOBILE], None)
        assert (await boss.get("/api/calls?order_by=summary")).json["error"]["field"] == "order_by"
        gone = (await boss.get("/api/calls?order_by=talk_s&before=17")).json
        assert (gone["rows"], gone["next"]) == ([], None)
        assert (await boss.get(f"/api/call-count?search={search}")).json == {"count": 1}
        choices = (await boss.get("/api/call-choices")).json
        assert {"agent": "1002", "name": "zhang先生"} in choices["agents"]

    in_box(tmp_path, test)
