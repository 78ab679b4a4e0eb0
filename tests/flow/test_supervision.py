"""A team leader listens to, whispers into and joins a running call from seat 3."""

from __future__ import annotations

from pathlib import Path

import pytest

from appliance.telephony.call import CallState
from appliance.telephony.ids import SeatId
from appliance.wire.messages import Supervise, SupervisionMode
from drivers.sim.caller import OutsideCaller
from drivers.sim.card import SimCard
from drivers.sim.party import Party
from drivers.sim.phone import Phone
from drivers.sim.profile import HangUpShown, LineProfile
from drivers.sim.speech import speech
from drivers.sim.steps import Voice

from .box import Box, conversation, correlation

ONE, TWO, THREE = (speech(Voice(seed, 2.0)) for seed in (61, 62, 63))


def card() -> SimCard:
    return SimCard(lines=[LineProfile(hang_up=HangUpShown.POLARITY)] * 4, paced=False)


async def supervised(box: Box, mode: SupervisionMode) -> tuple[OutsideCaller, Phone, Phone]:
    caller, phone = await box.talking()
    leader = box.phone("803")
    call = next(iter(box.engine.switch.book))
    await box.command(Supervise(seq=1, call_id=call.id, seat=SeatId("3"), mode=mode))
    await box.rings(leader)
    leader.lift()
    await box.passes(0.5)
    return caller, phone, leader


async def all_speak(box: Box, *people: Party) -> None:
    for who in people:
        who.ear.capture()
    for who, what in zip(people, (ONE, TWO, THREE), strict=True):
        who.say(what)
        await box.until(lambda who=who: not who.mouth.speaking)
    await box.passes(0.3)


@pytest.mark.parametrize(
    ("mode", "caller_hears", "agent_hears"),
    [
        (SupervisionMode.LISTEN, False, False),
        (SupervisionMode.WHISPER, False, True),
        (SupervisionMode.BARGE, True, True),
    ],
)
def test_who_hears_the_leader(tmp_path: Path, mode: SupervisionMode, caller_hears: bool, agent_hears: bool) -> None:
    async def script(box: Box) -> None:
        caller, phone, leader = await supervised(box, mode)
        await all_speak(box, caller, phone, leader)
        heard = leader.ear.captured()
        assert correlation(heard, ONE) > 0.9
        assert correlation(heard, TWO) > 0.9
        assert (correlation(caller.ear.captured(), THREE) > 0.9) is caller_hears
        assert (correlation(phone.ear.captured(), THREE) > 0.9) is agent_hears
        assert correlation(caller.ear.captured(), TWO) > 0.9, "caller and agent go on undisturbed"
        caller.hang_up()
        await box.record()
        await box.hears(leader)
        leader.hang_up()
        phone.hang_up()

    conversation(tmp_path, script, card=card)


def test_keys_change_the_mode_and_the_ear_survives_hold(tmp_path: Path) -> None:
    async def script(box: Box) -> None:
        caller, phone, leader = await supervised(box, SupervisionMode.LISTEN)
        phone.flash()
        await box.in_state(CallState.HELD)
        phone.flash()
        await box.in_state(CallState.CONNECTED)
        await all_speak(box, caller, phone, leader)
        assert correlation(leader.ear.captured(), ONE) > 0.9
        assert correlation(phone.ear.captured(), THREE) < 0.5
        leader.press("2")
        await box.passes(0.5)
        await all_speak(box, caller, phone, leader)
        assert correlation(phone.ear.captured(), THREE) > 0.9
        leader.hang_up()
        await box.passes(1.0)
        assert any(call.state is CallState.CONNECTED for call in box.engine.switch.book), "the call goes on"
        caller.hang_up()
        await box.record()
        phone.hang_up()

    conversation(tmp_path, script, card=card)


def test_the_leaders_phone_stops_ringing_when_the_call_ends_first(tmp_path: Path) -> None:
    async def script(box: Box) -> None:
        caller, phone = await box.talking()
        leader = box.phone("803")
        call = next(iter(box.engine.switch.book))
        command = Supervise(seq=1, call_id=call.id, seat=SeatId("3"), mode=SupervisionMode.LISTEN)
        await box.command(command)
        await box.rings(leader)
        caller.hang_up()
        await box.record()
        await box.passes(0.5)
        assert leader.ringing is None
        leader.lift()
        await box.passes(1)
        assert leader.ear.level_dbm0() > -25, "dial tone: the phone is free"
        leader.hang_up()
        phone.hang_up()

    conversation(tmp_path, script, card=card)
