"""One recording: the ring that the tick fills, and the file that the writer makes of it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from appliance.media.chainfile import ChainFile
from appliance.media.events import RecordingToken
from appliance.media.ledger import Gap
from appliance.media.wav import HEADER_BYTES, SAMPLE_BYTES, wav_header
from drivers.base import FRAME_S, FRAME_SAMPLES, Frames
from drivers.dsp.level import power_of
from drivers.hangup import QUIET_DBM0

RING_S = 20.0
"""How long a disk may stall before a recording is given up."""
_RING_FRAMES = round(RING_S / FRAME_S)
_SYNC_FRAMES = round(1.0 / FRAME_S)
_QUIET_POWER = power_of(QUIET_DBM0)
_VOICE_ABOVE_FLOOR = 10 ** (6.0 / 10)
"""A voice stands out from the line's own hum and noise by so much (power)."""
_FLOOR_PERCENTILE = 10
_SYLLABLE_FRAMES = 3
"""Shorter sounds are clicks."""


class RecordingRing:
    """Frames on their way from the tick thread to the writer: one writer, one reader, no lock.

    The tick only ever raises `written` (after the samples are in), the writer only `taken` (after they are out).
    """

    def __init__(
        self, token: RecordingToken, path: Path, sources: Sequence[tuple[int, ...]], *, chained_at: str = ""
    ) -> None:
        """`sources`: for each channel (customer, seat; only the customer for a voicemail) the rows that speak on it.

        `chained_at`: wall time at which it begins, for the ledger; empty: it has no hash chain.
        """
        self.token = token
        self.path = path
        self.chained_at = chained_at
        self.sources = list(sources)
        self.samples = np.zeros((_RING_FRAMES, FRAME_SAMPLES, len(sources)), dtype="<i2")
        self.written = 0
        self.taken = 0
        self.overrun = False
        """The disk stalled for longer than the ring holds; set by the tick."""
        self.ended = False
        """No more frames will come; set by the tick after the last one."""
        self.paused = False
        """Frames are passed over; set by the tick."""
        self.pauses: list[list[int]] = []
        """Frames before and frames of each pause; the last grows while it lasts."""
        self.given_up = False
        """The writer takes no more; the tick lets go of the ring."""
        self.trim_tail_s = 0.0

    def pause(self, on: bool) -> None:
        """Tick thread: keep nothing from this frame on, or go on."""
        if on and not self.paused:
            self.pauses.append([self.written, 0])
        self.paused = on

    def fill(self, samples: NDArray[np.int16]) -> None:
        """Instead of `tap`: this sound, whole frames of one channel, is all there is."""
        frames = samples.reshape(-1, FRAME_SAMPLES)[-_RING_FRAMES:]
        self.samples[: len(frames), :, 0] = frames
        self.written = len(frames)
        self.ended = True

    def tap(self, rx: Frames) -> None:
        """Tick thread: keep this frame, unless paused."""
        if self.paused:
            self.pauses[-1][1] += 1
            return
        written = self.written
        if written - self.taken >= _RING_FRAMES:
            self.overrun = self.ended = True
            return
        frame = self.samples[written % _RING_FRAMES]
        for channel, rows in enumerate(self.sources):
            if len(rows) == 1:
                frame[:, channel] = rx[rows[0]]
            else:  # nobody (on hold), or several in a conference
                frame[:, channel] = np.clip(rx[list(rows)].sum(axis=0, dtype=np.int32), -32768, 32767)
        self.written = written + 1

    def waiting(self) -> NDArray[np.int16]:
        """Writer: the next frames to write, as far as they lie in one piece; `taken` is to be raised by their count."""
        begin = self.taken % _RING_FRAMES
        piece: NDArray[np.int16] = self.samples[begin : begin + self.written - self.taken]
        return piece


