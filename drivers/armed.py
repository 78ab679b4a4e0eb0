"""A detector of all ports that hears only the armed ones, and costs nothing while none is armed."""

from __future__ import annotations

from typing import Generic, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from drivers.base import FRAME_SAMPLES, Frames

EventT = TypeVar("EventT")


class Detector(Protocol[EventT]):
    """What everything in `drivers/dsp` that listens looks like."""

    def step(self, frames: Frames, armed: NDArray[np.bool_]) -> list[EventT]:
        """Take one frame of every port; only armed ones are heard."""
        ...

    def reset(self, port: int) -> None:
        """Forget what `port` has heard."""
        ...


class ArmedDetector(Generic[EventT]):
    """One detector, its armed rows, and the way from its sample count to the bank's frame numbers."""

    def __init__(self, detector: Detector[EventT], ports: int) -> None:
        self._detector = detector
        self._armed = np.zeros(ports, dtype=np.bool_)
        self._any = False
        self._given = 0
        self._lag = 0

    def set_armed(self, row: int, armed: bool) -> None:
        """Listen to `row` or not; a row that was not armed starts afresh."""
        if armed and not self._armed[row]:
            self._detector.reset(row)
        self._armed[row] = armed
        self._any = bool(self._armed.any())

    @property
    def listening(self) -> bool:
        """Whether any row is armed."""
        return self._any

    def step(self, rx: Frames, at_frame: int) -> list[EventT]:
        """What the armed rows of frame `at_frame` told."""
        if not self._any:
            return []
        self._lag = at_frame - self._given
        self._given += 1
        return self._detector.step(rx, self._armed)

    def frame_of(self, sample: int) -> int:
        """The bank's frame that holds the detector's `sample`; valid since the row was armed."""
        return sample // FRAME_SAMPLES + self._lag
