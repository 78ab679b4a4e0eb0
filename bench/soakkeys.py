"""What agents and supervisors of the soak do at their screens: softkeys, moving callers, picking up for colleagues."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from appliance.telephony.call import CallState
from appliance.telephony.ids import SeatId
from appliance.wire.messages import PickUp
from appliance.wire.softkeys import (
    CancelConsult,
    CompleteTransfer,
    Conference,
    Consult,
    HoldCall,
    MoveCaller,
    PauseRecording,
    PushToFlow,
    ResumeCall,
    Transfer,
    TransferTo,
)
from bench.soakplan import ASKED_FLOW, TECHNICIAN

if TYPE_CHECKING:
    from bench.soakpeople import Office

_QUEUES = ("repair", "service", "complaint")
_COLLEAGUES = ("801", "802", "803", "804")


async def uses_softkeys(office: Office, seat: SeatId) -> None:
    """One thing that an agent does with a caller at the screen; what makes no sense now is refused."""
    rng = office.rng
    match rng.choice(("hold", "pause", "consult", "outside", "give away", "requeue", "push")):
        case "hold":
            await office.command(HoldCall(seq=1, seat=seat))
            await asyncio.sleep(rng.uniform(0.5, 3.0))
            await office.command(ResumeCall(seq=1, seat=seat))
        case "pause":
            await office.command(PauseRecording(seq=1, seat=seat, on=True))
            await asyncio.sleep(rng.uniform(0.2, 1.0))
            await office.command(PauseRecording(seq=1, seat=seat, on=False))
        case "consult":
            await _consults(office, seat, rng.choice(_COLLEAGUES))
        case "outside":
            await _consults(office, seat, TECHNICIAN)
        case "give away":
            target = str(rng.randint(1, 4))
            await office.command(Transfer(seq=1, seat=seat, to=TransferTo.SEAT, target=target))
            await asyncio.sleep(rng.uniform(0.1, 4.0))
        case "requeue":
            await office.command(Transfer(seq=1, seat=seat, to=TransferTo.QUEUE, target=rng.choice(_QUEUES)))
        case "push":
            await office.command(PushToFlow(seq=1, seat=seat, flow=ASKED_FLOW, value="13800"))
            await asyncio.sleep(rng.uniform(0.5, 4.0))


async def _consults(office: Office, seat: SeatId, number: str) -> None:
    rng = office.rng
    await office.command(Consult(seq=1, seat=seat, number=number))
    await asyncio.sleep(rng.uniform(0.5, 7.0))
    done = rng.choice((CompleteTransfer, CancelConsult, Conference))
    await office.command(done(seq=1, seat=seat))


async def moves_callers(office: Office) -> None:
    """A supervisor sends somebody who waits to another queue."""
    rng = office.rng
    while True:
        await asyncio.sleep(rng.uniform(30.0, 90.0))
        waiting = [call for call in office.engine.switch.book if call.state is CallState.QUEUED]
        if waiting:
            call = rng.choice(waiting)
            visit = office.visits.get(call.peer_number)
            if visit is not None:
                visit.moved = True
            target = rng.choice(_QUEUES)
            await office.command(MoveCaller(seq=1, call_id=call.id, to=TransferTo.QUEUE, target=target))


async def picks_up(office: Office) -> None:
    """Somebody takes at the own phone what rings elsewhere."""
    rng = office.rng
    while True:
        await asyncio.sleep(rng.uniform(10.0, 30.0))
        await office.command(PickUp(seq=1, seat=SeatId(str(rng.randint(1, 4)))))