class RecordingFile:
    """The WAV file of a ring. Every method may raise `OSError`; then only `close` is left to do."""

    def __init__(self, ring: RecordingRing, *, durable: bool) -> None:
        """Make the file (and its folder) with an empty, valid header; `durable`: it outlives a power cut."""
        self.ring = ring
        self.chain: ChainFile | None = None
        self._pauses_told = 0
        self._durable = durable
        self._channels = len(ring.sources)
        self._frames = 0
        self._frames_unsynced = 0
        self._powers: list[NDArray[np.float32]] = []
        ring.path.parent.mkdir(parents=True, exist_ok=True)
        self._fd = os.open(ring.path, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o640)
        try:
            self._write_at(0, wav_header(self._channels, 0))
            if durable:
                _sync_folder(ring.path.parent)
        except OSError:
            self.close()
            raise

    def chain_to(self, before: str) -> None:
        """Chain its sound to this link of the ledger; before the first `drain`."""
        self.chain = ChainFile(self.ring.path, before, self._channels)

    @property
    def length_s(self) -> float:
        """What the file plays."""
        return self._frames * FRAME_S

    @property
    def channels(self) -> int:
        return self._channels

    def drain(self) -> None:
        """Write all that waits in the ring, then the header that tells of it; about every second, to the platter."""
        ring = self.ring
        drained = 0
        while (piece := ring.waiting()).shape[0]:
            sound = piece.data.cast("B")
            self._write_at(HEADER_BYTES + self._bytes(self._frames), sound)
            if self.chain is not None:
                self.chain.take(sound)
            if self._channels == 1:
                wide = piece[:, :, 0].astype(np.float32)
                self._powers.append(np.einsum("fs,fs->f", wide, wide) / np.float32(FRAME_SAMPLES))
            self._frames += piece.shape[0]
            drained += piece.shape[0]
            ring.taken += piece.shape[0]
        if drained:
            self._write_at(0, wav_header(self._channels, self._bytes(self._frames)))
        if self.chain is not None:
            self._tell_pauses(self.chain)
        self._frames_unsynced += drained
        if self._durable and self._frames_unsynced >= _SYNC_FRAMES:
            os.fdatasync(self._fd)
            self._frames_unsynced = 0

    def finish(self) -> None:
        """Cut the tail off as asked, and make it durable. A file without sound is removed."""
        trim_frames = round(self.ring.trim_tail_s / FRAME_S)
        if trim_frames:
            self._frames = max(0, self._frames - trim_frames)
            self._write_at(0, wav_header(self._channels, self._bytes(self._frames)))
            os.ftruncate(self._fd, HEADER_BYTES + self._bytes(self._frames))
        if self._frames == 0:
            self.ring.path.unlink(missing_ok=True)
        elif self._durable:
            os.fsync(self._fd)

    def cut(self) -> None:
        """After an error: keep what is known to be written, and nothing of the piece that was refused."""
        os.ftruncate(self._fd, HEADER_BYTES + self._bytes(self._frames))

    def close(self) -> None:
        """Let go of the file; safe to call twice."""
        if self.chain is not None:
            self.chain.close()
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def voice_s(self) -> float:
        """How much of what is kept is somebody's voice: louder than a quiet line, than its hum, than a click is long.

        Mono only.
        """
        if not self._powers:
            return 0.0
        powers = np.concatenate(self._powers)[: self._frames]
        if not len(powers):
            return 0.0
        floor = float(np.percentile(powers, _FLOOR_PERCENTILE))
        loud = powers > max(_QUIET_POWER, floor * _VOICE_ABOVE_FLOOR)
        changes = np.flatnonzero(np.diff(loud, prepend=False, append=False))
        runs = changes[1::2] - changes[::2]
        return float(runs[runs >= _SYLLABLE_FRAMES].sum() * FRAME_S)

    def _tell_pauses(self, chain: ChainFile) -> None:
        """Pauses that are over go to the chain; one after which nothing comes is the end of the recording."""
        pauses = self.ring.pauses
        while self._pauses_told < len(pauses) and (self._pauses_told + 1 < len(pauses) or not self.ring.paused):
            at, length = pauses[self._pauses_told]
            if length and at < self._frames:
                chain.pause_over(Gap(round(at * FRAME_S, 2), round(length * FRAME_S, 2)))
            elif length:
                break
            self._pauses_told += 1

    def _bytes(self, frames: int) -> int:
        return frames * FRAME_SAMPLES * self._channels * SAMPLE_BYTES

    def _write_at(self, offset: int, content: bytes | memoryview) -> None:
        while content:
            count = os.pwrite(self._fd, content, offset)
            content = content[count:]
            offset += count


def _sync_folder(folder: Path) -> None:
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
