"""Recordings: a tap in the tick, files beside it.

What: `Recorder` starts and ends recordings and voicemails and taps every tick into their rings; `drain` writes the
    rings to stereo (or mono) WAV files; `finished` gives what is closed. With a ledger each recording gets a hash
    chain while it is written (`soundchain.py`, `ledger.py`).
How: `start`, `stop`, `tap` and `finished` belong to the tick thread and do no I/O. `drain` belongs to the writer thread
    (every `DRAIN_S`), or runs inline in virtual time. What passes between the two are single assignments and deques.
Limits: a file holds everything up to the last drain at any instant of a crash (`wav.py`), and up to about a second ago
    after a power cut. A full or broken disk ends the recording with a reason, never the call. Below the disk reserve
    none is begun.
Cost: 1 µs a tick and stereo recording, draining included where it runs inline (`bench/media.py`).
"""

from __future__ import annotations

import errno
import os
import threading
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from appliance.media.chainfile import chain_path
from appliance.media.events import RecordingFinished, RecordingToken
from appliance.media.ledger import Began, Dropped, Ended, Ledger
from appliance.media.priority import LOWEST, take_priority
from appliance.media.recordingfile import RING_S, RecordingFile, RecordingRing
from appliance.telephony.call import NoRecordingReason
from drivers.base import Frames

DRAIN_S = 0.2
_DISK_ERRORS = frozenset((errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.ENODEV))


class DiskReserveError(OSError):
    """Less free space than the settings reserve."""


