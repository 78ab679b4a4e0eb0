"""Frame by frame along the monotonic clock, for cards without a clock of their own."""

from __future__ import annotations

import time

from drivers.base import FRAME_S

_LARGEST_LAG_S = 1.0
"""After a longer stop (a suspended laptop) time starts anew instead of being caught up."""


class FramePace:
    """Deadlines 20 ms apart: a late frame is caught up, nothing drifts."""

    def __init__(self) -> None:
        self._deadline_s: float | None = None

    def restart(self) -> None:
        """The next frame begins now."""
        self._deadline_s = None

    def wait(self) -> None:
        """Sleep until the next frame is due."""
        now_s = time.monotonic()
        if self._deadline_s is None or not -FRAME_S <= now_s - self._deadline_s <= _LARGEST_LAG_S:
            self._deadline_s = now_s
        self._deadline_s += FRAME_S
        time.sleep(max(0.0, self._deadline_s - now_s))
