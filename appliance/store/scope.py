"""Which calls a person may see. A scope becomes part of the WHERE, never a filter afterwards."""

from __future__ import annotations

import msgspec

from appliance.telephony.ids import AgentId


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """A call is visible if any of the parts says so; nothing at all is visible to an empty scope."""

    everything: bool = False
    agents: tuple[AgentId, ...] = ()
    """Calls in which one of these took part."""
    areas: tuple[str, ...] = ()
    """Calls of customers of these areas."""
    unassigned: bool = False
    """Calls in which nobody took part."""


EVERYTHING = Scope(everything=True)
