"""The box's messages in virtual time: its desk, the journal on disk, our driver, a module with a network behind it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from pathlib import Path

from appliance.engine.diary import Diary
from appliance.engine.sms import SmsDesk
from appliance.engine.smsinbox import sms_facts
from appliance.journal import Journal
from appliance.media.virtualloop import run_virtually
from appliance.smsplan import SmsRules
from appliance.telephony.clock import WallClock
from appliance.wire.facts import AnyFact
from appliance.wire.messages import AnyEvent
from appliance.wire.sms import SendSms
from drivers.base import PortId
from drivers.cellular.module import Module
from drivers.cellular.simmodule import SimModule
from drivers.cellular.sms import SmsPart, decode_incoming
from drivers.smsmodule import ModuleStatus, PduToSend, SmsEvent

from .box import MONDAY_MORNING

_STEP_S = 0.05
FAST = SmsRules(parts_per_minute=60)


class MemoryModule:
    """Our driver's module, stepped by the loop in place of a thread. `far` survives it, as a SIM does."""

    def __init__(self, far: SimModule) -> None:
        self.far = far
        self.ours = Module("cellular/1")
        self.port = PortId("cellular/1")
        self.forgets = True
        """False: it is told to delete, and the plug is pulled first."""
        self._tell: Callable[[SmsEvent], None] | None = None

    def status(self) -> ModuleStatus:
        return self.ours.status

    def tell(self, told: Callable[[SmsEvent], None]) -> None:
        self._tell = told

    def submit(self, ticket: str, pdus: Sequence[PduToSend]) -> None:
        self.ours.sms.submit(ticket, pdus)

    def forget(self, place: str) -> None:
        if self.forgets:
            self.ours.sms.forget(place)

    async def run(self) -> None:
        now_s = asyncio.get_running_loop().time
        self.ours.reconnect()
        while True:
            self.far.tick(now_s())
            self.ours.feed(self.far.output(), now_s())
            self.ours.tick(now_s())
            self.far.feed(self.ours.output())
            while self._tell is not None and self.ours.told:
                self._tell(self.ours.told.pop(0))
            await asyncio.sleep(_STEP_S / 5 if self.ours.dialogue.busy else _STEP_S)


class SmsWorld:
    """`far` is the module with its SIM; `begin` and `die` are an engine's life."""

    def __init__(self, folder: Path, rules: SmsRules) -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        self.clock = WallClock(lambda: loop.time() - began, MONDAY_MORNING)
        self.folder = folder
        self.rules = rules
        self.far = SimModule(self.clock.now)
        self.sent_at: list[datetime] = []
        self.far.on_sent = lambda _pdu: self.sent_at.append(self.clock.now())
        self.events: list[AnyEvent] = []
        self._lives = 0
        self._tasks: list[asyncio.Task[None]] = []

    def begin(self) -> None:
        """An engine starts and reads what the last one wrote."""
        self._lives += 1
        written = sms_facts(self.folder)
        self.journal = Journal(self.folder, f"life{self._lives}", synchronous=True)
        self.module = MemoryModule(self.far)
        self.desk = SmsDesk([self.module], Diary(self.journal, self.clock.now), self.clock.now, self.events.append)
        self.desk.load(self.rules, "0562", {})
        self.desk.restore(written)
        self._tasks = [asyncio.create_task(self.desk.run()), asyncio.create_task(self.module.run())]

    async def die(self) -> None:
        """kill -9: nothing more is done or written. The SIM keeps what it has; the module notices nothing."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self.journal.close()

    async def a_day_passes(self) -> None:
        """Nothing happens at the module meanwhile."""
        stepping = self._tasks.pop()
        stepping.cancel()
        await asyncio.sleep(24 * 3600 + 60)
        self._tasks.append(asyncio.create_task(self.module.run()))

    def send(self, text: str, number: str = "13905620001", sms_id: str = "s1") -> None:
        self.desk.send(SendSms(sms_id=sms_id, number=number, text=text, by="王芳"))

    def facts(self, kind: type[AnyFact]) -> list:
        return [fact for fact in sms_facts(self.folder) if isinstance(fact, kind)]

    def on_sim(self) -> list[str]:
        """Texts of what lies on the SIM."""
        parts = [decode_incoming(pdu) for _, pdu in self.far.kept["SM"].values()]
        return [part.text for part in parts if isinstance(part, SmsPart)]


def messages(folder: Path, script: Callable[[SmsWorld], Awaitable[None]], rules: SmsRules = FAST) -> SmsWorld:
    """Run the script; the engine has begun and the module is ready."""

    async def main() -> SmsWorld:
        world = SmsWorld(folder, rules)
        world.begin()
        await asyncio.sleep(5)
        await script(world)
        await world.die()
        return world

    return run_virtually(main())
