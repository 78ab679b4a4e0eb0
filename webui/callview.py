"""Which calls a person may see and how much of each."""

from __future__ import annotations

import msgspec

from appliance.store.call_list import CallRow
from appliance.store.call_search import CallSearch
from appliance.store.masking import masked_call, masked_outside
from appliance.store.policies import MaskedField, PolicyObject
from appliance.store.scope import Scope
from appliance.wire.facts import Step
from webui.auth.permissions import P
from webui.auth.sessions import Caller

_BASIC_CONDITIONS = frozenset({"time_span", "direction", "result", "peer_number"})


def scope_of(caller: Caller) -> Scope:
    """By the data policies of the person; always the own ones and those that nobody took (somebody has to call back).
    Voicemails among them: `webui/hearing.py::call_scope`.
    """
    return caller.sight.calls


def hides_numbers(caller: Caller, kind: PolicyObject = PolicyObject.CALL) -> bool:
    """Whether the caller gets telephone numbers masked."""
    return not caller.may(P.CALL_VIEW_NUMBER_FULL) or caller.sight.hides(kind, MaskedField.NUMBER)


def shown_row(row: CallRow, caller: Caller) -> CallRow:
    """The row without paths of the box, and with masked numbers for people who may not see them whole."""
    row = msgspec.structs.replace(row, recording_path=None, voicemail_path=None)
    return masked_call(row) if hides_numbers(caller) else row


def shown_steps(steps: tuple[Step, ...], caller: Caller) -> tuple[Step, ...]:
    """The time line, with masked outside numbers for people who may not see them whole."""
    if not hides_numbers(caller):
        return steps
    return tuple(
        msgspec.structs.replace(step, number=masked_outside(step.number), note=masked_outside(step.note))
        for step in steps
    )


def is_advanced(search: CallSearch) -> bool:
    """Whether the search needs `call.search_adv`."""
    return any(
        getattr(search, condition) is not None
        for condition in search.__struct_fields__
        if condition not in _BASIC_CONDITIONS
    )
