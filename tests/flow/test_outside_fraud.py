"""Keys pressed while an outside third is called may not make a dearer number of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from appliance.defaults.plan import default_plan
from appliance.telephony.call import LineState, StepKind
from appliance.wire.softkeys import Consult, Transfer, TransferTo
from drivers.sim.card import SimCard
from drivers.sim.directory import DirectoryEntry, FarOutcome
from drivers.sim.profile import HangUpShown, LineProfile

from .box import Box, conversation
from .seatkeys import SEAT

HARMLESS, REST = "96880", "12345"
PLAN = default_plan("铜陵广电", "0562-96599", "0562")


def card() -> SimCard:
    lines = [LineProfile(hang_up=HangUpShown.POLARITY, polarity_on_answer=True)] * 4
    return SimCard(lines=lines, directory=(DirectoryEntry(HARMLESS, FarOutcome.NO_ANSWER),), paced=False)


@pytest.mark.parametrize("who", ["agent", "caller"])
def test_a_third_outside_is_dialled_on_before_the_answer(tmp_path: Path, who: str) -> None:
    """Whoever hears the second line ring keys the rest: that line is dropped at the first digit that matters."""

    async def script(box: Box) -> None:
        caller, phone = await box.talking()
        if who == "agent":
            await box.command(Consult(seq=1, seat=SEAT, number=HARMLESS))
        else:
            await box.command(Transfer(seq=1, seat=SEAT, to=TransferTo.OUTSIDE, target=HARMLESS))
        lines = box.engine.switch.lines.values()
        await box.until(lambda: any(line.peer_number == HARMLESS for line in lines), 10)
        line = next(line for line in lines if line.peer_number == HARMLESS)
        await box.until(lambda: line.state is LineState.DIALING, 10)
        await box.passes(3)
        (phone if who == "agent" else caller).press(REST)
        await box.until(lambda: line.state is LineState.IDLE, 5)
        caller.hang_up()
        record = await box.record()
        refused = [step for step in record.steps if step.kind is StepKind.REFUSED]
        assert [step.number[: len(HARMLESS)] for step in refused] == [HARMLESS]
        assert refused[0].note
        phone.hang_up()
        await box.passes(2)

    conversation(tmp_path, script, card=card, plan=PLAN)


def test_keys_of_a_talk_stay_between_the_two(tmp_path: Path) -> None:
    """Once the third answered nobody watches keys any more: a menu may be at the far end."""

    async def script(box: Box) -> None:
        technician = box.outside("13900000001")
        caller, phone = await box.talking()
        await box.command(Consult(seq=1, seat=SEAT, number="13900000001"))
        await box.until(lambda: technician.state == "ringing", 20)
        await box.passes(1)
        technician.answer()
        await box.passes(2)
        phone.press("00")
        await box.passes(2)
        lines = [line.state for line in box.engine.switch.lines.values()]
        assert lines.count(LineState.TALKING) == 2
        caller.hang_up()
        record = await box.record()
        assert StepKind.REFUSED not in {step.kind for step in record.steps}
        phone.hang_up()
        await box.passes(2)

    conversation(tmp_path, script, card=card, plan=PLAN)
