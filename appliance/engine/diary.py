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

    def write(self, kind: Callable[..., Fact], *, durable: bool = False, **fields: object) -> None:
        """Append a fact of `kind`; `durable`: it is on the disk before anything later is acknowledged."""
        at = self._now().isoformat(timespec="milliseconds")
        self._journal.append(kind(id=self._journal.next_id(), at=at, **fields), durable=durable)
