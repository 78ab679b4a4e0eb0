"""Sound on its way to the modem: frames wait here until the modem takes sound."""

from __future__ import annotations

import math
from collections import deque

import numpy as np

from drivers.base import FRAME_S, FRAME_SAMPLES
from drivers.modem.coding import Coding, encode

LEAD_FRAMES = 5
"""Silence ahead of the sound: what the modem plays from when we are late."""
_LONGEST_WAIT_FRAMES = 50
"""A modem that takes sound more slowly than it comes, or none yet: the oldest frames are dropped."""


class OutgoingSound:
    """One frame every 20 ms goes in; what waits comes out while sound flows."""

    def __init__(self) -> None:
        self.flows = False
        """The modem takes sound."""
        self.quiet_s = math.inf
        """Since the last frame that could be heard."""
        self.stuck_s = 0.0
        """How much has been lost because the modem, which should take sound, did not."""
        self._frames: deque[bytes] = deque()
        self._lead = 0

    def begin(self) -> None:
        """The modem takes sound from now on: a lead of silence, then what waited."""
        self.flows, self._lead, self.stuck_s = True, LEAD_FRAMES, 0.0

    def hold(self) -> None:
        """The modem takes no sound for now; what can be heard waits, silence does not."""
        self.flows = False
        self._frames.clear()

    def clear(self) -> None:
        """The line is on hook: nothing of it will be played."""
        self.hold()
        self.quiet_s = math.inf

    def add(self, frame: bytes, *, audible: bool) -> None:
        """20 ms of sound in the modem's coding."""
        self.quiet_s = 0.0 if audible else self.quiet_s + FRAME_S
        if not (audible or self.flows or self._frames):
            return
        self._frames.append(frame)
        if len(self._frames) > _LONGEST_WAIT_FRAMES:
            self._frames.popleft()
            if self.flows:
                self.stuck_s += FRAME_S

    def ran_dry(self) -> None:
        """The modem had nothing to play: a little lead again."""
        self._lead = max(self._lead, LEAD_FRAMES // 2)

    def take(self, coding: Coding) -> bytes:
        """Everything that waits, not shielded."""
        silence = encode(np.zeros(FRAME_SAMPLES * self._lead, np.int16), coding)
        octets = silence + b"".join(self._frames)
        self._lead, self.stuck_s = 0, 0.0
        self._frames.clear()
        return octets
