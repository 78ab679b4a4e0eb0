"""The engine: built here in one place, started, stopped, and asked over the wire.

Order of start: recover what a dead engine left open, load the call plan, open the cards, start the tick, then listen on
the socket, so that whoever connects sees a living switch.
"""

from __future__ import annotations

import asyncio
import logging
import shutil
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from appliance import initsystem
from appliance.callplan import CallPlan, load_callplan
from appliance.engine.clockwatch import watch_clock
from appliance.engine.commands import Commands
from appliance.engine.dialcount import Counted
from appliance.engine.diary import Diary
from appliance.engine.hotplug import HotPlug
from appliance.engine.phones import VirtualPhones
from appliance.engine.recovery import close_open_calls, seal_torn_recordings
from appliance.engine.renewal import Renewal
from appliance.engine.seated import Seated, seat_again
from appliance.engine.sms import SmsDesk
from appliance.engine.smscommands import SmsCommands
from appliance.engine.soundphones import SoundPhones
from appliance.engine.switch import Switch
from appliance.ivr.prompts import BUILTIN_DIR
from appliance.journal import Journal, OpenCall
from appliance.media.ledger import Ledger, Started, Stopped
from appliance.media.media import Media
from appliance.media.virtualloop import VirtualLoop
from appliance.memory import resident_mb
from appliance.settings import Settings
from appliance.wire.facts import AnyFact, EngineStarted, EngineStopped
from appliance.wire.messages import AnyEvent, EngineHealth, HealthReported, Snapshot
from appliance.wire.server import Connection, WireServer
from drivers.base import LineCard
from drivers.cellular.simulated import SimulatedSms
from drivers.registry import sms_modules
from drivers.sim.card import SimCard
from drivers.soundcard.card import SoundCard

log = logging.getLogger(__name__)

OUTSIDE_PHONES = 4
HEALTH_EVERY_S = 2.0
KEEP_LINES_EVERY_S = 60.0
SMS_AGAIN_S = 10.0


