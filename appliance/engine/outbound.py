"""Plots of calls that begin at a phone set: what was dialled, then an outside line or a colleague."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from appliance.engine.call import Call
from appliance.engine.callfiles import CallFiles
from appliance.engine.dialplan import DialKind, Dialled, analyse
from appliance.engine.ending import finish, side_of
from appliance.engine.line import RING_SILENT_S, Line
from appliance.engine.station import Station
from appliance.engine.stationtable import StationEvent
from appliance.engine.watch import PartyGone, watching
from appliance.media.items import Digits, PlayedTone, ServiceTone, Silence
from appliance.telephony.call import (
    AgentState,
    CallerIdKind,
    CallState,
    Direction,
    HangUpCause,
    Side,
    StationState,
    StepKind,
)
from appliance.telephony.ids import StationId
from appliance.telephony.number import normalise_number
from drivers.signals import Tone

if TYPE_CHECKING:
    from appliance.engine.switch import Switch

log = logging.getLogger(__name__)

DIAL_TONE_WAIT_S = 4.0
"""A line without dial tone for so long is not used (GB/T: dial tone comes within 1 s; detection takes 1.4 s)."""
LINE_POLL_S = 0.2
LINE_WAIT_S = RING_SILENT_S + 1.0
"""When all lines are taken the agent waits so long for one: a caller who gave up while ringing is known to be gone
only when no further ring comes."""
SEAT_RING_S = 20.0
"""Click-to-dial: how long the agent's own phone rings."""


async def from_phone(switch: Switch, station: Station) -> None:
    """The handset was lifted: dial tone, digits, call. No digits, no call, no record."""
    try:
        async with watching(station.party):
            dialled = await _collect(switch, station)
    except PartyGone:
        return
    if dialled.kind in {DialKind.OUTSIDE, DialKind.STATION}:
        call = _begin(switch, station, dialled)
        await _carry(switch, call, station, dialled)
    else:
        station.end_call()


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


async def _collect(switch: Switch, station: Station) -> Dialled:
    """Dial tone until the first digit, then digits until the number is complete or keying stops."""
    rules = switch.plan.dial
    switch.media.play(station.port, [ServiceTone(PlayedTone.DIAL)])
    digits = await station.keys.next(rules.first_digit_s)
    switch.media.stop(station.port)
    dialled = Dialled(DialKind.INVALID)
    while digits:
        dialled = analyse(digits, switch.plan)
        if dialled.final:
            break
        digit = await station.keys.next(rules.inter_digit_s)
        if not digit:
            break
        digits += digit
    return dialled


async def _carry(switch: Switch, call: Call, station: Station, dialled: Dialled) -> None:
    """The rest of the call, whatever kind; ends with the record. Never raises."""
    files = switch.files_of(call)
    station.begin_call(call.id)
    station.happen(StationEvent.CONNECT)
    try:
        with _agent_on_call(switch, station, call):
            async with asyncio.timeout(switch.plan.max_call_s), watching(station.party):
                if dialled.kind is DialKind.OUTSIDE:
                    await _outside(switch, call, station, files)
                else:
                    await _internal(switch, call, station, switch.stations[StationId(dialled.number)])
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
        files.stop_recording()
        station.end_call()
        await finish(switch, call, files)


async def _outside(switch: Switch, call: Call, station: Station, files: CallFiles) -> None:
    """Over a free line to the far end, until somebody hangs up."""
    call.enter(CallState.DIALING, StepKind.DIALLED, number=call.peer_number_raw, station=station.plan.id)
    line = await _line_with_dial_tone(switch, call)
    if line is None:
        call.hung_up(Side.SYSTEM, HangUpCause.NO_LINE_FREE)
        return
    far_end = line.party
    try:
        async with watching(far_end):
            await _dial_and_talk(switch, call, station, line, files)
    except PartyGone as gone:
        if gone.party is not far_end:
            raise
        _far_end_gone(call, gone.cause)
    finally:
        line.release(call.id)


async def _dial_and_talk(switch: Switch, call: Call, station: Station, line: Line, files: CallFiles) -> None:
    media = switch.media
    await media.play(line.port, [Digits(call.peer_number_raw), Silence(0.1)]).finished()
    line.dialled()
    media.connect(line.port, station.port)
    # From here on, not from the answer: an answer that is only inferred comes late, and the first words count.
    files.start_recording(switch.plan.recording, left=line.port, right=station.port)
    try:
        async with asyncio.timeout(switch.plan.dial.no_answer_s):
            while line.answer is None:
                line.news.clear()
                await line.news.wait()
    except TimeoutError:
        call.hung_up(Side.SYSTEM, HangUpCause.PEER_NO_ANSWER)
        return
    certain = line.answer.certain
    line.talk()
    call.answered(inferred=not certain)
    _talks(switch, call, station)
    call.enter(CallState.CONNECTED, StepKind.PEER_ANSWERED, certain=certain)
    await asyncio.Event().wait()


