"""What every outside line sounds like, all the time: its level, noise, hum and clicks, and its last seconds.

What: `LineWatch.step` takes each frame of a bank's rows; `findings` says what a line is like; `last_heard` gives what
    was on it just now, so that the tone which ended a call can be learnt from.
How: the last 6 s of all rows are kept; each full second is measured by two `LineCheck`s, one line a frame. Off hook it
    is the line with the exchange behind it, echo cancelled; on hook only a card that gives on-hook sound tells anything
    (a second with a frame of zeros does not count, nor one with ringing voltage). Hum and noise are read on hook where
    possible, because nobody talks there. A second in which the line went off or on hook is left out.
Limits: phones are not watched. See `drivers/dsp/linecheck.py` for what each number means.
Cost: measured with 8 rows of which 4 are lines: 1 µs a frame while all is quiet, 9 µs
    with somebody talking on every line.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from drivers.base import FRAME_S, FRAME_SAMPLES, Frames, PortKind
from drivers.dsp.linecheck import SECOND_FRAMES, LineCheck, LineFindings

TAIL_S = 6.0
"""So much of the past is kept: 5 s as evidence of how a call ended, and time to ask for them. Three whole cycles of
congestion tone are 4.2 s at most, of busy tone 2.1 s."""
EVIDENCE_S = 5.0
_TAIL_FRAMES = round(TAIL_S / FRAME_S)
_ENOUGH_ON_HOOK_S = 5.0
"""So many quiet seconds on hook, and they are believed before those of calls."""


class LineWatch:
    """Watches the FXO rows among `kinds`."""

    def __init__(self, kinds: Sequence[PortKind]) -> None:
        self._lines = tuple(row for row, kind in enumerate(kinds) if kind is PortKind.FXO)
        self._off_hook = [False] * len(kinds)
        self._ringing = [False] * len(kinds)
        self._measured = [True] * len(kinds)
        self._since = [0] * len(kinds)
        """Frame since which a row is as it is."""
        self._call = [(0, 0)] * len(kinds)
        """First and last frame of the last call on a row."""
        self._talking = [LineCheck() for _ in kinds]
        self._idle = [LineCheck() for _ in kinds]
        self._tail = np.zeros((len(kinds), _TAIL_FRAMES, FRAME_SAMPLES), np.int16)
        self._at = 0
        self._frame = 0
        self._due: list[int] = []
        self._second = slice(0, 0)
        self._found: list[LineFindings | None] = [None] * len(kinds)

    def step(self, rx: Frames) -> None:
        """Take the frame just read, shape `[row, 160]`."""
        self._tail[:, self._at] = rx
        self._frame += 1
        self._at = self._frame % _TAIL_FRAMES
        if self._frame % SECOND_FRAMES == 0:
            end = self._at or _TAIL_FRAMES
            self._second = slice(end - SECOND_FRAMES, end)
            began = self._frame - SECOND_FRAMES
            self._due = [row for row in self._lines if self._since[row] <= began and self._to_measure(row)]
        elif self._due:
            self._measure(self._due.pop())

    def off_hook(self, row: int) -> None:
        """A call begins on this row."""
        self._off_hook[row], self._since[row] = True, self._frame

    def on_hook(self, row: int) -> None:
        """The call is over."""
        if self._off_hook[row]:
            self._call[row] = (self._since[row], self._frame)
        self._off_hook[row], self._since[row] = False, self._frame

    def ringing(self, row: int, on: bool) -> None:
        """Ringing voltage came on or went off."""
        self._ringing[row], self._since[row] = on, self._frame

    def measure(self, row: int, on: bool) -> None:
        """Measure this row from now on, or not: what a line test does on a line says nothing of its calls."""
        self._measured[row], self._since[row] = on, self._frame

    def findings(self, row: int) -> LineFindings | None:
        """What was measured in the last minute of calls, and on hook if the card lets us hear that; from any thread."""
        return self._found[row]

    def last_heard(self, row: int, frames: int) -> NDArray[np.int16]:
        """A copy of the last `frames` frames of an off-hook row, or as many as there are, as one stretch."""
        there = max(0, min(frames, _TAIL_FRAMES, self._frame - self._since[row]))
        at = np.arange(self._frame - there, self._frame) % _TAIL_FRAMES
        heard: NDArray[np.int16] = self._tail[row, at].reshape(-1)
        return heard

    def heard_of_call(self, row: int) -> NDArray[np.int16]:
        """A copy of the last 5 s, or less, of the call on a row: to now if it runs, else to where it ended.

        Empty when that is longer ago than what is kept.
        """
        begin, end = (self._since[row], self._frame) if self._off_hook[row] else self._call[row]
        begin = max(begin, end - round(EVIDENCE_S / FRAME_S), self._frame - _TAIL_FRAMES)
        heard: NDArray[np.int16] = self._tail[row, np.arange(begin, max(begin, end)) % _TAIL_FRAMES].reshape(-1)
        return heard

    def _to_measure(self, row: int) -> bool:
        return self._measured[row] and not self._ringing[row]

    def _measure(self, row: int) -> None:
        second = self._tail[row, self._second]
        if self._off_hook[row]:
            self._talking[row].take(second)
        elif second[0].any() and second.any(axis=1).all():
            self._idle[row].take(second)
        else:
            return
        talking, idle = self._talking[row].findings, self._idle[row].findings
        if talking and idle and idle.listened_s >= _ENOUGH_ON_HOOK_S:
            self._found[row] = replace(talking, noise_dbm0=idle.noise_dbm0, hum_dbm0=idle.hum_dbm0)
        else:
            self._found[row] = talking or idle
