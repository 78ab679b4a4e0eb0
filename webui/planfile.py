"""`callplan.json`: read when it changed, changed one at a time, written whole, put in force at once or taken back."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import msgspec

from appliance.atomicfile import replace_file
from appliance.callplan import CallPlan, check_callplan
from appliance.store.connection import Connection
from appliance.store.contacts import set_policy
from appliance.store.customers import AREA_CODE_SETTING
from appliance.store.database import Database
from appliance.store.followup_ledger import policy_of
from appliance.store.holidays import set_holidays
from appliance.store.settings import set_setting
from appliance.wire.client import EngineDown
from appliance.wire.messages import ReloadCallPlan
from webui.engine_link import EngineLink
from webui.errors import Refusal

NO_PLAN = "还没有话务配置，请等待话务引擎启动完成后重试。"


def revision_of(value: object) -> str:
    """A short fingerprint: the same for the same content, another after any change."""
    return hashlib.sha256(msgspec.json.encode(value)).hexdigest()[:16]


class PlanFile:
    """The call plan in force, kept decoded until the file changes."""

    def __init__(self, path: Path, database: Database, link: EngineLink) -> None:
        self._path = path
        self._database = database
        self._link = link
        self._known: tuple[tuple[int, int, int] | None, CallPlan | None] = (None, None)
        """Stamp of the file and its plan."""
        self.lock = asyncio.Lock()
        """Held from reading to writing by whoever changes the plan: two changes never overlap."""

    async def read(self) -> CallPlan | None:
        """The plan; None before there is one. Raises `Refusal` (503) when the file is broken."""
        stamp, plan = await asyncio.to_thread(self._read)
        if plan is not None and stamp != self._known[0]:
            await self._database.write(_take_over, plan)
        self._known = (stamp, plan)
        return plan

    async def write(self, plan: CallPlan) -> None:
        """Replace the file; the engine still has to be told (`ReloadCallPlan`)."""
        content = msgspec.json.format(msgspec.json.encode(plan), indent=2) + b"\n"
        await asyncio.to_thread(replace_file, self._path, content)
        self._known = (None, None)  # two writes within a tick of the file clock may have one stamp

    async def change(self, edit: Callable[[CallPlan], CallPlan]) -> tuple[CallPlan, CallPlan]:
        """Put `edit(plan)` in force as the next version, one change at a time; the plan before and after.

        `edit` sees the newest plan; what it raises passes through. Raises `Refusal`: 503 without a plan, 422 when the
        new one would be broken, 409 when the engine will not have it: the file is then as it was. Running calls go on.
        """
        async with self.lock:
            before = await self.read()
            if before is None:
                raise Refusal(503, NO_PLAN)
            edited = await asyncio.to_thread(edit, before)
            if edited == before:
                return before, before
            after = msgspec.structs.replace(edited, version=before.version + 1)
            grave = [problem for problem in await asyncio.to_thread(check_callplan, after) if problem.grave]
            if grave:
                others = f"（另有 {len(grave) - 1} 处问题）" if len(grave) > 1 else ""
                raise Refusal(422, f"{grave[0].text}{others}", grave[0].field)
            await self.write(after)
            try:
                await self._tell_engine()
            except Refusal:
                await self.write(before)
                raise
            return before, await self.read() or after

    async def _tell_engine(self) -> None:
        with suppress(EngineDown):  # it reads the plan when it starts
            await self._link.command(ReloadCallPlan())

    def _read(self) -> tuple[tuple[int, int, int] | None, CallPlan | None]:
        known = self._known
        try:
            status = self._path.stat()
            stamp = (status.st_mtime_ns, status.st_ino, status.st_size)
            return known if stamp == known[0] else (stamp, msgspec.json.decode(self._path.read_bytes(), type=CallPlan))
        except FileNotFoundError:
            return None, None
        except msgspec.MsgspecError as error:
            raise Refusal(503, f"话务配置文件 {self._path.name} 有误：{error}。请从备份恢复或联系厂商。") from error


def _take_over(db: Connection, plan: CallPlan) -> None:
    set_setting(db, AREA_CODE_SETTING, plan.area_code)
    set_policy(db, policy_of(plan.follow_ups, plan.hours, plan.caller_lists))
    set_holidays(
        db,
        tuple(day for hours in plan.hours for day in hours.closed_on),
        tuple(day for hours in plan.hours for day in hours.open_on),
    )
