"""The people of the soak: callers, agents, and what goes wrong around them. All chance comes from one seed."""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from appliance.engine.call import Call
from appliance.engine.engine import Engine
from appliance.telephony.call import CallState
from appliance.telephony.ids import LineId, SeatId, StationId
from appliance.wire.messages import AnyCommand
from appliance.wire.server import Connection
from bench.soakbooks import DialledOut, Visit
from bench.soakkeys import uses_softkeys
from bench.soakplan import INFO_KEY, LEAVE_KEY, MAIL_KEY, OUTSIDE_KEY, QUEUE_KEYS, SEAT_KEY, TECHNICIAN
from drivers.sim.caller import CallerState, OutsideCaller
from drivers.sim.card import SimCard
from drivers.sim.phone import Phone
from drivers.sim.placed import CallDirection, PlacedCall
from drivers.sim.profile import Fault
from drivers.sim.speech import speech
from drivers.sim.steps import Voice

LOOK_S = 0.1
"""How often people look at what is going on."""
_KEYS = QUEUE_KEYS * 5 + INFO_KEY + MAIL_KEY + OUTSIDE_KEY + SEAT_KEY
_VOICE = speech(Voice(21, 3.0))
DEAF = {Fault.UNPLUGGED, Fault.STUCK_RING}
"""With these the box cannot know a caller's ringing from none."""
FAULT_TOLD_FRAMES = 150
"""The box tells a fault, and that it is over, at the latest so long after it: a ringing in between is heard twice."""
STATIONS = ("801", "802", "803", "804")


@dataclass
class Office:
    """The box, its people and what they know of their calls."""

    engine: Engine
    card: SimCard
    connection: Connection
    rng: random.Random
    wanted: int
    visits: dict[str, Visit] = field(default_factory=dict)
    """Under way, or their record has not come yet; by number, which no two calls share."""
    dialled: dict[str, DialledOut] = field(default_factory=dict)
    begun: int = 0
    refused: int = 0
    """Callers who met four busy lines."""
    faults: int = 0
    broken: list[tuple[str, int, int]] = field(default_factory=list)
    """Ports that were out, or had ringing voltage by itself, from frame to frame."""
    late_lifts: deque[int] = field(default_factory=lambda: deque(maxlen=60))
    """When phones were lifted for a caller whom somebody else had already: they may have the next one by then."""
    closing: bool = False

    @property
    def frame(self) -> int:
        return self.card.clock.frame

    def call_on(self, line: LineId) -> Call | None:
        there = self.engine.switch.lines[line]
        return self.engine.switch.book.get(there.call_id) if there.call_id else None

    def state_of(self, placed: PlacedCall) -> CallState | None:
        """Where the box has this call now."""
        port = placed.line
        line = next((each for each in self.engine.switch.lines.values() if each.port == port), None)
        call = self.call_on(line.plan.id) if line is not None else None
        return call.state if call is not None else None

    async def command(self, command: AnyCommand) -> None:
        """Ask the engine; a refusal is an answer too."""
        await self.engine.commands.handle(command, self.connection)

    async def until(self, condition: Callable[[], object], within_s: float) -> bool:
        """False when it did not come true in time."""
        for _ in range(int(within_s / LOOK_S)):
            if condition():
                return True
            await asyncio.sleep(LOOK_S)
        return bool(condition())


async def calls_again_and_again(office: Office, caller: OutsideCaller) -> None:
    """A caller's whole day."""
    while office.begun < office.wanted:
        await asyncio.sleep(office.rng.uniform(0.3, 3.0))
        number = f"139{office.begun + 1:08d}"
        lines = office.card.exchange.lines
        calm = min((line for line in lines if line.calm), key=lambda line: line.idle_since, default=None)
        if calm is None and any(line.free for line in lines):
            continue  # a ringing right after another's in vain is one ringing for any box
        placed = caller.call(number, calm.port if calm else None)
        if placed.line is None:
            office.refused += 1
            await asyncio.sleep(1.0)
            caller.hang_up()
            continue
        office.begun += 1
        broken = any(port == placed.line and fault in DEAF for port, fault in office.card.faults()) or any(
            port == placed.line and office.frame - until < FAULT_TOLD_FRAMES for port, _, until in office.broken
        )
        overheard = (placed.line, Fault.CROSSTALK) in office.card.faults()
        visit = office.visits[number] = Visit(number, placed, unplugged=broken, overheard=overheard)
        watcher = asyncio.create_task(_watch(office, visit))
        await _visits(office, caller, visit)
        visit.at_hang_up = office.state_of(placed)
        caller.hang_up()
        await office.until(partial(_released, placed), 200)
        watcher.cancel()
        since, until = visit.placed.placed_at_frame, office.frame
        visit.taken_by_the_way |= any(since < frame < until for frame in office.late_lifts)
        visit.second_line_answered = _second_line_answered(office, visit)
        visit.over = True


