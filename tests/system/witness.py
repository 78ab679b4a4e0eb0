"""A witness of power cuts: works with a box over its web only, and notes what the box acknowledged.

    witness = Witness(random.Random(1))
    async with witness.at(url):
        await witness.works(seconds, cut)   # callers, an agent and clerks, all at once, until the cut
    ...                                     # the boot
    async with witness.at(url):
        loss = await witness.compares()

Acknowledged is: a call that browsers were told of as logged; a customer, a note of a call, a setting, a closed
    follow-up that was answered with 200; a call that was seen running for longer than `CALL_BOUND_S`; of a recording
    that was seen running as much as its caller heard meanwhile: so a box whose ticks are late is held to what it did.
    Compared is what the box says of each afterwards.
"""

from __future__ import annotations

import asyncio
import io
import json
import random
import time
import wave
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeVar

from drivers.base import SAMPLE_RATE
from drivers.sim.speech import speech
from drivers.sim.steps import Voice
from tests.system.notebook import LINE_WITH_NUMBERS, Comparison, Notebook
from tests.web.box import Browser, Socket
from webui.phones import pack_audio, unpack_audio

PASSWORD = "Guangdian-96599-tongling"
CALL_BOUND_S = 1.5
"""So long a call has lasted before its existence must outlive a cut: facts are synced about every second."""
RECORDING_BOUND_S = 1.3
"""Recordings are synced every second; one block of 0.2 s may be on the way, and some frames in the card."""
_OLD_ONES = 3
_CLERKS = 2
_RECORDED = ("out-1", "out-2")
"""Who talks and who leaves a message."""
Key = TypeVar("Key", str, int)
_BEEP_S = 1.0
"""Between the state that a browser sees and the first second of a voicemail."""


