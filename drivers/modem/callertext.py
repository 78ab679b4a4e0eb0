"""Caller ID as modems write it: `NMBR=05628896599` and its relatives, in any order, with gaps, between the rings."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

_FIELD = re.compile(
    r"\s*(?P<name>DATE|TIME|NMBR|DDN_NMBR|CALL|NAME|MESG|ANID|CDID|NDID|USER|PASS)\s*=\s*(?P<value>.*?)\s*$"
)
_ABSENT = {"O": "O", "OUT OF AREA": "O", "UNAVAILABLE": "O", "P": "P", "PRIVATE": "P", "BLOCKED": "P"}
_NUMBER = re.compile(r"[0-9*#+]+")


@dataclass(frozen=True, slots=True)
class CallerText:
    """What a modem wrote of a caller so far."""

    number: str = ""
    name: str = ""
    date: str = ""
    """MMDD."""
    time: str = ""
    """HHMM."""
    absence: str = ""
    """`O` out of area, `P` private."""

    @property
    def sent_at(self) -> str:
        """MMDDHHMM, or ''."""
        return self.date + self.time if self.date and self.time else ""

    @property
    def empty(self) -> bool:
        """Nothing of it says who calls."""
        return not (self.number or self.absence or self.name)


def with_line(known: CallerText, line: str) -> CallerText | None:
    """`known` and what `line` adds to it; None when the line is none of caller ID. Senseless values are passed over."""
    field = _FIELD.fullmatch(line)
    if field is None:
        return None
    value = field["value"]
    match field["name"]:
        case "DATE":
            return replace(known, date=value) if re.fullmatch(r"\d{4}", value) else known
        case "TIME":
            return replace(known, time=value) if re.fullmatch(r"\d{4}", value) else known
        case "NMBR" | "DDN_NMBR" | "CALL" | "ANID":
            return _with_number(known, value)
        case "NAME":
            return replace(known, name="" if value.upper() in _ABSENT else value[:64])
        case _:
            return known


def _with_number(known: CallerText, value: str) -> CallerText:
    absence = _ABSENT.get(value.upper(), "")
    if absence:
        return replace(known, absence=absence)
    digits = value.replace("-", "").replace(" ", "")
    return replace(known, number=digits[:32]) if _NUMBER.fullmatch(digits) else known
