"""Colleagues who pick up each other's callers at odd moments, over and over: nobody is lost, nobody has two calls."""

from __future__ import annotations

import asyncio
import random
from contextlib import suppress
from pathlib import Path

import msgspec
import pytest

from appliance.defaults.plan import default_plan
from appliance.engine.refusal import Refusal
from appliance.queueplan import Strategy
from appliance.telephony.call import CallResult, CallState, LineState, StationState
from appliance.telephony.ids import SeatId
from appliance.wire.messages import PickUp
from drivers.sim.caller import OutsideCaller
from drivers.sim.card import SimCard
from drivers.sim.phone import Phone
from drivers.sim.profile import HangUpShown, LineProfile

from .box import Box, conversation

CALLS = 24


def card() -> SimCard:
    return SimCard(lines=[LineProfile(hang_up=HangUpShown.POLARITY)] * 4, paced=False)


async def calls(box: Box, caller: OutsideCaller, number: str, chance: random.Random, rounds: int) -> None:
    """Calls, asks for the repair service, leaves sooner or later, and calls again."""
    for _ in range(rounds):
        await box.passes(chance.uniform(1, 8))
        caller.call(number)
        with suppress(TimeoutError):
            await box.answered(caller)
            caller.press("1")
        await box.passes(chance.uniform(2, 30))
        caller.hang_up()
        await box.passes(3)


async def works(box: Box, phone: Phone, seat: str, chance: random.Random) -> None:
    """Answers, or picks up by code or from the screen, lets it ring, hangs up at odd moments."""
    connection = None
    while True:
        await box.passes(chance.uniform(0.02, 3))
        if phone.off_hook:
            phone.hang_up()
            await box.passes(0.8)
        elif phone.ringing is not None:
            if chance.random() < 0.5:
                phone.lift()
        elif chance.random() < 0.5:
            with suppress(Refusal):
                box.engine.commands._on_pick_up(PickUp(seat=SeatId(seat)), connection)  # type: ignore[arg-type]
        else:
            phone.lift()
            await box.passes(0.5)
            phone.press(chance.choice(["*18", "*19801", "*19802"]))
            await box.passes(1.0)


def test_who_would_pick_up_is_the_next_to_be_rung(tmp_path: Path) -> None:
    """Phone 802 rings to pick up for 801; then the queue goes on from 801 to 802: it rings on for the same caller."""

    async def script(box: Box) -> None:
        box.sign_in("1001", "1")
        box.sign_in("1002", "2")
        caller, here = box.outside(), box.phone("802")
        caller.call("13905620001")
        await box.answered(caller)
        caller.press("1")
        await box.rings(box.phone("801"))
        await box.passes(1)
        await box.command(PickUp(seq=1, seat=SeatId("2")))
        await box.rings(here)
        await box.until(lambda: box.phone("801").ringing is None, 40)
        await box.rings(here)
        await box.passes(5)
        here.lift()
        await box.in_state(CallState.CONNECTED, 3)
        await box.passes(2)
        here.hang_up()
        record = await box.record()
        assert (record.result, record.station) == (CallResult.TALKED, "802")
        assert box.engine.switch.patrol.found == []

    conversation(tmp_path, script, card=card)


@pytest.mark.slow
@pytest.mark.parametrize("strategy", [Strategy.LONGEST_IDLE, Strategy.RING_ALL])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_wild_pick_ups(tmp_path: Path, caplog: pytest.LogCaptureFixture, strategy: Strategy, seed: int) -> None:
    plain = default_plan("铜陵广电", "0562-96599", "0562")
    queues = tuple(
        msgspec.structs.replace(queue, strategy=strategy, wrap_up_s=1.0, ring_s=6.0) for queue in plain.queues
    )
    rules = msgspec.structs.replace(plain.missed_calls, break_after=0, pause_s=1.0)

    async def script(box: Box) -> None:
        chance = random.Random(seed)
        for n in range(1, 4):
            box.sign_in(f"100{n}", str(n))
        phones = [box.phone(f"80{n}") for n in range(1, 4)]
        workers = [
            asyncio.create_task(works(box, phone, str(n), random.Random(seed * 10 + n)))
            for n, phone in enumerate(phones, 1)
        ]
        numbers = [f"1390562000{n}" for n in range(4)]
        callers = [calls(box, box.outside(number), number, chance, CALLS // 4) for number in numbers]
        await asyncio.gather(*callers)
        for worker in workers:
            worker.cancel()
        for phone in phones:
            phone.hang_up()
        await box.passes(15)
        assert list(box.engine.switch.book) == []
        assert {line.state for line in box.engine.switch.lines.values()} == {LineState.IDLE}
        stations = [box.engine.switch.stations[phone] for phone in box.engine.switch.stations]
        assert {(station.state, station.call_id) for station in stations} == {(StationState.ON_HOOK, None)}
        assert len({record.call_id for record in box.records}) == len(box.records)
        assert any("picked_up" in [step.kind for step in record.steps] for record in box.records)

    conversation(tmp_path, script, card=card, plan=msgspec.structs.replace(plain, queues=queues, missed_calls=rules))
    assert [entry.getMessage() for entry in caplog.records if entry.levelname == "ERROR"] == []
