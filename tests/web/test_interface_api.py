"""The HTTP API for other programs, asked by other programs: curl, urllib, an XML parser."""

from __future__ import annotations

import asyncio
import json
import shutil
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import quote
from xml.etree import ElementTree as ET

import pytest

from appliance.telephony.call import AgentStatus
from appliance.wire.messages import Dial, HangUpCall, SetAgentStatus, SignOut
from tests.web.box import Box, in_box, until
from tests.web.keyed import code, program, xml_of
from tests.web.test_calls import FIRST, SECOND, THIRD, logged, wav


async def seated(box: Box, agent: str = "1002", seat: str = "2") -> None:
    person = await box.person(f"a{agent}", "agent", agent=agent)
    assert (await person.post("/api/seat/sign-in", {"seat": seat})).status == 200
    await until(lambda: box.context.link.mirror.agent(agent) is not None)


def dialled(box: Box) -> list[tuple[str, str]]:
    return [(command.seat, command.number) for command in box.engine.commands if isinstance(command, Dial)]


def test_a_program_starts_a_call_at_a_seat_or_an_agents_seat(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        shop = await program(box, await box.everything(), "calls:originate")
        await seated(box)
        assert (await shop.post("/calls", {"seat": "1", "number": "138 1234-1234"})).json == {
            "call_id": "dial-13812341234"
        }
        assert (await shop.post("/calls", {"agent": "1002", "number": "2821234"})).status == 200
        assert dialled(box) == [("1", "13812341234"), ("2", "2821234")]
        assert code(await shop.post("/calls", {"seat": "1", "number": "01065551234"})) == (403, "number_not_allowed")
        assert code(await shop.post("/calls", {"agent": "1009", "number": "2821234"})) == (409, "conflict")
        assert code(await shop.post("/calls", {"seat": "77", "number": "2821234"})) == (422, "invalid_value")
        assert code(await shop.post("/calls", {"number": "2821234"})) == (422, "invalid_value")
        assert code(await shop.post("/calls", {"seat": "1", "number": "call me"})) == (422, "invalid_value")
        assert code(await shop.ask("POST", "/calls", raw=b"{")) == (400, "bad_request")
        assert len(dialled(box)) == 2

    in_box(tmp_path, test)


def test_a_repeated_request_is_carried_out_once(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        admin = await box.everything()
        shop, other = await program(box, admin), await program(box, admin)
        body = {"seat": "1", "number": "2821234"}
        first = await shop.post("/calls", body, Idempotency_Key="order-1")
        assert (await shop.post("/calls", body, Idempotency_Key="order-1")).json == first.json
        different = await shop.post("/calls", {**body, "seat": "2"}, Idempotency_Key="order-1")
        assert code(different) == (409, "idempotency_mismatch")
        assert len(dialled(box)) == 1
        await other.post("/calls", body, Idempotency_Key="order-1")
        assert len(dialled(box)) == 2, "another program's token is another one"
        refused = await shop.post("/calls", {"seat": "77", "number": "2821234"}, Idempotency_Key="order-2")
        assert refused.status == 422
        assert (await shop.post("/calls", body, Idempotency_Key="order-2")).status == 200, "nothing was begun with it"
        assert code(await shop.post("/calls", body, Idempotency_Key="x" * 65)) == (422, "invalid_value")

    in_box(tmp_path, test)


def test_running_calls_are_seen_and_ended_within_the_reach(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        admin = await box.everything()
        box.engine.ring("mine", "13812341234", "1001")
        box.engine.ring("hers", "13987654321", "1002", seat="2")
        await until(lambda: box.context.link.mirror.call("hers") is not None)
        everything = await program(box, admin)
        one = await program(box, admin, reach={"agents": ["1001"]}, full_numbers=False)
        assert len((await everything.get("/live-calls")).json["calls"]) == 2
        (call,) = (await one.get("/live-calls")).json["calls"]
        assert (call["call_id"], call["peer_number"]) == ("mine", "138****1234")
        assert (await one.get("/live-calls/hers")).status == 404
        assert (await one.ask("POST", "/live-calls/hers/hang-up")).status == 404
        assert (await one.get("/live-calls/mine")).json["state"] == "alerting"
        assert (await one.ask("POST", "/live-calls/mine/hang-up")).json == {}
        assert [each.call_id for each in box.engine.commands if isinstance(each, HangUpCall)] == ["mine"]
        await box.engine.server.stop()
        await until(lambda: box.context.link.mirror.snapshot() is None)
        assert code(await everything.get("/live-calls")) == (503, "unavailable")
        assert code(await everything.post("/calls", {"seat": "1", "number": "2821234"})) == (503, "unavailable")

    in_box(tmp_path, test)


def test_records_by_the_nineteen_conditions_in_both_forms(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        admin = await box.everything()
        await logged(box, admin)
        shop = await program(box, admin)
        wanted = {"result": {"values": ["talked"]}, "talk_sec": {"min": 30}}
        page = (await shop.get(f"/calls?limit=1&search={quote(json.dumps(wanted))}")).json
        assert ([row["call_id"] for row in page["calls"]], page["count"]) == ([SECOND], 2)
        rest = (await shop.get(f"/calls?limit=1&before={page['next']}&search={quote(json.dumps(wanted))}")).json
        assert [row["call_id"] for row in rest["calls"]] == [FIRST]
        assert (await shop.post("/calls/search", {"search": wanted})).json["count"] == 2
        asked = """<request><search><result><values><item>talked</item></values><not>true</not></result></search>
            <limit>10</limit></request>"""
        found = xml_of(await shop.ask(
            "POST", "/calls/search", raw=asked.encode(), Content_Type="application/xml", Accept="application/xml"
        ))  # fmt: skip
        (row,) = found.findall("calls/item")
        assert (row.findtext("call_id"), row.findtext("has_voicemail"), row.findtext("talk_s")) == (
            THIRD,
            "true",
            "30.0",
        )
        assert (row.find("agent").get("nil"), found.findtext("count")) == ("true", "1")
        one = (await shop.get(f"/calls/{FIRST}")).json
        assert ([step["kind"] for step in one["steps"]], one["recording_path"]) == (["rang", "connected"], None)
        narrow = await program(box, admin, reach={"agents": ["1002"]})
        assert [row["call_id"] for row in (await narrow.get("/calls")).json["calls"]] == [SECOND]
        assert code(await narrow.get(f"/calls/{FIRST}")) == (404, "not_found")
        bad = xml_of(await shop.ask(
            "POST", "/calls/search", raw=b"<r><search><talk_sec><min>x</min></talk_sec></search></r>",
            Content_Type="application/xml", Accept="application/xml",
        ))  # fmt: skip
        assert (bad.findtext("error/code"), bad.findtext("error/field")) == ("invalid_value", "search.talk_sec.min")
        assert code(await shop.ask("POST", "/calls/search", raw=b"a,b", Content_Type="text/csv")) == (
            415,
            "unsupported_format",
        )

    in_box(tmp_path, test)


def test_the_feed_of_records_misses_none(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        admin = await box.everything()
        await logged(box, admin)
        shop = await program(box, admin)
        seen, since = [], 0
        for _ in range(3):
            answer = (await shop.get(f"/calls/feed?since={since}&limit=2")).json
            seen += [(each["n"], each["call"]["call_id"]) for each in answer["records"]]
            since = answer["last"]
        assert seen == [(1, FIRST), (2, SECOND), (3, THIRD)]
        assert (await shop.get("/calls/feed?since=3")).json == {"records": [], "last": 3}

    in_box(tmp_path, test)


def test_a_recording_is_downloaded_in_parts(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        admin = await box.everything()
        await logged(box, admin)
        archive = await program(box, admin, "recordings:read")
        whole = await archive.get(f"/calls/{FIRST}/recording")
        assert (whole.body, whole.headers["Content-Type"]) == (wav(), "audio/wav")
        part = await archive.get(f"/calls/{FIRST}/recording", Range="bytes=4-7")
        assert (part.status, part.body) == (206, wav()[4:8])
        assert code(await archive.get(f"/calls/{FIRST}/recording", Range="bytes=9999999-")) == (
            416,
            "range_not_satisfiable",
        )
        assert code(await archive.get(f"/calls/{SECOND}/recording")) == (404, "not_found")
        assert code(await archive.get("/calls")) == (403, "scope_missing")

    in_box(tmp_path, test)


def test_agents_queues_and_lines(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        shop = await program(box, await box.everything())
        await seated(box)
        (agent,) = (await shop.get("/agents")).json["agents"]
        assert (agent["agent"], agent["seat"], agent["status"]) == ("1002", "2", "ready")
        assert (await shop.put("/agents/1002/status", {"status": "on_break", "reason": "培训"})).json == {}
        await until(lambda: box.context.link.mirror.agent("1002").status is AgentStatus.ON_BREAK)
        assert (await shop.get("/agents/1002")).json["reason"] == "培训"
        assert (await shop.put("/agents/1002/status", {"status": "logged_out"})).json == {}
        assert [type(each) for each in box.engine.commands if isinstance(each, SetAgentStatus | SignOut)] == [
            SetAgentStatus, SignOut,
        ]  # fmt: skip
        assert code(await shop.get("/agents/1009")) == (404, "not_found")
        assert [queue["queue"] for queue in (await shop.get("/queues")).json["queues"]] == ["repair"]
        lines = xml_of(await shop.get("/lines", Accept="text/xml, */*;q=0.1"))
        assert [line.findtext("state") for line in lines.findall("lines/item")] == ["idle"] * 4

    in_box(tmp_path, test)


def test_customers_written_as_xml_are_read_as_json(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        shop = await program(box, await box.everything())
        numbers = "<numbers><item>2821234</item><item>13812341234</item></numbers>"
        draft = f"<customer><name>赵 &amp; 钱</name>{numbers}</customer>"
        made = await shop.ask("POST", "/customers", raw=draft.encode(), Content_Type="text/xml; charset=utf-8")
        assert (made.json["name"], made.json["numbers"]) == ("赵 & 钱", ["05622821234", "13812341234"])
        number = made.json["id"]
        changed = (await shop.put(f"/customers/{number}", {"name": "赵老师", "numbers": ["2821234"]})).json
        assert (changed["name"], changed["numbers"]) == ("赵老师", ["05622821234"])
        found = xml_of(await shop.get("/customers/by-number/0562-2821234", Accept="application/xml"))
        assert (found.tag, found.findtext("name")) == ("answer", "赵老师")
        assert [row["id"] for row in (await shop.get(f"/customers?q={quote('赵')}")).json["rows"]] == [number]
        assert code(await shop.post("/customers", {"name": "李", "numbers": ["2821234"]})) == (409, "conflict")
        assert code(await shop.get("/customers/by-number/10086")) == (404, "not_found")

    in_box(tmp_path, test)


def test_curl_and_urllib_get_along_with_it(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        shop = await program(box, await box.everything())
        url = box.web.url + "api/v1"

        def ask() -> tuple[dict[str, object], str]:
            request = urllib.request.Request(f"{url}/queues", headers={"X-API-Key": shop.secret})
            with urllib.request.urlopen(request) as answer:
                found = json.load(answer)
            try:
                urllib.request.urlopen(urllib.request.Request(f"{url}/calls", data=b"<x/>", method="POST", headers={
                    "Authorization": f"Bearer {shop.secret}", "Content-Type": "text/xml", "Accept": "text/xml",
                }))  # fmt: skip
            except urllib.error.HTTPError as error:
                with error:
                    return found, ET.fromstring(error.read()).findtext("error/code") or ""
            raise AssertionError("an empty request went through")

        found, said = await asyncio.to_thread(ask)
        assert (found["queues"][0]["queue"], said) == ("repair", "invalid_value")
        curl = shutil.which("curl")
        if curl is None:
            pytest.skip("no curl here")
        told = await asyncio.create_subprocess_exec(
            curl, "-sS", "-i", "-H", f"Authorization: Bearer {shop.secret}", "-H", "Idempotency-Key: a",
            "-d", '{"seat": "1", "number": "2821234"}', f"{url}/calls", stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        said = (await told.communicate())[0].decode()
        assert said.startswith("HTTP/1.1 200")
        assert said.endswith('{"call_id":"dial-2821234"}')
        assert "Access-Control" not in said

    in_box(tmp_path, test)
