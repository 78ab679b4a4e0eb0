"""The event stream as a program sees it: a raw socket, a line each; the same as server-sent events."""

from __future__ import annotations

import asyncio
import json
import random
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from appliance.settings import InterfacesSettings
from appliance.wire.messages import CallChanged
from tests.web.box import Box, Browser, in_box, until, until_true
from tests.web.fake_engine import record
from tests.web.keyed import Program, program
from webui.interfaces import hub, stream


class Line:
    """A raw TCP connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def say(self, message: Any) -> None:
        self.writer.write((message if isinstance(message, bytes) else json.dumps(message).encode()) + b"\n")
        await self.writer.drain()

    async def hear(self) -> dict[str, Any] | None:
        """The next line; None when the box closed the connection."""
        async with asyncio.timeout(5):
            line = await self.reader.readline()
        return json.loads(line) if line else None

    async def until(self, kind: str) -> dict[str, Any]:
        while (message := await self.hear()) is not None:
            if message["type"] == kind:
                return message
        raise AssertionError(f"closed before {kind}")

    async def goodbye(self) -> str:
        """The reason for which the box closes."""
        code = (await self.until("goodbye"))["code"]
        assert await self.hear() is None
        return str(code)


async def opened(box: Box) -> None:
    await box.context.interfaces.door.start("127.0.0.1", 0)


@asynccontextmanager
async def line(box: Box, **options: Any) -> AsyncIterator[Line]:
    address = box.context.interfaces.door.address
    assert address is not None
    connection = Line(*await asyncio.open_connection(*address, **options))
    try:
        yield connection
    finally:
        connection.writer.transport.abort()


async def greeted(connection: Line, key: Program, *topics: str, since: int | None = None) -> None:
    await connection.say({"type": "auth", "key": key.secret})
    assert (await connection.hear())["type"] == "welcome"
    await connection.say({"type": "subscribe", "topics": topics, **({} if since is None else {"since": since})})
    assert (await connection.hear())["type"] == "subscribed"


async def stored(box: Box, admin: Browser, *calls: str) -> None:
    """Calls in the log, in this order."""
    for call in calls:
        box.engine.log_call(record(call, "13812341234"))

        async def there(call: str = call) -> bool:
            return (await admin.get(f"/api/calls/{call}")).status == 200

        await until_true(there)


def test_a_program_follows_a_call_from_ring_to_record(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        await opened(box)
        admin = await box.everything()
        shop = await program(box, admin, "events", "calls:read", full_numbers=False)
        async with line(box) as connection:
            await greeted(connection, shop, "calls", "records", "queues")
            assert (await connection.hear()) == {"type": "engine", "up": True}
            assert (await connection.hear())["queue"]["queue"] == "repair"
            box.engine.ring("c1", "13812341234", "1001")
            call = (await connection.until("call"))["call"]
            assert (call["call_id"], call["state"], call["peer_number"]) == ("c1", "alerting", "138****1234")
            box.engine.end_call("c1")
            assert (await connection.until("call"))["call"]["state"] == "ended"
            await stored(box, admin, "c1")
            logged = await connection.until("record")
            assert (logged["n"], logged["call"]["call_id"], logged["call"]["recording_path"]) == (1, "c1", None)
            await connection.say({"type": "ping"})
            assert (await connection.hear()) == {"type": "pong"}
            await box.engine.server.stop()
            assert (await connection.until("engine"))["up"] is False
        await until(lambda: box.context.interfaces.hub.count == 0)

    in_box(tmp_path, test)


def test_records_missed_in_a_break_come_first(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        await opened(box)
        admin = await box.everything()
        shop = await program(box, admin, "events", "calls:read")
        hers = await program(box, admin, "events", "calls:read", reach={"agents": ["1002"]})
        await stored(box, admin, "c1", "c2")
        box.engine.log_call(record("c3", "13812341234", "1002"))
        await stored(box, admin, "c4")
        async with line(box) as connection:
            await greeted(connection, shop, "records", since=1)
            heard = [await connection.until("record") for _ in range(3)]
            assert [(each["n"], each["call"]["call_id"]) for each in heard] == [(2, "c2"), (3, "c3"), (4, "c4")]
            await stored(box, admin, "c5")
            assert (await connection.until("record"))["n"] == 5
        async with line(box) as connection:
            await greeted(connection, hers, "records", since=0)
            assert (await connection.until("record"))["call"]["call_id"] == "c3", "within the key's reach only"

    in_box(tmp_path, test)


def test_who_has_no_good_key_is_sent_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "FIRST_LINE_WITHIN_S", 0.1)
    monkeypatch.setattr(stream, "SUBSCRIBED_WITHIN_S", 0.1)

    async def test(box: Box) -> None:
        await opened(box)
        admin = await box.everything()
        deaf = await program(box, admin, "calls:read")
        shop = await program(box, admin, "events")
        first_lines: list[tuple[Any, str]] = [
            ({"type": "auth", "key": "hlb_wrong"}, "key_unknown"),
            ({"type": "auth", "key": deaf.secret}, "scope_missing"),
            ({"type": "subscribe", "topics": ["calls"]}, "bad_line"),
            (b"GET / HTTP/1.1\r", "bad_line"),
            (b"\xff\xfe", "bad_line"),
            (b"x" * 10_000, "bad_line"),
        ]
        for said, code in first_lines:
            async with line(box) as connection:
                await connection.say(said)
                assert await connection.goodbye() == code
        async with line(box) as connection:
            assert await connection.goodbye() == "idle"
        async with line(box) as connection:
            await connection.say({"type": "auth", "key": shop.secret})
            assert await connection.goodbye() == "idle"
        async with line(box) as connection:
            await connection.say({"type": "auth", "key": shop.secret})
            await connection.say({"type": "subscribe", "topics": ["calls"]})
            assert await connection.goodbye() == "scope_missing"

    in_box(tmp_path, test)


def test_a_revoked_key_ends_its_streams_at_once(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        await opened(box)
        admin = await box.everything()
        shop, other = await program(box, admin), await program(box, admin)
        async with line(box) as connection, line(box) as untouched:
            await greeted(connection, shop, "calls")
            await greeted(untouched, other, "calls")
            await admin.post(f"/api/interfaces/keys/{shop.key_id}/revoke")
            assert await connection.goodbye() == "key_ended"
            await untouched.say({"type": "ping"})
            assert await untouched.until("pong")

    in_box(tmp_path, test)


def test_a_program_that_does_not_read_is_dropped_and_nobody_else_notices(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub, "GOODBYE_PATIENCE_S", 0.1)

    async def test(box: Box) -> None:
        await opened(box)
        admin = await box.everything()
        shop = await program(box, admin)
        async with line(box) as good, line(box, limit=1024) as slow:
            slow.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            await greeted(slow, shop, "calls")
            await greeted(good, shop, "calls")
            slow.reader._transport.pause_reading()
            box.engine.ring("c1", "13812341234", "1001")
            call = box.engine.calls["c1"]
            for _ in range(30):
                for _ in range(50):
                    box.engine.publish(CallChanged(call=msgspec.structs.replace(call, node_label="报" * 200)))
                for _ in range(50):
                    assert await good.until("call")
            await until(lambda: box.context.interfaces.hub.count == 1)
            await good.say({"type": "ping"})
            assert await good.until("pong")
        entries = (await admin.get("/api/interfaces/log")).json
        assert "too_slow" in [entry["note"] for entry in entries]

    in_box(tmp_path, test)


def test_no_more_connections_than_allowed(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        await opened(box)
        shop = await program(box, await box.everything())
        async with line(box) as first, line(box) as second:
            await greeted(first, shop, "calls")
            await second.say({"type": "auth", "key": shop.secret})
            assert await second.goodbye() == "full"
        await until(lambda: box.context.interfaces.hub.count == 0)
        async with line(box) as third:
            await greeted(third, shop, "calls")

    in_box(tmp_path, test, interfaces=InterfacesSettings(stream_connections=1))


def test_heartbeats_tell_how_far_the_program_was_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "HEARTBEAT_S", 0.05)

    async def test(box: Box) -> None:
        await opened(box)
        admin = await box.everything()
        shop = await program(box, admin, reach={"agents": ["1009"]})
        await stored(box, admin, "c1")
        async with line(box) as connection:
            await greeted(connection, shop, "records", since=0)
            beat = await connection.until("heartbeat")
            assert beat["last"] == 1, "a record that this key may not see is behind it too"

    in_box(tmp_path, test)


def test_garbage_lines_break_nothing(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        await opened(box)
        shop = await program(box, await box.everything(), per_minute=6000)
        dice = random.Random(7)
        good = [
            json.dumps({"type": "subscribe", "topics": ["calls", "records"], "since": 3}).encode(),
            json.dumps({"type": "ping"}).encode(),
        ]
        for _ in range(60):
            said = bytearray(dice.choice(good))
            for _ in range(dice.randrange(1, 6)):
                said[dice.randrange(len(said))] = dice.randrange(256)
            async with line(box) as connection:
                await connection.say({"type": "auth", "key": shop.secret})
                assert (await connection.hear())["type"] == "welcome"
                await connection.say(bytes(said).replace(b"\n", b" "))
                await connection.say({"type": "ping"})
                answer = await connection.hear()
                while answer is not None and answer["type"] not in {"goodbye", "pong"}:
                    answer = await connection.hear()
                assert answer is not None
        await until(lambda: box.context.interfaces.hub.count == 0)
        async with line(box) as connection:
            connection.writer.get_extra_info("socket").setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
            )
            await connection.say({"type": "auth", "key": shop.secret})
        await until(lambda: box.context.interfaces.hub.count == 0)

    in_box(tmp_path, test)


def test_the_same_as_server_sent_events(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        admin = await box.everything()
        shop = await program(box, admin)
        await stored(box, admin, "c1", "c2")
        host, port = box.web.url.removeprefix("http://").rstrip("/").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(
            f"GET /api/v1/events?topics=records,calls HTTP/1.1\r\nHost: {host}\r\nLast-Event-ID: 1\r\n"
            f"Authorization: Bearer {shop.secret}\r\n\r\n".encode()
        )
        async with asyncio.timeout(5):
            head = await reader.readuntil(b"\r\n\r\n")
            assert b"200 OK" in head
            assert b"text/event-stream" in head
            assert b'"c2"' in await reader.readuntil(b"id: 2\nevent: record\ndata: ") + await reader.readuntil(b"\n\n")
            box.engine.ring("c9", "13812341234", "1001")
            assert b'"c9"' in await reader.readuntil(b"event: call\ndata: ") + await reader.readuntil(b"\n\n")
            await admin.post(f"/api/interfaces/keys/{shop.key_id}/revoke")
            assert b"key_ended" in await reader.readuntil(b"event: goodbye\n") + await reader.readuntil(b"0\r\n\r\n")
        writer.close()
        await until(lambda: box.context.interfaces.hub.count == 0)
        other = await program(box, admin)
        assert (await other.get("/events?topics=everything")).status == 422
        deaf = await program(box, admin, "events")
        assert (await deaf.get("/events?topics=calls")).status == 403

    in_box(tmp_path, test)


def test_the_port_of_the_settings_is_opened_or_said_to_be_taken(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        async def refused(box: Box) -> None:
            state = (await (await box.everything()).get("/api/interfaces")).json
            assert (state["stream_port"], str(port) in state["trouble"]) == (0, True)

        in_box(tmp_path / "taken", refused, interfaces=InterfacesSettings(stream_port=port))

    async def listening(box: Box) -> None:
        admin = await box.everything()
        shop = await program(box, admin)
        async with line(box) as connection:
            await greeted(connection, shop, "calls")
            state = (await admin.get("/api/interfaces")).json
            assert (state["stream_host"], state["stream_port"], state["connected"]) == ("127.0.0.1", port, 1)
            assert (await shop.get("")).json["stream_port"] == port

    in_box(tmp_path / "free", listening, interfaces=InterfacesSettings(stream_port=port))


def test_a_browser_that_does_not_read_is_cut_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "GOODBYE_PATIENCE_S", 0.1)

    async def test(box: Box) -> None:
        shop = await program(box, await box.everything())
        host, port = box.web.url.removeprefix("http://").rstrip("/").split(":")
        slow = socket.socket()
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        slow.setblocking(False)
        await asyncio.get_running_loop().sock_connect(slow, (host, int(port)))
        asked = f"GET /api/v1/events?topics=calls HTTP/1.1\r\nHost: x\r\nX-API-Key: {shop.secret}\r\n\r\n"
        await asyncio.get_running_loop().sock_sendall(slow, asked.encode())
        await until(lambda: box.context.interfaces.hub.count == 1)
        box.engine.ring("c1", "13812341234", "1001")
        call = box.engine.calls["c1"]
        long = CallChanged(call=msgspec.structs.replace(call, node_label="报" * 600))
        for _ in range(3000):  # past the wire, which would drop us first
            box.context.interfaces.hub.engine_event(long)
            await asyncio.sleep(0)
        await until(lambda: box.context.interfaces.hub.count == 0)
        assert (await shop.get("")).status == 200
        slow.close()

    in_box(tmp_path, test)
