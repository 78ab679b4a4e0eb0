"""Brings the engine's journal into the database: at every logged call, and every few seconds in case one was missed."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

from appliance.store.database import Database
from appliance.store.ingest import ingest
from appliance.telephony.ids import CallId
from appliance.wire.messages import AnyEvent, CallLogged, SmsLogged

log = logging.getLogger(__name__)

IDLE_EVERY_S = 3.0
SOON_S = 0.05
"""The engine tells of a logged call while its line is still on the way to the disk: look again."""
GIVE_UP_S = 30.0
"""A call whose record does not come is told all the same: pages read anew and see what there is."""
SMS_PATIENCE_S = 2.0
_MOST_WAITING = 1000


class Ingest:
    """Runs in the database's write thread. `on_logged` is told of a call only when its record can be found.

    `on_desk` is told once at the start and whenever voicemails or the ledger changed.
    """

    def __init__(
        self,
        database: Database,
        journal: Path,
        on_logged: Callable[[CallLogged], None],
        on_desk: Callable[[], None] = lambda: None,
        on_stored: Callable[[], Awaitable[None]] | None = None,
        on_sms: Callable[[], None] = lambda: None,
    ) -> None:
        self._database = database
        self._on_desk = on_desk
        self._on_stored = on_stored
        """Told whenever records were added, before `on_logged`."""
        self._on_sms = on_sms
        """Told whenever a short message came, or something became of one."""
        self._sms_until_s = 0.0
        """The engine told of a message: its line is looked for until then."""
        self._desk_told = False
        self._journal = journal
        self._on_logged = on_logged
        self._due = asyncio.Event()
        self._waiting: deque[tuple[float, CallLogged]] = deque(maxlen=_MOST_WAITING)
        self._stored: deque[CallId] = deque(maxlen=_MOST_WAITING)
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
            self._waiting.append((time.monotonic(), event))
            self._due.set()
        elif isinstance(event, SmsLogged):
            self._sms_until_s = time.monotonic() + SMS_PATIENCE_S
            self._due.set()

    def engine_lost(self) -> None:
        """Nothing to do: what the engine wrote is in the journal."""

    async def _run(self) -> None:
        while True:
            self._due.clear()
            pause_s = await self._once()
            with suppress(TimeoutError):
                async with asyncio.timeout(pause_s):
                    await self._due.wait()

    async def _once(self) -> float:
        """Read the journal to its end; how long to wait before the next time."""
        try:
            await self._read()
        except Exception:
            log.exception("the journal could not be ingested; trying again in a moment")
            return IDLE_EVERY_S
        self._good_at = time.monotonic()
        for _ in range(len(self._waiting)):
            since, event = self._waiting.popleft()
            if event.record.call_id in self._stored or self._good_at - since > GIVE_UP_S:
                self._on_logged(event)
            else:
                self._waiting.append((since, event))
        return SOON_S if self._waiting or self._good_at < self._sms_until_s else IDLE_EVERY_S

    async def _read(self) -> None:
        more = True
        while more:
            report = await self._database.write(ingest, self._journal)
            self._stored.extend(report.call_ids)
            if report.call_ids and self._on_stored is not None:
                await self._on_stored()
            if report.sms_changed:
                self._sms_until_s = 0.0
                self._on_sms()
            if report.desk_changed or not self._desk_told:
                self._desk_told = True
                self._on_desk()
            more = report.more
