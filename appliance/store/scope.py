"""Which calls a person may see. A scope becomes part of the WHERE, never a filter afterwards."""

from __future__ import annotations

import msgspec

from appliance.store.voicemail_reach import VoicemailReach
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
    voicemails: VoicemailReach = VoicemailReach()
    """Whose voicemails are shown and found with the calls; a hidden one is as none."""


EVERYTHING = Scope(everything=True, voicemails=VoicemailReach(everything=True))
"""For the box itself and for tests; people see voicemails by their own reach."""
