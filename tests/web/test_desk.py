"""The agent's screen: it follows the call from hand to hand, keeps every word, and comes back after a break."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import msgspec

from appliance.telephony.call import AgentState, CallState, Direction
from appliance.telephony.ids import AgentId, CallId, SeatId
from appliance.wire.messages import AgentChanged, CallChanged, PathStep
from tests.web.box import Box, Browser, Socket, in_box, until_true
from tests.web.fake_engine import record

CALL = "20261102-090000-0001"


async def at_desk(box: Box, login: str, agent: str, seat: str) -> tuple[Browser, Socket]:
    """An agent who is signed in at a seat, with the desk open."""
    browser = await box.person(login, "agent", agent=agent)
    assert (await browser.post("/api/seat/sign-in", {"seat": seat})).status == 200
    socket = await browser.socket("/live")
    await socket.until("Snapshot")
    return browser, socket


def holds(box: Box, agent: str, call_id: str | None, state: AgentState = AgentState.ON_CALL) -> None:
    """The engine says what the agent's phone is occupied with."""
    view = msgspec.structs.replace(
        box.engine.agents[AgentId(agent)], call_id=CallId(call_id) if call_id else None, state=state
    )
    box.engine.agents[view.agent] = view
    box.engine.publish(AgentChanged(agent=view))


def goes(box: Box, **changes: Any) -> None:
    call = msgspec.structs.replace(box.engine.calls[CallId(CALL)], **changes)
    box.engine.calls[call.call_id] = call
    box.engine.publish(CallChanged(call=call))


def connected(box: Box, agent: str, seat: str) -> None:
    holds(box, agent, CALL)
    goes(box, state=CallState.CONNECTED, agent=AgentId(agent), seat=SeatId(seat))


