"""Line cards taken into use on the page 线路: registered, given up, their sockets made lines and seats of the plan."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from typing import Annotated

import msgspec

from appliance.addedcards import AddedCard, added_cards, new_name, write_added_cards
from appliance.callplan import CallPlan
from appliance.defaults.sockets import uses_port, with_line, with_station, without_card
from appliance.settings import CardSettings, SettingsError
from appliance.wire.client import EngineDown
from appliance.wire.messages import EngineHealth, RestartEngine
from webui.auth.access import needs
from webui.auth.permissions import P
from webui.errors import Refusal
from webui.handlers.base import NOTHING, ApiHandler, Nothing

_DEFAULTS = CardSettings()
_Sockets = Annotated[int, msgspec.Meta(ge=0, le=32)]


class NewCard(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A device of `spare_cards`, and what only people know of it."""

    family: Annotated[str, msgspec.Meta(max_length=20)]
    identity: Annotated[str, msgspec.Meta(max_length=200)]
    lines: _Sockets = _DEFAULTS.lines
    """Analog cards only."""
    stations: _Sockets = _DEFAULTS.stations
    pin: Annotated[str, msgspec.Meta(pattern=r"^([0-9]{4,8})?$")] = ""
    """Of the SIM in a cellular module that asks for one."""
    auto_answer: bool = False
    """Sound cards only."""


class SocketUse(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    port: Annotated[str, msgspec.Meta(max_length=80)]


class _Cards(ApiHandler):
    def health(self) -> EngineHealth:
        snapshot = self.context.link.mirror.snapshot()
        if snapshot is None:
            raise Refusal(503, "电话系统没有运行，看不到插了哪些设备。请等它恢复后再试。")
        return snapshot.health

    async def added(self) -> tuple[AddedCard, ...]:
        try:
            return await asyncio.to_thread(added_cards, self.context.settings)
        except SettingsError as error:
            raise Refusal(503, str(error)) from None

    async def keep(self, cards: Iterable[AddedCard]) -> None:
        """In force when the engine starts anew: when no call is going on any more."""
        await asyncio.to_thread(write_added_cards, self.context.settings, tuple(cards))
        with suppress(EngineDown):  # it reads them when it starts
            await self.context.link.command(RestartEngine())


class CardsHandler(_Cards):
    @needs(P.LINE_CONFIG)
    async def post(self, body: NewCard) -> Nothing:
        """Use a plugged-in device as a card of the box. The engine starts anew as soon as no call is going on."""
        spares = {(each.family, each.identity) for each in self.health().spare_cards}
        async with self.context.plan.lock:
            known = await self.added()
            if (body.family, body.identity) in {(each.card.family, each.card.device) for each in known}:
                raise Refusal(409, "这个设备已经登记，等通话结束、电话系统重新启动后就能使用。")
            if (body.family, body.identity) not in spares:
                raise Refusal(409, "这个设备已经拔出，或已经在使用。请刷新页面后再看。")
            card = CardSettings(
                family=body.family,
                device=body.identity,
                lines=body.lines,
                stations=body.stations,
                pin=body.pin,
                auto_answer=body.auto_answer,
            )
            added = AddedCard(name=new_name(body.family, known), card=card)
            await self.keep((*known, added))
        await self.audit(P.LINE_CONFIG, "card", added.name, after=f"{body.family} {body.identity}")
        return NOTHING


class CardHandler(_Cards):
    @needs(P.LINE_CONFIG)
    async def delete(self, name: str) -> Nothing:
        """Give an added card up, with its lines and seats of the plan; 404 for a card of the settings file."""
        gone = next((each for each in await self.added() if each.name == name), None)
        if gone is None:
            raise Refusal(404, "这块板卡写在设置文件 settings.toml 里，请在那里删除。")
        await self.context.plan.change(lambda plan: without_card(plan, name))
        async with self.context.plan.lock:
            await self.keep(each for each in await self.added() if each.name != name)
        await self.audit(P.LINE_CONFIG, "card", name, before=f"{gone.card.family} {gone.card.device}")
        return NOTHING


class SocketsHandler(_Cards):
    @needs(P.LINE_CONFIG, P.SEAT_CONFIG)
    async def post(self, body: SocketUse) -> Nothing:
        """Make a socket that the plan does not use its next outside line, or its next seat; in force at once."""
        sockets = (port for card in self.health().cards for port in card.ports)
        socket = next((port for port in sockets if port.port == body.port), None)
        if socket is None:
            raise Refusal(404, f"没有插口 {body.port}，请刷新页面后再看。")
        is_phone = socket.kind == "fxs"
        needed = P.SEAT_CONFIG if is_phone else P.LINE_CONFIG
        self.require(needed)

        def place(plan: CallPlan) -> CallPlan:
            if uses_port(plan, body.port):
                raise Refusal(409, "这个插口已经在使用，请刷新页面后再看。")
            return with_station(plan, body.port) if is_phone else with_line(plan, body.port)

        await self.context.plan.change(place)
        await self.audit(needed, "plan", "stations" if is_phone else "lines", after=body.port)
        return NOTHING
