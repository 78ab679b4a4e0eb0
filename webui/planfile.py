"""`callplan.json`: read when it changed, written whole or not at all; the database is told what searches need of it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
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
from webui.errors import Refusal


class PlanFile:
    """The call plan in force, kept decoded until the file changes."""

    def __init__(self, path: Path, database: Database) -> None:
        self._path = path
        self._database = database
        self._known: tuple[tuple[int, int] | None, CallPlan | None] = (None, None)
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

    async def change(self, alter: Callable[[CallPlan], CallPlan], tell: Callable[[], Awaitable[None]]) -> CallPlan:
        """Write what `alter` makes of the plan in force, one version further, and `tell` the engine; one at a time.

        Raises `Refusal`: 503 without a plan, 422 when the new one would be broken, and what `tell` refuses: the file is
        then as it was. What `alter` raises passes through.
        """
        async with self.lock:
            plan = await self.read()
            if plan is None:
                raise Refusal(503, "还没有话务配置，请等待话务引擎启动完成后重试。")
            changed = msgspec.structs.replace(alter(plan), version=plan.version + 1)
            grave = [problem for problem in await asyncio.to_thread(check_callplan, changed) if problem.grave]
            if grave:
                others = f"（另有 {len(grave) - 1} 处问题）" if len(grave) > 1 else ""
                raise Refusal(422, f"{grave[0].text}{others}", grave[0].field)
            await self.write(changed)
            try:
                await tell()
            except Refusal:
                await self.write(plan)
                raise
            return changed

    def _read(self) -> tuple[tuple[int, int] | None, CallPlan | None]:
        known = self._known
        try:
            status = self._path.stat()
            stamp = (status.st_mtime_ns, status.st_ino)
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
