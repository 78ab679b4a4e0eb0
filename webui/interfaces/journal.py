"""The interface log and the last use of keys: collected in memory, written together, so that nobody waits for it."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Sequence
from datetime import datetime

from appliance.store.api_keys import note_key_use
from appliance.store.connection import Connection
from appliance.store.database import Database
from appliance.store.interface_log import LogEntry, LogKind, add_log_entries

log = logging.getLogger(__name__)

EVERY_S = 1.0
_MOST_WAITING = 2000
"""More in a second than this: the oldest of them are not logged."""


class InterfaceJournal:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: deque[LogEntry] = deque(maxlen=_MOST_WAITING)
        self._used: dict[int, tuple[str, str]] = {}
        self._task: asyncio.Task[None] | None = None

    def start(self) -> asyncio.Task[None]:
        """Begin to write. The task ends only when it breaks."""
        self._task = asyncio.create_task(self._run(), name="interface-journal")
        return self._task

    async def stop(self) -> None:
        """Write what is left and stop."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self.flush()

    def add(
        self, kind: LogKind, who: str, address: str, what: str, *, status: int = 0, note: str = "", took_ms: int = 0
    ) -> None:
        """Note something that happened just now."""
        self._waiting.append(
            LogEntry(
                at=_now(), kind=kind, who=who, address=address, what=what, status=status, note=note, took_ms=took_ms
            )
        )

    def used(self, key_id: int, address: str) -> None:
        """The key was just used from there."""
        self._used[key_id] = (_now(), address)

    async def flush(self) -> None:
        """Write now what waits; a database that cannot be written loses log lines, nothing else."""
        if not self._waiting and not self._used:
            return
        entries, used = tuple(self._waiting), self._used
        self._waiting.clear()
        self._used = {}
        try:
            await self._database.write(_write, entries, used)
        except Exception:
            log.exception("%d lines of the interface log could not be written", len(entries))

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(EVERY_S)
            await self.flush()


def _write(db: Connection, entries: Sequence[LogEntry], used: dict[int, tuple[str, str]]) -> None:
    add_log_entries(db, entries)
    for key_id, (at, address) in used.items():
        note_key_use(db, key_id, at, address)


def _now() -> str:
    return datetime.now().astimezone().isoformat(timespec="milliseconds")