class Recorder:
    """All recordings that are running or being closed."""

    def __init__(self, *, disk_reserve_mb: int, durable: bool, ledger: Ledger | None = None) -> None:
        """Begin none below `disk_reserve_mb` of free space; `durable`: `fsync` about every second and at the end."""
        self.disk_reserve_mb = disk_reserve_mb
        self._durable = durable
        self._ledger = ledger
        self._dropped: deque[tuple[RecordingToken, Path]] = deque()
        self._rings: list[RecordingRing] = []
        self._begun: deque[RecordingRing] = deque()
        self._files: list[RecordingFile] = []
        self._finished: deque[RecordingFinished] = deque()

    def start(self, ring: RecordingRing) -> None:
        """Tick: record into `ring` from this tick on."""
        self._rings.append(ring)
        self._begun.append(ring)

    def stop(self, token: RecordingToken, trim_tail_s: float) -> None:
        """Tick: end the recording; nothing happens when it ended by itself."""
        for ring in self._rings:
            if ring.token == token:
                ring.trim_tail_s = trim_tail_s
                ring.ended = True
        self._rings = [ring for ring in self._rings if not ring.ended]

    def follow(self, token: RecordingToken, rows: tuple[int, ...]) -> None:
        """Tick: from this tick on the seat's channel hears these rows."""
        for ring in self._rings:
            if ring.token == token:
                ring.sources[-1] = rows

    def pause(self, token: RecordingToken, on: bool) -> None:
        """Tick: keep nothing from this tick on, or go on where it stopped."""
        for ring in self._rings:
            if ring.token == token:
                ring.pause(on)

    def keep(self, ring: RecordingRing, samples: NDArray[np.int16]) -> None:
        """Tick: make a file of sound that was already heard."""
        ring.fill(samples)
        self._begun.append(ring)

    def drop(self, token: RecordingToken, path: Path) -> None:
        """Any thread: throw a finished recording away; told as finished with this token when it is gone."""
        self._dropped.append((token, path))

    def stop_all(self) -> None:
        """Tick: end every recording."""
        for ring in self._rings:
            ring.ended = True
        self._rings = []

    def tap(self, rx: Frames) -> None:
        """Tick: keep this frame in every recording."""
        lost = False
        for ring in self._rings:
            ring.tap(rx)
            lost |= ring.ended or ring.given_up
        if lost:
            self._rings = [ring for ring in self._rings if not (ring.ended or ring.given_up)]

    def finished(self) -> Iterable[RecordingFinished]:
        """Tick: what was closed since the last call."""
        if not self._finished:
            return ()
        return [self._finished.popleft() for _ in range(len(self._finished))]

    def drain(self) -> None:
        """Writer: open what was begun, write what came in, close what ended."""
        while self._begun:
            self._open(self._begun.popleft())
        for file in list(self._files):
            ended = file.ring.ended
            try:
                file.drain()
                if ended:
                    file.finish()
            except OSError as error:
                self._give_up(file, error)
                continue
            if ended:
                self._close(file)
        while self._dropped:
            self._throw_away(*self._dropped.popleft())
        if self._ledger is not None:
            self._ledger.save()

    def _open(self, ring: RecordingRing) -> None:
        try:
            self._check_reserve(ring.path)
            file = RecordingFile(ring, durable=self._durable)
            if self._ledger is not None and ring.chained_at:
                began = Began(path=self._ledger.relative(ring.path), at=ring.chained_at, channels=file.channels)
                file.chain_to(self._ledger.append(began))
            self._files.append(file)
        except OSError as error:
            ring.given_up = True
            reason, text = _reason_of(error)
            self._finished.append(RecordingFinished(ring.token, ring.path, 0.0, reason=reason, text=text))

    def _check_reserve(self, path: Path) -> None:
        if not self.disk_reserve_mb:
            return
        folder = next(parent for parent in path.absolute().parents if parent.is_dir())
        space = os.statvfs(folder)
        if space.f_bavail * space.f_frsize < self.disk_reserve_mb << 20:
            raise DiskReserveError(f"less than {self.disk_reserve_mb} MB free in {folder}")

    def _close(self, file: RecordingFile) -> None:
        ring = file.ring
        reason, text = (NoRecordingReason.DISK, f"the disk stalled for {RING_S:g} s") if ring.overrun else (None, "")
        self._say_finished(file, reason, text)

    def _give_up(self, file: RecordingFile, error: OSError) -> None:
        file.ring.given_up = True
        with suppress(OSError):
            file.cut()
        self._say_finished(file, *_reason_of(error))

    def _say_finished(self, file: RecordingFile, reason: NoRecordingReason | None, text: str) -> None:
        file.close()
        self._files.remove(file)
        ring, sha256, head = file.ring, "", ""
        if self._ledger is not None and file.chain is not None:
            sound = file.chain.sound
            sha256, head = sound.sha256, sound.head
            gaps = tuple(file.chain.gaps)
            path = self._ledger.relative(ring.path)
            self._ledger.append(Ended(path=path, bytes=sound.bytes, head=head, sha256=sha256, gaps=gaps))
        self._finished.append(
            RecordingFinished(
                ring.token, ring.path, file.length_s, file.voice_s(), sha256, head, reason=reason, text=text
            )
        )

    def _throw_away(self, token: RecordingToken, path: Path) -> None:
        with suppress(OSError):
            path.unlink(missing_ok=True)
            chain_path(path).unlink(missing_ok=True)
        if self._ledger is not None:
            self._ledger.append(Dropped(path=self._ledger.relative(path)))
        self._finished.append(RecordingFinished(token, path, 0.0))


def _reason_of(error: OSError) -> tuple[NoRecordingReason, str]:
    full = isinstance(error, DiskReserveError) or error.errno in _DISK_ERRORS
    return (NoRecordingReason.DISK if full else NoRecordingReason.FAILED), str(error)


class WriterThread:
    """Drains a recorder every `DRAIN_S` until closed."""

    def __init__(self, recorder: Recorder, on_failure: Callable[[BaseException], None], *, realtime: bool) -> None:
        """`on_failure` is called in the thread if draining itself breaks (a bug: disk errors are not).

        `realtime`: runs at the lowest real-time priority (`priority.py`).
        """
        self._recorder = recorder
        self._on_failure = on_failure
        self._realtime = realtime
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="recordings", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """Drain a last time and end; safe to call twice."""
        self._closing.set()
        self._thread.join()

    def _run(self) -> None:
        if self._realtime:
            take_priority(LOWEST)
        try:
            while not self._closing.wait(DRAIN_S):
                self._recorder.drain()
            self._recorder.drain()
        except Exception as error:  # noqa: BLE001 - handed on: the process ends with it
            self._on_failure(error)
