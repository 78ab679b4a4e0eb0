"""The plot of a call from outside: ring, caller ID, flow, record."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from appliance.engine.call import Call
from appliance.engine.callerleg import LineCaller
from appliance.engine.ending import finish, side_of
from appliance.engine.journey import Journey
from appliance.engine.line import Line
from appliance.engine.watch import PartyGone, watching
from appliance.ivr.callerlist import AHEAD_PRIORITY, ListEffect
from appliance.ivr.runner import Runner
from appliance.telephony.call import CallerIdKind, CallState, Direction, HangUpCause, LineState, Side, StepKind
from appliance.telephony.number import normalise_number
from drivers.signals import CallerIdModulation, CallerIdReceived, CallerIdUnreadable

if TYPE_CHECKING:
    from appliance.engine.switch import Switch

log = logging.getLogger(__name__)


async def inbound(switch: Switch, line: Line) -> None:
    """From the first ring to the record. Never raises: what goes wrong inside ends this call only."""
    call = switch.book.begin(Direction.INBOUND)
    call.line, call.hotline = line.plan.id, switch.plan.hotline
    line.call_id = call.id
    switch.book.opened(call)
    call.note(StepKind.RANG)
    files = switch.files_of(call)
    try:
        async with asyncio.timeout(switch.plan.max_call_s), watching(line.party):
            await _until_identified(switch, call, line)
            effects = _effects_of(switch, call.peer_number)
            if ListEffect.REFUSE in effects:
                call.hung_up(Side.SYSTEM, HangUpCause.NOT_ALLOWED)
                return
            if ListEffect.AHEAD in effects:
                call.priority = AHEAD_PRIORITY
            flow = switch.flow_of(line.plan)
            call.enter(CallState.IN_FLOW, StepKind.FLOW, flow=flow.id, number=call.peer_number)
            runner = Runner(flow, switch.parts, sources=switch.sources)
            caller = LineCaller(switch, call, line, files)
            await Journey(switch, call, caller).travel(lambda: runner.run(caller))
    except PartyGone as gone:
        call.caller_hung_up(side_of(gone.cause, Side.PEER), gone.cause, line.hung_up_frame)
    except TimeoutError:
        call.hung_up(Side.SYSTEM, HangUpCause.MAX_DURATION)
    except asyncio.CancelledError:
        call.hung_up(Side.SYSTEM, HangUpCause.ENGINE_STOPPED)
    except Exception:
        log.exception("call %s broke down", call.id)
        call.hung_up(Side.SYSTEM, HangUpCause.INTERNAL_ERROR)
    finally:
        line.release(call.id)
        await finish(switch, call, files)


def _effects_of(switch: Switch, number: str) -> frozenset[ListEffect]:
    """What the plan's lists do to a caller before any flow is asked."""
    today = switch.now().date().isoformat()
    return frozenset(
        each.effect
        for each in switch.plan.caller_lists
        if each.effect is not ListEffect.NONE and each.holds(number, today)
    )


def _kind_of(caller_id: CallerIdReceived) -> CallerIdKind:
    if caller_id.modulation is CallerIdModulation.BY_DEVICE:
        return CallerIdKind.BY_DEVICE
    if caller_id.modulation is not CallerIdModulation.DTMF:
        return CallerIdKind.FSK
    return CallerIdKind.DTMF if caller_id.reliable else CallerIdKind.DTMF_UNRELIABLE


async def _until_identified(switch: Switch, call: Call, line: Line) -> None:
    """Wait for caller ID, but not beyond the ring at which the line is answered anyway."""
    ringing = LineState.RINGING
    while line.state is ringing and line.caller_id is None and line.rings < line.plan.answer_after_rings:
        line.news.clear()
        await line.news.wait()
    match line.caller_id:
        case CallerIdReceived(number="") as withheld:
            call.caller_id = CallerIdKind.WITHHELD
            call.peer_name = withheld.name
        case CallerIdReceived() as known:
            call.caller_id = _kind_of(known)
            call.peer_number_raw, call.peer_name = known.number, known.name
            call.peer_number = normalise_number(known.number, switch.plan.area_code)
        case CallerIdUnreadable():
            call.caller_id = CallerIdKind.UNREADABLE
        case None:
            call.caller_id = CallerIdKind.NONE
    line.peer_number = call.peer_number
    switch.line_changed(line)
