"""A flow sends its caller to an outside number over a second line: a technician's mobile, another bureau.

The caller hears the second line from the digits on (its ring-back, and the first words of whoever answers: an answer
that is only inferred comes late), or music until the answer. Recorded like any conversation: the caller left, the other
line right.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from appliance.engine.call import Call
from appliance.engine.callfiles import CallFiles
from appliance.engine.dialplan import valid_outside_number
from appliance.engine.dialrights import FLOWS
from appliance.engine.line import Line
from appliance.engine.overdial import no_dialling_on
from appliance.engine.seizing import dial, far_end_answer, seize_line
from appliance.engine.watch import PartyGone, watching
from appliance.telephony.call import CallState, HangUpCause, StepKind
from appliance.telephony.ids import PromptId
from appliance.telephony.leg import DialOutcome, QueueOutcome

if TYPE_CHECKING:
    from appliance.engine.callerleg import LineCaller
    from appliance.engine.switch import Switch

_NOT_REACHED = {HangUpCause.BUSY_TONE, HangUpCause.CONGESTION_TONE}
"""Before the answer these say that the number is busy; anything else that it does not answer."""


async def dial_outside(
    switch: Switch,
    call: Call,
    caller: LineCaller,
    files: CallFiles,
    number: str,
    *,
    ring_s: float,
    max_s: float,
    music: PromptId | None,
) -> DialOutcome:
    """Dial and let the two talk for `max_s` at most. The caller's hang-up passes through; the line is released."""
    call.enter(CallState.ALERTING, StepKind.DIALLED, number=number)
    outcome = DialOutcome.NO_LINE
    refusal = _refusal(switch, number)
    if refusal:
        call.note(StepKind.REFUSED, number=number, note=refusal)
    else:
        if music is not None:
            switch.media.play(caller.port, [caller.prompt(music)], loop=True)
        line = await seize_line(switch, call, number)
        if line is not None:
            outcome = await _over(switch, call, caller, files, line, number, ring_s=ring_s, max_s=max_s, music=music)
    switch.media.stop(caller.port)
    if outcome is DialOutcome.SERVED:
        call.enter(CallState.IN_FLOW, StepKind.FAR_END_HUNG_UP, number=number)
    else:
        call.queue_outcome = QueueOutcome.AGENTS_NO_ANSWER
        call.enter(CallState.IN_FLOW, StepKind.DIAL_FAILED, number=number, note=outcome)
    return outcome


def _refusal(switch: Switch, number: str) -> str:
    """Why a flow must not dial the number, or ''. Whatever a caller keyed obeys the rules for agents without rights."""
    if not valid_outside_number(number, switch.plan):
        return "号码不能拨打"
    return switch.dial_rights.refusal(switch.plan, number, FLOWS, None, switch.now())


async def _over(
    switch: Switch,
    call: Call,
    caller: LineCaller,
    files: CallFiles,
    line: Line,
    number: str,
    *,
    ring_s: float,
    max_s: float,
    music: PromptId | None,
) -> DialOutcome:
    far_end, outcome = line.party, DialOutcome.NO_ANSWER
    try:
        async with watching(far_end):
            await dial(switch, line, number)
            if music is None:
                _join(switch, caller, files, line)
            with no_dialling_on(switch, call, line, number, caller.line.keys, None):
                certain = await far_end_answer(line, ring_s)
            if certain is not None:
                outcome = DialOutcome.SERVED
                if music is not None:
                    _join(switch, caller, files, line)
                call.transfers.append(f"external:{number}")
                call.enter(CallState.CONNECTED, StepKind.PEER_ANSWERED, number=number, certain=certain)
                await asyncio.sleep(max_s)
    except PartyGone as gone:
        if gone.party is not far_end:
            raise
        if gone.cause is HangUpCause.SUPERVISOR:
            caller.line.party.hung_up(gone.cause)  # the call was meant, not its second line
            await asyncio.Event().wait()  # the watch around the call ends this at once
        if outcome is not DialOutcome.SERVED and gone.cause in _NOT_REACHED:
            outcome = DialOutcome.BUSY
    finally:
        files.stop_recording()
        switch.media.disconnect(caller.port)
        line.release(call.id)
    return outcome


def _join(switch: Switch, caller: LineCaller, files: CallFiles, line: Line) -> None:
    switch.media.connect(caller.port, line.port)
    files.start_recording(switch.plan.recording, left=caller.port, right=line.port)
    files.follow(line.port)
