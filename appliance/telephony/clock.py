"""Wall time for records: real, or virtual in simulation."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta


class WallClock:
    """Local time with offset; a virtual clock is this class over a virtual `seconds` source.

    `start` pins the wall time of `seconds() == 0`; without it the operating system's clock is read at every call.
    """

    def __init__(self, seconds: Callable[[], float] | None = None, start: datetime | None = None) -> None:
        self._seconds = seconds
        self._start = start

    def now(self) -> datetime:
        """Aware local time."""
        if self._seconds is None or self._start is None:
            return datetime.now().astimezone()
        return self._start + timedelta(seconds=self._seconds())
