"""Users, customers, reasons, the plan's names and the permission catalogue."""

from __future__ import annotations

from pathlib import Path

from tests.web.box import PASSWORD, Box, in_box

ZHANG = {"login": "zhang", "name": "张三", "password": PASSWORD, "roles": ["agent"], "agent": "1002"}


def test_users_come_and_go(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        admin = await box.everything()
        zhang = (await admin.post("/api/users", ZHANG)).json
        again = await admin.post("/api/users", ZHANG)
        assert (again.status, again.json["error"]["field"]) == (409, "login")
        browser = box.browser()
        await browser.log_in("zhang")
        assert (await browser.post("/api/password", {"old": PASSWORD, "new": "张三自己的新密码"})).status == 200
        assert (await browser.get("/api/users")).status == 403
        change = {"login": "zhang", "name": "张三", "roles": ["agent", "admin"], "agent": "1002"}
        assert (await admin.put(f"/api/users/{zhang['id']}", change)).status == 200
        listed = await browser.get("/api/users")
        assert listed.status == 200, listed.body.decode()
        assert [user["login"] for user in listed.json] == ["admin", "zhang"]
        gone = await admin.put(f"/api/users/{zhang['id']}", change | {"active": False})
        assert gone.json["active"] is False
        assert (await browser.get("/api/users")).status == 401
        refused = await browser.log_in("zhang", "张三自己的新密码")
        assert (refused.status, "停用" in refused.error) == (403, True)
        assert (await admin.put("/api/users/999", change)).status == 404

    in_box(tmp_path, test)


def test_nobody_locks_themselves_out_or_raises_themselves(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        await box.everything()
        user = await box.add_user("wang", "admin")
        wang = box.browser()
        await wang.log_in("wang")
        me = {"login": "wang", "name": "王五", "roles": ["admin"]}
        path = f"/api/users/{user.id}"
        for change in ({"active": False}, {"roles": []}, {"roles": ["admin", "manager"]}, {"password": PASSWORD}):
            assert (await wang.put(path, me | change)).status == 422, change
        assert (await wang.put(path, me)).json["name"] == "王五"

    in_box(tmp_path, test)


def test_a_reset_password_ends_the_sessions(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        admin = await box.everything()
        user = await box.add_user("li", "leader")
        li = box.browser()
        await li.log_in("li")
        change = {"login": "li", "name": "李四", "roles": ["leader"], "password": "管理员给的新密码"}
        assert (await admin.put(f"/api/users/{user.id}", change)).json["must_change_password"] is True
        assert (await li.get("/api/plan")).status == 401
        assert (await li.log_in("li", "管理员给的新密码")).json["user"]["must_change_password"] is True

    in_box(tmp_path, test)


def test_customers(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        browser = await box.everything()
        draft = {"name": "赵老师", "numbers": ["2821234", "13812341234"], "code": "K001"}
        customer = (await browser.post("/api/customers", draft)).json
        assert customer["numbers"] == ["05622821234", "13812341234"]
        assert (await browser.get("/api/customers/by-number/2821234")).json["id"] == customer["id"]
        assert (await browser.get("/api/customers/by-number/110")).status == 404
        taken = await browser.post("/api/customers", {"name": "别人", "numbers": ["138-1234-1234"]})
        assert (taken.status, taken.json["error"]["field"]) == (409, "numbers")
        path = f"/api/customers/{customer['id']}"
        assert (await browser.put(path, draft | {"name": "赵校长"})).json["name"] == "赵校长"
        page = (await browser.get("/api/customers?q=%E8%B5%B5&limit=10")).json
        assert [row["name"] for row in page["rows"]] == ["赵校长"]
        assert (await browser.get("/api/customers?limit=many")).json["error"]["field"] == "limit"
        assert (await browser.delete(path)).status == 200
        assert (await browser.get(path)).status == 404

    in_box(tmp_path, test)


def test_an_agent_does_not_change_a_customers_status(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        agent = await box.person("zhang", "agent")
        draft = {"name": "赵老师", "status": "正常"}
        path = f"/api/customers/{(await agent.post('/api/customers', draft)).json['id']}"
        assert (await agent.put(path, draft | {"note": "常打电话"})).status == 200
        assert (await agent.put(path, draft | {"status": "停机"})).status == 403

    in_box(tmp_path, test)


def test_names_for_the_screens(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        browser = await box.everything()
        plan = (await browser.get("/api/plan")).json
        assert plan["seats"][0] == {"seat": "1", "station": "801", "label": "1号座席"}
        assert {"id": "repair", "label": "报修"} in plan["queues"]
        assert any(node["kind"] == "menu" for node in plan["flows"][0]["nodes"])
        assert "报修" in [reason["label"] for reason in (await browser.get("/api/reasons")).json]
        permissions = (await browser.get("/api/permissions")).json
        assert len(permissions) == 150
        assert permissions[0]["area"] == "座席工作台"
        roles = (await browser.get("/api/roles")).json
        assert [role["id"] for role in roles][:2] == ["admin", "manager"]

    in_box(tmp_path, test)
