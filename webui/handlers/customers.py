"""Customers: list, add, change, delete, and who is behind a number."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec

from appliance.store.customers import (
    Customer,
    CustomerDraft,
    CustomerPage,
    add_customer,
    delete_customer,
    find_by_number,
    get_customer,
    list_customers,
    update_customer,
)
from webui.auth.access import needs
from webui.auth.permissions import P
from webui.errors import Refusal
from webui.handlers.base import NOTHING, ApiHandler, Nothing


class CustomerQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    q: Annotated[str, msgspec.Meta(max_length=100)] = ""
    """Words that must all stand somewhere in the customer's data."""
    limit: Annotated[int, msgspec.Meta(ge=1, le=200)] = 50
    before: int | None = None
    """`next` of the page before."""


class CustomersHandler(ApiHandler):
    @needs(P.CUST_VIEW)
    async def get(self, query: CustomerQuery) -> CustomerPage:
        """Newest first."""
        return await self.context.database.read(list_customers, query.q, limit=query.limit, before=query.before)

    @needs(P.CUST_CREATE)
    async def post(self, body: CustomerDraft) -> Customer:
        """Add a customer; 409 when the customer number or a telephone number belongs to somebody else."""
        customer = await self.context.database.write(add_customer, body, datetime.now().astimezone())
        self.context.callerbook.changed()
        await self.audit("cust.create", "customer", str(customer.id), after=msgspec.json.encode(customer).decode())
        return customer


class CustomerHandler(ApiHandler):
    @needs(P.CUST_VIEW)
    async def get(self, customer_id: str) -> Customer:
        """One customer."""
        return await self.context.database.read(get_customer, int(customer_id))

    @needs(P.CUST_EDIT)
    async def put(self, customer_id: str, body: CustomerDraft) -> Customer:
        """Replace what is known of the customer."""
        before = await self.context.database.read(get_customer, int(customer_id))
        if (body.status, body.level) != (before.status, before.level):
            self.require(P.CUST_EDIT_STATUS)
        now = datetime.now().astimezone()
        customer = await self.context.database.write(update_customer, before.id, body, now)
        self.context.callerbook.changed()
        await self.audit("cust.edit", "customer", customer_id, after=msgspec.json.encode(customer).decode())
        return customer

    @needs(P.CUST_DELETE)
    async def delete(self, customer_id: str) -> Nothing:
        """Delete the customer; the calls stay."""
        await self.context.database.write(delete_customer, int(customer_id))
        self.context.callerbook.changed()
        await self.audit("cust.delete", "customer", customer_id)
        return NOTHING


class CustomerByNumberHandler(ApiHandler):
    @needs(P.CUST_VIEW)
    async def get(self, number: str) -> Customer:
        """The customer with this telephone number, in any spelling; 404 for a stranger."""
        customer = await self.context.database.read(find_by_number, number)
        if customer is None:
            raise Refusal(404, "没有客户登记过这个号码。")
        return customer
