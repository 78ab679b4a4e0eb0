"""Customers: list, add, change, delete, merge, who is behind a number, and what is known besides."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec

from appliance.store.call_list import CallRow, list_calls
from appliance.store.call_search import CallSearch, CustomerIs
from appliance.store.connection import Connection
from appliance.store.customer_form import get_form
from appliance.store.customer_history import Change, CustomerState, list_changes
from appliance.store.customer_list import CustomerSearch, list_customers, may_see, similar_customers
from appliance.store.customer_merge import Choice, calls_of_customer, merge_customers
from appliance.store.customer_row import read_state
from appliance.store.customers import (
    Customer,
    CustomerDraft,
    CustomerPage,
    add_customer,
    delete_customer,
    find_by_number,
    get_customer,
    update_customer,
)
from appliance.store.errors import NotFoundError
from appliance.store.followups import FollowUp, open_followup
from appliance.store.scope import Scope
from webui.auth.access import needs
from webui.auth.permissions import P
from webui.auth.sessions import Caller
from webui.callview import shown_row
from webui.customerview import meant_draft, sees_sensitive, shown_customer, shown_state
from webui.errors import Refusal
from webui.handlers.base import NOTHING, ApiHandler, Nothing
from webui.hearing import call_scope

MOST_CALLS = 50
Labels = Annotated[str, msgspec.Meta(max_length=1_000)]


class CustomerQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    q: Annotated[str, msgspec.Meta(max_length=100)] = ""
    """Words that must all stand somewhere in the customer's data; also pinyin and initials of the name."""
    statuses: Labels = ""
    """One of these, separated by commas."""
    levels: Labels = ""
    areas: Labels = ""
    limit: Annotated[int, msgspec.Meta(ge=1, le=200)] = 50
    before: int | None = None
    """`next` of the page before."""

    @property
    def search(self) -> CustomerSearch:
        return CustomerSearch(
            text=self.q, statuses=_words(self.statuses), levels=_words(self.levels), areas=_words(self.areas)
        )


class CustomerBackground(msgspec.Struct, frozen=True, kw_only=True):
    """What the box knows besides."""

    calls: tuple[CallRow, ...]
    """The newest ones that the caller may see."""
    calls_count: int
    """All calls of the customer."""
    follow_ups: tuple[FollowUp, ...]
    """Open wishes to be called back, by number."""
    similar: tuple[Customer, ...]
    """Who may be the same person."""


