"""The outside lines: what each is doing, how it sounds, what it taught the box."""

from __future__ import annotations

import msgspec

from appliance.telephony.ids import LineId
from appliance.wire.cards import CardView, SpareCardView
from appliance.wire.linehealth import LineHealth
from appliance.wire.messages import LineView, TestLine
from webui.auth.access import needs
from webui.auth.permissions import P
from webui.callview import hides_numbers
from webui.errors import Refusal
from webui.handlers.base import NOTHING, ApiHandler, Nothing
from webui.masking import masked_number


class LineCard(msgspec.Struct, frozen=True):
    view: LineView
    health: LineHealth


class Lines(msgspec.Struct, frozen=True):
    engine_up: bool
    """Without it nothing is known, and `lines` is empty."""
    lines: tuple[LineCard, ...]
    cards: tuple[CardView, ...] = ()
    spare_cards: tuple[SpareCardView, ...] = ()


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
        )
