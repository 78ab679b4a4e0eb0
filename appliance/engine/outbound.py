"""Plots of calls that begin at a phone set: what was dialled, then an outside line or a colleague."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from appliance.engine.agentwork import agent_begins, agent_ends
from appliance.engine.call import Call
from appliance.engine.callerleg import LineCaller
from appliance.engine.callfiles import CallFiles
from appliance.engine.conversation import Conversation
from appliance.engine.dialing import dial_number
from appliance.engine.dialplan import DialKind, Dialled
from appliance.engine.ending import finish, side_of
from appliance.engine.features import Plot, use_feature
from appliance.engine.journey import Journey
from appliance.engine.line import Line
from appliance.engine.overdial import no_dialling_on
from appliance.engine.pickup import ring_here_or_elsewhere
from appliance.engine.seizing import dial, far_end_answer, seize_line
from appliance.engine.station import Station
from appliance.engine.stationtable import StationEvent
from appliance.engine.watch import PartyGone, watching
from appliance.media.items import PlayedTone, ServiceTone
from appliance.telephony.call import (
    CallerIdKind,
    CallState,
    Direction,
    HangUpCause,
    Side,
    StationState,
    StepKind,
)
from appliance.telephony.ids import PromptId, StationId
from appliance.telephony.number import NumberClass, class_of, normalise_number

if TYPE_CHECKING:
    from appliance.engine.switch import Switch

log = logging.getLogger(__name__)

_INVALID = PromptId("phone_dial_invalid")
_RESTARTING = PromptId("phone_restarting")
_REASONS = {
    HangUpCause.NOT_ALLOWED: PromptId("phone_dial_refused"),
    HangUpCause.NO_LINE_FREE: PromptId("phone_lines_busy"),
}
"""What is said in front of the busy tone."""
SEAT_RING_S = 20.0
"""Click-to-dial: how long the agent's own phone rings."""


async def from_phone(switch: Switch, station: Station) -> None:
    """The handset was lifted: dial tone, digits, and what they mean. No digits, no call, no record."""
    try:
        async with watching(station.party):
            after = await _until_understood(switch, station)
    except PartyGone:
        return
    if not isinstance(after, Dialled):
        await after()
    elif switch.closed and class_of(after.number, switch.plan.area_code) is not NumberClass.EMERGENCY:
        station.end_call(_RESTARTING)
    elif after.kind in {DialKind.OUTSIDE, DialKind.STATION}:
        call = _begin(switch, station, after)
        await _carry(switch, call, station, after)
    else:
        station.end_call(_INVALID if after.number else None)


async def _until_understood(switch: Switch, station: Station) -> Dialled | Plot:
    """Dial tone and digits; after a feature that leads to no call dial tone again."""
    while True:
        dialled = await dial_number(switch, station)
        if dialled.feature is None:
            return dialled
        after = await use_feature(switch, station, dialled.feature)
        if after is not None:
            return after


async def click_to_dial(switch: Switch, call: Call, station: Station, dialled: Dialled) -> None:
    """Ring the seat first, then dial for it. The call was begun (and acknowledged) by `begin_click`."""
    call.enter(CallState.ALERTING, StepKind.SEAT_RUNG, station=station.plan.id)
    if await station.ring(call.id, dialled.number, "", SEAT_RING_S):
        await _carry(switch, call, station, dialled)
    else:
        call.hung_up(Side.AGENT, HangUpCause.SEAT_NO_ANSWER)
        await finish(switch, call, switch.files_of(call))


def begin_click(switch: Switch, station: Station, dialled: Dialled) -> Call:
    """The call of a click, so that the screen has its id at once."""
    return _begin(switch, station, dialled)


def _begin(switch: Switch, station: Station, dialled: Dialled) -> Call:
    outside = dialled.kind is DialKind.OUTSIDE
    call = switch.book.begin(Direction.OUTBOUND if outside else Direction.INTERNAL)
    agent = switch.roster.at_station(station.plan.id)
    call.station, call.seat, call.agent = station.plan.id, station.plan.seat, agent.id if agent else None
    call.peer_number_raw, call.caller_id = dialled.number, CallerIdKind.DIALLED
    call.peer_number = normalise_number(dialled.number, switch.plan.area_code) if outside else dialled.number
    switch.book.opened(call)
    return call


