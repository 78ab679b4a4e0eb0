"""Voicemail as callers meet it: whom it is for, when a flow comes to it, and that only the message is in the file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from appliance.callplan import CallPlan
from appliance.defaults.plan import default_plan
from appliance.telephony.call import CallResult, CallState, StepKind
from drivers.sim.caller import OutsideCaller
from drivers.sim.card import SimCard
from drivers.sim.profile import HangUpShown, LineProfile
from drivers.sim.speech import Voice, speech

from .box import Box, conversation, correlation
from .drawing import node, plan_of

RATE_HZ = 8000
WINDOW = 1600
"""0.2 s: two of them are in every on-part of a Chinese busy or congestion tone."""
TONE_HZ = 450.0
PURE = 0.8
"""Part of a window's energy that lies at 450 Hz: a tone has nearly all there, speech never."""
QUIET = 60.0
"""Sample value below which a window is silence."""


def tone_windows(samples: np.ndarray) -> int:
    """How many windows (half overlapping) hold the exchange's tone."""
    turn = np.exp(-2j * np.pi * TONE_HZ * np.arange(WINDOW) / RATE_HZ)
    found = 0
    for start in range(0, len(samples) - WINDOW + 1, WINDOW // 2):
        part = samples[start : start + WINDOW].astype(np.float64)
        energy = float(np.sum(part**2))
        if energy > WINDOW * QUIET**2:
            found += 2 * abs(np.dot(part, turn)) ** 2 / WINDOW / energy > PURE
    return found


def line_showing(shown: HangUpShown) -> SimCard:
    return SimCard(lines=[LineProfile(hang_up=shown)] * 4, paced=False)


def message_plan() -> CallPlan:
    return plan_of(node("message", "voicemail", {"box": "public", "for_agent": "1001"}, done="bye", empty="bye"))


async def at_the_beep(box: Box) -> OutsideCaller:
    caller = box.outside()
    caller.call("13905621234")
    await box.answered(caller)
    await box.in_state(CallState.IN_VOICEMAIL)
    await box.passes(1.2)
    return caller


def test_the_measure_tells_a_tone_from_speech() -> None:
    tone = (4000 * np.sin(2 * np.pi * TONE_HZ * np.arange(2800) / RATE_HZ)).astype(np.int16)
    assert tone_windows(tone) > 0
    assert tone_windows(np.concatenate([speech(Voice(5, 6.0)), tone])) > 0
    assert tone_windows(speech(Voice(5, 6.0))) == 0


@pytest.mark.parametrize(
    "shown", [HangUpShown.BUSY_TONE, HangUpShown.CONGESTION_TONE, HangUpShown.POLARITY, HangUpShown.LOOP_BREAK]
)
def test_s024_no_tone_is_left_at_the_end_of_a_message(tmp_path: Path, shown: HangUpShown) -> None:
    said = speech(Voice(5, 6.0))

    async def script(box: Box) -> None:
        caller = await at_the_beep(box)
        caller.say(said)
        await box.until(lambda: not caller.mouth.speaking)
        caller.hang_up()
        record = await box.record()
        assert record.result is CallResult.VOICEMAIL
        assert record.voicemail is not None
        assert record.voicemail.for_agent == "1001"
        kept = box.sound(record.voicemail.path)[:, 0]
        assert tone_windows(kept) == 0, "neither our beep nor the exchange's tone"
        assert 6.0 <= len(kept) / RATE_HZ < 8.0
        assert correlation(kept, said) > 0.9, "the message itself is whole"

    conversation(tmp_path, script, card=lambda: line_showing(shown), plan=message_plan())


@pytest.mark.parametrize("how", ["#", "silence"])
def test_s024_a_message_that_the_caller_ends_is_cut_there(tmp_path: Path, how: str) -> None:
    said = speech(Voice(6, 5.0))

    async def script(box: Box) -> None:
        caller = await at_the_beep(box)
        caller.say(said)
        await box.until(lambda: not caller.mouth.speaking)
        if how == "#":
            await box.passes(0.5)
            caller.press("#")
        await box.until(lambda: any(call.voicemail for call in box.engine.switch.book), 20)
        record = await box.record(within_s=60)
        assert [step.kind for step in record.steps if step.kind is StepKind.VOICEMAIL_LEFT]
        assert record.voicemail is not None
        kept = box.sound(record.voicemail.path)[:, 0]
        assert correlation(kept, said) > 0.9
        if how == "silence":
            assert 4.8 <= len(kept) / RATE_HZ < 7.0, "without the pause"
        else:
            tail = kept[-int(0.1 * RATE_HZ) :].astype(np.float64)
            assert float(np.sqrt(np.mean(tail**2))) < QUIET, "without the key"

    conversation(tmp_path, script, card=lambda: line_showing(HangUpShown.BUSY_TONE), plan=message_plan())


def test_s024_busy_agents_lead_to_voicemail(tmp_path: Path) -> None:
    """Nobody picks up: after the queue's time the flow takes the caller to the box."""
    plan = default_plan("铜陵广电", "0562-96599", "0562")
    said = speech(Voice(7, 4.0))

    async def script(box: Box) -> None:
        box.sign_in("1001", "1")
        caller = box.outside()
        caller.call("13905621234")
        await box.answered(caller)
        caller.press("1")
        await box.rings(box.phone("801"))
        await box.in_state(CallState.IN_VOICEMAIL, within_s=120)
        await box.passes(1.2)
        caller.say(said)
        await box.until(lambda: not caller.mouth.speaking)
        caller.hang_up()
        record = await box.record()
        assert (record.result, record.queue) == (CallResult.VOICEMAIL, "repair")
        assert record.voicemail is not None
        assert (record.voicemail.box, record.voicemail.for_agent) == ("public", None)
        assert tone_windows(box.sound(record.voicemail.path)[:, 0]) == 0

    conversation(tmp_path, script, card=lambda: line_showing(HangUpShown.BUSY_TONE), plan=plan)
