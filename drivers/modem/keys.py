"""Keys out of a modem's reports: some say begin, the digit again and again, end; others the digit once."""

from __future__ import annotations


class Keys:
    """Tell it of every report; `digit` gives each press once."""

    def __init__(self) -> None:
        self._framed = False
        self._held = ""

    def begin(self) -> None:
        """<DLE>/"""
        self._framed, self._held = True, ""

    def end(self) -> None:
        """<DLE>~"""
        self._framed = False

    def digit(self, digit: str) -> str:
        """The digit if this is a new press, else ""."""
        if self._framed and self._held == digit:
            return ""
        self._held = digit
        return digit
