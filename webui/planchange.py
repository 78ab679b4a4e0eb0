"""Changes of the call plan: one at a time, written whole, put in force at once or taken back."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable

import msgspec

from appliance.callplan import CallPlan
from appliance.wire.client import EngineDown
from appliance.wire.messages import ReloadCallPlan
from webui.context import Context
from webui.errors import Refusal

NO_PLAN = "还没有话务配置，请等待话务引擎启动完成后重试。"


def revision_of(value: object) -> str:
    """A short fingerprint: the same for the same content, another after any change."""
    return hashlib.sha256(msgspec.json.encode(value)).hexdigest()[:16]


async def change_plan(context: Context, edit: Callable[[CallPlan], CallPlan]) -> tuple[CallPlan, CallPlan]:
    """Put `edit(plan)` in force as the next version; the plan before and after. Running calls go on.

    `edit` sees the newest plan and may refuse. Raises its `Refusal`, 503 without a plan, and 409 when the engine will
    not have the new one: the file is then as it was.
    """
    async with context.plan.lock:
        before = await context.plan.read()
        if before is None:
            raise Refusal(503, NO_PLAN)
        edited = await asyncio.to_thread(edit, before)
        if edited == before:
            return before, before
        after = msgspec.structs.replace(edited, version=before.version + 1)
        await context.plan.write(after)
        try:
            await context.link.command(ReloadCallPlan())
        except EngineDown:
            pass  # it reads the plan when it starts
        except Refusal:
            await context.plan.write(before)
            raise
        return before, await context.plan.read() or after
