"""The engine process: settings in, exit code out."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import gc
import logging
import os
import secrets
import shutil
import signal
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

import msgspec

from appliance import initsystem
from appliance.addedcards import AddedCard, added_cards, named_cards
from appliance.callplan import CallPlan, CallPlanError, load_callplan, write_callplan
from appliance.defaults.plan import OFFICE_HOURS, ROUND_THE_CLOCK, default_plan
from appliance.engine.dialcount import counted_calls
from appliance.engine.drain import drain
from appliance.engine.engine import Engine
from appliance.engine.seated import seated_agents
from appliance.engine.smsinbox import sms_facts
from appliance.journal import Journal, open_calls
from appliance.settings import CardSettings, Settings, SettingsError
from appliance.storageplan import rules_for_disk
from appliance.telephony.clock import WallClock
from appliance.wire.codec import WireError
from drivers.base import CardError, LineCard, PortKind
from drivers.registry import CardOrder, make_card, simulated_sms
from drivers.sim.card import SimCard

log = logging.getLogger(__name__)

SWITCH_INTERVAL_S = 0.0005
"""The tick thread gets the interpreter within half a millisecond."""


def run(settings: Settings, drain_s: float = 0.0) -> int:
    """Run the engine until SIGTERM or SIGINT. Returns the exit code: 0 stopped, 2 cannot start, 1 died.

    After SIGTERM running calls have `drain_s` to end; SIGINT and a second SIGTERM end them at once.
    """
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    settings.data.mkdir(parents=True, exist_ok=True)
    try:
        lock = _only_engine_of(settings.data)
    except BlockingIOError:
        text = f"数据目录 {settings.data} 已有一个话务引擎在运行。请先停止它，或用 --data 换一个目录。"
        print(text, file=sys.stderr)  # noqa: T201 - the person who started us reads it
        return 2
    try:
        cards = [_card(name, card) for name, card in named_cards(settings, _added(settings))]
        plan = plan_in_force(settings.callplan_path, cards)
        return asyncio.run(_serve(settings, plan, cards, drain_s))
    except (CallPlanError, CardError, WireError) as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 2
    finally:
        os.close(lock)


def _only_engine_of(data: Path) -> int:
    """Lock the data folder: a second engine would close the first one's calls as left open by a crash.

    The lock ends with the process, however it ends. Raises `BlockingIOError`.
    """
    lock = os.open(data, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        raise
    return lock


def plan_in_force(path: Path, cards: Sequence[LineCard]) -> CallPlan:
    """The plan in the file; a new box gets the default plan for its cards. Raises `CallPlanError`."""
    if not path.exists():
        ports = [info for card in cards for info in card.ports]
        # Whoever tries the box on the simulated card at night must get through to the agents as well.
        hours = ROUND_THE_CLOCK if any(isinstance(card, SimCard) for card in cards) else OFFICE_HOURS
        plan = default_plan(
            "本地广播电视台",
            "96599",
            "0562",
            line_ports=[info.port for info in ports if info.kind is not PortKind.FXS],
            station_ports=[info.port for info in ports if info.kind is PortKind.FXS],
            hours=hours,
        )
        storage = rules_for_disk(shutil.disk_usage(path.parent).total >> 20)
        write_callplan(path, msgspec.structs.replace(plan, storage=storage))
    return load_callplan(path)


def _added(settings: Settings) -> tuple[AddedCard, ...]:
    """The box takes calls without them when their file is broken."""
    try:
        return added_cards(settings)
    except SettingsError as error:
        log.error("%s", error)  # noqa: TRY400 - the sentence says it all
        return ()


def _card(name: str, card: CardSettings) -> LineCard:
    return make_card(
        CardOrder(
            card.family,
            name,
            card.lines,
            card.stations,
            card.device,
            card.channels,
            card.model,
            card.pin,
            card.auto_answer,
        )
    )


async def _serve(settings: Settings, plan: CallPlan, cards: list[LineCard], drain_s: float) -> int:
    clock = WallClock()
    left_open, seated = open_calls(settings.journal_dir), seated_agents(settings.journal_dir, clock.now())
    counted = counted_calls(settings.journal_dir, clock.now())
    messages = sms_facts(settings.journal_dir)
    journal = Journal(settings.journal_dir, secrets.token_hex(4), on_alarm=_alarm)
    engine = Engine(settings, cards, journal, clock.now, simulated_sms=simulated_sms(cards))
    asked, at_once = _told_to_stop()
    try:
        await engine.start(plan, version("hotlinebox"), left_open, seated, counted, messages)
        await engine.listen(settings.wire_path)
        gc.collect()
        gc.freeze()
        running = asyncio.create_task(engine.run())
        initsystem.tell("READY=1")
        stopping = asyncio.create_task(_until_stopped(engine, asked, at_once, drain_s))
        renewing = asyncio.create_task(engine.renewal.due())
        await asyncio.wait({running, stopping, renewing}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        renewing.cancel()
        if running.done():
            await running
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running
    finally:
        await engine.stop()
        await asyncio.to_thread(journal.close)
    return 0


def _told_to_stop() -> tuple[asyncio.Event, asyncio.Event]:
    """Set by SIGTERM; set by SIGINT and by a second SIGTERM."""
    asked, at_once = asyncio.Event(), asyncio.Event()

    def terminate() -> None:
        (at_once if asked.is_set() else asked).set()

    def interrupt() -> None:
        asked.set()
        at_once.set()

    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, terminate)
    loop.add_signal_handler(signal.SIGINT, interrupt)
    return asked, at_once


async def _until_stopped(engine: Engine, asked: asyncio.Event, at_once: asyncio.Event, drain_s: float) -> None:
    await asked.wait()
    initsystem.tell("STOPPING=1", "STATUS=等待通话结束")
    if drain_s > 0:
        await drain(engine.switch, drain_s, at_once)


def _alarm(text: str) -> None:
    if text:
        log.error("%s", text)
    else:
        log.info("journal: the disk takes facts again")
