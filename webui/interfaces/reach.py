"""Which of what goes on now a key may see; records are found by the same reach as a WHERE. Pure."""

from __future__ import annotations

import msgspec

from appliance.store.api_keys import ApiKey, DialClass
from appliance.store.scope import Scope
from appliance.telephony.ids import AgentId
from appliance.wire.messages import CallView
from webui.auth.permissions import P
from webui.masking import masked_number

DIALLING = {
    DialClass.LOCAL: P.AGENT_DIAL_LOCAL,
    DialClass.MOBILE: P.AGENT_DIAL_MOBILE,
    DialClass.LONG_DISTANCE: P.AGENT_DIAL_LONG,
    DialClass.INTERNATIONAL: P.AGENT_DIAL_INTERNATIONAL,
}


def sees_agent(reach: Scope, agent: AgentId) -> bool:
    return reach.everything or agent in reach.agents


def sees_call(reach: Scope, call: CallView) -> bool:
    """A running call belongs to whoever serves it; whose customer it is nobody has decided yet."""
    return reach.everything or (reach.unassigned if call.agent is None else call.agent in reach.agents)


def shown_call(call: CallView, key: ApiKey) -> CallView:
    """The call with its number as the key may see it."""
    if key.terms.full_numbers:
        return call
    return msgspec.structs.replace(call, peer_number=masked_number(call.peer_number))
