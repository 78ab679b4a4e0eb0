"""Does the box work? Asked by whoever must decide: an update on trial, a person after a repair.

What: engine reached and its ticks going on, no card lost altogether, the web answering, and on the simulated card a
    whole test call: answered, hung up, its record in the database.
How: only through what everybody uses: the wire, HTTP, the read-only database. Nothing is changed; the test call stands
    in the call log under `TEST_NUMBER`.
Limits: on real lines no call is made, since nobody may seize a line of the bureau unasked; a line that is out of
    service is no fault of the program and not counted as one, unless all lines and phones are.
"""

from __future__ import annotations

import asyncio
import urllib.error
import urllib.request
from collections.abc import Awaitable, Callable

import msgspec

from appliance.settings import Settings
from appliance.store.calls import get_call
from appliance.store.database import open_read_only
from appliance.store.errors import NotFoundError, StoreError
from appliance.telephony.call import CallState, HangUpCause, LineState, StationState
from appliance.telephony.ids import CallId, LineId
from appliance.wire.client import EngineDown, WireClient
from appliance.wire.facts import CallRecord
from appliance.wire.messages import AnyCommand, AnyEvent, CallChanged, CallLogged, HealthReported, Refused, Snapshot
from appliance.wire.virtualphone import PhoneCall, PhoneHook

TEST_NUMBER = "13800000000"
_PHONE = "out-1"
_BEFORE_ANSWER = {CallState.OFFERED, CallState.ENDED}
_LOOK_EVERY_S = 0.1


class SelfTestError(Exception):
    """What does not work: one Chinese sentence."""


class _WebNote(msgspec.Struct, frozen=True):
    url: str


class SelfTest:
    """One run. `patience_s` is what each step may take: a box that has just started is slow; `web_patience_s` what the
    web may take to answer: a new version may have a large database to change first.
    """

    def __init__(self, settings: Settings, patience_s: float, web_patience_s: float) -> None:
        self._settings = settings
        self._patience_s = patience_s
        self._web_patience_s = web_patience_s
        self._snapshot: Snapshot | None = None
        self._ticks: list[int] = []
        self._line: LineId | None = None
        """Where the test call rings."""
        self._answered = False
        self._record: CallRecord | None = None

    async def run(self) -> list[str]:
        """What was found to work. Raises `SelfTestError` at the first thing that does not."""
        wire = WireClient(self._settings.wire_path, self._on_event, lambda _up: None)
        wire.start()
        try:
            now = await self._engine_works()
            passed = ["电话系统正在运行", await self._web_answers()]
            if now.simulated:
                passed.append(await self._call_works(wire, now))
        finally:
            await wire.stop()
        return passed

    def _on_event(self, event: AnyEvent) -> None:
        if isinstance(event, Snapshot):
            self._snapshot = event
        elif isinstance(event, HealthReported):
            self._ticks.append(event.health.ticks)
        elif isinstance(event, CallChanged) and event.call.line == self._line is not None:
            self._answered = self._answered or event.call.state not in _BEFORE_ANSWER
        elif isinstance(event, CallLogged) and event.record.line == self._line is not None:
            self._record = event.record

    async def _engine_works(self) -> Snapshot:
        await self._until(lambda: self._snapshot is not None, "话务引擎没有运行。")
        await self._until(lambda: len(set(self._ticks)) > 1, "话务引擎停住了，线路没有在处理。")
        assert self._snapshot is not None
        now = self._snapshot
        lost = [line.state is LineState.OUT_OF_SERVICE for line in now.lines]
        lost += [station.state is StationState.OUT_OF_SERVICE for station in now.stations]
        if not lost:
            raise SelfTestError("没有可用的线路和话机，请检查线路板卡和设置。")
        if all(lost):
            raise SelfTestError("所有线路和话机都不可用，请检查线路板卡。")
        return now

    async def _web_answers(self) -> str:
        await self._until_true(lambda: asyncio.to_thread(self._asks_web), "网页服务没有应答。", self._web_patience_s)
        return "网页可以打开"

    def _asks_web(self) -> bool:
        try:
            note = msgspec.json.decode((self._settings.data / "web.json").read_bytes(), type=_WebNote)
            with urllib.request.urlopen(f"{note.url}api/session", timeout=self._patience_s) as answer:  # noqa: S310
                return bool(answer.status == 200)
        except (OSError, ValueError, urllib.error.URLError):
            return False

    async def _call_works(self, wire: WireClient, now: Snapshot) -> str:
        line = next((each.line for each in now.lines if each.state is LineState.IDLE), None)
        if line is None:
            return "线路都在使用，没有试打电话"
        self._line = line
        await _ask(wire, PhoneCall(phone=_PHONE, number=TEST_NUMBER, line=line))
        try:
            await self._until(lambda: self._answered, "试打的电话没有被接听。")
        finally:
            await _ask(wire, PhoneHook(phone=_PHONE, off_hook=False))
        await self._until(lambda: self._record is not None, "试打的电话没有留下记录。")
        assert self._record is not None
        if self._record.hang_up_cause is HangUpCause.INTERNAL_ERROR:
            raise SelfTestError("试打的电话因内部错误中断。")
        call_id = self._record.call_id
        await self._until_true(lambda: asyncio.to_thread(self._stored, call_id), "试打的电话没有存入数据库。")
        return "试打的电话已接听并存入通话记录"

    def _stored(self, call_id: CallId) -> bool:
        try:
            database = open_read_only(self._settings.store.url, self._settings.data)
        except StoreError:
            return False
        try:
            database.read_now(get_call, call_id)
        except NotFoundError:
            return False
        finally:
            database.close()
        return True

    async def _until(self, condition: Callable[[], bool], otherwise: str) -> None:
        async def holds() -> bool:
            return condition()

        await self._until_true(holds, otherwise)

    async def _until_true(
        self, condition: Callable[[], Awaitable[bool]], otherwise: str, within_s: float | None = None
    ) -> None:
        try:
            async with asyncio.timeout(within_s or self._patience_s):
                while not await condition():  # noqa: ASYNC110 - asks in many places
                    await asyncio.sleep(_LOOK_EVERY_S)
        except TimeoutError:
            raise SelfTestError(otherwise) from None


async def _ask(wire: WireClient, command: AnyCommand) -> None:
    try:
        reply = await wire.request(command)
    except EngineDown as error:
        raise SelfTestError(str(error)) from error
    if isinstance(reply, Refused):
        raise SelfTestError(reply.text)
