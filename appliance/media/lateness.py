"""How late ticks begin and how long their work takes: a histogram per report window."""

from __future__ import annotations

from drivers.base import FRAME_S

_BIN_S = 0.0001
_BINS = 1000
_LEAK = 0.001
"""Share of each delay by which the expected instants give way: follows a clock off by 50 ppm, forgives no late tick."""


class Histogram:
    """Times in bins of 0.1 ms up to 100 ms; longer ones count as the last bin, but the maximum is exact."""

    def __init__(self) -> None:
        self._counts = [0] * _BINS
        self._total = 0
        self.max_s = 0.0

    def add(self, time_s: float) -> None:
        self._counts[min(int(time_s / _BIN_S), _BINS - 1)] += 1
        self._total += 1
        self.max_s = max(self.max_s, time_s)

    def percentile_s(self, share: float) -> float:
        """The time that `share` (0…1) of all stayed within, to the upper edge of its bin; 0 when there are none."""
        wanted = share * self._total
        seen = 0
        for index, count in enumerate(self._counts):
            seen += count
            if count and seen >= wanted:
                return min((index + 1) * _BIN_S, self.max_s)
        return 0.0


class Punctuality:
    """Lateness of ticks against their own clock.

    The card is the clock, and nobody knows its rate exactly: the instants expected are 20 ms apart and pulled towards
    the earliest arrivals, so that a late tick is late by what it is later than its punctual neighbours.
    """

    def __init__(self) -> None:
        self._late = Histogram()
        self._work = Histogram()
        self._expected_s: float | None = None
        self.overruns = 0
        """Ticks whose work did not fit into a frame, since the start."""

    def began(self, at_s: float) -> None:
        """A tick begins at `at_s` of a monotonic clock."""
        expected_s = at_s if self._expected_s is None else self._expected_s + FRAME_S
        late_s = max(0.0, at_s - expected_s)
        self._expected_s = min(at_s, expected_s) + late_s * _LEAK
        self._late.add(late_s)

    def worked(self, work_s: float) -> None:
        """The tick's own work took `work_s`."""
        self._work.add(work_s)
        self.overruns += work_s > FRAME_S

    def take_window(self) -> tuple[Histogram, Histogram]:
        """Lateness and work since the last call; a tick that is just being counted may fall between two windows."""
        window = (self._late, self._work)
        self._late, self._work = Histogram(), Histogram()
        return window
