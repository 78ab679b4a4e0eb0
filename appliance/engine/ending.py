"""How every plot ends: the files settle, the record is written."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from appliance.engine.call import Call
from appliance.engine.callfiles import CallFiles
from appliance.telephony.call import HangUpCause, Side

if TYPE_CHECKING:
    from appliance.engine.switch import Switch

log = logging.getLogger(__name__)

_OURS = {HangUpCause.PORT_FAULT, HangUpCause.CARD_LOST, HangUpCause.SUPERVISOR, HangUpCause.ENGINE_STOPPED}


def side_of(cause: HangUpCause, who: Side) -> Side:
    """`who` hung up, unless the cause shows that the box itself (or its line) ended the call."""
    return Side.SYSTEM if cause in _OURS else who


async def finish(switch: Switch, call: Call, files: CallFiles) -> None:
    """End the call now; write its record when its files are safe. The record comes whatever happens to the files."""
    call.end()
    switch.supervision.call_ended(call)
    line = switch.lines.get(call.line) if call.line is not None else None
    try:
        if line is not None:
            files.keep_evidence(line.port)
        await files.settle(switch.plan.recording)
    except Exception:
        log.exception("files of call %s", call.id)
    finally:
        switch.book.close(call)
        switch.queueing.dispatch()
