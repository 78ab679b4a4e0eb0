"""A customer as one person may see it: sensitive and masked fields hidden, and kept when that person saves the form."""

from __future__ import annotations

import msgspec

from appliance.store.customer_history import CustomerState
from appliance.store.customers import Customer, CustomerDraft
from appliance.store.policies import MaskedField, PolicyObject
from webui.auth.permissions import P
from webui.auth.sessions import Caller
from webui.masking import masked_number

HIDDEN = "***"


def sees_sensitive(caller: Caller) -> bool:
    """Whether the caller gets the values of sensitive fields."""
    return caller.may(P.CUST_VIEW_ID) and not caller.sight.hides(PolicyObject.CUSTOMER, MaskedField.ID_NUMBER)


def hides_number(caller: Caller) -> bool:
    """Whether the caller gets customers' numbers masked."""
    return caller.sight.hides(PolicyObject.CUSTOMER, MaskedField.NUMBER)


def hides_address(caller: Caller) -> bool:
    return caller.sight.hides(PolicyObject.CUSTOMER, MaskedField.ADDRESS)


def shown_customer(customer: Customer, caller: Caller) -> Customer:
    """The customer without what the data policy masks; the store leaves sensitive values out by itself."""
    if hides_number(caller):
        customer = msgspec.structs.replace(customer, numbers=tuple(map(masked_number, customer.numbers)))
    if hides_address(caller) and customer.address:
        customer = msgspec.structs.replace(customer, address=HIDDEN)
    return customer


def shown_state(state: CustomerState, caller: Caller, sensitive: frozenset[str]) -> CustomerState:
    """A former state as the caller may see it."""
    if hides_number(caller):
        state = msgspec.structs.replace(state, numbers=tuple(map(masked_number, state.numbers)))
    if hides_address(caller) and state.address:
        state = msgspec.structs.replace(state, address=HIDDEN)
    if not sees_sensitive(caller):
        hidden = {name: HIDDEN if name in sensitive else value for name, value in state.custom.items()}
        state = msgspec.structs.replace(state, custom=hidden)
    return state


def meant_draft(draft: CustomerDraft, before: Customer, caller: Caller) -> CustomerDraft:
    """What the caller means: a masked value that comes back as it was shown stays what it is."""
    if hides_number(caller):
        whole = {masked_number(number): number for number in before.numbers}
        draft = msgspec.structs.replace(draft, numbers=tuple(whole.get(number, number) for number in draft.numbers))
    if hides_address(caller) and draft.address == HIDDEN:
        draft = msgspec.structs.replace(draft, address=before.address)
    return draft
