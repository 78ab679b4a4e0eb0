"""Looks at the box every second, keeps what is raised and cleared, and tells browsers and other programs."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from appliance.settings import Settings
from appliance.storageplan import StorageRules
from appliance.store.alarms import ENGINE_BOOT, Alarm, AlarmKind, clear_alarm, open_alarms, raise_alarm
from appliance.store.connection import Connection
from appliance.store.database import Database, source_of
from appliance.store.settings import get_setting, set_setting
from appliance.store.sqlite_file import SqliteFile
from appliance.support.backupfolder import BackupFolder
from appliance.support.backuphealth import BackupHealth, health_of
from appliance.support.boxclock import SYNCHRONISED
from appliance.support.boxwishes import BoxWishes
from appliance.support.databasecopies import CopyState, DatabaseCopies
from appliance.telephony.call import StepKind
from appliance.telephony.ids import LineId
from appliance.wire.facts import CallRecord
from appliance.wire.messages import AnyEvent, CallLogged, HealthReported, Snapshot
from webui.alarms.panel import Change, Panel
from webui.alarms.readings import BoxView, readings
from webui.alarms.rules import MonitorRules
from webui.engine_link import EngineLink
from webui.errors import Refusal
from webui.planfile import PlanFile

if TYPE_CHECKING:
    from webui.live import LiveHub

log = logging.getLogger(__name__)

LOOK_EVERY_S = 1.0
COPIES_EVERY_S = 60.0
BACKUPS_EVERY_S = 10.0
_TAIL_BYTES = 2048
_RULES = "monitor_rules"


class AlarmsChanged(msgspec.Struct, frozen=True, tag_field="type", tag=str):
    """To every browser: alarms are not what they were; each asks for what its person may see."""


class Alarms:
    """`watch` it at the engine link. `lag_s`: how far the call log is behind; `tell`: who else is told of alarms."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        link: EngineLink,
        plan: PlanFile,
        live: LiveHub,
        lag_s: Callable[[], float],
        tell: Callable[[Alarm], None],
    ) -> None:
        self._settings = settings
        self._database = database
        self._link = link
        self._plan = plan
        self._live = live
        self._lag_s = lag_s
        self._tell = tell
        self._panel = Panel({})
        self._rules = MonitorRules()
        self._boot = ""
        self._boot_before: str | None = None
        """Set while nobody has looked yet why there is a new one."""
        self._web_died = False
        self._rules_broken = 0
        self._broken_seen = 0
        self._silent: frozenset[LineId] = frozenset()
        self._lost_at: float | None = None
        self._clock = _Clock()
        self._copies = _Copies(settings)
        self._backups = _Backups(settings)
        self._wishes = BoxWishes(Path(settings.network.run))
        self._task: asyncio.Task[None] | None = None

    @property
    def rules(self) -> MonitorRules:
        return self._rules

    async def start(self) -> asyncio.Task[None]:
        """Go on with what lasted. The task ends only when it breaks."""
        lasting, text, self._boot = await self._database.read(_kept)
        self._panel = Panel.of((alarm.kind, alarm.subject) for alarm in lasting)
        self._silent = frozenset(
            LineId(int(alarm.subject))
            for alarm in lasting
            if alarm.kind is AlarmKind.NO_DIAL_TONE and alarm.subject.isdigit()
        )
        if text:
            self._rules = msgspec.json.decode(text, type=MonitorRules)
        note = self._settings.data / "web.json"  # taken away by a web process that stops in order
        self._web_died = await asyncio.to_thread(note.exists)
        self._lost_at = time.monotonic()
        self._task = asyncio.create_task(self._run(), name="alarms")
        return self._task

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def set_rules(self, rules: MonitorRules) -> MonitorRules:
        """From the next look on."""
        rules = rules.whole()
        await self._database.write(set_setting, _RULES, msgspec.json.encode(rules).decode())
        self._rules = rules
        return rules

    def changed(self) -> None:
        """Somebody took note of an alarm."""
        self._live.tell(AlarmsChanged())

    # --- what happens ---------------------------------------------------------------------------------------------

    def engine_event(self, event: AnyEvent) -> None:
        match event:
            case Snapshot(health=health):
                self._lost_at = None
                if health.boot != self._boot:
                    self._broken_seen = 0
                    self._boot_before, self._boot = self._boot, health.boot
                self._count_broken(health.rules_broken)
            case HealthReported(health=health):
                self._count_broken(health.rules_broken)
            case CallLogged(record=record):
                self._silent = silent_lines(self._silent, record)
            case _:
                pass

    def engine_lost(self) -> None:
        if self._lost_at is None:
            self._lost_at = time.monotonic()

    def _count_broken(self, broken: int) -> None:
        self._rules_broken += max(0, broken - self._broken_seen)
        self._broken_seen = broken

    # --- looking --------------------------------------------------------------------------------------------------

    async def _run(self) -> None:
        while True:
            try:
                await self._look()
            except Exception:
                log.exception("alarms could not be looked after; trying again in a moment")
            await asyncio.sleep(LOOK_EVERY_S)

    async def _look(self) -> None:
        now = datetime.now().astimezone()
        rules, stop_mb = await self._storage_rules()
        boot_before, broken = self._boot_before, self._rules_broken
        view = BoxView(
            now=now,
            snapshot=self._link.mirror.snapshot(),
            engine_lost_s=0.0 if self._lost_at is None else time.monotonic() - self._lost_at,
            engine_restarted=bool(boot_before)
            and not await asyncio.to_thread(stopped_in_order, self._settings.journal_dir, boot_before or ""),
            web_died=self._web_died,
            rules_broken=broken,
            journal_lag_s=self._lag_s(),
            clock_jump_s=self._clock.jumped_s(),
            clock_unsure=await asyncio.to_thread(self._clock_unsure),
            copies=await self._copies.now(),
            backups=await self._backups.now(),
            no_dial_tone=self._silent,
            storage=rules,
            stop_free_mb=stop_mb,
        )
        panel, changes = self._panel.look(readings(view), self._rules, time.monotonic())
        told: tuple[Alarm, ...] = ()
        if changes or boot_before is not None:
            told = await self._database.write(_keep, changes, now, self._boot)
        self._panel = panel  # only now: what could not be kept is found again at the next look
        if view.snapshot is not None:
            self._rules_broken -= broken
        if self._boot_before is boot_before:
            self._boot_before = None
        self._web_died = False
        for alarm in told:
            log.warning("alarm %s %s: %s", "over" if alarm.cleared_at else "raised", alarm.kind.value, alarm.text)
            self._tell(alarm)
        if told:
            self.changed()

    def _clock_unsure(self) -> bool:
        return self._wishes.clock_state().raised_to is not None and not SYNCHRONISED.exists()

    async def _storage_rules(self) -> tuple[StorageRules, int]:
        try:
            plan = await self._plan.read()
        except Refusal:
            plan = None
        rules = plan.storage if plan is not None else StorageRules()
        return rules, rules.stop_free_mb or self._settings.engine.disk_reserve_mb


