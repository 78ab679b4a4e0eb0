"""S101, S102: another program starts a call, follows it over the socket, ends it and reads its record: a whole box."""

from __future__ import annotations

import asyncio
import json
import socket
import urllib.request
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from tests.system.livebox import LiveBox
from tests.system.test_openapi import Desk

pytestmark = pytest.mark.slow


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


class Shop:
    """The program: a socket and urllib."""

    def __init__(self, desk: Desk, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._desk = desk
        self._reader = reader
        self._writer = writer

    async def say(self, **message: Any) -> None:
        self._writer.write(json.dumps(message).encode() + b"\n")
        await self._writer.drain()

    async def hears(self, kind: str, **fields: Any) -> dict[str, Any]:
        """The next message of this type whose object has these values."""
        async with asyncio.timeout(30):
            while True:
                message = json.loads(await self._reader.readline())
                inner = message.get(kind, {})
                if message["type"] == kind and all(inner.get(name) == value for name, value in fields.items()):
                    return dict(message)

    async def ask(self, path: str, body: Any = None, *, method: str = "GET", xml: bool = False) -> bytes:
        headers = {"Authorization": f"Bearer {self._desk.secret}", "Content-Type": "application/json"}
        if xml:
            headers["Accept"] = "application/xml"
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self._desk.url}/api/v1{path}", data, headers, method=method)

        def fetch() -> bytes:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return bytes(answer.read())

        return await asyncio.to_thread(fetch)

    def leave(self) -> None:
        self._writer.close()


def test_a_call_that_another_program_starts_and_ends(tmp_path: Path) -> None:
    port = free_port()

    async def test() -> None:
        async with LiveBox(tmp_path, settings=f"[interfaces]\nstream_port = {port}\n") as box:
            box.run("serve")
            await box.engine_up()
            desk = await asyncio.to_thread(Desk, (await box.web_up()).url)
            await box.sign_in("1002", "1")
            shop = Shop(desk, *await asyncio.open_connection("127.0.0.1", port))
            await shop.say(type="auth", key=desk.secret)
            await shop.say(type="subscribe", topics=["calls", "agents", "records"])
            await shop.hears("agent", agent="1002", seat="1")
            started = json.loads(await shop.ask("/calls", {"agent": "1002", "number": "802"}, method="POST"))
            call_id = started["call_id"]
            await box.rings("801")
            await box.lifts("801")
            await box.rings("802")
            await box.lifts("802")
            await shop.hears("call", call_id=call_id, state="connected")
            assert json.loads(await shop.ask(f"/live-calls/{call_id}"))["state"] == "connected"
            assert await shop.ask(f"/live-calls/{call_id}/hang-up", method="POST") == b"{}"
            await shop.hears("call", call_id=call_id, state="ended")
            logged = await shop.hears("record")
            assert (logged["call"]["call_id"], logged["call"]["direction"]) == (call_id, "internal")
            record = ET.fromstring(await shop.ask(f"/calls/{call_id}", xml=True))
            assert record.findtext("result") == "talked"
            shop.leave()
            await box.hangs_up("801")
            await box.hangs_up("802")
            await box.until(box.at_rest, 20)

    asyncio.run(test())
