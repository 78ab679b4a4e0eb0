"""Notices that somebody set the clock of the machine: from then on times do not compare with those before."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from appliance.engine.diary import Diary
from appliance.wire.facts import ClockJumped

log = logging.getLogger(__name__)

LEAST_S = 2.0
"""A smaller change between two looks is none: a time server's corrections, two clocks read one after the other."""
_LOOK_EVERY_S = 1.0


class ClockWatch:
    """`now`: the wall clock; `seconds`: a clock that nobody sets."""

    def __init__(self, now: Callable[[], datetime], seconds: Callable[[], float]) -> None:
        self._now = now
        self._seconds = seconds
        self._before = (now(), seconds())

    def look(self) -> datetime | None:
        """The moment that it would be, when the clock was set since the last look; None: it was not."""
        before, before_s = self._before
        self._before = (self._now(), self._seconds())
        expected = before + timedelta(seconds=self._before[1] - before_s)
        return expected if abs((self._before[0] - expected).total_seconds()) >= LEAST_S else None


async def watch_clock(now: Callable[[], datetime], diary: Diary) -> None:
    """Write every jump into the journal, until cancelled."""
    watch = ClockWatch(now, asyncio.get_running_loop().time)
    while True:
        await asyncio.sleep(_LOOK_EVERY_S)
        expected = watch.look()
        if expected is not None:
            log.warning("the clock was set: it would be %s", expected)
            diary.write(ClockJumped, durable=True, expected=expected.isoformat(timespec="seconds"))
