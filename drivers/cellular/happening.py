"""What a module tells of its call, in the words of the module; `card.py` makes signals of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CallComes:
    """Somebody calls; `number` empty: withheld, or not told."""

    number: str


@dataclass(frozen=True, slots=True)
class CallRings:
    """Outgoing: it rings at the far end."""


@dataclass(frozen=True, slots=True)
class CallConnected:
    """`outgoing`: the far end answered; else our answer reached the network."""

    outgoing: bool


@dataclass(frozen=True, slots=True)
class CallGone:
    """The call is over, whoever ended it. `busy`: the far end is."""

    busy: bool = False


@dataclass(frozen=True, slots=True)
class FarKey:
    digit: str


Happening = CallComes | CallRings | CallConnected | CallGone | FarKey
