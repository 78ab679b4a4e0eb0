"""The result both caller-ID receivers give."""

from __future__ import annotations

from dataclasses import dataclass

from drivers.signals import CallerIdModulation


@dataclass(frozen=True, slots=True)
class CallerIdEvent:
    """A caller-ID burst. `ok` False: it could not be read, and number, name, time and absence are empty."""

    port: int
    number: str
    name: str
    sent_at: str
    """MMDDHHMM, or empty."""
    absence: str
    """`O` out of area, `P` private, or empty."""
    modulation: CallerIdModulation
    ok: bool
    start_sample: int
    """Since the receiver began."""
    end_sample: int
    reliable: bool = True
    """False: the burst had lost a code that frames it, or never has one; the number stands, but not proved."""


def unreadable(port: int, modulation: CallerIdModulation, start_sample: int, end_sample: int) -> CallerIdEvent:
    """A burst that cannot be read: never a number."""
    return CallerIdEvent(port, "", "", "", "", modulation, ok=False, start_sample=start_sample, end_sample=end_sample)
