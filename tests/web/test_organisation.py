"""Organisation, roles, data policies, sessions and the operation log, over HTTP."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from appliance.store.connection import Connection, execute, fetch_all
from appliance.wire.facts import Recording
from tests.web.box import PASSWORD, Box, Browser, in_box, until, until_true
from tests.web.fake_engine import record
from webui.auth import sessions
from webui.auth.permissions import P
from webui.handlers.base import CONFIRM
from webui.handlers.sockets import SESSION_ENDED


async def tree(admin: Browser) -> dict[str, int]:
    """One organisation, one department, two teams; ids by name."""
    ids: dict[str, int] = {}
    for label, kind, above in (
        ("枞阳广电", "organisation", None),
        ("客服部", "department", "枞阳广电"),
        ("一班", "team", "客服部"),
        ("二班", "team", "客服部"),
    ):
        answer = await admin.post("/api/units", {"label": label, "kind": kind, "parent": ids.get(above or "")})
        assert answer.status == 200, answer.body.decode()
        ids[label] = answer.json["id"]
    return ids


async def add(admin: Browser, login: str, unit: int | None, *roles: str, agent: str | None = None) -> Any:
    body = {"login": login, "name": login, "roles": roles, "unit": unit, "agent": agent, "password": PASSWORD}
    answer = await admin.post("/api/users", body)
    assert answer.status == 200, answer.body.decode()
    return answer.json


async def enter(box: Box, login: str) -> Browser:
    """Signed in; the first password was changed."""
    await box.context.database.write(_settled, login)
    browser = box.browser()
    assert (await browser.log_in(login)).status == 200
    return browser


def _settled(db: Connection, login: str) -> None:
    execute(db, "UPDATE users SET must_change_password = 0 WHERE login = ?", (login,))


def test_the_tree_grows_and_keeps_its_rules(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        admin = await box.everything()
        ids = await tree(admin)
        bad = await admin.post("/api/units", {"label": "部", "kind": "department", "parent": ids["一班"]})
        assert (bad.status, bad.json["error"]["field"]) == (422, "kind")
        own = {"label": "客服部", "kind": "department", "parent": ids["客服部"]}
        assert (await admin.put(f"/api/units/{ids['客服部']}", own)).json["error"]["field"] == "parent"
        taken = await admin.post("/api/units", {"label": "一班", "kind": "team", "parent": ids["客服部"]})
        assert taken.status == 409
        zhang = await add(admin, "zhang", ids["一班"], "agent", agent="1002")
        team = {"label": "一班", "kind": "team", "parent": ids["客服部"], "active": False}
        assert (await admin.put(f"/api/units/{ids['一班']}", team)).status == 409
        assert (await admin.put(f"/api/users/{zhang['id']}/unit", {"unit": ids["二班"]})).json["unit"] == ids["二班"]
        assert (await admin.put(f"/api/units/{ids['一班']}", team)).json["active"] is False
        retired = await admin.put(f"/api/users/{zhang['id']}/unit", {"unit": ids["一班"]})
        assert (retired.status, retired.json["error"]["field"]) == (422, "unit")
        assert (await admin.delete(f"/api/units/{ids['二班']}")).status == 409
        assert (await admin.delete(f"/api/units/{ids['一班']}")).status == 200
        await admin.post("/api/units", {"label": "三班", "kind": "team", "parent": ids["客服部"]})
        shown = (await admin.get("/api/units")).json
        order = [unit["id"] for unit in shown["units"] if unit["parent"] == ids["客服部"]]
        assert (await admin.put("/api/units", {"parent": ids["客服部"], "order": order[::-1]})).status == 200
        again = (await admin.get("/api/units")).json["units"]
        assert [unit["id"] for unit in again if unit["parent"] == ids["客服部"]] == order[::-1]
        assert (await admin.put("/api/units", {"parent": ids["客服部"], "order": order[:1]})).status == 409

    in_box(tmp_path, test)


def test_a_leader_sees_the_own_team_on_the_live_board_and_acts_on_it_only(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        admin = await box.everything()
        ids = await tree(admin)
        await add(admin, "leader", ids["一班"], "leader", agent="1009")
        await add(admin, "zhang", ids["一班"], "agent", agent="1002")
        await add(admin, "wang", ids["二班"], "agent", agent="1003")
        leader = await enter(box, "leader")
        box.engine.ring("ours", "13812341234", "1002", seat="2")
        box.engine.ring("theirs", "13812341234", "1003", seat="3")
        await until(lambda: box.context.link.mirror.call("theirs") is not None)
        live = await leader.socket("/live")
        snapshot = await live.until("Snapshot")
        assert [call["call_id"] for call in snapshot["calls"]] == ["ours"]
        assert (await leader.post("/api/live-calls/theirs/supervise", {"mode": "listen"})).status == 404
        move = {"to": "queue", "target": "repair"}
        assert (await leader.post("/api/live-calls/theirs/move", move)).status == 404
        assert (await leader.post("/api/agents/1003/status", {"status": "ready"})).status == 404
        boss = await enter(box, "admin")
        everyone = await (await boss.socket("/live")).until("Snapshot")
        assert {call["call_id"] for call in everyone["calls"]} == {"ours", "theirs"}

    in_box(tmp_path, test)


def test_a_leader_finds_and_hears_calls_of_the_own_team_only(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        (box.data / "recordings").mkdir()
        (box.data / "recordings" / "a.wav").write_bytes(b"RIFF")
        admin = await box.everything()
        ids = await tree(admin)
        await add(admin, "leader", ids["一班"], "leader", agent="1009")
        await add(admin, "zhang", ids["一班"], "agent", agent="1002")
        await add(admin, "wang", ids["二班"], "agent", agent="1003")
        recording = Recording(path="recordings/a.wav", start_s=0.0, length_s=1.0)
        for call_id, agent in (("ours", "1002"), ("theirs", "1003"), ("nobodys", None)):
            box.engine.log_call(record(call_id, "13812341234", agent, recording=recording))
        leader = await enter(box, "leader")

        async def calls_of(browser: Browser) -> set[str]:
            return {row["call_id"] for row in (await browser.get("/api/calls")).json["rows"]}

        async def all_there() -> bool:
            return len(await calls_of(admin)) == 3

        await until_true(all_there)
        assert await calls_of(leader) == {"ours", "nobodys"}
        assert (await leader.get("/api/calls/theirs")).status == 404
        assert (await leader.get("/api/calls/theirs/recording")).status == 404
        assert (await leader.get("/api/calls/ours/recording")).status == 200
        own = [{"object": "recording", "level": "own"}]
        roles = {role["id"]: role for role in (await admin.get("/api/roles")).json}
        change = {"label": "班长", "permissions": roles["leader"]["permissions"], "policies": own}
        assert (await admin.put("/api/roles/leader", change)).status == 200
        assert (await leader.get("/api/calls/ours/recording")).status == 404
        assert (await leader.get("/api/calls/ours")).json["recording"] is None
        moved = next(each["id"] for each in (await admin.get("/api/users")).json if each["login"] == "leader")
        assert (await admin.put(f"/api/users/{moved}/unit", {"unit": ids["二班"]})).status == 200
        assert await calls_of(leader) == {"theirs", "nobodys"}
        hidden = [{"object": "call", "level": "organisation", "masked": ["number"]}]
        assert (await admin.put("/api/roles/leader", change | {"policies": hidden})).status == 200
        rows = (await leader.get("/api/calls")).json["rows"]
        assert {row["peer_number"] for row in rows} == {"138****1234"}
        assert len(rows) == 3

    in_box(tmp_path, test)


def test_nobody_raises_themselves_and_an_administrator_remains(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        admin = await box.everything()
        roles = {role["id"]: role for role in (await admin.get("/api/roles")).json}
        leader = roles["leader"]
        more = {"label": "班长", "permissions": [*leader["permissions"], "call.delete"]}
        raised = await admin.put("/api/roles/leader", more)
        assert (raised.status, raised.json["error"]["field"]) == (422, "permissions")
        without = [each for each in roles["admin"]["permissions"] if each != "adm.role"]
        assert (await admin.put("/api/roles/admin", {"label": "系统管理员", "permissions": without})).status == 409
        now = {role["id"]: role for role in (await admin.get("/api/roles")).json}
        assert now == roles
        assert (await admin.put("/api/roles/quality", more | {"label": "质检员"})).status == 200
        reset = await admin.post("/api/roles/quality/reset")
        assert reset.json == roles["quality"]

    in_box(tmp_path, test)


def test_who_manages_accounts_only_gives_no_more_than_the_own_rights(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        admin = await box.everything()
        clerk = {"label": "人事", "permissions": ["adm.user", "adm.reset_pwd", "kb.view"]}
        role = (await admin.post("/api/roles", clerk)).json["id"]
        await add(admin, "hr", None, role)
        hr = await enter(box, "hr")
        new = {"login": "zhang", "name": "张三", "roles": ["manager"]}
        assert (await hr.post("/api/users", new)).status == 403
        assert (await hr.post("/api/users", new | {"roles": [role]})).status == 200
        me = next(user for user in (await hr.get("/api/users")).json if user["login"] == "admin")
        assert (await hr.post(f"/api/users/{me['id']}/password")).status == 403
        change = {"login": "admin", "name": "别人", "roles": me["roles"], "agent": me["agent"]}
        assert (await hr.put(f"/api/users/{me['id']}", change)).status == 403
        assert (await hr.post("/api/roles", clerk | {"label": "另一个"})).status == 403

    in_box(tmp_path, test)


def test_roles_of_the_bureaus_own_come_and_go(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        admin = await box.everything()
        policy = {"object": "call", "level": "department", "masked": ["number"]}
        body = {"label": "值班长", "permissions": ["call.view", "call.view_number_full"], "policies": [policy]}
        role = (await admin.post("/api/roles", body)).json
        assert role["policies"][0] == {"object": "call", "level": "department", "units": [], "areas": [],
                                       "masked": ["number"]}  # fmt: skip
        assert (await admin.post("/api/roles", body)).status == 409
        assert (await admin.post("/api/roles", {"label": "错", "permissions": ["no.such"]})).status == 422
        user = await add(admin, "duty", None, role["id"])
        assert (await admin.delete(f"/api/roles/{role['id']}")).status == 409
        change = {"login": "duty", "name": "duty", "roles": []}
        assert (await admin.put(f"/api/users/{user['id']}", change)).status == 200
        assert (await admin.delete(f"/api/roles/{role['id']}")).status == 200
        assert (await admin.delete("/api/roles/agent")).status == 409

    in_box(tmp_path, test)


def test_what_is_risky_asks_for_the_password_once_more(tmp_path: Path, monkeypatch) -> None:
    async def test(box: Box) -> None:
        admin = await box.everything()
        began = sessions.time.time()
        unit = {"label": "枞阳广电", "kind": "organisation"}
        monkeypatch.setattr(sessions.time, "time", lambda: began + sessions.CONFIRMED_S + 1)
        assert (await admin.get("/api/confirmation")).json == {"confirmed": False}
        refused = await admin.post("/api/units", unit)
        assert (refused.status, P.ADM_ORG.label in refused.error) == (CONFIRM, True)
        assert (await admin.get("/api/units")).json["units"] == []
        wrong = await admin.post("/api/confirmation", {"password": "wrong"})
        assert (wrong.status, wrong.json["error"]["field"]) == (422, "password")
        assert (await admin.post("/api/units", unit)).status == CONFIRM
        assert (await admin.post("/api/confirmation", {"password": PASSWORD})).status == 200
        assert (await admin.post("/api/units", unit)).status == 200
        other = box.browser()
        await other.log_in("admin")
        assert (await other.post("/api/units", unit | {"label": "二"})).status == 200

    in_box(tmp_path, test)


def test_guessing_at_the_confirmation_is_slowed_down(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        admin = await box.everything()
        answers = [await admin.post("/api/confirmation", {"password": f"guess {n}"}) for n in range(6)]
        assert [answer.status for answer in answers] == [422] * 5 + [429]

    in_box(tmp_path, test)


def test_signing_somebody_out_closes_the_pages_at_once(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        admin = await box.everything()
        user = await box.add_user("zhang", "agent", agent="1002")
        zhang = await enter(box, "zhang")
        live = await zhang.socket("/live")
        await live.until("Snapshot")
        assert (await zhang.get("/api/sessions?everybody=true")).status == 403
        everybody = (await admin.get("/api/sessions?everybody=true")).json
        assert {row["login"] for row in everybody} == {"admin", "zhang"}
        assert zhang.cookies[sessions.COOKIE] not in json.dumps(everybody)
        theirs = next(row["id"] for row in everybody if row["login"] == "admin")
        assert (await zhang.delete(f"/api/sessions/{theirs}")).status == 403
        assert (await admin.post(f"/api/users/{user.id}/sign-out")).status == 200
        while await live.next() is not None:
            pass
        assert live.connection.close_code == SESSION_ENDED
        assert (await zhang.get("/api/plan")).status == 401
        assert (await admin.get("/api/plan")).status == 200

    in_box(tmp_path, test)


def test_an_own_session_elsewhere_is_ended(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        here = await box.everything()
        there = box.browser()
        await there.log_in("admin")
        rows = (await here.get("/api/sessions")).json
        assert sorted(row["mine"] for row in rows) == [False, True]
        elsewhere = next(row["id"] for row in rows if not row["mine"])
        assert (await here.delete(f"/api/sessions/{elsewhere}")).status == 200
        assert (await there.get("/api/plan")).status == 401
        assert (await here.delete(f"/api/sessions/{elsewhere}")).status == 404

    in_box(tmp_path, test)


def test_locked_accounts_are_shown_and_unlocked(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        admin = await box.everything()
        await box.add_user("zhang", "agent")
        guesser = box.browser()
        for n in range(6):
            await guesser.log_in("zhang", f"guess {n}")
        assert (await guesser.log_in("zhang")).status == 429
        locked = (await admin.get("/api/lockouts")).json
        assert [(block["kind"], block["name"]) for block in locked] == [("account", "zhang")]
        assert (await admin.post("/api/lockouts", {"kind": "account", "name": "zhang"})).json == []
        assert (await guesser.log_in("zhang")).status == 200

    in_box(tmp_path, test)


def test_many_accounts_from_one_address_are_slowed_down(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        await box.everything()
        guesser = box.browser()
        answers = [(await guesser.log_in(f"nobody{n}", "guess")).status for n in range(21)]
        assert answers == [401] * 20 + [429]

    in_box(tmp_path, test)


def test_a_reset_password_is_made_up_told_once_and_must_be_changed(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        admin = await box.everything()
        added = (await admin.post("/api/users", {"login": "li", "name": "李四", "roles": ["agent"]})).json
        assert len(added["password"]) >= 12
        li = box.browser()
        first = await li.log_in("li", added["password"])
        assert first.json["user"]["must_change_password"] is True
        slip = (await admin.post(f"/api/users/{added['id']}/password")).json
        assert (slip["name"], slip["password"] != added["password"]) == ("李四", True)
        assert (await li.get("/api/session")).json["user"] is None
        assert (await li.log_in("li", slip["password"])).status == 200
        again = await li.post("/api/password", {"old": slip["password"], "new": added["password"]})
        assert (again.status, "以前用过" in again.error) == (422, True)
        assert (await li.post("/api/password", {"old": slip["password"], "new": "我自己的新密码啊"})).status == 200
        log = json.dumps(await box.context.database.read(_audit), ensure_ascii=False)
        assert slip["password"] not in log
        assert added["password"] not in log

    in_box(tmp_path, test)


def _audit(db: Connection) -> list[tuple[Any, ...]]:
    return fetch_all(db, "SELECT * FROM audit_entries")


def test_the_operation_log_tells_before_and_after_and_is_found(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        admin = await box.everything()
        zhang = await add(admin, "zhang", None, "agent", agent="1002")
        change = {"login": "zhang", "name": "=张三", "roles": ["agent", "leader"], "agent": "1002"}
        await admin.put(f"/api/users/{zhang['id']}", change)
        page = (await admin.get(f"/api/audit?action=adm.&subject=user&subject_id={zhang['id']}")).json
        newest = page["rows"][0]
        assert json.loads(newest["before"])["roles"] == ["agent"]
        assert json.loads(newest["after"])["roles"] == ["leader", "agent"]
        assert (await admin.get("/api/audit?text=%25")).json["rows"] == []
        assert len((await admin.get("/api/audit?limit=1")).json["rows"]) == 1
        older = (await admin.get(f"/api/audit?limit=1&before={newest['id']}")).json["rows"]
        assert older[0]["id"] < newest["id"]
        choices = (await admin.get("/api/audit/choices")).json
        assert "adm.user" in choices["actions"]
        assert choices["names"]["users"][str(zhang["id"])] == "=张三"
        assert choices["names"]["roles"]["admin"] == "系统管理员"
        team = (await admin.post("/api/units", {"label": "夜班", "kind": "organisation"})).json
        assert (await admin.delete(f"/api/units/{team['id']}")).status == 200
        choices = (await admin.get("/api/audit/choices")).json
        assert choices["names"]["units"][str(team["id"])] == "夜班", "deleted ones keep their names"
        assert (await admin.get("/api/audit?until=2000-01-01")).json["rows"] == []
        file = (await admin.get("/api/audit/file?action=adm.user")).body.decode("utf-8-sig")
        assert file.count("zhang") >= 2
        assert file.startswith("时间,人员,")
        english = (await admin.get("/api/audit/file?action=adm.user&language=en")).body.decode("utf-8-sig")
        assert english.startswith("Time,Person,")
        assert not any(line.startswith(("=", '"=')) for line in file.splitlines())

    in_box(tmp_path, test)


def test_a_personal_policy_goes_before_the_roles(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        admin = await box.everything()
        ids = await tree(admin)
        user = await add(admin, "leader", ids["一班"], "leader", agent="1009")
        path = f"/api/users/{user['id']}/policies"
        wide = {"object": "call", "level": "units", "units": [ids["二班"]], "areas": [], "masked": []}
        assert (await admin.put(path, {"policies": [wide]})).json == {"policies": [wide]}
        await add(admin, "wang", ids["二班"], "agent", agent="1003")
        await enter(box, "leader")
        (sight,) = (known.caller.sight for known in box.context.sessions._known.values()
                    if known.caller.user.login == "leader")  # fmt: skip
        assert sight.calls.agents == ("1003", "1009")
        mine = next(each["id"] for each in (await admin.get("/api/users")).json if each["login"] == "admin")
        narrow = {"policies": [{"object": "call", "level": "own"}]}
        assert (await admin.put(f"/api/users/{mine}/policies", narrow)).status == 200
        back = await admin.put(f"/api/users/{mine}/policies", {"policies": []})
        assert (back.status, back.json["error"]["field"]) == (422, "policies")

    in_box(tmp_path, test)