def test_the_screen_goes_with_the_call_and_so_do_the_words(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        zhang, at_zhang = await at_desk(box, "zhang", "1001", "1")
        _, at_wang = await at_desk(box, "wang", "1002", "2")
        box.engine.ring(CALL, "13812341234", "1001")
        connected(box, "1001", "1")
        await at_zhang.until("ScreenPop")
        assert (await zhang.patch(f"/api/live-calls/{CALL}/note", {"summary": "机顶盒没有信号"})).status == 200
        box.engine.ring(CALL, "13812341234", "1002", seat="2")
        holds(box, "1002", CALL, AgentState.OFFERED)
        pop = await at_wang.until("ScreenPop")
        assert (pop["call"]["call_id"], pop["note"]) == (CALL, {"summary": "机顶盒没有信号"})
        connected(box, "1002", "2")
        holds(box, "1001", None, AgentState.WRAP_UP)
        left = await at_zhang.until("CallLeft")
        assert (left["served"], left["ended"], left["taken_by"], left["unseen"]) == (True, False, "wang先生", True)
        goes(box, node_label="仍在进行")
        assert (await at_wang.until("CallChanged"))["call"]["call_id"] == CALL

    in_box(tmp_path, test)


def test_a_call_that_a_colleague_took_closes_the_other_screens(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        _, at_zhang = await at_desk(box, "zhang", "1001", "1")
        await at_desk(box, "wang", "1002", "2")
        for agent, seat in (("1001", "1"), ("1002", "2")):
            box.engine.ring(CALL, "13812341234", agent, seat=seat)
            holds(box, agent, CALL, AgentState.OFFERED)
        await at_zhang.until("ScreenPop")
        holds(box, "1001", None, AgentState.IDLE)
        connected(box, "1002", "2")
        left = await at_zhang.until("CallLeft")
        assert (left["served"], left["ended"], left["taken_by"]) == (False, False, "wang先生")
        again = await (await box.person("lin", "agent", agent="1003")).socket("/live")
        assert {call["call_id"] for call in (await again.until("Snapshot"))["calls"]} == set()

    in_box(tmp_path, test)


def test_who_comes_back_has_missed_nothing(tmp_path: Path) -> None:
    """Calls that go on, and those that ended while nobody looked: there is still something to write about."""

    async def test(box: Box) -> None:
        zhang, socket = await at_desk(box, "zhang", "1001", "1")
        socket.close()
        box.engine.ring(CALL, "13812341234", "1001")
        connected(box, "1001", "1")
        back = await zhang.socket("/live")
        pop = await back.until("ScreenPop")
        assert (pop["call"]["state"], pop["served"], pop["left"]) == ("connected", True, False)
        back.close()
        box.engine.end_call(CALL)
        holds(box, "1001", None, AgentState.WRAP_UP)
        pop = await (await zhang.socket("/live")).until("ScreenPop")
        assert (pop["call"]["state"], pop["served"], pop["left"]) == ("ended", True, True)

    in_box(tmp_path, test)


def test_what_was_written_is_in_the_record_though_the_browser_died(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        zhang, socket = await at_desk(box, "zhang", "1001", "1")
        reason = (await zhang.get("/api/reasons")).json[0]["id"]
        box.engine.ring(CALL, "13812341234", "1001")
        await socket.until("ScreenPop")
        for words in ("没", "没有", "没有信号"):
            assert (await zhang.patch(f"/api/live-calls/{CALL}/note", {"summary": words})).status == 200
        assert (await zhang.patch(f"/api/live-calls/{CALL}/note", {"reason": reason})).json == {
            "reason": reason,
            "summary": "没有信号",
        }
        assert (await socket.until("CallNoted"))["by"] == "1001"
        socket.close()
        box.engine.end_call(CALL)
        box.engine.log_call(record(CALL, "13812341234"))

        async def logged() -> bool:
            answer = await zhang.get(f"/api/calls/{CALL}")
            return answer.status == 200 and (answer.json["summary"], answer.json["reason"]) == ("没有信号", reason)

        await until_true(logged)
        assert [row["call_id"] for row in (await zhang.get("/api/seat/calls")).json] == [CALL]
        later = await zhang.patch(f"/api/live-calls/{CALL}/note", {"summary": "已报修"})
        assert later.status == 200
        assert (await zhang.get(f"/api/calls/{CALL}")).json["summary"] == "已报修"

    in_box(tmp_path, test)


def test_nobody_writes_about_calls_of_others(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        await at_desk(box, "zhang", "1001", "1")
        wang, _ = await at_desk(box, "wang", "1002", "2")
        box.engine.ring(CALL, "13812341234", "1001")
        refused = await wang.patch(f"/api/live-calls/{CALL}/note", {"summary": "别人的"})
        assert (refused.status, "座席" in refused.error) == (404, True)
        admin = await box.person("gao", "admin")
        assert (await admin.patch(f"/api/live-calls/{CALL}/note", {"summary": "别人的"})).status == 403

    in_box(tmp_path, test)


def test_bound_customer_is_shown_to_everybody_with_the_call(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        zhang, socket = await at_desk(box, "zhang", "1001", "1")
        other_tab = await zhang.socket("/live")
        whose = (await zhang.post("/api/customers", {"name": "赵老师", "numbers": ["13700000000"]})).json
        box.engine.ring(CALL, "13812341234", "1001")
        await socket.until("ScreenPop")
        await zhang.patch(f"/api/live-calls/{CALL}/note", {"customer": whose["id"]})
        assert (await other_tab.until("CallNoted"))["customer"]["name"] == "赵老师"
        late = await zhang.socket("/live")
        assert (await late.until("ScreenPop"))["customer"]["name"] == "赵老师"

    in_box(tmp_path, test)


def test_dialled_and_picked_up_calls_come_onto_the_screen_too(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        _, socket = await at_desk(box, "zhang", "1001", "1")
        box.engine.ring(CALL, "13812341234", "1002", seat="2")
        box.engine.calls[CallId(CALL)] = msgspec.structs.replace(
            box.engine.calls[CallId(CALL)],
            direction=Direction.OUTBOUND,
            path=(PathStep(label="主菜单", keys="1"),),
        )
        holds(box, "1001", CALL)
        goes(box, state=CallState.DIALING, agent=AgentId("1001"), seat=SeatId("1"))
        pop = await socket.until("ScreenPop")
        assert (pop["call"]["direction"], pop["call"]["path"]) == ("outbound", [{"label": "主菜单", "keys": "1"}])
        await asyncio.sleep(0.05)
        goes(box, state=CallState.CONNECTED)
        await socket.nothing_but("CallChanged")  # and no second pop

    in_box(tmp_path, test)


def test_colleagues_are_seen_as_far_as_it_helps(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        _, socket = await at_desk(box, "zhang", "1001", "1")
        await at_desk(box, "wang", "1002", "2")
        holds(box, "1002", CALL)
        while (seen := (await socket.until("AgentChanged"))["agent"])["state"] != "on_call":
            pass
        assert (seen["name"], seen["seat"], seen["call_id"]) == ("wang先生", "2", None)

    in_box(tmp_path, test)


def test_work_place_and_favourites(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        zhang, _ = await at_desk(box, "zhang", "1001", "1")
        place = (await zhang.get("/api/seat/work-place")).json
        assert place["favourites"] == []
        assert {queue["id"] for queue in (await zhang.get("/api/plan")).json["queues"]} >= set(place["queues"]) > set()
        wanted = [
            {"to": "queue", "target": "repair", "label": ""},
            {"to": "outside", "target": "96599", "label": "维修站"},
        ]
        assert (await zhang.put("/api/seat/favourites", wanted)).status == 200
        assert (await zhang.get("/api/seat/work-place")).json["favourites"] == wanted
        assert (await zhang.put("/api/seat/favourites", [{"to": "moon", "target": "1"}])).status == 422
        wang, _ = await at_desk(box, "wang", "1002", "2")
        assert (await wang.get("/api/seat/work-place")).json["favourites"] == []

    in_box(tmp_path, test)
