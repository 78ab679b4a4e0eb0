"""Feed samples to a one-port detector frame by frame."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def heard_by(detector: Any, samples: NDArray[np.int16]) -> list[tuple[float, Any]]:
    """Every event with the second in which it was reported."""
    armed = np.ones(1, dtype=np.bool_)
    frames = samples[: samples.size // 160 * 160].reshape(-1, 1, 160)
    return [((index + 1) * 0.02, event) for index, frame in enumerate(frames) for event in detector.step(frame, armed)]
