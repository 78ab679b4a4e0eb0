"""The line cards of the box as people are told: what is plugged in, what is used, what is wrong."""

from __future__ import annotations

import msgspec


class PortView(msgspec.Struct, frozen=True, kw_only=True):
    """One socket."""

    port: str
    kind: str
    """`fxo`, `fxs` or `cellular`."""
    label: str
    for_trial: bool = False
    """Good for trying out and for voicemail only."""
    fault: str = ""
    """Chinese sentence, empty when well."""


class CardView(msgspec.Struct, frozen=True, kw_only=True):
    """A card that the settings name."""

    name: str
    family: str
    there: bool
    """False: pulled out, or in the hands of another program."""
    identity: str = ""
    """Of the piece that is (or was last) there; empty: not known."""
    ports: tuple[PortView, ...] = ()


class SpareCardView(msgspec.Struct, frozen=True, kw_only=True):
    """Something plugged in that a card family could use, and that no card of the settings is."""

    family: str
    identity: str
    """For `cards.device` in the settings."""
    label: str
