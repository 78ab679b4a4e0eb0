"""Brings the engine's journal into the database: at every logged call, and every few seconds in case one was missed."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from appliance.store.database import Database
from appliance.store.ingest import ingest
from appliance.wire.messages import AnyEvent, CallLogged

log = logging.getLogger(__name__)

IDLE_EVERY_S = 3.0
_MOST_WAITING = 1000


class Ingest:
    """Runs in the database's write thread. `on_logged` is told of a call only when its record can be found."""

    def __init__(self, database: Database, journal: Path, on_logged: Callable[[CallLogged], None]) -> None:
        self._database = database
        self._journal = journal
        self._on_logged = on_logged
        self._due = asyncio.Event()
        self._waiting: list[CallLogged] = []
        self._task: asyncio.Task[None] | None = None
        self._good_at = time.monotonic()

    @property
    def lag_s(self) -> float:
        """Seconds since the journal was last read to its end."""
        return time.monotonic() - self._good_at

    def start(self) -> asyncio.Task[None]:
        """Begin. The task ends only when it breaks."""
        self._task = asyncio.create_task(self._run(), name="ingest")
        return self._task

    async def stop(self) -> None:
        """Finish what runs and stop."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def engine_event(self, event: AnyEvent) -> None:
        if isinstance(event, CallLogged):
            self._waiting.append(event)
            self._due.set()

    def engine_lost(self) -> None:
        """Nothing to do: what the engine wrote is in the journal."""

    async def _run(self) -> None:
        while True:
            self._due.clear()
            await self._once()
            with suppress(TimeoutError):
                async with asyncio.timeout(IDLE_EVERY_S):
                    await self._due.wait()

    async def _once(self) -> None:
        logged, self._waiting = self._waiting, []
        try:
            while (await self._database.write(ingest, self._journal)).more:
                pass
        except Exception:
            log.exception("the journal could not be ingested; trying again in a moment")
            self._waiting = (logged + self._waiting)[-_MOST_WAITING:]
            return
        self._good_at = time.monotonic()
        for event in logged:
            self._on_logged(event)
