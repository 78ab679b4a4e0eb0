"""A caller hangs up while the agent goes on talking: the busy tone is heard through our own echo."""

from __future__ import annotations

from pathlib import Path

import pytest

from appliance.telephony.call import Side
from drivers.sim.card import SimCard
from drivers.sim.profile import HangUpShown, LineProfile, LineQuality
from drivers.sim.speech import speech
from drivers.sim.steps import Voice

from .box import Box, conversation


@pytest.mark.parametrize("echo_db", [18.0, 10.0])
@pytest.mark.parametrize("shown", [HangUpShown.BUSY_TONE, HangUpShown.CONGESTION_TONE])
def test_hang_up_is_found_under_the_agents_voice(tmp_path: Path, shown: HangUpShown, echo_db: float) -> None:
    quality = LineQuality(echo_return_loss_db=echo_db)

    async def script(box: Box) -> None:
        caller, phone = await box.talking()
        phone.say(speech(Voice(51, 30.0)))
        await box.passes(4)
        caller.hang_up()
        record = await box.record(within_s=10)
        assert record.hang_up_side is Side.PEER
        phone.hang_up()

    profile = LineProfile(hang_up=shown, quality=quality)
    conversation(tmp_path, script, card=lambda: SimCard(lines=[profile] * 4, paced=False))
