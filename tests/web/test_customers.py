"""Customers over the API: own fields, filters, merge, history, imports to the end and back, exports, denials."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable, Coroutine
from functools import wraps
from pathlib import Path
from typing import Any
from urllib.parse import quote

import openpyxl

from appliance.jobs.customercolumns import guess_all
from appliance.store.customer_form import CustomerForm
from appliance.store.policies import DataPolicy, Level, MaskedField, PolicyObject, replace_policies, role_holder
from tests.web.box import Box, Browser, in_box

ROWS = (
    "姓名,电话,客户编号,片区\n张三,2812345,K1,城东\n"
    "李四,不是电话,K2,城东\n,13905620003,K3,城东\n张三三,13905620009,K1,城东\n"
)


def with_box(test: Callable[[Box], Coroutine[Any, Any, None]]) -> Callable[[Path], None]:
    @wraps(test)
    def run(tmp_path: Path) -> None:
        in_box(tmp_path, test)

    del run.__wrapped__  # pytest asks for tmp_path, not for the box
    return run


async def until_rest(browser: Browser, import_id: str) -> Any:
    for _ in range(300):
        view = (await browser.get(f"/api/customer-imports/{import_id}")).json
        if view["progress"]["state"] != "running":
            return view
        await asyncio.sleep(0.1)
    raise AssertionError(view)


async def uploaded(browser: Browser, content: bytes, name: str = "客户.csv") -> Any:
    answer = await browser.ask("POST", f"/api/customer-imports?name={quote(name)}", raw=content)
    assert answer.status == 200, answer.body
    return await until_rest(browser, answer.json["id"])


async def checked(browser: Browser, view: Any, **terms: object) -> Any:
    targets = [column["guess"] for column in view["outline"]["columns"]]
    answer = await browser.post(f"/api/customer-imports/{view['id']}/check", {"targets": targets, **terms})
    assert answer.status == 200, answer.body
    return await until_rest(browser, view["id"])


@with_box
async def test_a_file_with_mistakes_is_imported_and_taken_back(box: Box) -> None:
    """S036: nothing changes until it is confirmed; every wrong row says why; undo brings back what was."""
    manager = await box.person("boss", "manager", "admin")
    view = await uploaded(manager, ROWS.encode("gb18030"))
    assert [column["guess"] for column in view["outline"]["columns"]] == ["name", "numbers", "code", "area"]
    assert view["outline"]["form"] == "CSV（GB18030）"
    view = await checked(manager, view, add_words=True)
    preview = view["preview"]
    assert (preview["new"], preview["wrong"], preview["skipped"]) == (1, 2, 1)
    assert preview["new_words"] == ["area:城东"]
    assert (await manager.get("/api/customers")).json["rows"] == []
    left = await manager.get(f"/api/customer-imports/{view['id']}/file")
    table = [list(row) for row in openpyxl.load_workbook(io.BytesIO(left.body)).active.iter_rows(values_only=True)]
    assert table[0][:2] == ["原文件行号", "原因"]
    assert [row[0] for row in table[1:]] == [3, 4, 5]
    assert "不是电话号码" in table[1][1]
    assert "缺少姓名" in table[2][1]
    assert "与第 2 行重复" in table[3][1]
    view = await checked(manager, view, add_words=True, language="en")
    left = await manager.get(f"/api/customer-imports/{view['id']}/file?language=en")
    assert openpyxl.load_workbook(io.BytesIO(left.body)).active["B1"].value == "Reason"
    assert (await manager.post(f"/api/customer-imports/{view['id']}/run")).status == 200
    view = await until_rest(manager, view["id"])
    assert (view["outcome"]["state"], view["outcome"]["added"]) == ("done", 1)
    rows = (await manager.get("/api/customers?q=zs")).json["rows"]
    assert [row["name"] for row in rows] == ["张三"]
    assert [area["label"] for area in (await manager.get("/api/customer-form")).json["areas"]] == ["城东"]
    assert (await manager.post(f"/api/customer-imports/{view['id']}/run")).status == 409
    assert (await manager.post(f"/api/customer-imports/{view['id']}/undo")).status == 200
    view = await until_rest(manager, view["id"])
    assert view["outcome"]["state"] == "undone"
    assert (await manager.get("/api/customers")).json["rows"] == []
    assert (await manager.post(f"/api/customer-imports/{view['id']}/undo")).status == 409


@with_box
async def test_known_customers_are_filled_or_updated_and_come_back(box: Box) -> None:
    manager = await box.person("boss", "manager", "leader", "admin")
    old = (await manager.post("/api/customers", {"name": "张三", "code": "K1", "numbers": ["2812345"]})).json
    table = "客户编号,姓名,手机,地址\nK1,张三丰,13905620001,长江路1号\n".encode("utf-8-sig")
    view = await checked(manager, await uploaded(manager, table), known="fill")
    assert view["preview"]["changed"] == 1
    await manager.post(f"/api/customer-imports/{view['id']}/run")
    await until_rest(manager, view["id"])
    now = (await manager.get(f"/api/customers/{old['id']}")).json
    assert (now["name"], now["address"], now["numbers"]) == ("张三", "长江路1号", ["05622812345", "13905620001"])
    history = (await manager.get(f"/api/customers/{old['id']}/history")).json
    assert [each["change"]["kind"] for each in history] == ["changed", "created"]
    assert history[0]["change"]["import_id"] == view["id"]
    assert history[0]["change"]["before"]["address"] == ""
    again = await checked(manager, await uploaded(manager, table), known="update")
    assert (again["preview"]["changed"], again["preview"]["rows"][0]["state"]["name"]) == (1, "张三丰")
    await manager.post(f"/api/customer-imports/{view['id']}/undo")
    await until_rest(manager, view["id"])
    assert (await manager.get(f"/api/customers/{old['id']}")).json["numbers"] == ["05622812345"]


@with_box
async def test_files_that_are_none(box: Box) -> None:
    """C25 and worse: each gets a sentence, none hurts the box."""
    manager = await box.person("boss", "manager")
    for content, said in (
        (b"PK\x03\x04" + bytes(200), "打不开"),
        (b"\x00\x01\x02" * 500, "不是能识别|没有客户资料|没有内容|GB18030"),
        (b"<html><table><tr><td>x</td></tr></table></html>", "网页"),
        ("姓名,电话\n".encode(), "没有客户资料"),
        (b"\xff" * 300, "GB18030|打不开"),
    ):
        view = await uploaded(manager, content)
        assert view["progress"]["state"] == "failed", content[:10]
        assert any(part in view["progress"]["text"] for part in said.split("|")), view["progress"]["text"]
        assert (await manager.delete(f"/api/customer-imports/{view['id']}")).status == 200
        assert (await manager.get(f"/api/customer-imports/{view['id']}")).status == 404
    assert (await manager.ask("POST", "/api/customer-imports", raw=b"")).status == 422


@with_box
async def test_who_may_what(box: Box) -> None:
    agent = await box.person("girl", "agent", agent="1002")
    worker = await box.person("worker", "field")
    made = (await agent.post("/api/customers", {"name": "张三"})).json
    for ask in (
        agent.ask("POST", "/api/customer-imports", raw=b"x"), agent.get("/api/customer-imports"),
        agent.post("/api/customer-exports", {}), agent.delete(f"/api/customers/{made['id']}"),
        agent.post(f"/api/customers/{made['id']}/merge", {"other": 2}),
        agent.put("/api/customer-form", {"revision": "x", "form": {}}),
        agent.put("/api/customer-areas", {"revision": "x", "areas": []}), worker.post("/api/customers", {"name": "x"}),
        worker.put(f"/api/customers/{made['id']}", {"name": "x"}),
    ):  # fmt: skip
        assert (await ask).status == 403
    changed = await agent.put(f"/api/customers/{made['id']}", {"name": "张三", "level": "VIP"})
    assert changed.status == 403


@with_box
async def test_own_fields_and_who_sees_them(box: Box) -> None:
    """S034, S037: own fields; sensitive ones only with cust.view_id, and nobody erases what is hidden."""
    admin = await box.person("root", "admin", "manager", "leader")
    agent = await box.person("girl", "agent", agent="1002")
    state = (await admin.get("/api/customer-form")).json
    fields = [
        {"id": "idno", "label": "身份证号", "sensitive": True},
        {"id": "born", "label": "开户日期", "kind": "date", "in_list": True, "in_pop": True},
        {"id": "box", "label": "机顶盒", "kind": "choice", "choices": ["高清", "标清"]},
    ]
    form = {**state["form"], "fields": fields}
    assert (await admin.put("/api/customer-form", {"revision": state["revision"], "form": form})).status == 200
    assert (await admin.put("/api/customer-form", {"revision": state["revision"], "form": form})).status == 409
    custom = {"idno": "340702199001011234", "born": "2024年1月5日", "box": "高清"}
    made = (await admin.post("/api/customers", {"name": "张三", "custom": custom})).json
    seen = (await admin.get(f"/api/customers/{made['id']}")).json["custom"]
    assert seen == {"idno": "340702199001011234", "born": "2024-01-05", "box": "高清"}
    hers = (await agent.get(f"/api/customers/{made['id']}")).json["custom"]
    assert hers == {"born": "2024-01-05", "box": "高清"}
    assert (await agent.get("/api/customers?q=340702")).json["rows"] == []
    assert (await admin.get("/api/customers?q=2024-01-05")).json["rows"] != []
    assert (await agent.put(f"/api/customers/{made['id']}", {"name": "张三", "custom": {"box": "标清"}})).status == 200
    assert (await admin.get(f"/api/customers/{made['id']}")).json["custom"]["idno"] == "340702199001011234"
    history = (await agent.get(f"/api/customers/{made['id']}/history")).json
    assert history[0]["change"]["before"]["custom"]["idno"] == "***"
    clerk = await box.person("clerk", "admin")
    table = "姓名,电话,机顶盒\n张三,2812345,标清\n".encode()
    assert (await admin.put(f"/api/customers/{made['id']}", {"name": "张三", "numbers": ["2812345"]})).status == 200
    row = (await checked(clerk, await uploaded(clerk, table), known="update"))["preview"]["rows"][0]
    assert (row["before"]["custom"]["idno"], row["state"]["custom"]["idno"]) == ("***", "***")
    wrong = await agent.put(f"/api/customers/{made['id']}", {"name": "张三", "custom": {"box": "4K"}})
    assert (wrong.status, wrong.json["error"]["field"]) == (422, "custom.box")
    for fault in (
        {"id": "x", "label": "x", "kind": "choice"},
        {"id": "x", "label": "x", "sensitive": True, "in_pop": True},
    ):
        state = (await admin.get("/api/customer-form")).json
        asked = {"revision": state["revision"], "form": {**state["form"], "fields": [fault]}}
        assert (await admin.put("/api/customer-form", asked)).status == 422


@with_box
async def test_data_policy_of_areas_and_managers(box: Box) -> None:
    """S039: customers by area and by who looks after it; what is outside is not there, masked comes back whole."""
    admin = await box.person("root", "admin", "manager", "leader")
    agent = await box.person("girl", "agent", agent="1002")
    revision = (await admin.get("/api/customer-form")).json["revision"]
    areas = [{"label": "城东", "manager": "1002"}, {"label": "城西"}, {"label": "开发区"}]
    assert (await admin.put("/api/customer-areas", {"revision": revision, "areas": areas})).status == 200
    ids = {}
    for area in ("城东", "城西", "开发区"):
        draft = {"name": f"{area}的客户", "area": area, "numbers": [f"1390562000{len(ids)}"], "address": "长江路"}
        ids[area] = (await admin.post("/api/customers", draft)).json["id"]
    policy = DataPolicy(
        object=PolicyObject.CUSTOMER,
        level=Level.AREAS,
        areas=("城西",),
        masked=(MaskedField.NUMBER, MaskedField.ADDRESS),
    )
    box.context.database.write_now(replace_policies, role_holder("agent"), [policy])
    agent = await box.person("girl2", "agent", agent="1003")
    rows = (await agent.get("/api/customers")).json["rows"]
    assert [row["area"] for row in rows] == ["城西"]
    assert rows[0]["numbers"] == ["139****0001"]
    assert rows[0]["address"] == "***"
    assert (await agent.get(f"/api/customers/{ids['城东']}")).status == 404
    assert (await agent.get("/api/customers/by-number/13905620000")).status == 404
    same = {"name": "改了", "area": "城西", "numbers": rows[0]["numbers"], "address": "***"}
    assert (await agent.put(f"/api/customers/{ids['城西']}", same)).status == 200
    whole = (await admin.get(f"/api/customers/{ids['城西']}")).json
    assert (whole["name"], whole["numbers"], whole["address"]) == ("改了", ["13905620001"], "长江路")


@with_box
async def test_merge_filters_and_export(box: Box) -> None:
    manager = await box.person("boss", "manager", "leader", "admin")
    first = (await manager.post("/api/customers", {"name": "张三", "numbers": ["2812345"], "status": "正常"})).json
    second = (
        await manager.post(
            "/api/customers", {"name": "张三", "numbers": ["13905620001"], "status": "欠费", "note": "=1+1"}
        )
    ).json
    assert [row["id"] for row in (await manager.get("/api/customers?statuses=%E6%AC%A0%E8%B4%B9")).json["rows"]] == [
        second["id"]
    ]
    similar = (await manager.get(f"/api/customers/{first['id']}/background")).json["similar"]
    assert [each["id"] for each in similar] == [second["id"]]
    asked = {"other": second["id"], "choices": {"status": "other"}}
    merged = await manager.post(f"/api/customers/{first['id']}/merge", asked)
    assert merged.status == 200, merged.body
    assert (merged.json["numbers"], merged.json["status"]) == (["05622812345", "13905620001"], "欠费")
    assert (await manager.get(f"/api/customers/{second['id']}")).status == 404
    assert (await manager.post(f"/api/customers/{first['id']}/merge", {"other": first["id"]})).status == 422
    export = (await manager.post("/api/customer-exports", {"text": "zs"})).json
    for _ in range(200):
        export = (await manager.get(f"/api/customer-exports/{export['id']}")).json
        if export["state"] != "running":
            break
        await asyncio.sleep(0.1)
    assert (export["state"], export["done_rows"]) == ("done", 1)
    file = await manager.get(f"/api/customer-exports/{export['id']}/file")
    sheet = openpyxl.load_workbook(io.BytesIO(file.body)).active
    heading, row = [list(each) for each in sheet.iter_rows(values_only=True)]
    assert row[heading.index("电话号码")] == "05622812345、13905620001"
    assert row[heading.index("备注")] == "=1+1"
    assert sheet.cell(2, heading.index("备注") + 1).data_type != "f"
    while (begun := await manager.post("/api/customer-exports?language=en", {"text": "zs"})).status == 409:
        await asyncio.sleep(0.1)
    english = begun.json["id"]
    while (await manager.get(f"/api/customer-exports/{english}")).json["state"] == "running":
        await asyncio.sleep(0.1)
    file = await manager.get(f"/api/customer-exports/{english}/file?language=en")
    heading = [cell.value for cell in openpyxl.load_workbook(io.BytesIO(file.body)).active[1]]
    assert guess_all(heading, CustomerForm(), {})[:9] == [
        "code", "name", "numbers", "card", "address", "area", "status", "level", "note",
    ]  # fmt: skip
    assert "".join(heading).isascii()
    other = await box.person("boss2", "manager")
    assert (await other.get(f"/api/customer-exports/{export['id']}")).status == 404