async def _line_with_dial_tone(switch: Switch, call: Call) -> Line | None:
    """A free line, seized, with dial tone. Highest number first: callers come in on the lowest.

    A line that a caller won, or that gave no dial tone, is not tried twice.
    """
    untried = [line for line in switch.lines.values() if line.plan.outgoing]
    while await _one_is_free(untried):
        line = max((line for line in untried if line.free), key=lambda line: line.plan.id)
        untried.remove(line)
        if not line.seize():
            continue
        line.call_id, line.peer_number = call.id, call.peer_number
        heard = False
        try:
            heard = await _hears_dial_tone(line)
        finally:
            if not heard:
                line.release(call.id)
        if heard:
            call.line = line.plan.id
            call.note(StepKind.LINE_SEIZED)
            return line
        call.note(StepKind.NO_DIAL_TONE, note=str(line.plan.id))
    return None


async def _one_is_free(lines: list[Line]) -> bool:
    """Wait a little for a line: one may just be going on hook, or have rung for a caller who gave up."""
    patience_s = LINE_WAIT_S if lines else 0.0
    while patience_s > 0 and not any(line.free for line in lines):
        await asyncio.sleep(LINE_POLL_S)
        patience_s -= LINE_POLL_S
    return any(line.free for line in lines)


async def _hears_dial_tone(line: Line) -> bool:
    far_end = line.party
    try:
        async with watching(far_end), asyncio.timeout(DIAL_TONE_WAIT_S):
            while line.tone is None or line.tone.tone is not Tone.DIAL:
                line.news.clear()
                await line.news.wait()
    except TimeoutError:
        return False
    except PartyGone as gone:
        if gone.party is not far_end:
            raise
        return False
    return True


async def _internal(switch: Switch, call: Call, station: Station, target: Station) -> None:
    """To a colleague's phone."""
    call.enter(CallState.ALERTING, StepKind.DIALLED, number=target.plan.id, station=station.plan.id)
    if target is station or target.state is not StationState.ON_HOOK or target.call_id is not None:
        call.hung_up(Side.SYSTEM, HangUpCause.PEER_BUSY)
        return
    switch.media.play(station.port, [ServiceTone(PlayedTone.RINGBACK)])
    if not await target.ring(call.id, station.plan.id, station.plan.label, switch.plan.dial.no_answer_s):
        call.hung_up(Side.SYSTEM, HangUpCause.PEER_NO_ANSWER)
        return
    switch.media.connect(station.port, target.port)
    call.answered()
    _talks(switch, call, station)
    call.enter(CallState.CONNECTED, StepKind.PEER_ANSWERED, station=target.plan.id)
    try:
        with _agent_on_call(switch, target, call):
            async with watching(target.party):
                await asyncio.Event().wait()
    except PartyGone as gone:
        if gone.party is not target.party:
            raise
        call.hung_up(side_of(gone.cause, Side.PEER), gone.cause)
    finally:
        target.end_call()


def _far_end_gone(call: Call, cause: HangUpCause) -> None:
    """Before the answer a busy tone means busy; afterwards it means that the far end hung up."""
    busy = cause is HangUpCause.BUSY_TONE and call.connected_at is None
    call.hung_up(side_of(cause, Side.PEER), HangUpCause.PEER_BUSY if busy else cause)


def _talks(switch: Switch, call: Call, station: Station) -> None:
    agent = switch.roster.at_station(station.plan.id)
    if agent is not None:
        call.agents.append(agent.id)
        agent.talked_today += 1


@contextmanager
def _agent_on_call(switch: Switch, station: Station, call: Call) -> Iterator[None]:
    """The agent at this phone gets no queue call meanwhile, and is idle again afterwards."""
    agent = switch.roster.at_station(station.plan.id)
    if agent is not None:
        agent.state, agent.since, agent.call_id = AgentState.ON_CALL, switch.now(), call.id
        switch.agent_changed(agent)
    try:
        yield
    finally:
        if agent is not None and agent.call_id == call.id:
            switch.queueing.rest(agent, 0.0)