async def _watch(office: Office, visit: Visit) -> None:
    """Where the box has the call, up to its release."""
    while True:
        if visit.placed.released_at_frame is None:
            visit.at_release = office.state_of(visit.placed) or visit.at_release
        await asyncio.sleep(LOOK_S)


def _second_line_answered(office: Office, visit: Visit) -> bool:
    """Whether the technician was on the line for anybody while this caller waited for one."""
    since, until = visit.placed.placed_at_frame, office.frame
    return visit.key == OUTSIDE_KEY and any(
        each.answered_at_frame is not None and since < each.answered_at_frame < until
        for each in office.card.exchange.placed_calls
        if _is(each, TECHNICIAN)
    )


def _released(placed: PlacedCall) -> bool:
    return placed.answered_at_frame is None or placed.released_at_frame is not None


async def _visits(office: Office, caller: OutsideCaller, visit: Visit) -> None:
    """Until the caller wants to put the receiver down."""
    rng = office.rng
    patience_s = rng.uniform(0.5, 7.0) if rng.random() < 0.06 else 60.0
    if not await office.until(lambda: caller.state is not CallerState.RINGING_OUT, patience_s):
        return
    await asyncio.sleep(rng.uniform(0.8, 2.0))
    if caller.state is not CallerState.TALKING or rng.random() < 0.05:
        return
    visit.key = rng.choice(_KEYS)
    caller.press(visit.key)
    if rng.random() < 0.05:
        await asyncio.sleep(rng.uniform(0.4, 1.5))
        return
    await _waits(office, caller, visit)


async def _waits(office: Office, caller: OutsideCaller, visit: Visit) -> None:
    """After the key: waits, perhaps loses patience, leaves the queue or a message, or talks."""
    rng, left = office.rng, False
    patience_s = rng.uniform(1.0, 12.0) if rng.random() < 0.2 else 120.0
    while patience_s > 0 and caller.state is CallerState.TALKING:
        state = office.state_of(visit.placed)
        if state is CallState.IN_VOICEMAIL:
            await _leaves_message(office, caller, visit)
            return
        if state is CallState.CONNECTED:
            await _talks(office, caller)
            return
        if state is CallState.QUEUED and not left and rng.random() < 0.004:
            caller.press(LEAVE_KEY)
            left = visit.left_queue_by_key = True
        await asyncio.sleep(LOOK_S)
        patience_s -= LOOK_S


async def _talks(office: Office, caller: OutsideCaller) -> None:
    rng = office.rng
    if rng.random() < 0.6:
        caller.say(_VOICE)
    talk_s = rng.uniform(0.5, 6.0) if rng.random() < 0.4 else 60.0
    await office.until(lambda: caller.state is not CallerState.TALKING, talk_s)


async def _leaves_message(office: Office, caller: OutsideCaller, visit: Visit) -> None:
    rng = office.rng
    if rng.random() < 0.6:
        await asyncio.sleep(0.8)  # the tone
        if caller.state is not CallerState.TALKING:
            return
        began = office.frame
        caller.say(_VOICE)
        await office.until(lambda: not caller.mouth.speaking, rng.choice((1.0, 3.5, 3.5)))
        ended = visit.placed.ended_at_frame
        visit.spoke_frames = max(0, (office.frame if ended is None else ended) - began)
    if rng.random() < 0.3:
        caller.press("#")
    await office.until(lambda: caller.state is not CallerState.TALKING, rng.uniform(0.5, 4.0))


# --- agents -----------------------------------------------------------------------------------------------------------


