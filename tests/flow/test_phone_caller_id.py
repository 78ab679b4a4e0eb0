"""What a phone set shows of who calls: the burst between two rings, read by the phone itself."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from appliance.callplan import CallerIdToPhones, PhoneRules
from appliance.defaults.plan import default_plan
from appliance.telephony.call import CallState
from appliance.wire.virtualphone import PhoneView
from drivers.base import FRAME_S
from drivers.signals import CallerIdModulation
from drivers.sim.phone import Phone

from .box import Box, conversation

PLAN = default_plan("铜陵广电", "0562-96599", "0562")


def virtual_phone(box: Box, name: str) -> PhoneView:
    assert box.engine.phones is not None
    return next(view for view in box.engine.phones.views() if view.phone == name)


async def rings_for(box: Box, number: str) -> Phone:
    box.sign_in("1001", "1")
    caller, phone = box.outside(number), box.phone("801")
    caller.call(number)
    await box.answered(caller)
    caller.press("1")
    await box.rings(phone)
    return phone


@pytest.mark.parametrize(
    ("sending", "modulation"),
    [
        (CallerIdToPhones.BELL202, CallerIdModulation.FSK_BELL202),
        (CallerIdToPhones.V23, CallerIdModulation.FSK_V23),
    ],
)
def test_the_phone_shows_number_and_time_before_the_second_ring(
    tmp_path: Path, sending: CallerIdToPhones, modulation: CallerIdModulation
) -> None:
    async def script(box: Box) -> None:
        phone = await rings_for(box, "13905621234")
        ringing = phone.ringing
        assert ringing is not None
        assert ringing.shown is None
        await box.until(lambda: ringing.shown is not None, 5)
        shown = ringing.shown
        assert shown is not None
        assert (shown.number, shown.sent_at, shown.modulation) == ("13905621234", "11020900", modulation)
        assert virtual_phone(box, "801").display == "13905621234"
        assert 1.6 < (box.card.clock.frame - ringing.at_frame) * FRAME_S < 4.5
        phone.lift()
        await box.in_state(CallState.CONNECTED)
        phone.hang_up()
        await box.record()

    plan = msgspec.structs.replace(PLAN, phones=PhoneRules(caller_id=sending))
    conversation(tmp_path, script, plan=plan)


def test_a_colleague_shows_with_station_and_name(tmp_path: Path) -> None:
    async def script(box: Box) -> None:
        one, two = box.phone("801"), box.phone("802")
        one.lift()
        await box.passes(1)
        one.press("802")
        await box.rings(two)
        ringing = two.ringing
        assert ringing is not None
        await box.until(lambda: ringing.shown is not None, 5)
        assert ringing.shown is not None
        assert (ringing.shown.number, ringing.shown.name) == ("801", "1号座席")
        assert virtual_phone(box, "802").display == "801 1号座席"
        one.hang_up()
        await box.record()

    conversation(tmp_path, script)


def test_nothing_is_sent_when_switched_off_and_nothing_is_left_when_lifted_in_the_first_ring(tmp_path: Path) -> None:
    async def script(box: Box) -> None:
        phone = await rings_for(box, "13905621234")
        phone.lift()
        await box.in_state(CallState.CONNECTED)
        phone.ear.capture()
        await box.passes(4)
        assert abs(phone.ear.captured()).max() < 200, "no burst in the ear"
        assert phone.ringings[-1].shown is None
        phone.hang_up()
        await box.record()

    conversation(tmp_path, script)

    async def silent(box: Box) -> None:
        phone = await rings_for(box, "13905621234")
        await box.passes(4)
        assert phone.ringing is not None
        assert phone.ringing.shown is None
        phone.lift()
        await box.passes(1)
        phone.hang_up()
        await box.record()

    plan = msgspec.structs.replace(PLAN, phones=PhoneRules(caller_id=CallerIdToPhones.NOTHING))
    conversation(tmp_path / "silent", silent, plan=plan)
