"""Where the socket is: a path of any length, although the kernel takes only 107 bytes of it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_LONGEST = 100


@contextmanager
def socket_address(path: Path) -> Iterator[str]:
    """An address for bind() and connect() that is valid inside the block. Raises OSError when the folder is missing."""
    if len(os.fsencode(path)) <= _LONGEST:
        yield str(path)
        return
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)