async def sits_at(office: Office, phone: Phone, station: str) -> None:
    """Whoever sits at this phone, signed in or not: lifts it when it rings, sometimes dials."""
    rng = office.rng
    while True:
        await asyncio.sleep(LOOK_S)
        if phone.ringing is not None:
            if rng.random() < 0.12:
                await office.until(lambda: phone.ringing is None, 60)
                continue
            await asyncio.sleep(rng.uniform(0.1, 2.0))
            if phone.ringing is not None:
                number = phone.ringing.number
                phone.lift()
                visit = office.visits.get(number)
                if visit is not None and visit.lifted_at_frame is not None:
                    office.late_lifts.append(office.frame)
                elif visit is not None:
                    visit.lifted_at_frame = office.frame
                    await _maybe_took_the_next(office, visit, station)
                await _serves(office, phone, station)
        elif not office.closing and rng.random() < 0.004:
            await _dials_out(office, phone, station)
        if phone.off_hook:
            phone.hang_up()
            await asyncio.sleep(0.8)


def last_on(office: Office, line: LineId | None) -> Visit | None:
    """Who called there last: a caller who gave up before the number came may still have a call in the box."""
    port = office.engine.switch.lines[line].port if line is not None else None
    return next((visit for visit in reversed(office.visits.values()) if visit.placed.line == port), None)


async def _maybe_took_the_next(office: Office, visit: Visit, station: str) -> None:
    """Whoever lifts just when the phone stops ringing for one caller and begins to ring for another has that one.

    And a number that was overheard on another line is shown for the caller there.
    """
    await asyncio.sleep(LOOK_S)
    call_id = office.engine.switch.stations[StationId(station)].call_id
    call = office.engine.switch.book.get(call_id) if call_id else None
    taken = last_on(office, call.line) if call is not None else None
    if taken is not None and taken is not visit:
        visit.lifted_at_frame = None
        visit.taken_by_the_way = taken.taken_by_the_way = True


async def _serves(office: Office, phone: Phone, station: str) -> None:
    rng = office.rng
    await asyncio.sleep(rng.uniform(0.6, 4.0))
    what = rng.random()
    if what < 0.10:
        phone.flash()
        await asyncio.sleep(rng.uniform(1.0, 3.0))
        phone.flash()
    elif what < 0.30:
        await _consults(office, phone, station)
    elif what < 0.45:
        await uses_softkeys(office, SeatId(station[-1]))
    elif what < 0.60:
        return
    if rng.random() < 0.3:
        phone.say(_VOICE)
    await asyncio.sleep(rng.uniform(0.3, 4.0))


async def _consults(office: Office, phone: Phone, station: str) -> None:
    """Asks a colleague; then hands the call over, takes it back, or makes it three."""
    rng = office.rng
    colleague = rng.choice([each for each in STATIONS if each != station])
    phone.flash()
    await asyncio.sleep(0.7)
    phone.press(colleague)
    await asyncio.sleep(rng.uniform(1.0, 5.0))
    match rng.choice(("hand over", "take back", "three", "key wrong")):
        case "take back":
            phone.flash()
        case "three":
            phone.flash()
            await asyncio.sleep(rng.uniform(0.7, 2.0))
            phone.flash()
        case "key wrong":
            phone.press("5")
        case _:
            return


async def _dials_out(office: Office, phone: Phone, station: str) -> None:
    rng = office.rng
    number = f"138{rng.choice('0011234')}{len(office.dialled):03d}{office.frame % 10**4:04d}"
    if number in office.dialled:
        return
    phone.lift()
    lifted_at_frame = office.frame
    await asyncio.sleep(0.6)
    call_id = office.engine.switch.stations[StationId(station)].call_id
    taken = office.engine.switch.book.get(call_id) if call_id else None
    if taken is not None:  # the box rang in the same moment: whoever lifts then has the caller
        visit = office.visits.get(taken.peer_number)
        if visit is not None and visit.lifted_at_frame is None:
            visit.lifted_at_frame = lifted_at_frame
        await _serves(office, phone, station)
        return
    out = office.dialled[number] = DialledOut(number, station, office.frame)
    phone.press("9" + number, 60.0, 60.0)
    await office.until(lambda: not phone.mouth.speaking, 10)
    await asyncio.sleep(0.3)
    stays_s = rng.uniform(0.5, 5.0) if rng.random() < 0.2 else rng.uniform(14.0, 22.0)
    await asyncio.sleep(stays_s)
    out.placed = next((each for each in reversed(office.card.exchange.placed_calls) if _is(each, number)), None)
    phone.hang_up()
    out.put_down_frame = office.frame
    out.over = True
    await asyncio.sleep(0.8)


def _is(placed: PlacedCall, number: str) -> bool:
    return placed.direction is CallDirection.OUTBOUND and placed.number == number
