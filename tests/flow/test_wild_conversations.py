"""Agents, callers and people outside who do anything at any moment: one record a call, nobody left behind."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from appliance.telephony.call import AgentState, LineState, StationState
from appliance.telephony.ids import FlowId, SeatId
from appliance.wire.messages import AnyCommand, HangUpCall
from appliance.wire.server import Connection
from appliance.wire.softkeys import (
    CancelConsult,
    CompleteTransfer,
    Conference,
    Consult,
    HangUpSeat,
    HoldCall,
    MoveCaller,
    PauseRecording,
    PushToFlow,
    ResumeCall,
    Transfer,
    TransferTo,
)
from drivers.sim.caller import CallerState, OutsideCaller
from drivers.sim.phone import Phone

from .box import Box, conversation
from .test_outside_third import BUSY, NOBODY, TECHNICIAN, card
from .test_push import VERIFY, plan

SEATS = ("1", "2", "3")
STATIONS = ("801", "802", "803")


class Wild:
    """Everybody around the box, each step one of them doing something."""

    def __init__(self, box: Box, seed: int) -> None:
        self.box = box
        self.draw = random.Random(seed)
        self.phones = [box.phone(station) for station in STATIONS]
        self.callers = [box.outside(f"1390562000{n}") for n in range(1, 4)]
        self.technician = box.outside(TECHNICIAN)
        self.acts = (
            *((self.a_phone_answers,) * 4),
            *((self.a_caller_calls,) * 3),
            *((self.a_softkey,) * 14),
            *((self.a_flash,) * 4),
            *((self.a_key,) * 3),
            *((self.the_technician,) * 3),
            self.a_phone_goes_down,
            self.a_caller_leaves,
            self.a_supervisor,
        )

    async def step(self) -> None:
        await self.draw.choice(self.acts)()
        await self.box.passes(self.draw.choice((0.0, 0.02, 0.3, 1.0, 3.0, 8.0)))

    async def a_phone_answers(self) -> None:
        for phone in self.phones:
            if phone.ringing is not None and not phone.off_hook:
                phone.lift()

    async def a_caller_calls(self) -> None:
        idle = [caller for caller in self.callers if caller.state is CallerState.IDLE]
        if idle and self.box.card.exchange.free_lines() > 1:
            caller = self.draw.choice(idle)
            caller.call(caller.number)
            await self.box.passes(4)
            self.press(caller, self.draw.choice("120"))

    async def a_softkey(self) -> None:
        desks = [desk.station.plan.seat for desk in self.box.engine.switch.desks.values()]
        seat = self.draw.choice(desks or [SeatId(seat) for seat in SEATS])
        number = self.draw.choice((*STATIONS, TECHNICIAN, BUSY, NOBODY, "0085212345678"))
        to, target = self.target()
        commands: tuple[AnyCommand, ...] = (
            HoldCall(seat=seat),
            ResumeCall(seat=seat),
            *(Consult(seat=seat, number=number),) * 3,
            CompleteTransfer(seat=seat),
            CancelConsult(seat=seat),
            *(Conference(seat=seat),) * 2,
            *(Transfer(seat=seat, to=to, target=target),) * 3,
            *(PushToFlow(seat=seat, flow=VERIFY, value="1"),) * 2,
            PauseRecording(seat=seat, on=self.draw.random() < 0.5),
            HangUpSeat(seat=seat),
        )
        await self.ask(self.draw.choice(commands))

    async def a_flash(self) -> None:
        phone = self.draw.choice(self.phones)
        if phone.off_hook:
            phone.flash()
            await self.box.passes(0.8)
            keys = self.draw.choice(("802", f"9{TECHNICIAN}", "*71", "*75", "*70", "*79", "5", ""))
            self.press(phone, keys)

    async def a_key(self) -> None:
        people = [each for each in (*self.callers, *self.phones) if each.off_hook]
        if people:
            self.press(self.draw.choice(people), self.draw.choice(("1", "123456", "0#", "3")))

    async def the_technician(self) -> None:
        if self.technician.state is CallerState.RINGING:
            self.technician.answer()
        elif self.technician.off_hook and self.draw.random() < 0.3:
            self.technician.hang_up()

    async def a_phone_goes_down(self) -> None:
        phone = self.draw.choice(self.phones)
        if phone.off_hook:
            phone.hang_up()

    async def a_caller_leaves(self) -> None:
        caller = self.draw.choice(self.callers)
        if caller.state is not CallerState.IDLE:
            caller.hang_up()

    async def a_supervisor(self) -> None:
        calls = list(self.box.engine.switch.book)
        if calls:
            to, target = self.target()
            call = self.draw.choice(calls)
            move = MoveCaller(call_id=call.id, to=to, target=target)
            await self.ask(move if self.draw.random() < 0.8 else HangUpCall(call_id=call.id))

    async def everybody_leaves(self) -> None:
        for person in (*self.callers, self.technician):
            if person.state is not CallerState.IDLE:
                person.hang_up()
        for _ in range(3):
            for phone in self.phones:
                if phone.off_hook:
                    phone.hang_up()
            await self.box.passes(15)

    def target(self) -> tuple[TransferTo, str]:
        to = self.draw.choice(tuple(TransferTo))
        targets = {
            TransferTo.SEAT: SEATS,
            TransferTo.QUEUE: ("repair", "service"),
            TransferTo.FLOW: ("main", FlowId("verify")),
            TransferTo.OUTSIDE: (TECHNICIAN, BUSY, NOBODY),
        }
        return to, self.draw.choice(targets[to])

    async def ask(self, command: AnyCommand) -> None:
        """Carried out or refused: never anything else."""
        await self.box.engine.commands.handle(command, NO_CONNECTION)

    def press(self, who: Phone | OutsideCaller, keys: str) -> None:
        if keys and who.off_hook:
            who.press(keys)


NO_CONNECTION: Connection = None  # type: ignore[assignment]  # no command used here has anything for a connection


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3, 22])
def test_nobody_is_left_behind_whatever_people_do(tmp_path: Path, seed: int) -> None:
    """(S020) (S021) Hold, consult, transfers, three, pushes, moves, flashes, keys and hang-ups in any order.

    Seed 22: a caller moved between queues was rung at a phone that was just being released.
    """

    async def script(box: Box) -> None:
        for agent, seat in zip(("1001", "1002", "1003"), SEATS, strict=True):
            box.sign_in(agent, seat)
        wild = Wild(box, seed)
        for _ in range(120):
            await wild.step()
        await wild.everybody_leaves()
        switch = box.engine.switch
        await box.until(lambda: not list(switch.book), 120)
        await box.passes(15)
        assert {line.state for line in switch.lines.values()} == {LineState.IDLE}
        assert {station.state for station in switch.stations.values()} == {StationState.ON_HOOK}
        assert {agent.state for agent in switch.roster} == {AgentState.IDLE}
        assert not switch.desks
        assert not switch.journeys
        started = [record.call_id for record in box.records]
        assert len(started) == len(set(started)) > 0
        assert all(record.hang_up_cause != "internal_error" for record in box.records)

    conversation(tmp_path, script, card=card, plan=plan())
