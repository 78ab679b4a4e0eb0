"""Web hooks against a receiver that fails in every way; nothing is lost, nothing else waits."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from appliance.settings import InterfacesSettings
from appliance.store.errors import InvalidError
from appliance.store.web_hooks import hook_failed
from tests.web.box import Box, Browser, box_in, in_box, until, until_true
from tests.web.keyed import code, program
from tests.web.test_event_stream import stored
from webui.interfaces import hooks
from webui.interfaces.target import checked_networks, permitted

HERE = InterfacesSettings(hooks_to_this_machine=True)
Behaviour = Callable[["Receiver", asyncio.StreamWriter], Awaitable[None]]


class Receiver:
    """A small HTTP server; `behaviour` answers, `heard` keeps headers and bodies."""

    def __init__(self) -> None:
        self.behaviour: Behaviour = well
        self.heard: list[tuple[dict[str, str], dict[str, Any], bytes]] = []
        self.url = ""

    async def on_connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])}
            body = await reader.readexactly(int(headers["content-length"]))
            self.heard.append((headers, json.loads(body), body))
            await self.behaviour(self, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    def calls(self) -> list[str]:
        return [event["call"]["call_id"] for _, event, _ in self.heard if event["type"] == "record"]


async def well(receiver: Receiver, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
    await writer.drain()


async def error(receiver: Receiver, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n")
    await writer.drain()


async def redirect(receiver: Receiver, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n")
    await writer.drain()


async def drop(receiver: Receiver, writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


async def babble(receiver: Receiver, writer: asyncio.StreamWriter) -> None:
    writer.write(b"\x00\xffno http at all\r\n\r\n")
    await writer.drain()


async def flood(receiver: Receiver, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 50000000\r\n\r\n")
    while True:
        writer.write(b"x" * 65536)
        await writer.drain()


async def hang(receiver: Receiver, writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(60)


@asynccontextmanager
async def receiver() -> AsyncIterator[Receiver]:
    found = Receiver()
    tasks: set[asyncio.Task[None]] = set()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(found.on_connection(reader, writer))
        tasks.add(task)

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    found.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hotline"
    try:
        yield found
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def hooked(box: Box, admin: Browser, url: str, *topics: str, **terms: Any) -> dict[str, Any]:
    box.context.interfaces.hooks.first_pause_s = 0.02
    assert (await admin.put("/api/interfaces/hook-targets", {"networks": ["127.0.0.1"]})).status == 200
    asked = {"label": "营业系统", "url": url, "topics": topics or ["records"], **terms}
    answer = await admin.post("/api/interfaces/hooks", asked)
    assert answer.status == 200, answer.body
    return dict(answer.json)


def test_records_arrive_signed_and_in_order(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        admin = await box.everything()
        await stored(box, admin, "before")
        async with receiver() as shop:
            hook = await hooked(box, admin, shop.url)
            await stored(box, admin, "c1", "c2", "c3")
            await until(lambda: len(shop.heard) == 3)
            assert shop.calls() == ["c1", "c2", "c3"]
            headers, event, body = shop.heard[0]
            stamp = headers["x-hotlinebox-timestamp"]
            assert abs(time.time() - int(stamp)) < 10
            mac = hmac.new(hook["secret"].encode(), f"{stamp}.".encode() + body, hashlib.sha256)
            assert headers["x-hotlinebox-signature"] == f"v1={mac.hexdigest()}"
            assert (headers["x-hotlinebox-event"], headers["x-hotlinebox-id"]) == ("record", "record-c1")
            assert event["call"]["peer_number"] == "138****1234", "masked unless the hook may have it whole"

            async def caught_up() -> bool:
                state = (await admin.get("/api/interfaces/hooks")).json[0]
                return bool(state["last_ok_at"]) and state["behind"] == 0

            await until_true(caught_up)

    in_box(tmp_path, test, interfaces=HERE)


@pytest.mark.parametrize("behaviour", [error, redirect, drop, babble, flood])
def test_what_did_not_arrive_is_sent_again(tmp_path: Path, behaviour: Behaviour) -> None:
    async def test(box: Box) -> None:
        admin = await box.everything()
        async with receiver() as shop:
            shop.behaviour = behaviour
            await hooked(box, admin, shop.url)
            await stored(box, admin, "c1", "c2")
            await until(lambda: len(shop.heard) >= 3)
            assert set(shop.calls()) == {"c1"}, "the next waits: order is kept"
            state = (await admin.get("/api/interfaces/hooks")).json[0]
            assert (state["tries"] >= 2, bool(state["last_error"]), state["paused"]) == (True, True, "")
            shop.behaviour = well
            await until(lambda: "c2" in shop.calls())
            ids = [headers["x-hotlinebox-id"] for headers, _, _ in shop.heard]
            assert sorted(set(ids)) == ["record-c1", "record-c2"], "the same id in every try"

    in_box(tmp_path, test, interfaces=HERE)


def test_a_receiver_that_hangs_holds_up_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hooks, "TIMEOUT_S", 0.3)

    async def test(box: Box) -> None:
        admin = await box.everything()
        async with receiver() as bad, receiver() as good:
            bad.behaviour = hang
            await hooked(box, admin, bad.url)
            await hooked(box, admin, good.url)
            await stored(box, admin, "c1")
            await until(lambda: len(bad.heard) == 1)
            began = time.monotonic()
            await stored(box, admin, "c2")
            assert (await admin.get("/api/calls")).status == 200
            assert time.monotonic() - began < 2
            await until(lambda: good.calls() == ["c1", "c2"])
            await until(lambda: len(bad.heard) >= 2)

    in_box(tmp_path, test, interfaces=HERE)


def test_a_restart_loses_nothing(tmp_path: Path) -> None:
    async def life() -> None:
        async with receiver() as shop:
            shop.behaviour = error
            async with box_in(tmp_path, interfaces=HERE) as box:
                admin = await box.everything()
                await hooked(box, admin, shop.url)
                await stored(box, admin, "c1", "c2")
                await until(lambda: len(shop.heard) >= 1)
            shop.behaviour = well
            shop.heard.clear()
            async with box_in(tmp_path, interfaces=HERE):
                await until(lambda: len(shop.heard) == 2)
            assert shop.calls() == ["c1", "c2"]

    asyncio.run(life())


def test_a_dead_receiver_is_paused_and_can_go_on(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        admin = await box.everything()
        async with receiver() as shop:
            shop.behaviour = error
            hook = await hooked(box, admin, shop.url)
            a_day_ago = time.time() - hooks.GIVE_UP_S - 1
            await box.context.database.write(hook_failed, hook["id"], "对方答复 500。", a_day_ago, "")
            await stored(box, admin, "c1", "c2")

            async def paused() -> bool:
                return "暂停" in (await admin.get("/api/interfaces/hooks")).json[0]["paused"]

            await until_true(paused)
            count = len(shop.heard)
            shop.behaviour = well
            await stored(box, admin, "c3")
            await asyncio.sleep(0.1)
            assert len(shop.heard) == count, "nothing more is sent"
            resumed = await admin.post(f"/api/interfaces/hooks/{hook['id']}/resume", {})
            assert resumed.json["paused"] == ""
            await until(lambda: shop.calls()[count:] == ["c1", "c2", "c3"])
            await admin.put(f"/api/interfaces/hooks/{hook['id']}", {**hook["terms"], "active": False})
            await stored(box, admin, "c4")
            skipped = await admin.post(f"/api/interfaces/hooks/{hook['id']}/resume", {"skip": True})
            assert skipped.json["behind"] == 0
            await admin.put(f"/api/interfaces/hooks/{hook['id']}", hook["terms"])
            await stored(box, admin, "c5")
            await until(lambda: shop.calls()[-1] == "c5")
            assert "c4" not in shop.calls()

    in_box(tmp_path, test, interfaces=HERE)


def test_passing_events_go_to_whoever_wants_them(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        admin = await box.everything()
        async with receiver() as shop, receiver() as other:
            await hooked(box, admin, shop.url, "calls", full_numbers=True)
            await hooked(box, admin, other.url, "records")
            box.engine.ring("c1", "13812341234", "1001")
            await until(lambda: len(shop.heard) == 1)
            headers, event, _ = shop.heard[0]
            assert (headers["x-hotlinebox-event"], event["call"]["peer_number"]) == ("call", "13812341234")
            box.engine.end_call("c1")
            await until(lambda: len(shop.heard) == 2)
            assert shop.heard[1][1]["call"]["state"] == "ended"
            assert other.heard == []

    in_box(tmp_path, test, interfaces=HERE)


def test_the_test_button_and_where_hooks_may_not_go(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        admin = await box.everything()
        async with receiver() as shop:
            hook = await hooked(box, admin, shop.url)
            path = f"/api/interfaces/hooks/{hook['id']}/test"
            told = (await admin.post(path)).json
            assert (told["ok"], told["status"], shop.heard[0][1]["type"]) == (True, 204, "test")
            shop.behaviour = error
            assert "500" in (await admin.post(path)).json["text"]
            await admin.put("/api/interfaces/hook-targets", {"networks": ["192.168.1.0/24"]})
            count = len(shop.heard)
            refused = (await admin.post(path)).json
            assert (refused["ok"], "允许的范围" in refused["text"], len(shop.heard)) == (False, True, count)
            assert (await admin.delete(f"/api/interfaces/hooks/{hook['id']}")).json == {}
            assert (await admin.post(path)).status == 404
        for url in (
            "ftp://x/",
            "http://",
            "http://a:99999/",
            "http://user:pass@a/",
            "http://[::1",
            "file:///etc/passwd",
        ):
            answer = await admin.post("/api/interfaces/hooks", {"label": "x", "url": url, "topics": ["records"]})
            assert (answer.status, answer.json["error"]["field"]) == (422, "url"), url
        log = (await admin.get("/api/interfaces/log")).json
        assert [entry["kind"] for entry in log].count("hook") == 3

    in_box(tmp_path, test, interfaces=HERE)


def test_a_program_sets_up_its_own_hook_and_loses_it_with_its_key(tmp_path: Path) -> None:
    async def test(box: Box) -> None:
        admin = await box.everything()
        async with receiver() as shop:
            foreign = await hooked(box, admin, shop.url)
            key = await program(box, admin, "hooks", "calls:read")
            terms = {"label": "自动", "url": shop.url, "topics": ["records"]}
            assert code(await key.post("/hooks", {**terms, "topics": ["agents"]})) == (403, "scope_missing")
            made = (await key.post("/hooks", terms)).json
            assert [hook["id"] for hook in (await key.get("/hooks")).json["hooks"]] == [made["id"]]
            assert code(await key.put(f"/hooks/{foreign['id']}", terms)) == (404, "not_found")
            assert code(await key.ask("DELETE", f"/hooks/{foreign['id']}")) == (404, "not_found")
            narrow = await program(box, admin, reach={"agents": ["1001"]})
            assert code(await narrow.post("/hooks", terms)) == (403, "out_of_reach")
            masked = await program(box, admin, full_numbers=False)
            assert code(await masked.post("/hooks", {**terms, "full_numbers": True})) == (403, "out_of_reach")
            await admin.post(f"/api/interfaces/keys/{key.key_id}/revoke")
            paused = {hook["id"]: bool(hook["paused"]) for hook in (await admin.get("/api/interfaces/hooks")).json}
            assert paused == {foreign["id"]: False, made["id"]: True}

    in_box(tmp_path, test, interfaces=HERE)


@pytest.mark.parametrize(
    ("address", "this_machine", "ok"),
    [
        ("192.168.1.20", False, True),
        ("192.168.2.20", False, False),
        ("::ffff:192.168.1.20", False, True),
        ("127.0.0.1", False, False),
        ("127.0.0.1", True, True),
        ("::ffff:127.0.0.1", False, False),
        ("::1", False, False),
        ("169.254.169.254", True, False),
        ("0.0.0.0", True, False),
        ("224.0.0.1", True, False),
        ("fe80::1%eth0", True, False),
        ("8.8.8.8", False, False),
    ],
)
def test_the_rule_of_addresses(address: str, this_machine: bool, ok: bool) -> None:
    networks = checked_networks(
        ["192.168.1.7/24", "127.0.0.0/8", "::1", "169.254.0.0/16", "0.0.0.0", "224.0.0.0/4", "fe80::/10"]
    )
    assert permitted(address, networks, this_machine=this_machine) is ok


@pytest.mark.parametrize("network", ["0.0.0.0/0", "::/0", "example.org", "1.2.3", ""])
def test_a_list_of_addresses_names_addresses(network: str) -> None:
    with pytest.raises(InvalidError):
        checked_networks([network])
