"""Speaking a prompt into one's own phone, asked for on the screen: it rings, is lifted, and what is said is kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from appliance.telephony.ids import CallId, SeatId, StationId
from appliance.wire.messages import RecordAtPhone, Refused
from appliance.wire.take import all_takes, take_file
from drivers.sim.phone import Phone
from drivers.sim.speech import speech
from drivers.sim.steps import Voice
from drivers.wavefile import read_wav

from .box import Box, conversation, correlation

WELCOME = speech(Voice(7, 3.0))
BEEP_AFTER_S = 8.0
"""By then the phone has said what to do."""


async def begun(box: Box) -> tuple[CallId, Phone]:
    done = await box.command(RecordAtPhone(seq=1, seat=SeatId("1")))
    assert done.call_id is not None
    phone = box.phone("801")
    await box.rings(phone)
    return done.call_id, phone


async def left_alone(box: Box, phone: Phone) -> None:
    """The phone is as if nothing had been, and nobody can find a call."""
    phone.hang_up()
    await box.until(lambda: box.engine.switch.stations[StationId("801")].call_id is None)
    await box.passes(2.0)
    assert not box.records


@pytest.mark.parametrize("with_key", [True, False], ids=["ended by #", "put down"])
def test_what_is_said_after_the_beep_can_be_listened_to(tmp_path: Path, with_key: bool) -> None:
    async def script(box: Box) -> None:
        take, phone = await begun(box)
        phone.lift()
        await box.passes(BEEP_AFTER_S)
        phone.say(WELCOME)
        await box.until(lambda: not phone.mouth.speaking)
        await box.passes(3.0)
        if with_key:
            phone.press("#")
        else:
            phone.hang_up()
        kept = take_file(box.engine.switch.prompts_dir, take)
        await box.until(kept.exists)
        assert correlation(read_wav(kept).samples[:, 0], WELCOME) > 0.8
        await left_alone(box, phone)

    conversation(tmp_path, script)


def test_nobody_lifts_or_nothing_is_said_and_there_is_nothing(tmp_path: Path) -> None:
    async def script(box: Box) -> None:
        _, phone = await begun(box)
        await box.passes(40.0)
        await left_alone(box, phone)
        _, phone = await begun(box)
        phone.lift()
        await box.passes(0.5)
        await left_alone(box, phone)
        assert not all_takes(box.engine.switch.prompts_dir)

    conversation(tmp_path, script)


def test_a_phone_in_use_is_left_in_peace_and_one_that_records_gets_no_caller(tmp_path: Path) -> None:
    async def script(box: Box) -> None:
        box.sign_in("1001", "1")
        take, phone = await begun(box)
        again = RecordAtPhone(seq=2, seat=SeatId("1"))
        assert isinstance(await box.engine.commands.handle(again, None), Refused)  # type: ignore[arg-type]
        phone.lift()
        await box.passes(2.0)
        caller = box.outside()
        caller.call("13905621234")
        await box.answered(caller)
        caller.press("1")
        await box.passes(5.0)
        assert box.engine.switch.stations[StationId("801")].call_id == take
        phone.hang_up()
        await box.rings(phone)
        phone.lift()
        await box.passes(1.0)
        caller.hang_up()
        await box.record()

    conversation(tmp_path, script)
