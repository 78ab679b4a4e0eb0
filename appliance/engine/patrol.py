"""Once a second around the switch: what time alone brings about, and whether all is as it must be."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from appliance.engine.acd import in_order
from appliance.engine.invariants import (
    Picture,
    SeenAgent,
    SeenCall,
    SeenLine,
    SeenStation,
    SeenWaiter,
    Watchman,
    breaches,
)
from appliance.wire.take import is_take

if TYPE_CHECKING:
    from appliance.engine.switch import Switch

log = logging.getLogger(__name__)

EVERY_S = 1.0


class Patrol:
    """`run` it beside the switch; `found` are sentences on what was not as it must be, since start."""

    def __init__(self, switch: Switch) -> None:
        self._switch = switch
        self._watchman = Watchman()
        self.found: list[str] = []

    async def run(self) -> None:
        """Until cancelled. An error in here is logged and never stops calls."""
        while True:
            await asyncio.sleep(EVERY_S)
            try:
                self.go_round()
            except Exception:
                log.exception("the patrol stumbled")

    def go_round(self) -> None:
        """One round: agents' and callers' waiting times pass, the day may change, everything is looked at."""
        switch = self._switch
        if switch.roster.new_day(switch.now().date()):
            for agent in switch.roster:
                switch.agent_changed(agent)
            for line in switch.lines.values():
                line.calls_today = 0
        switch.queueing.dispatch()
        now_s = asyncio.get_running_loop().time()
        told = [*switch.queueing.order_broken, *self._watchman.look(now_s, breaches(picture(switch)))]
        switch.queueing.order_broken.clear()
        for text in told:
            log.error("broken rule: %s", text)
        self.found += told


def picture(switch: Switch) -> Picture:
    """The switch as it is now."""
    floor = switch.queueing.floor()
    line = in_order(switch.queueing.waiters, floor.staffing.priority_worth_s)
    return Picture(
        calls=tuple(SeenCall(call.id, call.state, switch.has_plot(call)) for call in switch.book),
        lines=tuple(
            SeenLine(line.plan.id, line.state, line.call_id) for line in switch.lines.values() if not line.under_test
        ),
        stations=tuple(
            SeenStation(each.plan.id, each.state, each.call_id)
            for each in switch.stations.values()
            if not is_take(each.call_id)
        ),
        agents=tuple(SeenAgent(agent.id, agent.station, agent.state, agent.call_id) for agent in switch.roster),
        waiters=tuple(
            SeenWaiter(
                waiter.call_id,
                waiter.queue,
                frozenset(waiter.offered),
                frozenset(agent.id for agent in floor.free_for(waiter))
                if floor.may_get_agent(waiter) and not waiter.offered
                else frozenset(),
            )
            for waiter in line
        ),
    )
