"""The outside lines: what each is doing, how it sounds, what it taught the box."""

from __future__ import annotations

import asyncio

import msgspec

from appliance.addedcards import added_cards
from appliance.settings import SettingsError
from appliance.telephony.ids import LineId
from appliance.wire.cards import CardView, SpareCardView
from appliance.wire.linehealth import LineHealth
from appliance.wire.messages import LineView, TestLine
from appliance.wire.sms import ModuleView
from webui.auth.access import needs
from webui.auth.permissions import P
from webui.callview import hides_numbers
from webui.errors import Refusal
from webui.handlers.base import NOTHING, ApiHandler, Nothing
from webui.masking import masked_number


class LineCard(msgspec.Struct, frozen=True):
    view: LineView
    health: LineHealth


class AddedView(msgspec.Struct, frozen=True):
    name: str
    family: str
    identity: str


class PortUse(msgspec.Struct, frozen=True):
    """A socket that is a line or a seat of the plan."""

    port: str
    label: str


class Lines(msgspec.Struct, frozen=True):
    engine_up: bool
    """Without it nothing is known, and `lines` is empty."""
    lines: tuple[LineCard, ...]
    cards: tuple[CardView, ...] = ()
    spare_cards: tuple[SpareCardView, ...] = ()
    added: tuple[AddedView, ...] = ()
    """Cards that were taken into use on this page, also those that wait for the engine's new start."""
    restart_waits: bool = False
    """The engine starts anew when no call is going on any more."""
    uses: tuple[PortUse, ...] = ()
    modules: tuple[ModuleView, ...] = ()


class LineTestHandler(ApiHandler):
    @needs(P.LINE_TEST)
    async def post(self, line: str) -> Nothing:
        """Test a free line by itself; 409 while it is in use. The result comes with the line's health."""
        if not line.isdecimal() or len(line) > 3:
            raise Refusal(404, f"没有第 {line} 线。")
        await self.context.link.command(TestLine(line=LineId(int(line))))
        await self.audit("line.test", "line", line)
        return NOTHING


class LinesHandler(ApiHandler):
    @needs(P.MON_LINES, P.LINE_TEST)
    async def get(self) -> Lines:
        """Every outside line with its state and its health, in the order of the call plan."""
        snapshot = self.context.link.mirror.snapshot()
        if snapshot is None:
            return Lines(engine_up=False, lines=())
        health = {each.line: each for each in snapshot.health.lines}
        full = not hides_numbers(self.me)
        return Lines(
            engine_up=True,
            lines=tuple(
                LineCard(
                    line if full else msgspec.structs.replace(line, peer_number=masked_number(line.peer_number)),
                    health.get(line.line) or LineHealth(line=line.line),
                )
                for line in snapshot.lines
            ),
            cards=snapshot.health.cards,
            spare_cards=snapshot.health.spare_cards,
            added=await self._added(),
            restart_waits=snapshot.health.restart_waits,
            uses=await self._uses(),
            modules=snapshot.health.sms.modules if snapshot.health.sms else (),
        )

    async def _added(self) -> tuple[AddedView, ...]:
        try:
            added = await asyncio.to_thread(added_cards, self.context.settings)
        except SettingsError:  # whoever changes something is told
            return ()
        return tuple(AddedView(each.name, each.card.family, each.card.device) for each in added)

    async def _uses(self) -> tuple[PortUse, ...]:
        plan = await self.context.plan.read()
        if plan is None:
            return ()
        lines = [PortUse(line.port, line.label or f"第 {line.id} 线") for line in plan.lines]
        return (*lines, *(PortUse(each.port, f"{each.label} {each.id}".strip()) for each in plan.stations))
