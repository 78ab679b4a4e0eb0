"""Wall time for records: real, or virtual in simulation."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta


def steady(now: Callable[[], datetime], seconds: Callable[[], float]) -> Callable[[], datetime]:
    """Time from this moment on by a clock that nobody sets: what lies between two of its moments is true, whatever
    happens to the wall clock meanwhile. `seconds` never jumps.
    """
    at, began_s = now(), seconds()
    return lambda: at + timedelta(seconds=seconds() - began_s)


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
