"""Appending to the journal without ever making a call wait for the disk."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec

from appliance.journal.segment import Segment
from appliance.wire.facts import Fact

MAX_SEGMENT_BYTES = 16 * 1024 * 1024
MAX_WAITING = 200_000
"""Facts kept in memory while the disk refuses them: about 100 MB, days of calls."""
MAX_UNSYNCED = 1_000
"""Other facts than durable ones are synced in such portions; what a failing disk swallowed can be written again."""
SYNC_WITHIN_S = 0.8
"""No fact waits longer for its sync: a power cut costs about the last second. Nor is a disk asked more often."""
RETRY_S = 1.0


@dataclass(frozen=True)
class _Entry:
    at: str
    line: bytes
    durable: bool


class Journal:
    """The engine's end of the journal.

    `append` encodes the fact and returns at once; a thread writes it, and syncs it to disk: at once when it is durable
    or when somebody awaits `flushed`, else within `SYNC_WITHIN_S`. While the disk refuses (full, broken) facts wait in
    memory and are tried again every second; `on_alarm` is called from that thread with a Chinese sentence, and with an
    empty one when it works again.

    `synchronous=True` (virtual time) writes within `append`, without thread and without sync: same facts, same bytes.
    """

    def __init__(
        self,
        folder: Path,
        boot: str,
        *,
        synchronous: bool = False,
        on_alarm: Callable[[str], None] = lambda _text: None,
        max_segment_bytes: int = MAX_SEGMENT_BYTES,
        max_waiting: int = MAX_WAITING,
    ) -> None:
        self.boot = boot
        self.dropped = 0
        """Facts lost because the disk refused for so long that memory was full."""
        self._folder = folder
        self._on_alarm = on_alarm
        self._max_segment_bytes = max_segment_bytes
        self._max_waiting = max_waiting
        self._encoder = msgspec.json.Encoder()
        self._ids = 0
        self._appended = 0
        self._synced = 0
        self._waiting: deque[_Entry] = deque()
        self._flush_waiters: list[tuple[int, asyncio.AbstractEventLoop, asyncio.Future[None]]] = []
        self._closing = False
        self._wake = threading.Condition()
        """Guards the five above; what follows belongs to the writing thread alone."""
        self._segment: Segment | None = None
        self._segments = 0
        self._unsynced: list[_Entry] = []
        self._written = 0
        """How many of `_unsynced` are in `_segment`."""
        self._sync_by_s = 0.0
        """When the oldest of `_unsynced` has waited long enough."""
        self._alarmed = False
        self._thread: threading.Thread | None = None
        if not synchronous:
            self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
            self._thread.start()

    @property
    def waiting(self) -> int:
        """Facts that the writer has not taken up yet."""
        with self._wake:
            return len(self._waiting)

    def next_id(self) -> str:
        """Id of the next fact, `<boot>-<n>`."""
        self._ids += 1
        return f"{self.boot}-{self._ids}"

    def append(self, fact: Fact, *, durable: bool = False) -> None:
        """Add the fact; never raises for the disk's sake. Call it from one thread."""
        line = self._encoder.encode(fact) + b"\n"
        with self._wake:
            self._appended += 1
            entry = _Entry(fact.at, line, durable)
            if len(self._waiting) < self._max_waiting:
                self._waiting.append(entry)
            else:
                self.dropped += 1
                if durable:
                    self._waiting.popleft()
                    self._waiting.append(entry)
            self._wake.notify()
        if self._thread is None:
            self._write_waiting(sync=False)

    async def flushed(self) -> None:
        """Returns when everything appended so far is on the disk."""
        if self._thread is None:
            return
        with self._wake:
            if self._synced >= self._appended:
                return
            loop = asyncio.get_running_loop()
            done: asyncio.Future[None] = loop.create_future()
            self._flush_waiters.append((self._appended, loop, done))
            self._wake.notify()
        await done

    def close(self) -> None:
        """Write and sync what waits (one more try), then close the file."""
        with self._wake:
            self._closing = True
            self._wake.notify()
        if self._thread is not None:
            self._thread.join()
        if self._segment is not None:
            with contextlib.suppress(OSError):
                self._segment.sync()
            self._segment.close()
            self._segment = None

    def _run(self) -> None:
        while True:
            with self._wake:
                self._wake.wait_for(
                    lambda: self._waiting or self._flush_waiters or self._unwritten or self._closing,
                    timeout=max(0.0, self._sync_by_s - time.monotonic()) if self._unsynced else None,
                )
                closing = self._closing
            well = self._write_waiting(sync=True)
            if closing and not (well and self.waiting):
                return
            if not well:
                with self._wake:
                    self._wake.wait_for(lambda: self._closing, timeout=RETRY_S)

    @property
    def _unwritten(self) -> int:
        return len(self._unsynced) - self._written

    def _write_waiting(self, *, sync: bool) -> bool:
        """Write everything that waits; False when the disk refused: then all that is not synced goes to a new file."""
        with self._wake:
            if not self._unsynced:
                self._sync_by_s = time.monotonic() + SYNC_WITHIN_S
            while self._waiting and len(self._unsynced) < self._max_waiting:
                self._unsynced.append(self._waiting.popleft())
            taken = self._appended - len(self._waiting)
            wanted = self._closing or bool(self._flush_waiters)
        try:
            self._write_unsynced()
            if not sync:
                self._forget_synced(taken)
            elif (
                wanted
                or len(self._unsynced) > MAX_UNSYNCED
                or time.monotonic() >= self._sync_by_s
                or any(entry.durable for entry in self._unsynced)
            ):
                if self._segment is not None:
                    self._segment.sync()
                self._forget_synced(taken)
        except OSError as error:
            self._abandon_segment()
            self._alarm(f"流水写不进磁盘：{error.strerror}。通话照常，记录暂存在内存里，请立即检查磁盘。")
            return False
        self._alarm("")
        return True

    def _write_unsynced(self) -> None:
        while self._unwritten:
            first = self._unsynced[self._written]
            segment = self._segment_for(first)
            lines = [first.line]
            size = segment.size + len(first.line)
            for entry in self._unsynced[self._written + 1 :]:
                if entry.at[:10] != segment.day or size >= self._max_segment_bytes:
                    break
                lines.append(entry.line)
                size += len(entry.line)
            segment.write(b"".join(lines))
            self._written += len(lines)

    def _segment_for(self, entry: _Entry) -> Segment:
        segment = self._segment
        if segment is not None and segment.day == entry.at[:10] and segment.size < self._max_segment_bytes:
            return segment
        if segment is not None:
            segment.sync()
            segment.close()
            self._segment = None
            del self._unsynced[: self._written]
            self._written = 0
        self._segments += 1  # a name is never used again: readers remember how far they read it
        self._segment = Segment(self._folder, self.boot, self._segments, entry.at)
        return self._segment

    def _forget_synced(self, taken: int) -> None:
        """Every fact up to the `taken`th is on the disk, or was dropped."""
        self._unsynced.clear()
        self._written = 0
        with self._wake:
            self._synced = taken
            reached = [waiter for waiter in self._flush_waiters if waiter[0] <= self._synced]
            self._flush_waiters = [waiter for waiter in self._flush_waiters if waiter[0] > self._synced]
        for _, loop, done in reached:
            with contextlib.suppress(RuntimeError):  # the loop that waited is gone
                loop.call_soon_threadsafe(_resolve, done)

    def _abandon_segment(self) -> None:
        self._written = 0
        if self._segment is not None:
            with contextlib.suppress(OSError):
                self._segment.close()
            self._segment = None

    def _alarm(self, text: str) -> None:
        if bool(text) != self._alarmed:
            self._alarmed = bool(text)
            self._on_alarm(text)


def _resolve(done: asyncio.Future[None]) -> None:
    if not done.done():
        done.set_result(None)
