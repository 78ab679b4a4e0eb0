"""The ledger of unserved callers over the API: who sees which row, what closes it, what waits at the desk."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from appliance.callplan import Agent, FollowUpRules
from appliance.store.connection import execute
from appliance.telephony.call import CallResult, Direction
from appliance.telephony.ids import AgentId, CallId, QueueId
from appliance.wire.facts import CallBackBooked
from appliance.wire.messages import Dial
from tests.web.box import Box, Browser, in_box, until, until_true
from tests.web.fake_engine import record

LOST, TAKEN, STRANGER = "13905620001", "13905620002", "05622812345"


def ago(minutes: float) -> str:
    return (datetime.now().astimezone() - timedelta(minutes=minutes)).isoformat(timespec="milliseconds")


def missed(box: Box, call_id: str, number: str, minutes: float, queue: str | None = "repair") -> None:
    at = ago(minutes)
    box.engine.log_call(
        record(
            call_id, number, None, started_at=at, ended_at=at, result=CallResult.ABANDONED_IN_QUEUE,
            queue=QueueId(queue) if queue else None,
        )
    )  # fmt: skip


async def rows(browser: Browser, query: str = "") -> list[dict[str, object]]:
    answer = await browser.get(f"/api/follow-ups{query}")
    assert answer.status == 200, answer.body
    return list(answer.json["rows"])


async def has(browser: Browser, count: int, query: str = "") -> None:
    async def so_many() -> bool:
        return len(await rows(browser, query)) == count

    await until_true(so_many)


def test_a_missed_call_comes_up_is_dialled_and_closes_when_reached(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        agent = await box.person("zhang", "agent", agent="1001")
        live = await agent.socket("/live")
        await live.until("Snapshot")
        missed(box, "c-1", LOST, 5)
        await live.until("DeskChanged")
        await has(agent, 1)
        (row,) = await rows(agent)
        assert (row["number"], row["calls"], row["overdue"], row["kind"]) == (LOST, 1, False, "missed")
        assert (await agent.get("/api/desk")).json == {
            "new_voicemails": 0, "open_followups": 1, "overdue_followups": 0,
        }  # fmt: skip
        await agent.post("/api/seat/sign-in", {"seat": "1"})
        await until(lambda: box.context.link.mirror.agent("1001") is not None)
        call_id = (await agent.post("/api/follow-ups/c-1/dial")).json["call_id"]
        assert [each.number for each in box.engine.commands if isinstance(each, Dial)] == [LOST]
        assert len(await rows(agent)) == 1, "dialling alone is not reaching"
        talk = record(call_id, LOST, "1001", direction=Direction.OUTBOUND, started_at=ago(2), ended_at=ago(1))
        box.engine.log_call(talk)
        await has(agent, 0)
        (closed,) = await rows(agent, "?state=closed")
        assert (closed["closing"], closed["closed_call"]) == ("reached", call_id)
        steps = (await agent.get("/api/follow-ups/c-1")).json
        assert [(step["kind"], step["agent"]) for step in steps] == [("unserved", ""), ("reached", "zhang先生")]
        day = (await agent.get(f"/api/follow-ups/day?day={ago(5)[:10]}")).json
        assert (day["opened"], day["reached"], day["open"]) == (1, 1, 0)

    in_box(tmp_path, test)


def test_agents_see_their_queues_and_what_was_given_to_them(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        plan = await box.context.plan.read()
        assert plan is not None
        agents = tuple(
            Agent(id=AgentId(agent), name="", queues=(QueueId(queue),))
            for agent, queue in (("1001", "repair"), ("1002", "service"))
        )
        await box.context.plan.write(msgspec.structs.replace(plan, agents=agents))
        mine, other = await box.person("a", "agent", agent="1001"), await box.person("b", "agent", agent="1002")
        leader, quality = await box.person("l", "leader", agent="1003"), await box.person("q", "quality")
        missed(box, "c-1", LOST, 30)
        missed(box, "c-2", TAKEN, 20, "service")
        missed(box, "c-3", STRANGER, 10, None)
        await has(leader, 3)
        assert [row["source"] for row in await rows(mine)] == ["c-1", "c-3"]
        assert [row["source"] for row in await rows(other)] == ["c-2", "c-3"]
        assert [row["number"] for row in await rows(quality)] == ["139****0001", "139****0002", "056****2345"]
        assert (await other.get("/api/follow-ups/c-1")).status == 404
        assert (await other.post("/api/follow-ups/c-1/close", {"reason": "x"})).status == 404
        assert (await mine.patch("/api/follow-ups/c-1", {"owner": "1002"})).status == 403
        assert (await quality.post("/api/follow-ups/c-1/close", {"reason": "x"})).status == 403
        assert (await quality.post("/api/follow-ups/c-1/dial")).status == 403
        assert (await leader.patch("/api/follow-ups/c-1", {"owner": "9999"})).json["error"]["field"] == "owner"
        assert (await leader.patch("/api/follow-ups/c-1", {"owner": "1002"})).json["owner_name"] == "b先生"
        assert [row["source"] for row in await rows(mine)] == ["c-3"]
        assert [row["source"] for row in await rows(other)] == ["c-1", "c-2", "c-3"]
        assert [row["source"] for row in await rows(leader, "?queue=service")] == ["c-2"]
        assert [row["source"] for row in await rows(leader, "?number=2812")] == ["c-3"]
        nobody = box.browser()
        assert (await nobody.get("/api/follow-ups")).status == 401

    in_box(tmp_path, test)


def test_by_hand_and_overdue_by_the_rules_of_the_plan(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        plan = await box.context.plan.read()
        assert plan is not None
        await box.context.plan.write(msgspec.structs.replace(plan, follow_ups=FollowUpRules(due_s=900)))
        await box.context.plan.read()
        leader = await box.person("l", "leader", agent="1003")
        missed(box, "c-1", LOST, 20)
        missed(box, "c-2", TAKEN, 10)
        await has(leader, 2)
        assert [row["source"] for row in await rows(leader, "?state=overdue")] == ["c-1"]
        assert (await leader.get("/api/desk")).json["overdue_followups"] == 1
        assert (await leader.post("/api/follow-ups/c-1/close", {"reason": " "})).json["error"]["field"] == "reason"
        closed = (await leader.post("/api/follow-ups/c-1/close", {"reason": "用户已到营业厅"})).json
        assert (closed["closing"], closed["closed_by"], closed["note"]) == ("by_hand", "l先生", "用户已到营业厅")
        assert (await leader.post("/api/follow-ups/c-1/close", {"reason": "再来"})).status == 422
        assert [row["source"] for row in await rows(leader)] == ["c-2"]
        assert (await leader.get("/api/follow-ups?after=x")).json["error"]["field"] == "after"

    in_box(tmp_path, test)


@pytest.mark.slow  # a fact without a call is read within three seconds
def test_a_booked_call_back_and_the_pop_of_the_next_call(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        agent = await box.person("zhang", "agent", agent="1001")
        wish = CallBackBooked(id="f-9", at=ago(3), call_id=CallId("c-9"), number="2812345", queue=QueueId("service"))
        box.engine.journal.parent.mkdir(exist_ok=True)
        box.engine.journal.write_bytes(msgspec.json.encode(wish) + b"\n")
        await has(agent, 1)
        await agent.post("/api/seat/sign-in", {"seat": "1"})
        live = await agent.socket("/live")
        await live.until("Snapshot")
        box.engine.ring("live-1", STRANGER, "1001")
        pop = await live.until("ScreenPop")
        opened = pop["follow_up"]
        assert (opened["kind"], opened["number"], opened["calls"]) == ("call_back", STRANGER, 1)
        box.engine.end_call("live-1")
        box.engine.log_call(record("live-1", STRANGER, started_at=ago(1), ended_at=ago(0)))
        await has(agent, 0)
        assert (await rows(agent, "?state=closed"))[0]["closing"] == "called_again"

    in_box(tmp_path, test)


def test_ratings_by_agent_show_whose_callers_are_not_asked(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        plan = await box.context.plan.read()
        assert plan is not None
        queues = tuple(msgspec.structs.replace(queue, survey=queue.id == "repair") for queue in plan.queues)
        await box.context.plan.write(msgspec.structs.replace(plan, queues=queues))
        manager = await box.person("m", "manager", agent="1009")
        agent = await box.person("zhang", "agent", agent="1002")
        given = [("1001", "satisfied"), ("1001", "unrated"), ("1002", ""), ("1002", ""), ("1002", "dissatisfied")]
        for n, (who, rating) in enumerate(given):
            box.engine.log_call(record(f"r-{n}", LOST, who, rating=rating))
        box.engine.log_call(record("r-9", LOST, "1001", queue=QueueId("service")))

        async def all_there() -> bool:
            return bool((await manager.get("/api/calls")).json["count"] == 6)

        await until_true(all_there)
        table = (await manager.get("/api/ratings?since=2026-11-02&until=2026-11-02")).json
        assert [(row["agent"], row["talked"], row["not_invited"], row["unrated"]) for row in table] == [
            ("1002", 3, 2, 0), ("1001", 2, 0, 1),
        ]  # fmt: skip
        assert (await manager.get("/api/ratings?since=2026-11-03&until=2026-11-03")).json == []
        assert (await manager.get("/api/ratings?since=x&until=y")).json["error"]["field"] == "since"
        assert (await agent.get("/api/ratings?since=2026-11-02&until=2026-11-02")).status == 403

    in_box(tmp_path, test)


def test_what_has_no_offset_or_no_time_stops_nothing(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        agent = await box.person("zhang", "agent", agent="1001")
        missed(box, "c-1", LOST, 5)
        box.engine.log_call(record("c-2", TAKEN, None, ended_at="2026-11-02T09:00:00", result=CallResult.NO_AGENT))
        box.engine.log_call(record("c-3", TAKEN, None, ended_at="", result=CallResult.NO_AGENT))
        await has(agent, 2)
        await box.context.database.write(lambda db: execute(db, "DELETE FROM journal_positions"))
        missed(box, "c-4", STRANGER, 4)
        await has(agent, 3)

    in_box(tmp_path, test)
