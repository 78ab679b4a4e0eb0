"""Which calls a person may see and how much of each."""

from __future__ import annotations

import msgspec

from appliance.store.call_list import CallRow
from appliance.store.call_search import CallSearch
from appliance.store.scope import Scope
from webui.auth.permissions import P
from webui.auth.sessions import Caller
from webui.masking import masked_number

_BASIC_CONDITIONS = frozenset({"time_span", "direction", "result", "peer_number"})


def scope_of(caller: Caller) -> Scope:
    """Whoever supervises, checks quality or may edit calls of others sees every call; everybody else the own ones and
    those that nobody took (somebody has to call back). Voicemails among them: `webui/hearing.py::call_scope`.
    """
    if caller.may(P.CALL_EDIT_OTHERS, P.CALL_EXPORT, P.REC_PLAY, P.MON_AGENTS):
        return Scope(everything=True)
    return Scope(agents=(caller.user.agent,) if caller.user.agent else (), unassigned=True)


def shown_row(row: CallRow, caller: Caller) -> CallRow:
    """The row without paths of the box, and with masked numbers for people who may not see them whole."""
    row = msgspec.structs.replace(row, recording_path=None, voicemail_path=None)
    if caller.may(P.CALL_VIEW_NUMBER_FULL):
        return row
    return msgspec.structs.replace(
        row, peer_number=masked_number(row.peer_number), peer_number_raw=masked_number(row.peer_number_raw)
    )


def is_advanced(search: CallSearch) -> bool:
    """Whether the search needs `call.search_adv`."""
    return any(
        getattr(search, condition) is not None
        for condition in search.__struct_fields__
        if condition not in _BASIC_CONDITIONS
    )
