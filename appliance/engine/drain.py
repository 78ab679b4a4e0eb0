"""An ordered stop: no new call, and the running ones have some time to end by themselves.

What: `drain` returns when no call runs any more, when the time is over, or when the order is repeated.
How: the switch is closed: rings stay unanswered (the next engine takes a caller who still rings), clicks are refused,
    handsets hear that the box restarts; emergency calls go out as ever. Shortly before the end everybody still in a
    call is told. What then still runs is ended, with its record, by `Switch.stop`.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress

from appliance.engine.switch import Switch
from appliance.media.items import Prompt
from appliance.telephony.ids import PromptId

ANNOUNCE_S = 8.0
"""So long before the end people hear of it: the announcement takes about five seconds."""
_LOOK_EVERY_S = 0.1
_ENDING = PromptId("restart_soon")


async def drain(switch: Switch, within_s: float, at_once: asyncio.Event) -> None:
    """Close the switch, then wait for its calls: at most `within_s`, and not after `at_once` is set."""
    switch.closed = True
    told_s = max(0.0, within_s - ANNOUNCE_S)
    if await _calls_end(switch, told_s, at_once) or at_once.is_set():
        return
    for call in switch.book:
        for port, _ours in switch.ports_of(call.id):
            switch.media.play(port, [Prompt(_ENDING)], over=True)
    await _calls_end(switch, within_s - told_s, at_once)


async def _calls_end(switch: Switch, within_s: float, at_once: asyncio.Event) -> bool:
    with suppress(TimeoutError):
        async with asyncio.timeout(within_s):
            while any(True for _ in switch.book) and not at_once.is_set():  # noqa: ASYNC110 - calls end in many places
                await asyncio.sleep(_LOOK_EVERY_S)
    return not any(True for _ in switch.book)
