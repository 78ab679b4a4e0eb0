"""What drives the tick: a real-time thread, or virtual time.

What: both run one `TickEngine`, hand each `Batch` to the control loop in one call, and stop when told to.
How: `RealtimeTicks` is a thread that the card's clock paces; `VirtualTicks` calls the tick inline at every 20 ms of the
    loop's own time, so that on a `VirtualLoop` nothing waits and everything repeats.
Limits: SCHED_FIFO needs the right (RLIMIT_RTPRIO); without it the threads are ordinary ones, with one warning.
"""

from __future__ import annotations

import asyncio
import gc
import sys
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable

from appliance.media.events import Batch
from appliance.media.lateness import Punctuality
from appliance.media.priority import LOWEST, take_priority
from appliance.media.tick import TickEngine
from drivers.base import FRAME_S

_SWITCH_INTERVAL_S = 0.0005
"""A thread in Python code gives way to the tick after at most so long (default 5 ms)."""


class Ticks(ABC):
    """Runs the tick from `start` to `close`."""

    realtime = False
    """Runs with real-time priority."""
    last_tick_s = 0.0
    """`time.monotonic()` of the last tick; stays 0 in virtual time."""

    def __init__(
        self, engine: TickEngine, on_batch: Callable[[Batch], None], on_failure: Callable[[BaseException], None]
    ) -> None:
        """Both callbacks run on the loop that `start` is called on; `on_failure` is the last one."""
        self._engine = engine
        self._on_batch = on_batch
        self._on_failure = on_failure
        self.punctuality = Punctuality()

    @abstractmethod
    def start(self) -> None:
        """Tick from now on."""

    @abstractmethod
    def close(self) -> None:
        """No tick runs any more when this returns; safe to call twice."""


class RealtimeTicks(Ticks):
    """The tick thread."""

    def __init__(
        self,
        engine: TickEngine,
        on_batch: Callable[[Batch], None],
        on_failure: Callable[[BaseException], None],
        *,
        priority: int,
    ) -> None:
        """SCHED_FIFO with `priority` (and the lowest for the loop's thread); 0 leaves both ordinary threads."""
        super().__init__(engine, on_batch, on_failure)
        self._priority = priority
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="tick", daemon=True)

    def start(self) -> None:
        self._loop = asyncio.get_running_loop()
        sys.setswitchinterval(_SWITCH_INTERVAL_S)
        gc.collect()
        gc.freeze()
        self.realtime = self._priority > 0 and take_priority(LOWEST)
        self._thread.start()

    def close(self) -> None:
        self._closing = True
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        if self.realtime:
            take_priority(self._priority)
        try:
            while not self._closing:
                self._engine.wait()
                began_s = time.monotonic()
                self.last_tick_s = began_s
                self.punctuality.began(began_s)
                batch = self._engine.work()
                if batch:
                    self._loop.call_soon_threadsafe(self._on_batch, batch)
                self.punctuality.worked(time.monotonic() - began_s)
        except Exception as error:  # noqa: BLE001 - handed on: the process ends with it
            if not self._loop.is_closed():
                self._loop.call_soon_threadsafe(self._on_failure, error)


class VirtualTicks(Ticks):
    """A tick at every 20 ms of the loop's time, in the loop's own thread."""

    def start(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._began_s = self._loop.time()
        self._count = 0
        self._next: asyncio.TimerHandle | None = None
        self._plan_next()

    def close(self) -> None:
        if self._next:
            self._next.cancel()
            self._next = None

    def _plan_next(self) -> None:
        self._count += 1
        self._next = self._loop.call_at(self._began_s + self._count * FRAME_S, self._tick)

    def _tick(self) -> None:
        try:
            self._engine.wait()
            batch = self._engine.work()
        except Exception as error:  # noqa: BLE001 - handed on, as from the thread
            self._next = None
            self._on_failure(error)
            return
        self._plan_next()
        if batch:
            self._on_batch(batch)
