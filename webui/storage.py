"""The disk of recordings: what the page shows, and the jobs that keep it in order, started when they are due.

How: every minute it looks at the free space and the clock. Below the clean-up mark a clean-up runs, but not again for
ten minutes; once a night, at the time of the plan (or in the morning after, when the box was off), the check of files
against records and then a clean-up by age. Both are niced processes (`appliance.jobs`), one at a time.
"""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import tempfile
from contextlib import suppress
from datetime import datetime, time, timedelta
from functools import partial
from pathlib import Path
from typing import NamedTuple

import msgspec

from appliance.callplan import CallPlan
from appliance.jobs.storage_outcomes import CheckOutcome, CleanOutcome, StorageProgress, read_progress
from appliance.settings import Settings
from appliance.storageplan import StorageRules
from appliance.store.call_key import key_of
from appliance.store.connection import Connection
from appliance.store.database import Database
from appliance.store.recordings import RecordedTotal, recorded_total
from appliance.store.storage_runs import RunKind, StorageRun, last_runs
from appliance.telephony.ids import CallId
from webui.diskmarks import DiskState, disk_state
from webui.errors import Refusal
from webui.jobs import RunningJob, last_sentence, start_job, store_options
from webui.planfile import PlanFile

log = logging.getLogger(__name__)

LOOK_EVERY_S = 60.0
CLEAN_AGAIN = timedelta(minutes=10)
RATE_DAYS = 7
"""The rate is that of so many days."""
BUSY = "另一次清理或检查正在进行，请等它完成后再试。"


class RunView(msgspec.Struct, frozen=True, kw_only=True):
    began_at: str
    ended_at: str


class CheckView(RunView, frozen=True, kw_only=True):
    outcome: CheckOutcome


class CleanView(RunView, frozen=True, kw_only=True):
    outcome: CleanOutcome


class StorageView(msgspec.Struct, frozen=True, kw_only=True):
    disk: DiskState
    rules: StorageRules
    stop_free_mb: int
    """The mark in force: that of the rules or, where they have none, of the settings."""
    running: StorageProgress | None
    last_check: CheckView | None
    last_clean: CleanView | None


