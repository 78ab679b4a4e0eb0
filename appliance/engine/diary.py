"""Writing facts into the journal: gives each its id and its moment."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from appliance.journal import Journal
from appliance.wire.facts import Fact


class Diary:
    """The engine's pen."""

    def __init__(self, journal: Journal, now: Callable[[], datetime]) -> None:
        self._journal = journal
        self._now = now

    def write(self, kind: Callable[..., Fact], *, durable: bool = False, **fields: object) -> str:
        """Append a fact of `kind`, and its id; `durable`: it is on the disk before anything later is acknowledged."""
        at, fact_id = self._now().isoformat(timespec="milliseconds"), self._journal.next_id()
        self._journal.append(kind(id=fact_id, at=at, **fields), durable=durable)
        return fact_id

    async def flushed(self) -> None:
        """Returns when everything written so far is on the disk."""
        await self._journal.flushed()
