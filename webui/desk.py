"""What waits at the desk: phones get the book of voicemails, browsers are told to look again."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from appliance.store.database import Database
from appliance.store.voicemail_reach import BoxQueues
from appliance.store.voicemails import message_book
from appliance.wire.client import EngineDown
from appliance.wire.messagebook import write_messagebook
from appliance.wire.messages import ReloadMessages
from webui.engine_link import EngineLink
from webui.errors import Refusal
from webui.hearing import boxes_of
from webui.planfile import PlanFile

if TYPE_CHECKING:
    from webui.live import LiveHub

log = logging.getLogger(__name__)


class DeskChanged(msgspec.Struct, frozen=True, tag_field="type", tag=str):
    """To every browser: voicemails or callers to be followed up are not what they were; it says nothing of which."""


class Desk:
    """Keeps phones and pages in step with voicemails and the ledger. Changes in quick succession are told once."""

    def __init__(self, book: Path, database: Database, plan: PlanFile, link: EngineLink, live: LiveHub) -> None:
        self._book = book
        self._database = database
        self._plan = plan
        self._link = link
        self._live = live
        self._again = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def soon(self) -> None:
        """Something changed: phones and pages learn of it in a moment."""
        self._again.set()
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._tell(), name="desk")

    async def stop(self) -> None:
        """Finish what runs."""
        if self._task is not None:
            await asyncio.gather(self._task, return_exceptions=True)

    async def _tell(self) -> None:
        while self._again.is_set():
            self._again.clear()
            self._live.tell(DeskChanged())
            try:
                book = await self._database.read(message_book, await self._boxes())
                await asyncio.to_thread(write_messagebook, self._book, book)
                await self._link.command(ReloadMessages())
            except EngineDown:
                pass  # it reads the book when it starts
            except Exception:
                log.exception("the book of voicemails could not be written; phones show the one before")

    async def _boxes(self) -> tuple[BoxQueues, ...]:
        try:
            return boxes_of(await self._plan.read())
        except Refusal:
            return ()