class Engine:
    """One box's call control. `publish` also goes to `on_event` for whoever runs it in process (simulation)."""

    def __init__(
        self,
        settings: Settings,
        cards: list[LineCard],
        journal: Journal,
        now: Callable[[], datetime],
        on_event: Callable[[AnyEvent], None] | None = None,
        simulated_sms: SimulatedSms | None = None,
    ) -> None:
        self._settings = settings
        self._now = now
        self._journal = journal
        self._on_event = on_event
        self._server: WireServer | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._started_s = asyncio.get_running_loop().time()
        data = settings.data
        self.ledger = Ledger(data, durable=not isinstance(asyncio.get_running_loop(), VirtualLoop))
        self.media = Media(
            cards,
            own_prompts=settings.prompts_dir,
            built_in_prompts=BUILTIN_DIR,
            realtime_priority=settings.engine.realtime_priority,
            disk_reserve_mb=settings.engine.disk_reserve_mb,
            ledger=self.ledger,
        )
        self.hotplug = HotPlug(self.media, cards)
        self.diary = Diary(journal, now)
        self.switch = Switch(self.media, self.diary, data, now, self.publish)
        simulated = next((card for card in cards if isinstance(card, SimCard)), None)
        self.phones = VirtualPhones(simulated, OUTSIDE_PHONES, self.publish, self._listened) if simulated else None
        self._simulated_sms = simulated_sms
        modules = [simulated_sms.device] if simulated_sms else sms_modules(cards)
        self.sms = SmsDesk(modules, self.diary, now, self.publish, simulated=simulated_sms is not None)
        sound_cards = [card for card in cards if isinstance(card, SoundCard)]
        self.sound_phones = SoundPhones(sound_cards, lambda: self.switch.stations, self.publish)
        self.commands = Commands(self.switch, self.phones, self.sound_phones, self.reload, self._subscribe)
        self.commands.add(SmsCommands(self.sms, self.diary.flushed, simulated_sms).table)
        self.renewal = Renewal(lambda: any(True for _ in self.switch.book))
        self.commands.add(self.renewal.table)

    async def start(
        self,
        plan: CallPlan,
        version: str,
        left_open: list[OpenCall],
        seated: Sequence[Seated] = (),
        counted: Sequence[Counted] = (),
        sms_facts: Sequence[AnyFact] = (),
    ) -> None:
        """Take calls. `left_open`, `seated` and `counted` are what the last engine left."""
        self.diary.write(EngineStarted, durable=True, boot=self._journal.boot, version=version)
        sealed = seal_torn_recordings(self.ledger, self._settings.data)
        self.ledger.append(Started(at=self._now().isoformat(timespec="milliseconds")))
        close_open_calls(left_open, self.diary, self._settings.data, self._now, sealed)
        self._load(plan)
        seat_again(self.switch, seated)
        self.switch.dial_rights.restore(plan, counted)
        await self.switch.messages.reload()
        await self.media.start()
        self._tasks.append(asyncio.create_task(self.switch.patrol.run()))
        self.sms.restore(sms_facts)
        if self._simulated_sms is not None:
            self._simulated_sms.start()
        self._tasks.append(asyncio.create_task(self._look_after_sms()))

    async def listen(self, socket: Path) -> None:
        """Open the wire. Raises `WireError`."""
        self._server = WireServer(socket, self.commands.handle)
        await self._server.start()
        self._tasks += [asyncio.create_task(self._report_health()), asyncio.create_task(self._keep_lines())]
        self._tasks += [
            asyncio.create_task(self.hotplug.run()),
            asyncio.create_task(watch_clock(self._now, self.diary)),
        ]
        if watchdog_s := initsystem.watchdog_s():
            self._tasks.append(asyncio.create_task(self._feed_watchdog(watchdog_s / initsystem.BEATS)))
        if self.phones is not None:
            self._tasks.append(asyncio.create_task(self.phones.run()))
        self._tasks.append(asyncio.create_task(self.sound_phones.run()))

    async def run(self) -> None:
        """Until something that must not die dies; then raises what it died of (systemd starts us again)."""
        watched = [asyncio.create_task(self.media.failure()), *self._tasks]
        done, rest = await asyncio.wait(watched, return_when=asyncio.FIRST_COMPLETED)
        for task in rest:
            task.cancel()
        for task in done:
            await task

    async def stop(self) -> None:
        """End all calls with their records, then the rest."""
        await self.switch.stop()
        for task in self._tasks:
            task.cancel()
        if self._server is not None:
            await self._server.stop()
        if self._simulated_sms is not None:
            self._simulated_sms.stop()
        self.switch.line_healths()
        lessons = self.switch.learning.to_save()
        if lessons is not None:
            self.switch.learning.save(lessons)
        await self.media.close()
        self.ledger.append(Stopped(at=self._now().isoformat(timespec="milliseconds")))
        self.diary.write(EngineStopped, durable=True, boot=self._journal.boot)
        await self._journal.flushed()

    def publish(self, event: AnyEvent) -> None:
        """Tell everybody who subscribed."""
        if self._on_event is not None:
            self._on_event(event)
        if self._server is not None:
            self._server.publish(event)

    def reload(self) -> None:
        """Read the call plan again. Raises `CallPlanError`; the one in force then stays."""
        self._load(load_callplan(self._settings.callplan_path))
        self.switch.queueing.dispatch()
        if self._server is not None:
            self._server.publish(self.snapshot())

    def snapshot(self) -> Snapshot:
        """Everything that the live board shows, now."""
        switch = self.switch
        by_station = {agent.station: agent.id for agent in switch.roster}
        return Snapshot(
            at=self._now().isoformat(timespec="milliseconds"),
            bureau=switch.plan.bureau,
            hotline=switch.plan.hotline,
            simulated=self.phones is not None,
            lines=tuple(line.view() for line in switch.lines.values()),
            stations=tuple(each.view(by_station.get(each.plan.id)) for each in switch.stations.values()),
            agents=tuple(agent.view() for agent in switch.roster),
            queues=tuple(switch.queueing.view(queue) for queue in switch.plan.queues),
            calls=tuple(call.view() for call in switch.book),
            phones=(*(self.phones.views() if self.phones else ()), *self.sound_phones.views()),
            health=self.health(),
        )

    def health(self) -> EngineHealth:
        """How the ticks went since the last report."""
        ticks = self.media.health()
        return EngineHealth(
            boot=self._journal.boot,
            uptime_s=asyncio.get_running_loop().time() - self._started_s,
            ticks=ticks.ticks,
            late_p50_ms=ticks.late_p50_ms,
            late_p99_ms=ticks.late_p99_ms,
            late_max_ms=ticks.late_max_ms,
            overruns=ticks.overruns,
            tick_work_p99_ms=ticks.work_p99_ms,
            realtime=ticks.realtime,
            resident_mb=resident_mb(),
            disk_free_mb=shutil.disk_usage(self._settings.data).free / 1e6,
            plan_version=self.switch.plan.version,
            rules_broken=len(self.switch.patrol.found),
            lines=self.switch.line_healths(),
            sms=self.sms.health(),
            cards=self.hotplug.cards(),
            spare_cards=self.hotplug.spares(),
            restart_waits=self.renewal.waits,
        )

    def _load(self, plan: CallPlan) -> None:
        self.switch.load(plan)
        self.media.reserve_disk(plan.storage.stop_free_mb or self._settings.engine.disk_reserve_mb)
        self.sms.load(plan.sms, plan.area_code, {line.port: line.id for line in plan.lines})
        if self.phones is not None:
            self.phones.load(plan)
        self.sound_phones.load(plan)

    def _subscribe(self, connection: Connection) -> None:
        if self._server is not None:
            self._server.subscribe(connection, self.snapshot())

    def _listened(self, phone: str) -> bool:
        return self._server is not None and self._server.listened(phone)

    async def _look_after_sms(self) -> None:
        """Calls do not depend on it: what breaks here is logged, and it begins anew."""
        while True:
            try:
                await self.sms.run()
            except Exception:
                log.exception("short messages broke down; going on in a moment")
            await asyncio.sleep(SMS_AGAIN_S)

    async def _report_health(self) -> None:
        while True:
            await asyncio.sleep(HEALTH_EVERY_S)
            self.publish(HealthReported(health=self.health()))

    async def _feed_watchdog(self, every_s: float) -> None:
        """Only while the ticks go on: a loop that runs beside a dead tick is a hung engine too."""
        seen = -1
        while True:
            if self.media.frame != seen:
                initsystem.tell("WATCHDOG=1")
            seen = self.media.frame
            await asyncio.sleep(every_s)

    async def _keep_lines(self) -> None:
        """Write down what the lines taught, beside the loop."""
        while True:
            await asyncio.sleep(KEEP_LINES_EVERY_S)
            lessons = self.switch.learning.to_save()
            if lessons is not None:
                await asyncio.to_thread(self.switch.learning.save, lessons)
