"""What a modem tells its card: rings, callers, keys, sound, and how the modem itself is."""

from __future__ import annotations

from dataclasses import dataclass

from drivers.modem.callertext import CallerText
from drivers.modem.coding import Coding
from drivers.signals import FaultKind


@dataclass(frozen=True, slots=True)
class Rang:
    """A ring burst."""


@dataclass(frozen=True, slots=True)
class CallerTold:
    """What the modem wrote of the caller, whole."""

    caller: CallerText


@dataclass(frozen=True, slots=True)
class SoundCame:
    """Sound from the line, in the modem's coding."""

    octets: bytes
    coding: Coding


@dataclass(frozen=True, slots=True)
class KeyCame:
    """A key that the modem recognised while the line cannot be heard (it plays)."""

    digit: str


@dataclass(frozen=True, slots=True)
class LoopBroke:
    """Loop current went away."""


@dataclass(frozen=True, slots=True)
class BatteryTurned:
    """The exchange turned the battery round."""


@dataclass(frozen=True, slots=True)
class ModemReady:
    """The modem was recognised and set up; calls can come and go."""

    model: str


@dataclass(frozen=True, slots=True)
class ModemFailed:
    """The line cannot be used until `ModemReady`."""

    fault: FaultKind
    text: str


@dataclass(frozen=True, slots=True)
class DropDtr:
    """To whoever holds the port: take DTR away for a moment, most modems reset by it."""


@dataclass(frozen=True, slots=True)
class Reopen:
    """To whoever holds the port: close it and open it anew."""


Happening = (
    Rang | CallerTold | SoundCame | KeyCame | LoopBroke | BatteryTurned | ModemReady | ModemFailed | DropDtr | Reopen
)
