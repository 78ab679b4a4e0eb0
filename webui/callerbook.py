"""Keeps `callerbook.json` as the customers are: the engine looks callers up in it, the web owns the customers."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from pathlib import Path

from appliance.ivr.callerbook import CallerEntry, write_callerbook
from appliance.store.connection import Connection, fetch_all
from appliance.store.database import Database

log = logging.getLogger(__name__)

LOOK_EVERY_S = 5.0
Signature = tuple[object, ...]


def signature(db: Connection) -> Signature:
    """Another one after any change of customers or their numbers; cheap to ask."""
    customers = fetch_all(db, "SELECT count(*), max(id), max(updated_at) FROM customers")[0]
    numbers = fetch_all(db, "SELECT count(*) FROM customer_numbers")[0]
    return (*customers, *numbers)


def caller_entries(db: Connection) -> dict[str, CallerEntry]:
    """Everybody who can be recognised, by number."""
    rows = fetch_all(
        db,
        "SELECT n.number, c.name, c.level, c.area FROM customer_numbers n JOIN customers c ON c.id = n.customer_id",
    )
    return {number: CallerEntry(name=name, level=level, area=area) for number, name, level, area in rows}


class CallerBookKeeper:
    """Writes the book at start and whenever the customers changed; several changes in a row become one writing."""

    def __init__(self, database: Database, path: Path) -> None:
        self._database = database
        self._path = path
        self._due = asyncio.Event()
        self._written: Signature | None = None
        self._task: asyncio.Task[None] | None = None

    def start(self) -> asyncio.Task[None]:
        """Begin. The task ends only when it breaks."""
        self._task = asyncio.create_task(self._run(), name="caller-book")
        return self._task

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def changed(self) -> None:
        """A customer was added, changed or deleted: look at once, also when the change left no trace in the dates."""
        self._written = None
        self._due.set()

    async def _run(self) -> None:
        while True:
            try:
                await self._look()
            except Exception:
                log.exception("the caller book could not be written; trying again in a moment")
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_EVERY_S):
                    await self._due.wait()

    async def _look(self) -> None:
        self._due.clear()
        now = await self._database.read(signature)
        if now == self._written:
            return
        self._written = now
        try:
            entries = await self._database.read(caller_entries)
            await asyncio.to_thread(write_callerbook, self._path, entries)
        except BaseException:
            self._written = None
            raise