async def _carry(switch: Switch, call: Call, station: Station, dialled: Dialled) -> None:
    """The rest of the call, whatever kind; ends with the record. Never raises."""
    files = switch.files_of(call)
    station.last_dialled = dialled
    station.begin_call(call.id)
    station.happen(StationEvent.CONNECT)
    agent_begins(switch, station, call)
    try:
        async with asyncio.timeout(switch.plan.max_call_s):
            if dialled.kind is DialKind.OUTSIDE:
                await _outside(switch, call, station, files)
            else:
                await _internal(switch, call, station, switch.stations[StationId(dialled.number)], files)
    except PartyGone as gone:
        call.hung_up(side_of(gone.cause, Side.AGENT), gone.cause)
    except TimeoutError:
        call.hung_up(Side.SYSTEM, HangUpCause.MAX_DURATION)
    except asyncio.CancelledError:
        call.hung_up(Side.SYSTEM, HangUpCause.ENGINE_STOPPED)
    except Exception:
        log.exception("call %s broke down", call.id)
        call.hung_up(Side.SYSTEM, HangUpCause.INTERNAL_ERROR)
    finally:
        if station.call_id == call.id:
            station.end_call(_REASONS.get(call.hang_up[1]) if call.hang_up else None)
        agent_ends(switch, station, call, 0.0)
        await finish(switch, call, files)


async def _outside(switch: Switch, call: Call, station: Station, files: CallFiles) -> None:
    """Over a free line to the far end, until somebody hangs up."""
    call.enter(CallState.DIALING, StepKind.DIALLED, number=call.peer_number_raw, station=station.plan.id)
    refusal = switch.dial_rights.refusal(switch.plan, call.peer_number_raw, station.plan.seat, call.agent, switch.now())
    if refusal:
        call.note(StepKind.REFUSED, note=refusal)
        call.hung_up(Side.SYSTEM, HangUpCause.NOT_ALLOWED)
        return
    async with watching(station.party):
        line = await seize_line(switch, call, call.peer_number)
    if line is None:
        call.hung_up(Side.SYSTEM, HangUpCause.NO_LINE_FREE)
        return
    call.line = line.plan.id
    far_end = line.party
    try:
        async with watching(far_end):
            async with watching(station.party):
                certain = await _until_answered(switch, call, station, line, files)
            if certain is None:
                call.hung_up(Side.SYSTEM, HangUpCause.PEER_NO_ANSWER)
                return
            call.answered(inferred=not certain)
            far = LineCaller(switch, call, line, files)
            talk = Conversation(switch, call, line, files, station, leg=far)
            await Journey(switch, call, far).travel(lambda: talk.run(StepKind.PEER_ANSWERED, certain=certain))
    except PartyGone as gone:
        if gone.party is not far_end:
            raise
        _far_end_gone(call, gone.cause, line.hung_up_frame)
    finally:
        line.release(call.id)


async def _until_answered(switch: Switch, call: Call, station: Station, line: Line, files: CallFiles) -> bool | None:
    """Dial; True when the far end surely answered, False when it is inferred, None when it only rings."""
    await dial(switch, line, call.peer_number_raw)
    switch.media.connect(line.port, station.port)
    # From here on, not from the answer: an answer that is only inferred comes late, and the first words count.
    files.start_recording(switch.plan.recording, left=line.port, right=station.port)
    station.listen(on=True)
    with no_dialling_on(switch, call, line, call.peer_number_raw, station.keys, call.agent):
        return await far_end_answer(line, switch.plan.dial.no_answer_s)


async def _internal(switch: Switch, call: Call, station: Station, target: Station, files: CallFiles) -> None:
    """To a colleague's phone."""
    call.enter(CallState.ALERTING, StepKind.DIALLED, number=target.plan.id, station=station.plan.id)
    if target is station or target.state is not StationState.ON_HOOK or target.call_id is not None:
        call.hung_up(Side.SYSTEM, HangUpCause.PEER_BUSY)
        return
    switch.media.play(station.port, [ServiceTone(PlayedTone.RINGBACK)])
    agent_begins(switch, target, call)
    far_end = target.party
    try:
        async with watching(station.party):
            answered = await ring_here_or_elsewhere(
                switch, call, target, station.plan.id, station.plan.label, switch.plan.dial.no_answer_s
            )
        if answered is None:
            call.hung_up(Side.SYSTEM, HangUpCause.PEER_NO_ANSWER)
            return
        if answered is not target:
            agent_ends(switch, target, call, 0.0)
            target = answered
            agent_begins(switch, target, call)
        call.answered()
        far_end = target.party
        async with watching(far_end):
            await Conversation(switch, call, target, files, station).run(StepKind.PEER_ANSWERED)
    except PartyGone as gone:
        if gone.party is not far_end:
            raise
        call.caller_hung_up(side_of(gone.cause, Side.PEER), gone.cause, switch.media.frame)
    finally:
        if target.call_id == call.id:
            target.end_call()
        agent_ends(switch, target, call, 0.0)


def _far_end_gone(call: Call, cause: HangUpCause, since_frame: int) -> None:
    """Before the answer a busy tone means busy; afterwards it means that the far end hung up."""
    if cause is HangUpCause.NOT_ALLOWED:
        call.hung_up(Side.SYSTEM, cause)
        return
    busy = cause is HangUpCause.BUSY_TONE and call.connected_at is None
    cause = HangUpCause.PEER_BUSY if busy else cause
    call.caller_hung_up(side_of(cause, Side.PEER), cause, since_frame)
