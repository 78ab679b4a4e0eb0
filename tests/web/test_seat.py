from __future__ import annotations

from pathlib import Path

from appliance.store.connection import Connection, execute, fetch_all
from appliance.wire.messages import Dial, HangUpCall, PickUp, SignIn, Supervise
from tests.web.box import Box, in_box, until


def test_a_day_at_the_seat(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        zhang = await box.person("zhang", "agent", agent="1001")
        assert (await zhang.post("/api/seat/sign-in", {"seat": "2"})).json == {}
        said = next(command for command in box.engine.commands if isinstance(command, SignIn))
        assert (said.agent, said.name, said.seat) == ("1001", "zhang先生", "2")
        li = await box.person("li", "agent", agent="1002")
        taken = await li.post("/api/seat/sign-in", {"seat": "2"})
        assert (taken.status, taken.error) == (409, "座席 2 已有人签入，请换一个座席。")
        assert (await zhang.post("/api/seat/status", {"status": "on_break", "reason": "午饭"})).status == 200
        assert box.engine.agents["1001"].reason == "午饭"
        assert (await zhang.post("/api/seat/status", {"status": "logged_out"})).status == 422
        dialled = await zhang.post("/api/seat/dial", {"number": "138 1234-1234"})
        assert dialled.json == {"call_id": "dial-13812341234"}
        assert next(c for c in box.engine.commands if isinstance(c, Dial)).seat == "2"
        assert (await zhang.post("/api/seat/dial", {"number": "010 65551234"})).status == 403
        assert (await zhang.post("/api/seat/dial", {"number": "call me"})).json["error"]["field"] == "number"
        assert (await zhang.post("/api/seat/sign-out")).status == 200
        assert "签入" in (await zhang.post("/api/seat/dial", {"number": "2821234"})).error

    in_box(tmp_path, test)


def test_without_a_staff_number_there_is_no_seat(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        nobody = await box.person("boss", "manager")
        answer = await nobody.post("/api/seat/sign-in", {"seat": "1"})
        assert (answer.status, "工号" in answer.error) == (409, True)

    in_box(tmp_path, test)


def test_hanging_up_own_and_other_calls(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        zhang = await box.person("zhang", "agent", agent="1001")
        boss = await box.person("boss", "manager")
        box.engine.ring("mine", "13812341234", "1001")
        box.engine.ring("hers", "13812341234", "1002", seat="2")
        await until(lambda: box.context.link.mirror.call("hers") is not None)
        assert (await zhang.post("/api/live-calls/hers/hang-up")).status == 403
        assert (await zhang.post("/api/live-calls/mine/hang-up")).status == 200
        await until(lambda: box.context.link.mirror.call("mine") is None)
        assert (await zhang.post("/api/live-calls/mine/hang-up")).status == 404
        assert (await boss.post("/api/live-calls/hers/hang-up")).status == 200
        assert [c.call_id for c in box.engine.commands if isinstance(c, HangUpCall)] == ["mine", "hers"]

    in_box(tmp_path, test)


def test_each_way_into_a_call_takes_its_own_permission(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        listener = await box.person("lin", "agent", "quality", agent="1003")
        zhang = await box.person("zhang", "agent", agent="1001")
        box.engine.ring("hers", "13812341234", "1002", seat="2")
        path = "/api/live-calls/hers/supervise"
        assert (await listener.post(path, {"mode": "listen"})).status == 409, "not at a seat yet"
        assert (await listener.post("/api/seat/sign-in", {"seat": "1"})).status == 200
        await until(lambda: box.context.link.mirror.agent("1003") is not None)
        assert (await listener.post(path, {"mode": "listen"})).status == 200
        assert (await listener.post(path, {"mode": "barge"})).status == 403
        assert (await zhang.post(path, {"mode": "listen"})).status == 403
        (asked,) = [c for c in box.engine.commands if isinstance(c, Supervise)]
        assert (asked.call_id, asked.seat, asked.mode.value) == ("hers", "1", "listen")

    in_box(tmp_path, test)


def test_picking_up_a_colleague_needs_a_seat_and_the_permission(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        zhang = await box.person("zhang", "agent", agent="1001")
        leader = await box.person("lei", "leader", "agent", agent="1009")
        quality = await box.person("qiu", "quality", agent="1003")
        assert (await quality.post("/api/seat/pick-up")).status == 403
        assert (await leader.post("/api/seat/pick-up")).status == 409, "not at a seat yet"
        for who, seat in ((zhang, "1"), (leader, "2")):
            assert (await who.post("/api/seat/sign-in", {"seat": seat})).status == 200
        await until(lambda: box.context.link.mirror.agent("1009") is not None)
        assert (await zhang.post("/api/seat/pick-up")).status == 200
        assert (await leader.post("/api/seat/pick-up", {"station": "801"})).status == 200
        asked = [c for c in box.engine.commands if isinstance(c, PickUp)]
        assert [(c.seat, c.station) for c in asked] == [("1", ""), ("2", "801")]

    in_box(tmp_path, test)


def test_a_supervisor_changes_the_status_of_people_of_the_own_unit(tmp_path: Path) -> None:
    """(S049) Audited; nobody else can, and not for another unit's people."""

    async def test(box: Box) -> None:
        zhang = await box.person("zhang", "agent", agent="1001")
        li = await box.person("li", "agent", agent="1002")
        boss, leader = await box.person("boss", "manager"), box.browser()
        await box.add_user("lei", "leader")
        await box.context.database.write(_place, {"zhang": 2, "li": 3, "lei": 2})
        assert (await leader.log_in("lei")).status == 200
        for who, seat in ((zhang, "1"), (li, "2")):
            assert (await who.post("/api/seat/sign-in", {"seat": seat})).status == 200
        await until(lambda: box.context.link.mirror.agent("1002") is not None)
        on_break = {"status": "on_break", "reason": "会议"}
        assert (await zhang.post("/api/agents/1002/status", on_break)).status == 403
        assert (await leader.post("/api/agents/1001/status", on_break)).status == 200
        await until(lambda: box.context.link.mirror.agent("1001").status.value == "on_break")  # type: ignore[union-attr]
        assert (await leader.post("/api/agents/1002/status", on_break)).status == 404, "another team"
        assert (await boss.post("/api/agents/1002/status", {"status": "logged_out"})).status == 200
        await until(lambda: box.context.link.mirror.agent("1002").status.value == "logged_out")  # type: ignore[union-attr]
        assert (await boss.post("/api/agents/1002/status", {"status": "ready"})).status == 404
        assert (await boss.post("/api/agents/7777/status", {"status": "ready"})).status == 404
        assert (await boss.post("/api/agents/1001/status", {"status": "asleep"})).status == 422
        rows = await box.context.database.read(fetch_all, "SELECT action, subject_id FROM audit_entries ORDER BY id")
        assert [row for row in rows if row[0] == "mon.force_state"] == [
            ("mon.force_state", "1001"),
            ("mon.force_state", "1002"),
        ]

    in_box(tmp_path, test)


def _place(db: Connection, units: dict[str, int]) -> None:
    """Two teams below the bureau, and who is in which."""
    for unit, parent in ((1, None), (2, 1), (3, 1)):
        execute(
            db,
            "INSERT INTO units (id, parent_id, kind, label) VALUES (?, ?, 'team', ?) ON CONFLICT (id) DO NOTHING",
            (unit, parent, f"单位{unit}"),
        )
    for login, unit in units.items():
        execute(db, "UPDATE users SET unit_id = ? WHERE login = ?", (unit, login))
