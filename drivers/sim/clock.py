"""The one count of time inside the simulated card."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class FrameClock:
    """`frame` is the 20 ms frame that the next (or the running) `read` returns."""

    frame: int = 0
