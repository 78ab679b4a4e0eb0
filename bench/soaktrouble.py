"""What goes wrong around the people of the soak: agents come and go, lines break, supervisors meddle."""

from __future__ import annotations

import asyncio

from appliance.engine.agents import SignInError
from appliance.engine.commands import Refusal
from appliance.telephony.call import AgentStatus
from appliance.telephony.ids import AgentId, SeatId
from appliance.wire.messages import HangUpCall, SetAgentStatus, Supervise, SupervisionMode
from bench.soakpeople import DEAF, Office, last_on
from drivers.sim.profile import Fault

STILL_RINGING_FRAMES = 320
"""For so long a ringing may go on for the box after the caller gave up."""


async def signs_in_and_out(office: Office) -> None:
    """Agents come, go, take breaks; at least now and then everybody is away."""
    rng = office.rng
    for index in range(1, 5):
        _sign_in(office, index)
    while True:
        await asyncio.sleep(rng.uniform(4.0, 20.0))
        index = rng.randint(1, 4)
        agent = AgentId(f"100{index}")
        if office.engine.switch.roster.get(agent) is None:
            _sign_in(office, index)
        elif rng.random() < 0.3:
            try:
                office.engine.commands.sign_out(agent)
            except Refusal:
                continue
        else:
            status = rng.choice((AgentStatus.ON_BREAK, AgentStatus.READY, AgentStatus.READY))
            await office.command(SetAgentStatus(seq=1, agent=agent, status=status, reason=""))


def _sign_in(office: Office, index: int) -> None:
    try:
        office.engine.commands.sign_in(AgentId(f"100{index}"), f"话务员{index}", SeatId(str(index)))
    except (SignInError, Refusal):
        return


async def breaks_lines(office: Office) -> None:
    """Plugs are pulled, exchanges forget to show hang-ups, wires touch."""
    rng = office.rng
    kinds = (Fault.UNPLUGGED, Fault.UNPLUGGED, Fault.NO_HANG_UP, Fault.NO_HANG_UP, Fault.CROSSTALK, Fault.STUCK_RING)
    while True:
        await asyncio.sleep(rng.uniform(30.0, 120.0))
        fault, port = rng.choice(kinds), rng.choice([line.port for line in office.card.exchange.lines])
        office.card.set_fault(port, fault, on=True)
        office.faults += 1
        began = office.frame
        _note_fault(office, port, fault)
        try:
            await asyncio.sleep(rng.uniform(2.0, 20.0))
        finally:
            _note_fault(office, port, fault)
            if fault in DEAF:
                office.broken.append((port, began, office.frame))
            office.card.set_fault(port, fault, on=False)


def _note_fault(office: Office, port: str, fault: Fault) -> None:
    if fault in DEAF:
        _note_unplugged(office, port)
    elif fault is Fault.CROSSTALK:
        for visit in office.visits.values():
            visit.overheard = visit.overheard or (visit.placed.line == port and not visit.over)
        for out in office.dialled.values():
            out.overheard = out.overheard or not out.over


def _note_unplugged(office: Office, port: str) -> None:
    for visit in office.visits.values():
        ended = visit.placed.ended_at_frame
        lately = ended is None or office.frame - ended < STILL_RINGING_FRAMES
        visit.unplugged = visit.unplugged or (visit.placed.line == port and (not visit.over or lately))
    for out in office.dialled.values():
        out.unplugged = out.unplugged or not out.over


async def supervises(office: Office) -> None:
    """Listens in, whispers, barges, and now and then ends a call."""
    rng = office.rng
    while True:
        await asyncio.sleep(rng.uniform(20.0, 60.0))
        running = list(office.engine.switch.book)
        if not running:
            continue
        call = rng.choice(running)
        if rng.random() < 0.3:
            visit = office.visits.get(call.peer_number) or last_on(office, call.line)
            if visit is not None:
                visit.forced = True
            await office.command(HangUpCall(seq=1, call_id=call.id))
        else:
            mode = rng.choice(list(SupervisionMode))
            await office.command(Supervise(seq=1, call_id=call.id, seat=SeatId(str(rng.randint(1, 4))), mode=mode))