class Witness:
    """One for all lives of a box."""

    def __init__(
        self, chance: random.Random, *, patience_s: float = 20.0, late_s: float = 0.0, book: Notebook | None = None
    ) -> None:
        """`patience_s`: for what takes a moment on a quick machine. `late_s`: how late a slow one may be besides.

        `book`: of an earlier witness of the same box.
        """
        self.book = book or Notebook()
        self.chance = chance
        self._patience_s = patience_s
        self._late_s = late_s
        self._writing: set[str] = set()
        self._one_setting = asyncio.Lock()
        self._browser: Browser
        self._phones: Socket
        self._phone_views: dict[str, dict[str, Any]] = {}
        self._live_calls: dict[str, dict[str, Any]] = {}
        self._seen_s: dict[str, float] = {}
        self._heard_s: defaultdict[str, float] = defaultdict(float)
        """By each outside phone, as browsers were told."""
        self._recorded_since_s: dict[str, float] = {}
        self._recorded_until_s: dict[str, float] = {}
        self._stirred: asyncio.Event

    @asynccontextmanager
    async def at(self, url: str) -> AsyncIterator[None]:
        """Signed in at the box of that address, its news being read. Raises `TimeoutError` when it does not answer."""
        sockets: list[Socket] = []
        self._browser = Browser(url, sockets)
        self._phone_views, self._live_calls = {}, {}
        self._seen_s, self._recorded_since_s, self._recorded_until_s = {}, {}, {}
        self._heard_s.clear()
        self._stirred = asyncio.Event()
        async with asyncio.timeout(self._patience_s * 3):
            while not await self._signed_in():
                await asyncio.sleep(0.1)
            self._phones = await self._browser.socket("/phones")
            live = await self._browser.socket("/live")
            for phone in _RECORDED:
                await self._phones.send({"type": "ListenPhone", "phone": phone, "on": True})
        reading = [asyncio.create_task(self._read(each)) for each in (self._phones, live)]
        try:
            yield
        finally:
            for task in reading:
                task.cancel()
            await asyncio.gather(*reading, return_exceptions=True)
            for socket in sockets:
                socket.close()

    async def _signed_in(self) -> bool:
        try:
            state = await self._browser.get("/api/session")
        except OSError:
            return False
        if state.status != 200:
            return False
        if not state.json["set_up"]:
            made = await self._browser.post("/api/setup", {"password": PASSWORD})
            assert made.status == 200, made.error
            return True
        return (await self._browser.log_in("admin", PASSWORD)).status == 200

    async def asks(self, path: str) -> Any:
        """What the box answers there."""
        answer = await self._browser.get(path)
        assert answer.status == 200, answer.error
        return answer.json

    async def works(self, seconds: float, cut: Callable[[], Awaitable[None]]) -> None:
        """Calls and writes until the time is over, then the power is cut in the middle of them.

        The first time of all it goes on until a call was logged. What is answered after `cut` was asked for counts as
        well: it was acknowledged.
        """
        await self._until(lambda: bool(self._phone_views))
        await self._browser.post("/api/seat/sign-in", {"seat": "1"})
        people = [self._again(self._clerk) for _ in range(_CLERKS)]
        people += [self._again(one) for one in (self._talks, self._leaves_message, self._gives_up)]
        tasks = [asyncio.create_task(each) for each in people]
        await asyncio.wait(tasks, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        if not self.book.calls:
            await self._until(lambda: self.book.calls or any(task.done() for task in tasks))
        broken = [task.exception() for task in tasks if task.done()]
        self._note_running()
        await cut()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert not broken, broken

    def _note_running(self) -> None:
        now_s = time.monotonic()
        self.book.running = {call: now_s - since for call, since in self._seen_s.items() if call in self._live_calls}
        self.book.recorded = {
            call: self._recorded_until_s.get(call, self._heard_by(self._live_calls[call])) - since
            for call, since in self._recorded_since_s.items()
            if call in self._live_calls
        }

    # --- people ---------------------------------------------------------------------------------------------------

    async def _again(self, person: Any) -> None:
        while True:
            with suppress(TimeoutError):
                await person()
            await asyncio.sleep(self.chance.uniform(0.05, 0.4))

    async def _talks(self) -> None:
        await self._calls_in("out-1", 1, "1")
        await self._until(lambda: self._phone_views["801"]["ringing"])
        await self._hook("801", off=True)
        await self._says("out-1", self.chance.uniform(0.5, 4.0))
        await self._hook("out-1", off=False)
        await self._hook("801", off=False)
        await self._until(lambda: self._phone_views["out-1"]["status"] == "idle")

    async def _leaves_message(self) -> None:
        await self._calls_in("out-2", 2, "3")
        await self._says("out-2", self.chance.uniform(1.0, 4.0))
        await self._hook("out-2", off=False)

    async def _gives_up(self) -> None:
        await self._calls_in("out-3", LINE_WITH_NUMBERS, "1")
        await asyncio.sleep(self.chance.uniform(0.2, 3.0))
        await self._hook("out-3", off=False)
        await asyncio.sleep(self.chance.uniform(0.0, 1.0))

    async def _clerk(self) -> None:
        await self.chance.choice((self._new_customer, self._new_setting, self._new_summary, self._close_one))()

    async def _new_customer(self) -> None:
        number = self.book.next_number()
        name = f"客户{number}"
        made = await self._browser.post("/api/customers", {"name": name, "numbers": [f"139{number:08}"]})
        if made.status == 200:
            self.book.customers[made.json["id"]] = name

    async def _new_setting(self) -> None:
        async with self._one_setting:
            part = await self._browser.get("/api/plan/bureau")
            if part.status != 200:
                return
            name = f"铜陵广电{self.book.next_number()}"
            self.book.bureau_asked = name
            body = {"revision": part.json["revision"], "value": part.json["value"] | {"bureau": name}}
            if (await self._browser.put("/api/plan/bureau", body)).status == 200:
                self.book.bureau = name

    async def _new_summary(self) -> None:
        calls = [each for each in self.book.calls if each not in self._writing | self.book.summaries.keys()]
        if calls:
            call, text = self.chance.choice(calls), f"无信号 {self.book.next_number()}"
            self._writing.add(call)
            if (await self._browser.patch(f"/api/calls/{call}", {"summary": text})).status == 200:
                self.book.summaries[call] = text

    async def _close_one(self) -> None:
        page = await self._browser.get("/api/follow-ups")
        if page.status == 200 and page.json["rows"]:
            source, reason = self.chance.choice(page.json["rows"])["source"], f"已回访 {self.book.next_number()}"
            done = await self._browser.post(f"/api/follow-ups/{source}/close", {"reason": reason})
            if done.status == 200:
                self.book.closed[source] = reason

    # --- telephones -----------------------------------------------------------------------------------------------

    async def _calls_in(self, phone: str, line: int, key: str) -> None:
        """Answered and keyed; tried again as long as the line is busy with the caller before."""
        number = f"13{line}{self.book.next_number():08}"
        status = "busy"
        while status == "busy":
            await self._hook(phone, off=False)
            await self._until(lambda: self._phone_views[phone]["status"] == "idle")
            await asyncio.sleep(0.3)
            await self._phones.send({"type": "PhoneCall", "phone": phone, "number": number, "line": line})
            await self._until(lambda: self._phone_views[phone]["status"] in {"talking", "busy"})
            status = self._phone_views[phone]["status"]
        await self._phones.send({"type": "PhoneKey", "phone": phone, "digit": key})

    async def _hook(self, phone: str, *, off: bool) -> None:
        await self._phones.send({"type": "PhoneHook", "phone": phone, "off_hook": off})

    async def _says(self, phone: str, seconds: float) -> None:
        samples = speech(Voice(1, seconds)).astype("<i2")
        for at in range(0, len(samples), 1600):
            await self._phones.send(pack_audio(phone, samples[at : at + 1600].tobytes()))
            await asyncio.sleep(0.2)

    # --- news -----------------------------------------------------------------------------------------------------

    async def _read(self, socket: Socket) -> None:
        while (message := await socket.connection.read_message()) is not None:
            if isinstance(message, str):
                self._take(message)
                self._stirred.set()
            else:
                phone, pcm = unpack_audio(message)
                self._heard_s[phone] += len(pcm) / 2 / SAMPLE_RATE

    def _take(self, message: str) -> None:
        news = json.loads(message)
        match news["type"]:
            case "PhoneChanged":
                self._phone_views[news["phone"]["phone"]] = news["phone"]
            case "Snapshot":
                for call in news["calls"]:
                    self._goes_on(call)
            case "CallChanged":
                self._goes_on(news["call"])
            case "CallLogged":
                self._live_calls.pop(news["record"]["call_id"], None)
                self.book.calls[news["record"]["call_id"]] = news["record"]

    def _goes_on(self, call: dict[str, Any]) -> None:
        call_id = call["call_id"]
        if call_id in self.book.calls:
            return
        self._live_calls[call_id] = call
        self._seen_s.setdefault(call_id, time.monotonic())
        if call["recording"]:
            self._recorded_since_s.setdefault(call_id, self._heard_by(call))
        elif call["state"] == "in_voicemail":
            self._recorded_since_s.setdefault(call_id, self._heard_by(call) + _BEEP_S)
        elif call_id in self._recorded_since_s:
            self._recorded_until_s.setdefault(call_id, self._heard_by(call))

    def _heard_by(self, call: dict[str, Any]) -> float:
        return self._heard_s[f"out-{call['line']}"]

    async def _until(self, condition: Any) -> None:
        async with asyncio.timeout(self._patience_s):
            while not condition():
                self._stirred.clear()
                with suppress(TimeoutError):
                    async with asyncio.timeout(0.5):
                        await self._stirred.wait()

    # --- afterwards -----------------------------------------------------------------------------------------------

    async def compares(self, *, everything: bool = True) -> Comparison:
        """What the box says now against the notebook, which then has nothing running any more.

        Not `everything`: what is new since the last comparison, and some of the rest.
        """
        found = Comparison()
        for call_id in self._due("call", self.book.calls, everything):
            found.missing += await self._call_as_logged(call_id, self.book.calls[call_id])
        for customer in self._due("customer", self.book.customers, everything):
            now = await self._browser.get(f"/api/customers/{customer}")
            if now.status != 200 or now.json["name"] != self.book.customers[customer]:
                found.missing.append(f"customer {self.book.customers[customer]}: {now.status}")
        for call_id in self._due("note", self.book.summaries, everything):
            now = await self._browser.get(f"/api/calls/{call_id}")
            if now.status != 200 or now.json["summary"] != self.book.summaries[call_id]:
                found.missing.append(f"note {self.book.summaries[call_id]} of {call_id}: {now.status}")
        await self._compare_follow_ups(found)
        bureau = (await self._browser.get("/api/plan/bureau")).json["value"]["bureau"]
        if self.book.bureau and bureau not in {self.book.bureau, self.book.bureau_asked}:
            found.missing.append(f"setting {self.book.bureau}: is {bureau}")
        await self._compare_running(found)
        return found

    def _due(self, kind: str, keys: Iterable[Key], everything: bool) -> list[Key]:
        new = [key for key in keys if f"{kind} {key}" not in self.book.compared]
        old = [key for key in keys if f"{kind} {key}" in self.book.compared]
        self.book.compared |= {f"{kind} {key}" for key in new}
        return new + (old if everything else self.chance.sample(old, min(len(old), _OLD_ONES)))

    async def _call_as_logged(self, call_id: str, record: dict[str, Any]) -> list[str]:
        now = await self._browser.get(f"/api/calls/{call_id}")
        if now.status != 200:
            return [f"call {call_id}: {now.status}"]
        wrong = [name for name in ("result", "talk_s", "started_at", "ended_at") if now.json[name] != record[name]]
        wrong = [f"call {call_id}: {name} {record[name]} became {now.json[name]}" for name in wrong]
        for kind in ("recording", "voicemail"):
            kept = record[kind]
            if kept and round(kept["length_s"], 2) != (plays_s := await self._plays_s(call_id, kind)):
                wrong.append(f"{kind} of {call_id}: {kept['length_s']} s, now {plays_s}")
        return wrong

    async def _compare_follow_ups(self, found: Comparison) -> None:
        rows: dict[str, dict[str, Any]] = {}
        after = ""
        while True:
            page = await self._browser.get(f"/api/follow-ups?state=closed&limit=200&after={after}")
            rows |= {row["source"]: row for row in page.json["rows"]}
            after = page.json["next"]
            if not after:
                break
        found.missing += [f"follow-up {source} closed: {reason}" for source, reason in self.book.closed.items()
                          if source not in rows]  # fmt: skip

    async def _compare_running(self, found: Comparison) -> None:
        """Each has a record with cause ENGINE_RESTART now, or its own one that was not told yet."""
        for call_id, lasted_s in self.book.running.items():
            now = await self._found(call_id, patient=lasted_s > CALL_BOUND_S + self._late_s)
            if now is None:
                if lasted_s > CALL_BOUND_S + self._late_s:
                    found.missing.append(f"running call {call_id} of {lasted_s:.1f} s: no record")
                continue
            recorded_s = self.book.recorded.get(call_id, 0.0)
            kept_s = max(await self._plays_s(call_id, "recording"), await self._plays_s(call_id, "voicemail"))
            if recorded_s:
                found.sound_s.append(round(recorded_s - kept_s, 2))
                if recorded_s - kept_s > RECORDING_BOUND_S + self._late_s:
                    found.missing.append(f"running recording {call_id}: {kept_s:.2f} s of {recorded_s:.2f} s")
        self.book.running, self.book.recorded = {}, {}

    async def _found(self, call_id: str, *, patient: bool) -> dict[str, Any] | None:
        end_s = time.monotonic() + (self._patience_s if patient else 0.0)
        while True:
            now = await self._browser.get(f"/api/calls/{call_id}")
            if now.status == 200:
                answer: dict[str, Any] = now.json
                return answer
            if time.monotonic() >= end_s:
                return None
            await asyncio.sleep(0.2)

    async def _plays_s(self, call_id: str, kind: str) -> float:
        """Seconds that a player finds in the file; what its header promises must be there."""
        answer = await self._browser.get(f"/api/calls/{call_id}/{kind}")
        if answer.status != 200:
            return 0.0
        with wave.open(io.BytesIO(answer.body)) as sound:
            frames = sound.getnframes()
            assert len(sound.readframes(frames)) == frames * sound.getnchannels() * 2
            return float(round(frames / SAMPLE_RATE, 2))
