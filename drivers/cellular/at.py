"""Lines of an AT conversation out of octets (3GPP TS 27.007 §4, ITU-T V.250 §5.7): whatever comes, nothing escapes."""

from __future__ import annotations

PROMPT = ">"
"""The module waits for a PDU (TS 27.005 §3.5.1); comes as a line of its own."""
_LONGEST_LINE = 2048
"""A line of a message list is 360 octets at most; what is longer is no line."""


class AtReader:
    """Cuts octets into lines without their ends; empty ones are left out. What is no ASCII shows as U+FFFD."""

    def __init__(self) -> None:
        self._rest = bytearray()

    def feed(self, octets: bytes) -> list[str]:
        """Lines that are whole now, and `PROMPT`."""
        lines: list[str] = []
        for octet in octets:
            if octet in b"\r\n":
                self._end(lines)
            elif len(self._rest) < _LONGEST_LINE:
                self._rest.append(octet)
                if octet == 0x20 and self._rest == b"> ":
                    self._end(lines)
        return lines

    def clear(self) -> None:
        """Forget the beginning of a line."""
        self._rest.clear()

    def _end(self, lines: list[str]) -> None:
        line = self._rest.decode("ascii", "replace").strip(" \0")
        self._rest.clear()
        if line:
            lines.append(line)


def fields_of(line: str) -> list[str]:
    """The values behind `+NAME:`, without quotes; a comma inside quotes does not part them."""
    values, quoted = [""], False
    for letter in line.partition(":")[2]:
        if letter == '"':
            quoted = not quoted
        elif letter == "," and not quoted:
            values.append("")
        else:
            values[-1] += letter
    return [value.strip() for value in values]


def number_of(text: str) -> int | None:
    """A decimal number of a line, None when it is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else None
