"""Live board, wallboard and alarms over HTTP: what is told to whom, and every action refused to who may not."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from appliance.store.units import UnitDraft, UnitKind, add_unit
from appliance.store.users import UserDraft, add_user
from appliance.telephony.call import AgentState, AgentStatus, CallResult, CallState, Direction, LineState
from appliance.telephony.ids import AgentId, CallId, LineId, QueueId, SeatId
from appliance.wire.messages import (
    AgentChanged,
    AgentView,
    CallChanged,
    CallView,
    HealthReported,
    LineChanged,
    LineView,
    QueueChanged,
    QueueView,
)
from tests.web.box import PASSWORD, Box, Browser, in_box, until, until_true
from tests.web.fake_engine import record
from tests.web.test_web_hooks import HERE, hooked, receiver

UNPLUGGED = "没有外线电压，请检查电话线是否插好。"
NUMBER = "13812341234"


def unplug(box: Box, *, out: bool) -> None:
    state = LineState.OUT_OF_SERVICE if out else LineState.IDLE
    view = LineView(line=LineId(2), label="外线2", state=state, fault=UNPLUGGED if out else "")
    box.engine.publish(LineChanged(line=view))


def health(box: Box, **changes: object) -> None:
    report = msgspec.structs.replace(box.engine.snapshot().health, **changes)
    box.engine.publish(HealthReported(health=report))


async def at_once(browser: Browser, *kinds: str) -> None:
    """Rules without any wait, so that tests need none."""
    alarms = [{"kind": kind, "after_s": 0, "clear_s": 0} for kind in kinds]
    answer = await browser.put("/api/monitor-rules", {"alarms": alarms})
    assert answer.status == 200, answer.body


async def open_alarms(browser: Browser) -> list[Any]:
    return list((await browser.get("/api/alarms?open=true")).json["rows"])


async def until_open(browser: Browser, *kinds: str) -> list[Any]:
    rows: list[Any] = []

    async def so() -> bool:
        nonlocal rows
        rows = await open_alarms(browser)
        return {row["kind"] for row in rows} == set(kinds)

    await until_true(so)
    return rows


def test_an_unplugged_line_is_an_alarm_until_it_is_back(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        admin = await box.everything()
        await at_once(admin, "line_down")
        live = await admin.socket("/live")
        await live.until("Snapshot")
        unplug(box, out=True)
        await live.until("AlarmsChanged")
        (alarm,) = await open_alarms(admin)
        assert (alarm["kind"], alarm["subject"], alarm["level"]) == ("line_down", "2", "grave")
        assert alarm["text"] == f"外线2：{UNPLUGGED}"
        assert alarm["sound"] is True
        answer = await admin.post(f"/api/alarms/{alarm['id']}/acknowledgement")
        assert answer.json["acknowledged_by"] == (await admin.get("/api/session")).json["user"]["name"]
        await live.until("AlarmsChanged")
        unplug(box, out=False)
        await until_open(admin)
        (past,) = (await admin.get("/api/alarms?kind=line_down")).json["rows"]
        assert past["cleared_at"] > past["raised_at"]

    in_box(tmp_path, test)


def test_an_alarm_lasts_across_a_restart_of_the_web(tmp_path: Path) -> None:
    async def before(box: Box) -> None:
        admin = await box.everything()
        await at_once(admin, "line_down")
        unplug(box, out=True)
        await until_open(admin, "line_down")

    async def after(box: Box) -> None:
        browser = box.browser()
        assert (await browser.log_in("admin")).status == 200
        first = (await browser.get("/api/alarms")).json["rows"]
        assert len(first) == 1
        await until_open(browser)  # this engine has the line in order
        (row,) = (await browser.get("/api/alarms")).json["rows"]
        assert row["id"] == first[0]["id"]
        assert row["cleared_at"]

    in_box(tmp_path, before)
    in_box(tmp_path, after)


def test_the_web_tells_when_the_one_before_it_was_killed(tmp_path: Path) -> None:
    tmp_path.joinpath("web.json").write_text("{}", "utf-8")

    async def test(box: Box) -> None:
        await until_open(await box.everything(), "web_restarted")

    in_box(tmp_path, test)


def test_a_full_disk_broken_rules_and_a_long_queue(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        admin = await box.everything()
        await at_once(admin, "disk", "rules_broken", "queue_long", "wait_long")
        health(box, disk_free_mb=5.0, rules_broken=2)
        since = (datetime.now().astimezone() - timedelta(seconds=90)).isoformat()
        calls = tuple(CallId(f"c{n}") for n in range(4))
        box.engine.publish(
            QueueChanged(queue=QueueView(queue=QueueId("repair"), label="报修", waiting=calls, longest_since=since))
        )
        log: list[Any] = []

        async def all_there() -> bool:
            nonlocal log
            log = (await admin.get("/api/alarms")).json["rows"]
            return {"disk", "rules_broken", "queue_long", "wait_long"} == {row["kind"] for row in log}

        await until_true(all_there)
        assert {row["subject"] for row in log if row["kind"] == "disk"} == {"warn", "clean", "stop"}
        assert next(row for row in log if row["kind"] == "queue_long")["text"] == "报修有 4 人在等待。"

    in_box(tmp_path, test)


def test_everybody_learns_of_what_concerns_them_and_of_nothing_else(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        admin = await box.everything()
        await at_once(admin, "disk", "line_down")
        health(box, disk_free_mb=5.0)
        unplug(box, out=True)
        rows = await until_open(admin, "disk", "line_down")
        disk = next(row for row in rows if row["kind"] == "disk")
        leader = await box.person("li", "leader", agent="2001")
        assert {row["kind"] for row in await open_alarms(leader)} == {"line_down"}
        refused = await leader.post(f"/api/alarms/{disk['id']}/acknowledgement")
        assert refused.status == 404
        agent = await box.person("wang", "agent", agent="2002")
        assert (await agent.get("/api/alarms")).status == 403
        assert {each["rule"]["kind"] for each in (await leader.get("/api/monitor-rules")).json["alarms"]} == {
            "line_down", "no_dial_tone", "lines_busy", "queue_long", "wait_long",
        }  # fmt: skip

    in_box(tmp_path, test)


def test_rules_are_changed_each_with_the_permission_over_what_it_watches(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        await box.everything()
        manager = await box.person("chen", "manager", agent="2001")
        answer = await manager.put(
            "/api/monitor-rules", {"service_s": 30, "alarms": [{"kind": "queue_long", "threshold": 5}]}
        )
        assert answer.status == 200
        assert answer.json["service_s"] == 30
        queue = next(each for each in answer.json["alarms"] if each["rule"]["kind"] == "queue_long")
        assert queue["rule"]["threshold"] == 5
        assert queue["changeable"] is True
        answer = await manager.put("/api/monitor-rules", {"alarms": [{"kind": "line_down", "on": False}]})
        assert answer.status == 403
        leader = await box.person("li", "leader", agent="2002")
        assert (await leader.put("/api/monitor-rules", {"service_s": 10})).status == 403
        twice = [{"kind": "queue_long"}, {"kind": "queue_long", "threshold": 9}]
        assert (await manager.put("/api/monitor-rules", {"alarms": twice})).status == 422
        assert (await manager.put("/api/monitor-rules", {"service_s": 0})).status == 422
        assert (await manager.get("/api/monitor-rules")).json["service_s"] == 30

    in_box(tmp_path, test)


def busy_hall(box: Box) -> None:
    """One agent talks, one caller waits."""
    now = datetime.now().astimezone().isoformat()
    box.engine.publish(
        AgentChanged(
            agent=AgentView(
                agent=AgentId("2001"), name="王芳", seat=SeatId("1"), status=AgentStatus.READY,
                state=AgentState.ON_CALL, since=now, call_id=CallId("c1"), talked_today=3,
            )
        )
    )  # fmt: skip
    box.engine.publish(
        CallChanged(
            call=CallView(
                call_id=CallId("c2"), direction=Direction.INBOUND, state=CallState.QUEUED, started_at=now, since=now,
                line=LineId(2), peer_number=NUMBER, queue=QueueId("repair"),
            )
        )
    )  # fmt: skip
    box.engine.publish(
        QueueChanged(
            queue=QueueView(
                queue=QueueId("repair"), label="报修", waiting=(CallId("c2"),), longest_since=now, signed_in_agents=1
            )
        )
    )


def test_figures_of_today_come_from_the_call_log(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        leader = await box.person("li", "leader", agent="2001")
        today = datetime.now().astimezone().isoformat(timespec="seconds")
        box.engine.log_call(record("c1", NUMBER, "2001", started_at=today, ended_at=today))
        box.engine.log_call(
            record(
                "c2", NUMBER, None, started_at=today, ended_at=today, result=CallResult.ABANDONED_IN_QUEUE, wait_s=70.0
            )
        )
        box.engine.log_call(record("old", NUMBER, "2001"))

        async def counted() -> bool:
            return bool((await leader.get("/api/board")).json["figures"]["all"]["calls"] == 2)

        await until_true(counted)
        figures = (await leader.get("/api/board")).json["figures"]
        assert figures["day"] == today[:10]
        assert figures["all"]["answered"] == 1
        assert figures["all"]["abandoned"] == 1
        assert figures["all"]["service_level"] == 0.5
        assert [each["agent"] for each in figures["agents"]] == ["2001"]
        assert (await (await box.person("wang", "agent", agent="2002")).get("/api/board")).status == 403

    in_box(tmp_path, test)


def test_a_leader_is_told_of_the_own_team_only(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        admin = await box.everything()
        now = datetime.now().astimezone()
        units = [
            await box.context.database.write(add_unit, UnitDraft(label=label, kind=UnitKind.TEAM))
            for label in ("一班", "二班")
        ]
        for login, role, agent, unit in (("li", "leader", "2001", 0), ("wang", "agent", "2002", 1)):
            draft = UserDraft(login=login, name=login, roles=(role,), agent=AgentId(agent), unit=units[unit].id)
            await box.context.database.write(add_user, draft, await box.context.passwords.hash(PASSWORD), now)
        at = now.isoformat(timespec="seconds")
        for agent in ("2001", "2002"):
            box.engine.log_call(record(f"c{agent}", NUMBER, agent, started_at=at, ended_at=at))

        async def logged() -> bool:
            return len((await admin.get("/api/board")).json["figures"]["agents"]) == 2

        await until_true(logged)
        leader = box.browser()
        assert (await leader.log_in("li")).status == 200
        board = (await leader.get("/api/board")).json
        assert [each["agent"] for each in board["figures"]["agents"]] == ["2001"]
        assert [(team["label"], team["agents"]) for team in board["teams"]] == [("一班", ["2001"])]

    in_box(tmp_path, test)


def test_a_television_shows_the_wallboard_by_its_secret_alone(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        leader = await box.person("li", "leader", agent="2002")
        busy_hall(box)
        made = await leader.post("/api/displays", {"label": "大厅", "queues": ["repair"], "agents": True})
        assert made.status == 200
        secret = made.json["secret"]
        television = box.browser()

        async def shown() -> bool:
            answer = await television.get("/api/displays/show", Authorization=f"Bearer {secret}")
            return answer.status == 200 and bool(answer.json["agents"])

        await until_true(shown)
        answer = await television.get("/api/displays/show", Authorization=f"Bearer {secret}")
        board = answer.json
        assert board["queues"][0]["waiting"] == 1
        assert [(one["name"], one["state"]) for one in board["agents"]] == [("王芳", "on_call")]
        assert board["lines"] == {"total": 4, "free": 4, "down": 0}
        assert NUMBER not in answer.body.decode()
        assert NUMBER[-4:] not in answer.body.decode()
        for path in ("/api/calls", "/api/board", "/api/wallboard", "/api/alarms"):
            assert (await television.get(path, Authorization=f"Bearer {secret}")).status == 401, path
        assert (await television.get("/api/displays/show", Authorization="Bearer hld_wrong")).status == 404
        assert (await television.get("/api/displays/show")).status == 404
        (display,) = (await leader.get("/api/displays")).json
        assert secret not in str(display)
        assert (await leader.delete(f"/api/displays/{display['id']}")).status == 200
        assert (await television.get("/api/displays/show", Authorization=f"Bearer {secret}")).status == 404
        agent = await box.person("wang", "agent", agent="2003")
        for answered in (await agent.get("/api/wallboard"), await agent.post("/api/displays", {"label": "x"})):
            assert answered.status == 403

    in_box(tmp_path, test)


def test_every_action_of_the_board_is_refused_to_who_may_not(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        busy_hall(box)
        agent = await box.person("wang", "agent", agent="2003")
        quality = await box.person("qa", "quality")
        for mode in ("listen", "whisper", "barge"):
            assert (await agent.post("/api/live-calls/c2/supervise", {"mode": mode})).status == 403
        for mode in ("whisper", "barge"):
            assert (await quality.post("/api/live-calls/c2/supervise", {"mode": mode})).status == 403
        for browser in (agent, quality):
            assert (await browser.post("/api/live-calls/c2/hang-up")).status in {403, 404}
            moved = await browser.post("/api/live-calls/c2/move", {"to": "queue", "target": "bill"})
            assert moved.status == 403
            forced = await browser.post("/api/agents/2001/status", {"status": "logged_out"})
            assert forced.status == 403

    in_box(tmp_path, test)


def test_other_programs_are_told_of_alarms(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        async with receiver() as program:
            admin = await box.everything()
            await at_once(admin, "line_down")
            await hooked(box, admin, program.url, "alarms")
            unplug(box, out=True)
            await until(lambda: len(program.heard) == 1)
            unplug(box, out=False)
            await until(lambda: len(program.heard) == 2)
            (_, raised, _), (_, over, _) = program.heard
            assert raised["type"] == "alarm"
            assert (raised["alarm"]["kind"], raised["alarm"]["cleared_at"]) == ("line_down", "")
            assert over["alarm"]["id"] == raised["alarm"]["id"]
            assert over["alarm"]["cleared_at"]

    in_box(tmp_path, test, interfaces=HERE)
