"""What a broken line, or a supervisor, ends in mid-call: nothing that was said before is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from appliance.telephony.call import CallResult, CallState, HangUpCause
from appliance.telephony.ids import CallId
from appliance.wire.messages import HangUpCall
from drivers.base import PortId
from drivers.sim.card import SimCard
from drivers.sim.profile import Fault, HangUpShown, LineProfile
from drivers.sim.speech import speech
from drivers.sim.steps import Voice

from .box import Box, conversation, correlation

MESSAGE = speech(Voice(41, 4.0))


def card() -> SimCard:
    return SimCard(lines=[LineProfile(hang_up=HangUpShown.BUSY_TONE)] * 4, paced=False)


async def leaves_message(box: Box) -> CallId:
    """A caller, after somebody else's call over every line, says four seconds into the voicemail."""
    for number in range(4):
        earlier = box.outside(f"1390000001{number}")
        earlier.call(f"1390000001{number}")
        await box.answered(earlier)
        earlier.hang_up()
        await box.record(number + 1)
        await box.passes(1.5)
    caller = box.outside("13905621234")
    caller.call("13905621234")
    await box.answered(caller)
    caller.press("1")
    await box.in_state(CallState.IN_VOICEMAIL)
    await box.passes(1)
    caller.say(MESSAGE)
    await box.until(lambda: not caller.mouth.speaking)
    return next(iter(box.engine.switch.book)).id


@pytest.mark.parametrize("ended_by", [HangUpCause.PORT_FAULT, HangUpCause.SUPERVISOR])
def test_a_message_survives_the_end_of_its_call(tmp_path: Path, ended_by: HangUpCause) -> None:
    """(S024) The plug is pulled, or a supervisor ends the call, while the caller still speaks to the voicemail."""

    async def script(box: Box) -> None:
        call_id = await leaves_message(box)
        if ended_by is HangUpCause.PORT_FAULT:
            line = next(line.port for line in box.engine.switch.lines.values() if line.call_id == call_id)
            box.card.set_fault(PortId(line), Fault.UNPLUGGED, on=True)
        else:
            await box.command(HangUpCall(seq=1, call_id=call_id))
        record = await box.record(5)
        assert record.hang_up_cause is ended_by
        assert record.result is CallResult.VOICEMAIL
        assert record.voicemail is not None
        assert record.voicemail.length_s > 4
        assert correlation(box.sound(record.voicemail.path)[:, 0], MESSAGE) > 0.9

    conversation(tmp_path, script, card=card)
