"""The page 网络与时间: address, confirmation of a new one, clock."""

from __future__ import annotations

import asyncio

import msgspec

from appliance.support.lanaddress import LanAddress
from webui.auth.access import needs, public
from webui.auth.permissions import P
from webui.handlers.base import ApiHandler
from webui.machine import AddressOrdered, ClockOrder, ClockView, NetworkView


class NetworkHandler(ApiHandler):
    @needs(P.SYS_NETWORK)
    async def get(self) -> NetworkView:
        """Addresses now, and how far a change is."""
        return await asyncio.to_thread(self.context.machine.network)

    @needs(P.SYS_NETWORK)
    async def put(self, body: LanAddress) -> AddressOrdered:
        """Set another address. It is put back unless somebody confirms it at the new one within two minutes."""
        ordered = await asyncio.to_thread(self.context.machine.set_address, body)
        await self.audit("sys.network", "network", body.interface, after=msgspec.json.encode(body).decode())
        return ordered


class AddressConfirmationHandler(ApiHandler):
    by_http_too = True

    @public
    async def get(self, token: str) -> None:
        """Confirm the new address: whoever can ask this has reached it. Goes on to the pages; works once."""
        await asyncio.to_thread(self.context.machine.confirm_address, token)
        self.redirect("/", status=303)


class ClockHandler(ApiHandler):
    @needs(P.SYS_TIME)
    async def get(self) -> ClockView:
        """The clock, where it gets its time from, and what happened to it."""
        return await asyncio.to_thread(self.context.machine.clock)

    @needs(P.SYS_TIME)
    async def put(self, body: ClockOrder) -> ClockView:
        """Set the clock, or the servers that it asks."""
        await asyncio.to_thread(self.context.machine.set_clock, body)
        at = f"{body.at.astimezone():%Y-%m-%d %H:%M:%S}" if body.at else None
        await self.audit("sys.time", "clock", after=msgspec.json.encode({"at": at, "servers": body.servers}).decode())
        return await asyncio.to_thread(self.context.machine.clock)
