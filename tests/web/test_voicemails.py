"""Voicemails at the desk: only the addressed agent and the superiors see and hear them, whatever way they try."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import quote

import msgspec
import pytest

from appliance.callplan import Agent, CallPlan
from appliance.store.connection import Connection, execute
from appliance.telephony.call import CallResult, Direction
from appliance.telephony.ids import AgentId, BoxId, CallId, QueueId, StationId
from appliance.wire.facts import AnyFact, CallRecord, Voicemail, VoicemailClosed, VoicemailHeard
from appliance.wire.messagebook import read_messagebook
from appliance.wire.messages import Dial, ReloadMessages
from tests.web.box import Box, Browser, in_box, until, until_true
from tests.web.fake_engine import record
from tests.web.test_calls import wav

FOR_1001, PUBLIC, FOR_9 = (f"20261102-09000{n}-0001" for n in range(3))
NUMBER = "13812341234"


def message(call_id: str, second: int, box: str = "public", agent: str | None = None, **more: object) -> CallRecord:
    at = f"2026-11-02T09:00:0{second}+08:00"
    left = Voicemail(
        path=f"voicemail/{call_id}.wav", length_s=2.0, box=BoxId(box), for_agent=AgentId(agent) if agent else None
    )
    return record(
        call_id, NUMBER, None, started_at=at, ended_at=at, result=CallResult.VOICEMAIL, voicemail=left, **more
    )


async def left(box: Box, *messages: CallRecord) -> None:
    (box.data / "voicemail").mkdir(exist_ok=True)
    for each in messages:
        assert each.voicemail is not None
        (box.data / each.voicemail.path).write_bytes(wav())
        box.engine.log_call(each)

    async def all_there() -> bool:
        ids = [each.call_id for each in messages]
        found = await box.context.database.read(_known, ids)
        return found == len(ids)

    await until_true(all_there)


def _known(db: Connection, ids: list[str]) -> int:
    marks = ", ".join("?" * len(ids))
    cursor = db.execute_sql(f"SELECT count(*) FROM voicemails WHERE call_id IN ({marks})", ids)  # type: ignore[no-untyped-call]
    return int(cursor.fetchone()[0])


def _organise(db: Connection, units: dict[int, int | None], people: dict[str, int]) -> None:
    for unit, parent in units.items():
        execute(
            db, "INSERT INTO units (id, parent_id, kind, label) VALUES (?, ?, 'team', ?)", (unit, parent, str(unit))
        )
    for login, unit in people.items():
        execute(db, "UPDATE users SET unit_id = ? WHERE login = ?", (unit, login))


async def bureau(box: Box) -> dict[str, Browser]:
    """A bureau with two departments; teams 11 and 12 are in department 1."""
    people = {
        "agent": await box.person("agent", "agent", agent="1001"),
        "mate": await box.person("mate", "agent", agent="1002"),
        "leader": await box.person("leader", "leader", agent="1003"),
        "rival": await box.person("rival", "leader", agent="1004"),
        "next_door": await box.person("next_door", "leader", agent="1005"),
        "manager": await box.person("manager", "manager"),
        "other": await box.person("other", "manager"),
        "top": await box.person("top", "manager"),
        "quality": await box.person("quality", "quality"),
    }
    await box.context.database.write(
        _organise,
        {100: None, 1: 100, 2: 100, 11: 1, 12: 1},
        {
            "agent": 11, "mate": 11, "leader": 11, "rival": 11, "next_door": 12, "manager": 1, "other": 2, "top": 100,
            "quality": 100,
        },
    )  # fmt: skip
    return people


MAY_HEAR = {"agent", "leader", "rival", "manager", "top"}


async def ids(browser: Browser, path: str = "/api/voicemails") -> list[str]:
    answer = await browser.get(path)
    return [row["call_id"] for row in answer.json["rows"]] if answer.status == 200 else []


def search(**conditions: object) -> str:
    return "/api/calls?search=" + quote(json.dumps({"voicemail": conditions}))


@pytest.mark.slow
def test_s025_only_the_addressed_agent_and_the_superiors(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        people = await bureau(box)
        await left(box, message(FOR_1001, 0, agent="1001"))
        for name, browser in people.items():
            may = name in MAY_HEAR
            assert (await ids(browser) == [FOR_1001]) is may, name
            sound = await browser.get(f"/api/calls/{FOR_1001}/voicemail")
            assert sound.status == (200 if may else 403 if name == "quality" else 404), name
            detail = (await browser.get(f"/api/calls/{FOR_1001}")).json
            assert (detail["voicemail"] is not None) is may, name
            assert detail["has_voicemail"] is may
            assert (await ids(browser, search(values=["new", "heard"])) == [FOR_1001]) is may, name
            assert (await ids(browser, search(values=["no"])) == [FOR_1001]) is not may, name
            assert (await ids(browser, search(**{"for": ["1001"]})) == [FOR_1001]) is may, name
            assert (await ids(browser, search(**{"values": ["yes"], "not": True})) == [FOR_1001]) is not may, name
            row = (await browser.get("/api/calls")).json["rows"][0]
            assert (row["voicemail_for"] == "1001") is may, name

    in_box(tmp_path, test)


def test_a_leaders_message_is_not_for_the_leader_beside(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        people = await bureau(box)
        await left(box, message(FOR_1001, 0, agent="1003"))
        heard = [name for name, browser in people.items() if await ids(browser)]
        assert heard == ["leader", "manager", "top"]

    in_box(tmp_path, test)


def test_what_others_may_not_do_with_it(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        people = await bureau(box)
        await left(box, message(FOR_1001, 0, agent="1001"))
        path = f"/api/voicemails/{FOR_1001}"
        assert (await people["mate"].patch(path, {"state": "done"})).status == 404
        assert (await people["next_door"].patch(path, {"note": "x"})).status == 404
        assert (await people["other"].delete(path)).status == 404
        assert (await people["mate"].post(f"{path}/call-back")).status == 404
        assert (await people["next_door"].get(f"{path}/listeners")).status == 404
        assert (await people["agent"].patch(path, {"assigned_to": "1002"})).status == 403, "vm.assign"
        assert (await people["agent"].delete(path)).status == 403
        assert (await people["quality"].get("/api/voicemails")).status == 403
        sideways = await people["leader"].patch(path, {"assigned_to": "1002"})
        assert (sideways.status, sideways.json["error"]["field"]) == (422, "assigned_to"), "no way round S025"
        listeners = (await people["leader"].get(f"{path}/listeners")).json
        assert [row["agent"] for row in listeners] == ["1001", "1003", "1004"]

    in_box(tmp_path, test)


def test_its_life_at_the_desk(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        people = await bureau(box)
        await left(box, message(FOR_1001, 0, agent="1001"))
        agent, leader = people["agent"], people["leader"]
        path = f"/api/voicemails/{FOR_1001}"
        assert (await agent.get("/api/desk")).json["new_voicemails"] == 1
        assert (await people["mate"].get("/api/desk")).json["new_voicemails"] == 0
        await leader.get(f"/api/calls/{FOR_1001}/voicemail")
        assert await ids(agent, "/api/voicemails?state=new") == [FOR_1001], "a superior who listens leaves it new"
        await agent.get(f"/api/calls/{FOR_1001}/voicemail")
        (row,) = (await agent.get("/api/voicemails")).json["rows"]
        assert (row["state"], row["heard_by"], row["number"], row["path"]) == ("heard", "agent先生", NUMBER, "")
        done = (await agent.patch(path, {"state": "done", "note": " 已回电，明天上门 "})).json
        assert (done["state"], done["handled_by"], done["note"]) == ("done", "agent先生", "已回电，明天上门")
        assert await ids(agent, search(values=["done"])) == [FOR_1001]
        again = (await leader.patch(path, {"state": "new", "assigned_to": "1003"})).json
        assert (again["state"], again["handled_at"], again["assigned_name"]) == ("new", "", "leader先生")
        assert (await agent.patch(path, {"note": "很" * 2000})).json["error"]["field"] == "note"
        assert (await people["manager"].delete(path)).status == 200
        assert await ids(agent) == [] == await ids(people["top"])
        assert not list((box.data / "voicemail").iterdir())
        assert (await agent.get(f"/api/calls/{FOR_1001}")).json["voicemail"] is None
        box.engine.log_call(message(FOR_1001, 0, agent="1001"))
        await left(box, message(PUBLIC, 1))
        assert await ids(agent) == [PUBLIC], "what was deleted stays deleted when its record comes again"

    in_box(tmp_path, test)


def test_calling_back_links_the_call(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        people = await bureau(box)
        await left(box, message(FOR_1001, 0, agent="1001"))
        agent, path = people["agent"], f"/api/voicemails/{FOR_1001}/call-back"
        assert "签入" in (await agent.post(path)).error
        await agent.post("/api/seat/sign-in", {"seat": "1"})
        await until(lambda: box.context.link.mirror.agent("1001") is not None)
        assert (await agent.post(path)).json["call_id"] == f"dial-{NUMBER}"
        assert any(isinstance(each, Dial) and each.number == NUMBER for each in box.engine.commands)
        box.engine.log_call(record(f"dial-{NUMBER}", NUMBER, "1001", direction=Direction.OUTBOUND))

        async def known() -> bool:
            (row,) = (await agent.get("/api/voicemails")).json["rows"]
            return bool(row["called_back_result"] == "talked")

        await until_true(known)

    in_box(tmp_path, test)


def test_a_box_is_its_queues_agents_and_their_superiors(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        people = await bureau(box)
        plan = await box.context.plan.read()
        assert plan is not None
        repair, service = QueueId("repair"), QueueId("service")
        box_of_repair = msgspec.structs.replace(plan.boxes[0], queues=(repair,))
        agents = tuple(
            Agent(id=AgentId(number), name="", queues=(queue,))
            for number, queue in [("1001", repair), *((f"100{n}", service) for n in range(2, 6))]
        )
        changed: CallPlan = msgspec.structs.replace(plan, boxes=(box_of_repair,), agents=agents)
        await box.context.plan.write(changed)
        await left(box, message(PUBLIC, 1), message(FOR_9, 2, box="gone"))
        heard = {name: await ids(browser) for name, browser in people.items()}
        assert {name for name, found in heard.items() if PUBLIC in found} == MAY_HEAR
        assert [name for name, found in heard.items() if FOR_9 in found] == [
            "leader", "rival", "next_door", "manager", "other", "top",
        ], "of a box that the plan no longer has"  # fmt: skip

    in_box(tmp_path, test)


@pytest.mark.slow  # what phones tell is read within three seconds
@pytest.mark.parametrize("agent", ["1001", None])
def test_phones_get_the_book_and_tell_what_was_heard(tmp_path: Path, agent: str | None) -> None:
    async def test(box: Box) -> None:
        people = await bureau(box)
        await left(box, message(FOR_1001, 0, agent=agent))
        book = box.data / "messages.json"
        at = AgentId("1001")
        await until(lambda: bool(read_messagebook(book).of(at)))
        (booked,) = read_messagebook(book).of(at)
        assert (booked.call_id, booked.number, booked.heard) == (FOR_1001, NUMBER, False)
        assert bool(read_messagebook(book).of(AgentId("1002"))) is (agent is None), "the public box is everybody's"
        assert any(isinstance(each, ReloadMessages) for each in box.engine.commands)
        live = await people["agent"].socket("/live")
        await live.until("Snapshot")

        def tell(fact: AnyFact) -> None:
            with box.engine.journal.open("ab") as file:
                file.write(msgspec.json.encode(fact) + b"\n")

        when, station = "2026-11-02T10:00:00+08:00", StationId("801")
        closed = VoicemailClosed(id="p-2", at=when, call_id=CallId(FOR_1001), agent=at, station=station)
        tell(VoicemailHeard(id="p-1", at=when, call_id=CallId(FOR_1001), agent=at, station=station))
        await live.until("DeskChanged")
        (row,) = (await people["agent"].get("/api/voicemails")).json["rows"]
        assert (row["state"], row["heard_by"]) == ("heard", "agent先生")
        await until(lambda: read_messagebook(book).of(at)[0].heard)
        tell(closed)
        await until(lambda: not read_messagebook(book).of(at))
        (row,) = (await people["agent"].get("/api/voicemails?state=done")).json["rows"]
        assert row["handled_by"] == "agent先生"
        await people["agent"].patch(f"/api/voicemails/{FOR_1001}", {"state": "new"})
        tell(closed)
        await left(box, message(PUBLIC, 1))
        assert await ids(people["agent"], "/api/voicemails?state=new") == [PUBLIC, FOR_1001], "an old fact again"

    in_box(tmp_path, test)


def test_masked_numbers_and_filters(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        everything = await box.everything()
        await left(box, message(FOR_1001, 0), message(PUBLIC, 1, queue=None), message(FOR_9, 2, box="other"))
        assert await ids(everything, "/api/voicemails?queue=repair&box=public") == [FOR_1001]
        assert await ids(everything, "/api/voicemails?number=1234-1234") == [FOR_9, PUBLIC, FOR_1001]
        assert await ids(everything, "/api/voicemails?number=999") == []
        page = (await everything.get("/api/voicemails?limit=2")).json
        assert await ids(everything, f"/api/voicemails?limit=2&before={page['next']}") == [FOR_1001]
        assert (await everything.get("/api/voicemails?state=nonsense")).json["error"]["field"] == "state"

    in_box(tmp_path, test)


def test_writing_on_a_call_tells_nothing_of_its_voicemail(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        people = await bureau(box)
        await left(box, message(FOR_1001, 0, agent="1001"))
        for name in ("next_door", "leader"):
            row = (await people[name].patch(f"/api/calls/{FOR_1001}", {"summary": "核对过"})).json
            assert (row["summary"], row["voicemail_for"] == "1001") == ("核对过", name == "leader")

    in_box(tmp_path, test)
