"""Asking while the caller hears that we ask: retries, and the failure exit in time. Shared by HTTP and TCP."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

from appliance.ivr.answertaking import AnswerParams, take_answer
from appliance.ivr.context import Context
from appliance.ivr.document import Document, DocumentError
from appliance.ivr.remote import RemoteError
from appliance.telephony.leg import CallerLeg


async def ask(params: AnswerParams, once: Callable[[], Awaitable[Document]], leg: CallerLeg, ctx: Context) -> str:
    """Ask up to 1 + `retries` times while the waiting prompts play; the exit to take.

    It takes `(1 + retries) × timeout_s` at most, or as long as the prompts if they are longer.
    """
    asked = asyncio.create_task(_persist(once, params.retries))
    try:
        if params.wait_prompts:
            await leg.play(params.wait_prompts)
        answer = await asked
    except (RemoteError, DocumentError) as error:
        ctx.remark(str(error))
        if params.failure_prompts:
            await leg.play(params.failure_prompts)
        return "no_result"
    finally:
        asked.cancel()
        with contextlib.suppress(asyncio.CancelledError, RemoteError, DocumentError):
            await asked
    return await take_answer(params, answer, leg, ctx)


async def _persist(once: Callable[[], Awaitable[Document]], retries: int) -> Document:
    for _ in range(retries):
        with contextlib.suppress(RemoteError, DocumentError):
            return await once()
    return await once()