class Storage:
    """Made once; `start` and `stop` belong to the web's life."""

    def __init__(self, settings: Settings, database: Database, plan: PlanFile) -> None:
        self._settings = settings
        self._database = database
        self._plan = plan
        self._job: RunningJob | None = None
        self._task: asyncio.Task[None] | None = None

    def start(self) -> asyncio.Task[None]:
        """Look after the disk from now on. The task ends only when it breaks."""
        self._task = asyncio.create_task(self._look_after(), name="storage")
        return self._task

    async def stop(self) -> None:
        """Stop what runs; it goes on where it was the next time."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        if self._job is not None:
            await self._job.end()

    async def view(self) -> StorageView:
        """Everything that the page shows, now."""
        rules = await self._rules()
        data = self._settings.data
        stop_mb = rules.stop_free_mb or self._settings.engine.disk_reserve_mb
        now = datetime.now().astimezone()
        everything, lately, checks, cleans = await self._database.read(_figures, now)
        disk = await asyncio.to_thread(shutil.disk_usage, data)
        return StorageView(
            disk=disk_state(disk.total >> 20, disk.free >> 20, rules, stop_mb, everything, lately, RATE_DAYS),
            rules=rules,
            stop_free_mb=stop_mb,
            running=await asyncio.to_thread(read_progress, data),
            last_check=_check_view(checks[0]) if checks else None,
            last_clean=_clean_view(cleans[0]) if cleans else None,
        )

    async def run(self, kind: RunKind, *, everything: bool = False) -> None:
        """Start a clean-up or a check. Raises `Refusal` (409) while another runs."""
        if self._runs or await asyncio.to_thread(read_progress, self._settings.data) is not None:
            raise Refusal(409, BUSY)
        arguments = ["--all"] if everything else []
        process = await start_job(kind.value, *store_options(self._settings), *arguments)
        self._job = RunningJob(process, f"storage-{kind.value}", partial(self._ended, kind))

    async def proof(self, call_id: CallId) -> Path:
        """The ZIP that proves a recording; whoever asked deletes it. Raises `Refusal` (409) with what the job said."""
        folder = self._settings.data / "exports"
        await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
        handle, name = await asyncio.to_thread(tempfile.mkstemp, ".zip", "proof-", folder)
        os.close(handle)
        process = await start_job("proof", *store_options(self._settings), "--call", call_id, "--out", name)
        try:
            _, errors = await process.communicate()
        except asyncio.CancelledError:
            with suppress(ProcessLookupError):
                process.kill()
            raise
        if process.returncode:
            await asyncio.to_thread(Path(name).unlink, missing_ok=True)
            raise Refusal(409, last_sentence(errors, "举证材料没有导出成功，请重试。"))
        return Path(name)

    @property
    def _runs(self) -> bool:
        return self._job is not None and self._job.runs

    async def _ended(self, kind: RunKind, code: int, errors: bytes) -> None:
        if code:
            text = last_sentence(errors, f"exit code {code}")
            log.error("storage %s did not end well: %s", kind.value, text)

    async def _look_after(self) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            try:
                await self._look()
            except Exception:
                log.exception("looking after the disk; trying again in a moment")

    async def _look(self) -> None:
        """Start what is due."""
        if self._runs:
            return
        now, rules = datetime.now().astimezone(), await self._rules()
        check, clean = await self._database.read(_last_begun)
        if _nightly_due(now, rules, check):
            await self._run_if_free(RunKind.CHECK)
        elif _nightly_due(now, rules, clean) or (
            shutil.disk_usage(self._settings.data).free >> 20 < rules.clean_free_mb
            and (clean is None or now - clean > CLEAN_AGAIN)
        ):
            await self._run_if_free(RunKind.CLEAN)

    async def _run_if_free(self, kind: RunKind) -> None:
        with suppress(Refusal):  # somebody runs one by hand
            await self.run(kind)

    async def _rules(self) -> StorageRules:
        try:
            plan: CallPlan | None = await self._plan.read()
        except Refusal:
            plan = None
        return plan.storage if plan is not None else StorageRules()


def _nightly_due(now: datetime, rules: StorageRules, last: datetime | None) -> bool:
    """Whether the last one began before the latest time at which one should."""
    hour, minute = rules.check_at.split(":")
    due = datetime.combine(now.date(), time(int(hour), int(minute)), now.tzinfo)
    if due > now:
        due -= timedelta(days=1)
    return last is None or last < due


def _check_view(run: StorageRun) -> CheckView:
    outcome = msgspec.json.decode(run.outcome, type=CheckOutcome)
    return CheckView(began_at=run.began_at, ended_at=run.ended_at, outcome=outcome)


def _clean_view(run: StorageRun) -> CleanView:
    outcome = msgspec.json.decode(run.outcome, type=CleanOutcome)
    return CleanView(began_at=run.began_at, ended_at=run.ended_at, outcome=outcome)


def _last_begun(db: Connection) -> tuple[datetime | None, datetime | None]:
    check, clean = (last_runs(db, kind) for kind in (RunKind.CHECK, RunKind.CLEAN))
    return (
        datetime.fromisoformat(check[0].began_at) if check else None,
        datetime.fromisoformat(clean[0].began_at) if clean else None,
    )


class _Figures(NamedTuple):
    everything: RecordedTotal
    lately: RecordedTotal
    checks: tuple[StorageRun, ...]
    cleans: tuple[StorageRun, ...]


def _figures(db: Connection, now: datetime) -> _Figures:
    since = key_of(now - timedelta(days=RATE_DAYS))
    runs = (last_runs(db, kind) for kind in (RunKind.CHECK, RunKind.CLEAN))
    return _Figures(recorded_total(db), recorded_total(db, since), *runs)
