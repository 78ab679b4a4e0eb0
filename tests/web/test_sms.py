"""Short messages on the screen: from the journal to the browser, answers to the engine, who may see what."""

from __future__ import annotations

from pathlib import Path

import msgspec

from appliance.store.audit import list_audit_entries
from appliance.wire.facts import AnyFact, SmsQueued, SmsReceived, SmsSent
from appliance.wire.messages import HealthReported, SmsLogged
from appliance.wire.sms import ModuleView, ReceiveSimulatedSms, SendSms, SmsHealth
from tests.web.box import Box, in_box, until_true

AT = "2026-11-02T09:00:00.000+08:00"


def came(number: int, sender: str = "+8613905620001", text: str = "没信号😀") -> SmsReceived:
    return SmsReceived(
        id=f"a-{number}", at=AT, sms_id=f"in-{number}", module="cellular/1", number=sender, text=text, parts=("x",)
    )


def journal(box: Box, *facts: AnyFact) -> None:
    box.engine.journal.parent.mkdir(exist_ok=True)
    with box.engine.journal.open("ab") as file:
        for fact in facts:
            file.write(msgspec.json.encode(fact) + b"\n")
    box.engine.publish(SmsLogged(sms_id="any"))


def test_what_came_is_shown_answered_and_read(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        agent = await box.person("li", "leader")
        live = await agent.socket("/live")
        await live.until("Snapshot")
        journal(box, came(1), came(2, "10086", "余额"))
        await live.until("SmsChanged")
        page = (await agent.get("/api/sms")).json
        assert [(row["number"], row["unread"]) for row in page["rows"]] == [("10086", 1), ("13905620001", 1)]
        assert (page["unread"], page["rules"]["parts_per_day"], page["engine_up"]) == (2, 200, True)
        first = page["rows"][1]["last"]["id"]
        assert (await agent.post(f"/api/sms/{first}/read")).status == 200
        await live.until("SmsChanged")
        assert (await agent.get("/api/sms?unread=true")).json["unread"] == 1
        answer = await agent.post("/api/sms", {"text": "师傅已出发", "reply_to": first})
        assert answer.status == 200
        (sent,) = [each for each in box.engine.commands if isinstance(each, SendSms)]
        assert (sent.number, sent.text, sent.sms_id) == ("13905620001", "师傅已出发", answer.json["sms_id"])
        journal(
            box,
            SmsQueued(id="q", at=AT, sms_id=sent.sms_id, number=sent.number, text=sent.text, parts=1, by=sent.by),
            SmsSent(id="s", at=AT, sms_id=sent.sms_id, module="cellular/1", references=(1,), cost_yuan=0.1),
        )

        async def shown() -> bool:
            rows = (await agent.get(f"/api/sms/{first}")).json["rows"]
            return [row["state"] for row in rows] == ["sent", "received"]

        await until_true(shown)
        entry = next(each for each in await box.context.database.read(list_audit_entries) if each.action == "sms.send")
        assert "师傅已出发" in entry.after

    in_box(tmp_path, test)


def test_the_module_and_the_day_are_told(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        leader = await box.person("li", "leader")
        assert (await leader.get("/api/sms")).json["health"] is None
        module = ModuleView(name="cellular/1", sim="ready", registered=True, operator="中国移动", signal_dbm=-65)
        told = SmsHealth(modules=(module,), parts_today=3, cost_today_yuan=0.3)
        box.engine.publish(HealthReported(health=msgspec.structs.replace(box.engine.snapshot().health, sms=told)))

        async def known() -> bool:
            health = (await leader.get("/api/sms")).json["health"]
            return health is not None and health["modules"][0]["operator"] == "中国移动" and health["parts_today"] == 3

        await until_true(known)
        assert (await leader.post("/api/sms/simulated", {"number": "13905620001", "text": "在吗"})).status == 200
        assert [each.text for each in box.engine.commands if isinstance(each, ReceiveSimulatedSms)] == ["在吗"]

    in_box(tmp_path, test)


def test_who_may_not_send_sees_nothing(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        leader = await box.person("li", "leader")
        journal(box, came(1))

        async def there() -> bool:
            return bool((await leader.get("/api/sms")).json["rows"])

        await until_true(there)
        nobody = await box.person("vendor", "vendor")
        assert (await nobody.get("/api/sms")).status == 403
        assert (await nobody.post("/api/sms", {"text": "a", "number": "13905620001"})).status == 403

    in_box(tmp_path, test)


def test_wrong_requests_are_refused_with_a_sentence(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        browser = await box.everything()
        assert (await browser.post("/api/sms", {"text": "您好"})).status == 422
        assert (await browser.post("/api/sms", {"text": "", "number": "13905620001"})).status == 422
        assert (await browser.post("/api/sms", {"text": "您好", "reply_to": 99})).status == 404
        assert (await browser.get("/api/sms/99")).status == 404
        assert (await browser.post("/api/sms/simulated", {"number": "无", "text": "a"})).status == 422

    in_box(tmp_path, test)


def test_templates_are_kept(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        browser = await box.everything()
        wanted = [{"name": "派单", "text": "〔姓名〕您好，师傅已出发"}]
        assert (await browser.put("/api/sms/templates", wanted)).status == 200
        assert (await browser.get("/api/sms/templates")).json == wanted
        assert (await browser.put("/api/sms/templates", [{"name": "", "text": "x"}])).status == 422

    in_box(tmp_path, test)
