"""Our end of a sound card: frames at the bank's pace on this side, blocks at the card's on the other.

What: `SoundLink` starts the process that holds the card (`soundhost.py`), takes its blocks, gives it blocks.
How: both ways lie in a buffer of three frames between two clocks; a trimmed resampler (`drivers/dsp/trim.py`) follows
    the card's, so that neither runs empty. What is too late or too early for that is bridged: silence that fades in.
Limits: `read_frame` and `write_frame` never wait. Each way adds about 100 ms: for a headset or a loudspeaker.
"""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from drivers.base import FRAME_S, FRAME_SAMPLES, SAMPLE_RATE, CardAbsentError, CardBusyError, CardError, CardLostError
from drivers.dsp.trim import FillFollower, TrimmedResampler
from drivers.soundhost import COUNTERS, LARGEST_DATAGRAM

_HOST = Path(__file__).with_name("soundhost.py")
_OPENING_S = 8.0
_TARGET_S = 0.06
_MOST_S = 0.2
"""More than this in the buffer is dropped down to the target."""
_SILENT_FRAMES = 100
"""Nothing came from the card for so long (2 s): it is gone."""
_FADE = np.linspace(1.0, 0.0, 80, dtype=np.float32)
_BUSY_SIGNS = ("busy", "unavailable", "-9985")


class Hello(msgspec.Struct, frozen=True):
    """What the process found: PortAudio's name and the rates in Hz, 0 for a way that the card has not."""

    name: str
    rate_in: int
    rate_out: int


@dataclass(slots=True)
class LinkCounts:
    """What went wrong on the way, since the link was opened."""

    underruns_out: int = 0
    """The loudspeaker had nothing to play, or the card said so."""
    overruns_in: int = 0
    bridged: int = 0
    """Frames of the microphone that had not come in time."""
    dropped: int = 0
    """Times that what was too much in a buffer was left out."""
    untaken: int = 0
    """Blocks that we did not take in time."""


class SoundLink:
    """Open while it lives; `close` it."""

    def __init__(self, device: str) -> None:
        """Raises `CardAbsentError`, `CardBusyError`; takes up to seconds: not in the tick."""
        self.counts = LinkCounts()
        self._end, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - our own program
                [sys.executable, "-P", str(_HOST), str(theirs.fileno()), device],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        try:
            self.hello = self._greeting(device)
        except BaseException:
            self.close()
            raise
        self._end.setblocking(False)
        self._in = TrimmedResampler(self.hello.rate_in or SAMPLE_RATE, SAMPLE_RATE)
        self._out = TrimmedResampler(SAMPLE_RATE, self.hello.rate_out or SAMPLE_RATE)
        self._in_follower, self._out_follower = FillFollower(_TARGET_S), FillFollower(_TARGET_S)
        self._flows = False
        self._last = 0
        self._silent_frames = 0
        self._queued_s = _TARGET_S
        self._surplus_frames = 0
        """To be left out: after a stall everything came at once."""

    @property
    def drift_ppm(self) -> float:
        """By how much the card's clock is faster than ours, as far as it is known."""
        return self._in_follower.drift * 1e6

    def close(self) -> None:
        """End the process; safe to call twice."""
        self._end.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(1.0)
        self._process.kill()
        self._process.wait()

    def read_frame(self, row: NDArray[np.int16]) -> None:
        """The next frame of the microphone. Raises `CardLostError`."""
        self._take()
        if not self.hello.rate_in:
            row[:] = 0
            return
        fill_s = self._in.waiting / self.hello.rate_in
        if fill_s > _MOST_S:
            self._in.skip(round((fill_s - _TARGET_S) * self.hello.rate_in))
            self.counts.dropped += self._flows
            self._in_follower.clear()
            fill_s = _TARGET_S
        if not self._flows and fill_s >= _TARGET_S:
            self._in.skip(round((fill_s - _TARGET_S) * self.hello.rate_in))
            self._flows = True
        frame = self._in.pull(FRAME_SAMPLES, self._in_follower.trim(fill_s)) if self._flows else None
        if frame is None:
            self._bridge(row)
        else:
            row[:] = frame
            self._last = int(frame[-1])

    def write_frame(self, row: NDArray[np.int16]) -> None:
        """Send one frame to the loudspeaker. Raises `CardLostError`."""
        if not self.hello.rate_out:
            return
        if self._surplus_frames == 0 and self._queued_s > _MOST_S:
            self._surplus_frames = round((self._queued_s - _TARGET_S) / FRAME_S)
            self.counts.dropped += 1
            self._out_follower.clear()
        if self._surplus_frames:
            self._surplus_frames -= 1
            return
        self._out.push(row)
        samples = self._out.pull_all(self._out_follower.trim(self._queued_s))
        try:
            self._end.send(samples.tobytes())
        except BlockingIOError:
            self.counts.underruns_out += 1  # the process does not take; what it plays will have a gap
        except OSError as error:
            raise CardLostError(_LOST) from error

    def _bridge(self, row: NDArray[np.int16]) -> None:
        row[:] = 0
        row[: _FADE.size] = (_FADE * self._last).astype(np.int16)
        self._last = 0
        if self._flows:
            self.counts.bridged += 1
            self._flows = False
            self._in_follower.clear()

    def _take(self) -> None:
        """All that has come since the last frame. Raises `CardLostError`."""
        self._silent_frames += 1
        with contextlib.suppress(BlockingIOError):
            while True:
                try:
                    datagram = self._end.recv(LARGEST_DATAGRAM)
                except ConnectionError as error:
                    raise CardLostError(_LOST) from error
                if datagram[:1] != b"A":
                    raise CardLostError(_LOST)
                queued, underruns, overruns, untaken = COUNTERS.unpack_from(datagram, 1)
                self.counts.underruns_out, self.counts.overruns_in = underruns, overruns
                self.counts.untaken = untaken
                if self.hello.rate_out:
                    self._queued_s = queued / self.hello.rate_out
                self._in.push(np.frombuffer(datagram, "<i2", offset=1 + COUNTERS.size))
                self._silent_frames = 0
        if self._silent_frames > _SILENT_FRAMES:
            raise CardLostError("声卡没有声音数据了：请检查插头，或换一个 USB 口。几秒后自动重试。")

    def _greeting(self, device: str) -> Hello:
        self._end.settimeout(_OPENING_S)
        try:
            greeting = self._end.recv(LARGEST_DATAGRAM)
        except OSError as error:
            raise CardAbsentError(_absent(device, "打开时没有应答")) from error
        if greeting[:1] == b"H":
            return msgspec.json.decode(greeting[1:], type=Hello)
        why = greeting[1:].decode(errors="replace") or "声音程序没有起来"
        raise _refusal(device, why)


_LOST = "声卡已断开：请重新插好，几秒后自动恢复。"


def _refusal(device: str, why: str) -> CardError:
    if any(sign in why.lower() for sign in _BUSY_SIGNS):
        return CardBusyError(_absent(device, "正被其他程序使用"))
    return CardAbsentError(_absent(device, why))


def _absent(device: str, why: str) -> str:
    which = f"声卡“{device}”" if device else "默认声卡"
    return f"{which}不能使用（{why}）：请检查是否插好，或修改设置 cards.device。"
