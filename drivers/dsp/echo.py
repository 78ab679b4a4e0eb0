"""Line echo canceller for all ports at once: takes what we send out of what comes back.

What: `EchoCanceller.step` takes one frame of every port in both directions and gives the received frames without the
    echo of the hybrid. What the near end says passes unchanged: no non-linear suppression, no comfort noise.
How: per port a 32 ms filter behind the card's own delay. A shadow filter adapts (proportionate NLMS on signals whitened
    by a predictor of the far end, step size by how much echo is left); the filter that cancels takes over its weights
    only after they have been better for three frames. Adaptation stops while the line is louder than any echo can be.
Limits: in the manner of G.168: on real voices 24 dB within 3 s and 25 dB or more after it (over 30 dB on a composite
    source), no divergence in double talk, over dispersive hybrids of 7 and 10 dB return loss with A-law both ways. Echo
    beyond delay + 32 ms is not cancelled; clipping in the line is not modelled.
Cost: about 12 µs a frame and port while we send something, almost nothing while we are silent (`bench/echo.py`).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from drivers.dsp.kernel.echo import EchoFilters


class EchoCanceller:
    """Cancels on `ports` ports."""

    def __init__(self, ports: int, delay_samples: int = 0) -> None:
        """`delay_samples`: from a sample sent to the earliest echo of it in the same numbering; the card's own delay.

        Raises `ValueError` for less than 0 or more than 800 samples.
        """
        self._filters = EchoFilters(ports, delay_samples)

    def step(self, received: NDArray[np.int16], sent: NDArray[np.int16], armed: NDArray[np.bool_]) -> NDArray[np.int16]:
        """New frames `[port, 160]`: `received` without the echo of `sent`; ports that are not armed pass unchanged."""
        cleaned = np.empty_like(received)
        self._filters.step(np.ascontiguousarray(received), np.ascontiguousarray(sent), armed, cleaned)
        return cleaned

    def reset(self, port: int) -> None:
        """Forget the echo path of `port`."""
        self._filters.reset(port)
