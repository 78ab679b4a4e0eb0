"""The Range header of a request for one file (RFC 9110 §14.2), single ranges only. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


class RangeNotSatisfiableError(Exception):
    """The range lies outside the file: answer 416."""


@dataclass(frozen=True, slots=True)
class ByteRange:
    """Bytes `start` up to but without `end`."""

    start: int
    end: int

    @property
    def length(self) -> int:
        return self.end - self.start


def requested_range(header: str | None, size: int) -> ByteRange | None:
    """The part that is asked for; None for the whole file (no, several or unreadable ranges: RFC 9110 lets us)."""
    match = _RANGE.fullmatch(header.strip()) if header else None
    if match is None or (not match[1] and not match[2]):
        return None
    if not match[1]:  # the last so many bytes
        wanted = ByteRange(max(0, size - int(match[2])), size)
    else:
        wanted = ByteRange(int(match[1]), min(int(match[2]) + 1, size) if match[2] else size)
        if match[2] and int(match[2]) < int(match[1]):
            return None
    if wanted.start >= size or wanted.length <= 0:
        raise RangeNotSatisfiableError
    return wanted