class _Copies:
    """What the hourly copy and the repair of the database noted, read once a minute."""

    def __init__(self, settings: Settings) -> None:
        source = source_of(settings.store.url, settings.data)
        self._of = DatabaseCopies(source.path) if isinstance(source, SqliteFile) else None
        self._state = CopyState()
        self._next_s = 0.0

    async def now(self) -> CopyState:
        if self._of is not None and time.monotonic() >= self._next_s:
            self._state = await asyncio.to_thread(self._of.state)
            self._next_s = time.monotonic() + COPIES_EVERY_S
        return self._state


class _Backups:
    """Whether backups are made as somebody wants it, looked at now and then."""

    def __init__(self, settings: Settings) -> None:
        self.look_every_s = BACKUPS_EVERY_S
        self._folder = BackupFolder(settings.data)
        self._health = BackupHealth()
        self._next_s = 0.0

    async def now(self) -> BackupHealth:
        if time.monotonic() >= self._next_s:
            self._health = await asyncio.to_thread(self._look)
            self._next_s = time.monotonic() + self.look_every_s
        return self._health

    def _look(self) -> BackupHealth:
        folder, now = self._folder, datetime.now().astimezone()
        return health_of(folder.plan(), folder.runs(), folder.planned_at(), now)


class _Kept(NamedTuple):
    lasting: tuple[Alarm, ...]
    rules: str
    boot: str


def _kept(db: Connection) -> _Kept:
    return _Kept(open_alarms(db), get_setting(db, _RULES), get_setting(db, ENGINE_BOOT))


def _keep(db: Connection, changes: tuple[Change, ...], now: datetime, boot: str) -> tuple[Alarm, ...]:
    at = now.isoformat(timespec="milliseconds")
    set_setting(db, ENGINE_BOOT, boot)
    kept = (
        raise_alarm(db, change.raised, at) if change.raised else clear_alarm(db, *change.key, at) for change in changes
    )
    return tuple(alarm for alarm in kept if alarm is not None)


def stopped_in_order(folder: Path, boot: str) -> bool:
    """Whether the engine of this start said in the journal that it stops; False also where nothing is found."""
    files = sorted(folder.glob(f"*-{boot}*.jsonl"))
    if not files:
        return False
    with files[-1].open("rb") as file:
        file.seek(max(0, file.seek(0, 2) - _TAIL_BYTES))
        return b'"EngineStopped"' in file.read()


class _Clock:
    """How far the wall clock went apart from the one that never jumps, from look to look."""

    def __init__(self) -> None:
        self._before = (time.time(), time.monotonic())

    def jumped_s(self) -> float:
        wall, steady = time.time(), time.monotonic()
        before_wall, before_steady = self._before
        self._before = (wall, steady)
        return (wall - before_wall) - (steady - before_steady)


def silent_lines(silent: frozenset[LineId], record: CallRecord) -> frozenset[LineId]:
    """Lines without dial tone after a call: those it tried in vain are added, those that worked are taken out."""
    for each in record.steps:
        if each.note.isdigit() and each.kind in {StepKind.NO_DIAL_TONE, StepKind.LINE_SEIZED}:
            line = frozenset({LineId(int(each.note))})
            silent = silent | line if each.kind is StepKind.NO_DIAL_TONE else silent - line
    return silent
