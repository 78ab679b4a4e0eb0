"""What a process holds of the memory."""

from __future__ import annotations

import os
from pathlib import Path


def resident_mb() -> float:
    """Memory that this process holds now, in 10⁶ bytes; `getrusage` knows only the most it ever held."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return round(pages * os.sysconf("SC_PAGE_SIZE") / 1e6, 1)
