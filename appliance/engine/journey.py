"""A caller's whole way through flows, one after the other when somebody sends the caller elsewhere."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from appliance.engine.call import Call
from appliance.engine.callerleg import LineCaller
from appliance.engine.route import Rerouted, Route
from appliance.ivr.runner import FlowEnd, FlowResult, Runner
from appliance.telephony.call import CallState, HangUpCause, Side, StepKind
from appliance.wire.softkeys import TransferTo

if TYPE_CHECKING:
    from appliance.engine.switch import Switch

Way = Callable[[], Awaitable[FlowResult | None]]
_DETAIL = {
    TransferTo.SEAT: "note",
    TransferTo.QUEUE: "queue",
    TransferTo.FLOW: "flow",
    TransferTo.OUTSIDE: "number",
}


class Journey:
    """One caller's; `travel` once. The caller's hang-up passes through everything."""

    def __init__(self, switch: Switch, call: Call, leg: LineCaller) -> None:
        self._switch = switch
        self._call = call
        self._leg = leg
        self._bell: asyncio.Timeout | None = None
        self._moved: Route | None = None

    async def travel(self, first: Way) -> None:
        """Begin with `first`, go on wherever the caller is sent; says in the call how the last flow ended."""
        self._switch.journeys[self._call.id] = self
        way, result = first, None
        try:
            route, result = await self._until_sent(way)
            while route is not None:
                route, result = await self._until_sent(self._along(route))
        finally:
            del self._switch.journeys[self._call.id]
        if result is not None:
            failed = result.end is FlowEnd.FAILED
            self._call.hung_up(Side.SYSTEM, HangUpCause.INTERNAL_ERROR if failed else HangUpCause.FLOW_ENDED)

    def move(self, route: Route) -> None:
        """Take the caller out of wherever it is, from outside of its plot."""
        bell, self._bell = self._bell, None
        if bell is not None:
            self._moved = route
            bell.reschedule(0)

    async def _until_sent(self, way: Way) -> tuple[Route | None, FlowResult | None]:
        try:
            async with asyncio.timeout(None) as self._bell:
                return None, await way()
        except Rerouted as sent:
            return sent.route, None
        except TimeoutError:
            route, self._moved = self._moved, None
            if route is None:
                raise
            return route, None

    def _along(self, route: Route) -> Way:
        async def along() -> FlowResult:
            call, leg, switch = self._call, self._leg, self._switch
            await leg.answer()
            leg.line.listen_to_keys()
            switch.media.disconnect(leg.port)  # nobody hears what is keyed
            if route.why is not StepKind.TRANSFER_RETURNED and route.to in {TransferTo.QUEUE, TransferTo.FLOW}:
                call.transfers.append(f"{route.to}:{route.target}")  # a seat or an outside number may not answer
            call.enter(CallState.IN_FLOW, route.why, **{_DETAIL[route.to]: route.target})
            return await Runner(route.flow, switch.parts, sources=switch.sources).run(leg, at=route.at)

        return along
