"""A call to a box from outside, by its virtual phones and in no other way: who calls, who answers, what is heard."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

import msgspec
from tornado.httpclient import HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect

from appliance.wire.virtualphone import PhoneView
from tests.system.lab.imagebox import ImageBox, ImageBoxError
from webui.phones import pack_audio

CALLER, SEAT, PHONE = "13905621231", "1", "801"
_OUTSIDE = "out-1"
_PRESS_EVERY_S = 4.0
_FRAME = bytes(2 * 160)


def answered_after(box: ImageBox, within_s: float) -> float:
    """Call until somebody answers, also while the box is still starting; the seconds until then. Hangs up."""
    began = time.monotonic()
    asyncio.run(_answered(box, began + within_s))
    return time.monotonic() - began


def recorded_call(box: ImageBox, within_s: float) -> dict[str, Any]:
    """A caller talks to the admin's seat for some seconds. The call as its page shows it, once its recording is there.

    Raises `ImageBoxError`, `TimeoutError`.
    """
    box.pages.ask("POST", "/api/seat/sign-in", {"seat": SEAT})
    before = {row["call_id"] for row in found_calls(box)}
    asyncio.run(_talk(box, within_s))
    box.pages.ask("POST", "/api/seat/sign-out")
    return new_recording(box, before, within_s)


def new_recording(box: ImageBox, before: set[str], within_s: float) -> dict[str, Any]:
    """The call with a recording that was not there `before`, once it is. Raises `ImageBoxError`."""
    shown: dict[str, Any] = {}

    def is_there() -> bool:
        for row in found_calls(box):  # an earlier one may come into the log only now
            if row["call_id"] not in before and row["result"] == "talked":
                shown.update(box.pages.ask("GET", f"/api/calls/{row['call_id']}"))
        return bool(shown.get("recording"))

    box.until(is_there, within_s, "call and recording are in the call log")
    return shown


def found_calls(box: ImageBox) -> list[dict[str, Any]]:
    """Of the caller, newest first."""
    rows: list[dict[str, Any]] = box.pages.ask("GET", "/api/calls?limit=50")["rows"]
    return [row for row in rows if row["peer_number"] == CALLER]


def open_round_the_clock(box: ImageBox) -> None:
    """Whatever time it is here, callers hear the menu of the office hours."""
    part = box.pages.ask("GET", "/api/plan/hours")
    always = [{"days": [1, 2, 3, 4, 5, 6, 7], "since": "00:00", "until": "24:00"}]
    hours = [{**each, "spans": always, "closed_on": [], "open_on": []} for each in part["value"]]
    box.pages.ask("PUT", "/api/plan/hours", {"revision": part["revision"], "value": hours})


class _Phones:
    """What the virtual phones of the box show."""

    def __init__(self, socket: WebSocketClientConnection) -> None:
        self._socket = socket
        self.shown: dict[str, PhoneView] = {}
        self.refused = ""
        self._reading = asyncio.create_task(self._read())

    async def ask(self, kind: str, **fields: object) -> None:
        await self._socket.write_message(json.dumps({"type": kind, **fields}))

    async def speak(self, phone: str) -> None:
        await self._socket.write_message(pack_audio(phone, _FRAME), binary=True)

    def status(self, phone: str) -> str:
        return self.shown[phone].status if phone in self.shown else ""

    def rings(self, phone: str) -> bool:
        return phone in self.shown and self.shown[phone].ringing

    async def close(self) -> None:
        self._reading.cancel()
        self._socket.close()

    async def _read(self) -> None:
        while (said := await self._socket.read_message()) is not None:
            if isinstance(said, bytes):
                continue
            message = json.loads(said)
            if message["type"] == "PhoneChanged":
                view = msgspec.convert(message["phone"], PhoneView)
                self.shown[view.phone] = view
            elif message["type"] == "Refused":
                self.refused = message["text"]


async def _phones(box: ImageBox) -> _Phones:
    url = f"ws://127.0.0.1:{box.port}/phones"
    headers = {"Cookie": box.pages.cookie_header(), "Origin": f"http://127.0.0.1:{box.port}"}
    phones = _Phones(await websocket_connect(HTTPRequest(url, headers=headers, request_timeout=60)))
    async with asyncio.timeout(60):
        while _OUTSIDE not in phones.shown:
            await asyncio.sleep(0.1)
    return phones


async def _answered(box: ImageBox, end_s: float) -> None:
    phones = await _phones(box)
    await phones.ask("PhoneCall", phone=_OUTSIDE, number=CALLER)
    while phones.status(_OUTSIDE) != "talking":
        if time.monotonic() > end_s:
            raise ImageBoxError(f"nobody answers: {phones.shown} {phones.refused}")
        await asyncio.sleep(0.1)
    await phones.ask("PhoneHook", phone=_OUTSIDE, off_hook=False)
    await asyncio.sleep(1)
    await phones.close()


async def _talk(box: ImageBox, within_s: float) -> None:
    phones = await _phones(box)
    async with asyncio.timeout(within_s):
        await phones.ask("PhoneCall", phone=_OUTSIDE, number=CALLER)
        while phones.status(_OUTSIDE) != "talking":
            await asyncio.sleep(0.1)
        while not phones.rings(PHONE):
            await phones.ask("PhoneKey", phone=_OUTSIDE, digit="1")  # 报修, whenever the menu listens
            await asyncio.sleep(_PRESS_EVERY_S)
        await phones.ask("PhoneHook", phone=PHONE, off_hook=True)
        for _ in range(250):
            await phones.speak(_OUTSIDE)
            await asyncio.sleep(0.02)
        await phones.ask("PhoneHook", phone=_OUTSIDE, off_hook=False)
        await phones.ask("PhoneHook", phone=PHONE, off_hook=False)
        await asyncio.sleep(1)
    await phones.close()
