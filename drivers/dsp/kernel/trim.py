"""Typed door to `trim.c`: weighed sums at places between samples."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from drivers.dsp.kernel._hotlinebox_dsp import ffi, lib

TRIM_PHASES: int = lib.TRIM_PHASES


class TrimTable:
    """Rows of weights for the fractions 0/512 … 512/512 of a sample."""

    def __init__(self, rows: NDArray[np.float32]) -> None:
        """`rows`: shape `[TRIM_PHASES + 1, 2 * reach]`, contiguous."""
        self._reach = rows.shape[1] // 2
        self._rows = ffi.from_buffer("float[]", rows)

    def outputs(self, kept: NDArray[np.float32], position: float, step: float, count: int) -> NDArray[np.int16]:
        """`count` sums around the places `position`, `position + step` …; `kept` has `reach` samples on either side."""
        made = np.empty(count, np.int16)
        kept_samples, out = ffi.from_buffer("float[]", kept), ffi.from_buffer("int16_t[]", made)
        lib.trim_outputs(kept_samples, self._rows, self._reach, position, step, out, count)
        return made
