from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from appliance.telephony.call import LineState
from appliance.telephony.ids import LineId
from appliance.wire.messages import CallLogged, LineChanged, LineView
from tests.web.box import Box, Browser, in_box, until, until_true
from tests.web.fake_engine import record
from webui import live, outbox


def line_event(number: str = "13812341234") -> LineChanged:
    return LineChanged(line=LineView(line=LineId(2), label="外线2", state=LineState.RINGING, peer_number=number))


async def found(browser: Browser, call_id: str) -> bool:
    return (await browser.get(f"/api/calls/{call_id}")).status == 200


def test_snapshot_first_then_events(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        leader = await (await box.person("li", "leader")).socket("/live")
        snapshot = await leader.next()
        assert snapshot["type"] == "Snapshot"
        assert [line["label"] for line in snapshot["lines"]] == ["外线1", "外线2", "外线3", "外线4"]
        box.engine.publish(line_event())
        changed = await leader.next()
        assert (changed["type"], changed["line"]["peer_number"]) == ("LineChanged", "13812341234")
        late = await (await box.person("wang", "leader")).socket("/live")
        assert (await late.next())["lines"][1]["state"] == "ringing"

    in_box(tmp_path, test)


def test_an_agent_sees_the_own_seat_and_calls_only(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        browser = await box.person("zhang", "agent", agent="1001")
        assert (await browser.post("/api/seat/sign-in", {"seat": "1"})).status == 200
        socket = await browser.socket("/live")
        snapshot = await socket.next()
        assert snapshot["lines"] == []
        assert [agent["agent"] for agent in snapshot["agents"]] == ["1001"]
        box.engine.publish(line_event())
        box.engine.ring("call-of-another", "13900000000", "1002", seat="2")
        box.engine.ring("my-call", "13812341234", "1001")
        assert (await socket.next())["call"]["call_id"] == "my-call"
        assert (await socket.until("ScreenPop"))["call"]["call_id"] == "my-call"

    in_box(tmp_path, test)


def test_numbers_are_masked_without_the_permission(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        tester = await (await box.person("a", "admin")).socket("/live")
        await tester.until("Snapshot")
        box.engine.publish(line_event())
        assert (await tester.until("LineChanged"))["line"]["peer_number"] == "138****1234"

    in_box(tmp_path, test)


def test_screen_pop_brings_the_customer_to_the_agent_and_the_leader(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        agent = await box.person("zhang", "agent", agent="1001")
        customer = {"name": "赵老师", "numbers": ["13812341234"], "address": "滨江花园 3 幢"}
        assert (await agent.post("/api/customers", customer)).status == 200
        box.engine.log_call(record("20261102-090000-0001", "13812341234"))
        await until_true(lambda: found(agent, "20261102-090000-0001"))
        mine = await agent.socket("/live")
        leader = await (await box.person("li", "leader")).socket("/live")
        other = await (await box.person("wang", "agent", agent="1002")).socket("/live")
        for socket in (mine, leader, other):
            await socket.until("Snapshot")
        box.engine.ring("20261102-100000-0001", "13812341234", "1001")
        box.engine.ring("20261102-100000-0002", "13899999999", "1002", seat="2")
        for socket in (mine, leader):
            pop = await socket.until("ScreenPop")
            assert pop["customer"]["name"] == "赵老师"
            assert [call["call_id"] for call in pop["earlier"]] == ["20261102-090000-0001"]
        assert (await other.until("ScreenPop"))["call"]["call_id"] == "20261102-100000-0002"
        again = await agent.socket("/live")
        assert (await again.until("ScreenPop"))["customer"]["name"] == "赵老师"

    in_box(tmp_path, test)


def test_a_slow_database_does_not_hold_up_the_screen_pop(tmp_path: Path, monkeypatch) -> None:
    async def test(box: Box) -> None:
        released = asyncio.Event()

        async def slow(number: str, call_id: str) -> live.Acquaintance:
            await released.wait()
            return live.Acquaintance(None, ())

        monkeypatch.setattr(box.context.live, "_look_up", slow)
        socket = await (await box.person("zhang", "agent", agent="1001")).socket("/live")
        box.engine.ring("c1", "13812341234", "1001")
        assert (await socket.until("ScreenPop"))["customer"] is None
        released.set()
        assert (await socket.until("ScreenPop"))["call"]["call_id"] == "c1"

    in_box(tmp_path, test)


def test_a_logged_call_is_told_when_it_can_be_found(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        browser = await box.everything()
        socket = await browser.socket("/live")
        await socket.until("Snapshot")
        box.engine.log_call(record("20261102-090000-0001", "13812341234"))
        told = await socket.until("CallLogged")
        found = await browser.get(f"/api/calls/{told['record']['call_id']}")
        assert (found.status, found.json["peer_number"]) == (200, "13812341234")

    in_box(tmp_path, test)


def test_a_logged_call_is_not_told_before_its_line_is_on_the_disk(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        browser = await box.everything()
        socket = await browser.socket("/live")
        await socket.until("Snapshot")
        late = record("20261102-090000-0001", "13812341234")
        box.engine.publish(CallLogged(record=late))
        await asyncio.sleep(0.3)  # the disk takes its time
        box.engine.write_record(late)
        told = await socket.until("CallLogged")
        assert (await browser.get(f"/api/calls/{told['record']['call_id']}")).status == 200

    in_box(tmp_path, test)


def test_engine_gone_and_back(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        browser = await box.everything()
        socket = await browser.socket("/live")
        await socket.until("Snapshot")
        await box.engine.server.stop()
        await socket.until("EngineDown")
        refused = await browser.post("/api/seat/sign-in", {"seat": "1"})
        assert refused.status == 503
        assert "引擎" in refused.error
        assert (await (await browser.socket("/live")).next())["type"] == "EngineDown"
        await box.engine.server.start()
        assert (await socket.until("Snapshot"))["bureau"] == "铜陵广电"

    in_box(tmp_path, test)


def test_logging_out_closes_the_live_page(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        browser = await box.everything()
        socket = await browser.socket("/live")
        await socket.until("Snapshot")
        await browser.post("/api/logout")
        box.engine.publish(line_event())
        assert await socket.next() is None
        assert socket.connection.close_code == 4401

    in_box(tmp_path, test)


@pytest.mark.parametrize("path", ["/live", "/phones"])
def test_sockets_refuse_strangers_and_foreign_pages(tmp_path: Path, path: str) -> None:
    async def test(box: Box) -> None:
        stranger = box.browser()
        assert (await stranger.knock(path, stranger.url)).status == 401
        browser = await box.everything()
        assert (await browser.knock(path, "http://evil.example")).status == 403

    in_box(tmp_path, test)


def test_a_browser_that_does_not_read_is_dropped(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(outbox, "LONGEST", 16)

    async def test(box: Box) -> None:
        browser = await box.everything()
        good = await browser.socket("/live")
        await good.until("Snapshot")
        host, port = browser.url.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port), limit=1024)
        cookies = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
        writer.write(
            f"GET /live HTTP/1.1\r\nHost: {host}:{port}\r\nOrigin: {browser.url}\r\nCookie: {cookies}\r\n"
            "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: x3JJHMbDL1EzLkh9GBhXDw==\r\n\r\n".encode()
        )
        assert b"101" in await reader.readline()
        await until(lambda: len(box.context.live._browsers) == 2)
        for _ in range(500):
            for _ in range(10):
                box.context.live.publish(line_event("长" * 20_000))
            for _ in range(10):
                assert (await good.next())["type"] == "LineChanged"
            if len(box.context.live._browsers) == 1:
                break
        assert len(box.context.live._browsers) == 1
        writer.close()

    in_box(tmp_path, test)
