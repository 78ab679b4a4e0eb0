"""Two people talk: bridge, recording, and who hung up first."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from appliance.engine.call import Call
from appliance.engine.callfiles import CallFiles
from appliance.engine.station import Station
from appliance.engine.watch import PartyGone, watching
from appliance.telephony.call import CallState, StepKind

if TYPE_CHECKING:
    from appliance.engine.callerleg import LineCaller
    from appliance.engine.switch import Switch


async def converse(switch: Switch, call: Call, caller: LineCaller, files: CallFiles, station: Station) -> None:
    """Caller and agent talk until the agent hangs up (returns) or the caller does (`PartyGone` passes through).

    Either way the station is left with busy tone or on hook, and the recording is closed.
    """
    switch.media.connect(caller.port, station.port)
    files.start_recording(switch.plan.recording, left=caller.port, right=station.port)
    call.enter(CallState.CONNECTED, StepKind.CONNECTED, agent=call.agent or "", station=station.plan.id)
    try:
        async with watching(station.party):
            await asyncio.Event().wait()
    except PartyGone as gone:
        if gone.party is not station.party:
            raise
        call.agent_hung_up(gone.cause, switch.media.frame)
        switch.media.disconnect(caller.port)
        call.enter(CallState.IN_FLOW, StepKind.AGENT_HUNG_UP, agent=call.agent or "")
    finally:
        files.stop_recording()
        station.end_call()