class MergeWish(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    other: int
    """Goes; numbers and calls come to the one of the address."""
    choices: dict[str, Choice] = {}
    """Whose value stays, by field (`area`, `custom.<id>`); without one the one that there is, first this one's."""


class ShownChange(msgspec.Struct, frozen=True, kw_only=True):
    change: Change
    after: CustomerState | None
    """None: the customer was gone."""


class CustomersHandler(ApiHandler):
    @needs(P.CUST_VIEW)
    async def get(self, query: CustomerQuery) -> CustomerPage:
        """Newest first."""
        page = await self.context.database.read(
            list_customers,
            query.search,
            scope=self.me.sight.customers,
            limit=query.limit,
            before=query.before,
            sensitive=sees_sensitive(self.me),
        )
        return msgspec.structs.replace(page, rows=tuple(shown_customer(row, self.me) for row in page.rows))

    @needs(P.CUST_CREATE)
    async def post(self, body: CustomerDraft) -> Customer:
        """Add a customer; 409 when the customer number or a telephone number belongs to somebody else."""
        now = datetime.now().astimezone()
        customer = await self.context.database.write(add_customer, body, now, self.me.user.name)
        self.context.callerbook.changed()
        await self.audit("cust.create", "customer", str(customer.id), after=msgspec.json.encode(customer).decode())
        return customer


class KnownCustomerHandler(ApiHandler):
    """For addresses of one customer."""

    async def known(self, customer_id: str, *, sensitive: bool = False) -> Customer:
        """The customer within the caller's data policy, nothing masked. Raises `NotFoundError`."""
        return await self.context.database.read(_known, int(customer_id), self.me, sensitive)


class CustomerHandler(KnownCustomerHandler):
    @needs(P.CUST_VIEW)
    async def get(self, customer_id: str) -> Customer:
        """One customer."""
        return shown_customer(await self.known(customer_id, sensitive=sees_sensitive(self.me)), self.me)

    @needs(P.CUST_EDIT)
    async def put(self, customer_id: str, body: CustomerDraft) -> Customer:
        """Replace what is known of the customer; own fields that are left out stay."""
        before = await self.known(customer_id)
        if (body.status, body.level) != (before.status, before.level):
            self.require(P.CUST_EDIT_STATUS)
        draft = meant_draft(body, before, self.me)
        now = datetime.now().astimezone()
        customer = await self.context.database.write(update_customer, before.id, draft, now, self.me.user.name)
        self.context.callerbook.changed()
        await self.audit("cust.edit", "customer", customer_id, before=_text(before), after=_text(customer))
        return shown_customer(customer, self.me)

    @needs(P.CUST_DELETE)
    async def delete(self, customer_id: str) -> Nothing:
        """Delete the customer; the calls stay, with the class of their time, and are nobody's."""
        before = await self.known(customer_id)
        now = datetime.now().astimezone()
        await self.context.database.write(delete_customer, before.id, now, self.me.user.name)
        self.context.callerbook.changed()
        await self.audit("cust.delete", "customer", customer_id, before=_text(before))
        return NOTHING


class CustomerBackgroundHandler(KnownCustomerHandler):
    @needs(P.CUST_VIEW)
    async def get(self, customer_id: str) -> CustomerBackground:
        """Calls, open wishes to be called back, and who may be the same person."""
        customer = await self.known(customer_id)
        scope = await call_scope(self.context, self.me) if self.me.may(P.CALL_VIEW) else Scope()
        found = await self.context.database.read(_background, customer, scope, self.me)
        return msgspec.structs.replace(
            found,
            calls=tuple(shown_row(row, self.me) for row in found.calls),
            similar=tuple(shown_customer(each, self.me) for each in found.similar),
        )


class CustomerHistoryHandler(KnownCustomerHandler):
    @needs(P.CUST_VIEW)
    async def get(self, customer_id: str) -> tuple[ShownChange, ...]:
        """Changes with before and after, newest first."""
        await self.known(customer_id)
        return await self.context.database.read(_history, int(customer_id), self.me)


class CustomerMergeHandler(KnownCustomerHandler):
    @needs(P.CUST_MERGE)
    async def post(self, customer_id: str, body: MergeWish) -> Customer:
        """Make two entries one; what was before stands in the operation log."""
        this = await self.known(customer_id)
        other = await self.known(str(body.other))
        if (this.status, this.level) != (other.status, other.level) and {"status", "level"} & body.choices.keys():
            self.require(P.CUST_EDIT_STATUS)
        now = datetime.now().astimezone()
        outcome = await self.context.database.write(
            merge_customers, this.id, other.id, body.choices, now, self.me.user.name
        )
        self.context.callerbook.changed()
        customer = await self.context.database.read(get_customer, this.id)
        before = msgspec.json.encode([this, other, {"calls": outcome.calls}]).decode()
        await self.audit("cust.merge", "customer", customer_id, before=before, after=_text(customer))
        return shown_customer(customer, self.me)


class CustomerByNumberHandler(ApiHandler):
    @needs(P.CUST_VIEW)
    async def get(self, number: str) -> Customer:
        """The customer with this telephone number, in any spelling; 404 for a stranger."""
        customer = await self.context.database.read(_of_number, number, self.me)
        if customer is None:
            raise Refusal(404, "没有客户登记过这个号码。")
        return shown_customer(customer, self.me)


def _known(db: Connection, customer_id: int, caller: Caller, sensitive: bool) -> Customer:
    if not may_see(db, customer_id, caller.sight.customers):
        raise NotFoundError("没有这个客户，可能已被删除。请刷新页面。")
    return get_customer(db, customer_id, sensitive=sensitive)


def _of_number(db: Connection, number: str, caller: Caller) -> Customer | None:
    customer = find_by_number(db, number)
    if customer is None or not may_see(db, customer.id, caller.sight.customers):
        return None
    return customer


def _background(db: Connection, customer: Customer, scope: Scope, caller: Caller) -> CustomerBackground:
    now = datetime.now().astimezone()
    opened = (open_followup(db, number, now) for number in customer.numbers)
    return CustomerBackground(
        calls=list_calls(db, CallSearch(customer=CustomerIs(ids=(customer.id,))), scope, limit=MOST_CALLS).rows,
        calls_count=calls_of_customer(db, customer.id),
        follow_ups=tuple(each for each in opened if each is not None) if caller.may(P.CALL_VIEW) else (),
        similar=similar_customers(db, customer, scope=caller.sight.customers),
    )


def _history(db: Connection, customer_id: int, caller: Caller) -> tuple[ShownChange, ...]:
    sensitive = get_form(db).sensitive
    after: CustomerState | None = shown_state(read_state(db, customer_id), caller, sensitive)
    found = []
    for change in list_changes(db, customer_id):
        before = None if change.before is None else shown_state(change.before, caller, sensitive)
        found.append(ShownChange(change=msgspec.structs.replace(change, before=before), after=after))
        after = before
    return tuple(found)


def _words(text: str) -> tuple[str, ...]:
    return tuple(word for word in text.split(",") if word)


def _text(customer: Customer) -> str:
    return msgspec.json.encode(customer).decode()
