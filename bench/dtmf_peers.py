"""The DTMF detectors we measure ourselves against, where the machine has them: libspandsp and multimon-ng."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from ctypes.util import find_library

import numpy as np
from cffi import FFI
from numpy.typing import NDArray
from scipy.signal import resample_poly

Detector = Callable[[NDArray[np.int16]], list[str]]

_DECLARATIONS = """
    void *dtmf_rx_init(void *s, void *callback, void *user);
    void dtmf_rx_parms(void *s, int filter_dialtone, int twist, int reverse_twist, int threshold);
    int dtmf_rx(void *s, const int16_t *amp, int samples);
    size_t dtmf_rx_get(void *s, char *digits, int max);
    int dtmf_rx_free(void *s);
"""


def spandsp(twist_db: int | None = None) -> Detector | None:
    """libspandsp's detector with its own limits, or with `twist_db` both ways; None where it is not installed."""
    name = find_library("spandsp")
    if name is None:
        return None
    ffi = FFI()
    ffi.cdef(_DECLARATIONS)
    lib = ffi.dlopen(name)

    def detect(audio: NDArray[np.int16]) -> list[str]:
        found = []
        digits = ffi.new("char[]", 4096)
        for row in audio:
            state = lib.dtmf_rx_init(ffi.NULL, ffi.NULL, ffi.NULL)
            if twist_db is not None:
                lib.dtmf_rx_parms(state, 0, twist_db, twist_db, -99)
            heard = ""
            for begin in range(0, row.size, 16000):
                part = row[begin : begin + 16000]
                lib.dtmf_rx(state, ffi.from_buffer("int16_t[]", part), part.size)
                heard += ffi.buffer(digits, lib.dtmf_rx_get(state, digits, 4095))[:].decode("ascii")
            lib.dtmf_rx_free(state)
            found.append(heard)
        return found

    return detect


def multimon() -> Detector | None:
    """multimon-ng, one process a recording; None where it is not installed."""
    path = shutil.which("multimon-ng")
    if path is None:
        return None

    def detect(audio: NDArray[np.int16]) -> list[str]:
        found = []
        for row in audio:
            wide = np.clip(resample_poly(row.astype(np.float64), 441, 160), -32767, 32767).astype(np.int16)
            said = subprocess.run(
                [path, "-q", "-a", "DTMF", "-t", "raw", "-"], input=wide.tobytes(), capture_output=True, check=True
            ).stdout.decode("ascii", "replace")
            found.append("".join(line.split()[-1] for line in said.splitlines() if line.startswith("DTMF:")))
        return found

    return detect
