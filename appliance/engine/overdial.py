"""Digits keyed after the number and before the answer: an exchange may take them for more of the number."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from appliance.engine.call import Call
from appliance.engine.keys import Keys
from appliance.engine.line import Line
from appliance.telephony.call import HangUpCause, StepKind
from appliance.telephony.ids import AgentId

if TYPE_CHECKING:
    from appliance.engine.switch import Switch

_FOR_EVER_S = 1e9


@contextmanager
def no_dialling_on(
    switch: Switch, call: Call, line: Line, number: str, keys: Keys, agent: AgentId | None
) -> Iterator[None]:
    """While in the block, `line` (on which `number` was dialled) is dropped, cause NOT_ALLOWED, as soon as the keys of
    whoever hears it make a number that must not be dialled. Somebody has to listen for those keys.
    """
    keys.clear()
    guard = asyncio.create_task(_guard(switch, call, line, number, keys, agent))
    try:
        yield
    finally:
        guard.cancel()


async def _guard(switch: Switch, call: Call, line: Line, number: str, keys: Keys, agent: AgentId | None) -> None:
    while True:
        number += await keys.next(_FOR_EVER_S)
        refusal = switch.dial_rights.dialled_on(switch.plan, number, agent)
        if refusal:
            call.note(StepKind.REFUSED, number=number, note=refusal)
            line.party.hung_up(HangUpCause.NOT_ALLOWED)
            return
