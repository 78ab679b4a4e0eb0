"""Customers for other programs: search, look up by number, add, change."""

from __future__ import annotations

from datetime import datetime

import msgspec

from appliance.store.api_keys import KeyScope
from appliance.store.customer_list import list_customers
from appliance.store.customers import (
    Customer,
    CustomerDraft,
    CustomerPage,
    add_customer,
    find_by_number,
    get_customer,
    update_customer,
)
from webui.auth.access import with_key
from webui.errors import Refusal
from webui.handlers.customers import CustomerQuery
from webui.interfaces.handler import KeyHandler


class V1CustomersHandler(KeyHandler):
    @with_key(KeyScope.CUSTOMERS_READ)
    async def get(self, query: CustomerQuery) -> CustomerPage:
        """Customers in whose data every word of `q` stands, newest first."""
        return await self.context.database.read(list_customers, query.search, limit=query.limit, before=query.before)

    @with_key(KeyScope.CUSTOMERS_WRITE)
    async def post(self, body: CustomerDraft) -> Customer:
        """Add a customer; 409 when the customer number or a telephone number belongs to somebody else."""
        customer = await self.context.database.write(add_customer, body, datetime.now().astimezone())
        await self.audit("cust.create", "customer", str(customer.id), after=msgspec.json.encode(customer).decode())
        return customer


class V1CustomerHandler(KeyHandler):
    @with_key(KeyScope.CUSTOMERS_READ)
    async def get(self, customer_id: str) -> Customer:
        """One customer."""
        return await self.context.database.read(get_customer, int(customer_id))

    @with_key(KeyScope.CUSTOMERS_WRITE)
    async def put(self, customer_id: str, body: CustomerDraft) -> Customer:
        """Replace what is known of the customer."""
        now = datetime.now().astimezone()
        customer = await self.context.database.write(update_customer, int(customer_id), body, now)
        await self.audit("cust.edit", "customer", customer_id, after=msgspec.json.encode(customer).decode())
        return customer


class V1CustomerByNumberHandler(KeyHandler):
    @with_key(KeyScope.CUSTOMERS_READ)
    async def get(self, number: str) -> Customer:
        """The customer with this telephone number, in any spelling; 404 for a stranger."""
        customer = await self.context.database.read(find_by_number, number)
        if customer is None:
            raise Refusal(404, "没有客户登记过这个号码。")
        return customer
