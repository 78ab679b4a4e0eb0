"""What calls teach the box about its lines, and what it says is wrong with them."""

from __future__ import annotations

from pathlib import Path

import pytest

from appliance.engine.linelesson import FILE_NAME, load_lessons
from appliance.telephony.call import HangUpCause, LineTrouble, StepKind
from appliance.telephony.ids import LineId
from appliance.wire.linehealth import LineHealth
from drivers.dsp.tonelearning import ENOUGH
from drivers.sim.card import SimCard
from drivers.sim.directory import DirectoryEntry, FarOutcome
from drivers.sim.profile import LineProfile, LineQuality
from drivers.sim.steps import Say, Voice, Wait, WaitHangUp

from .box import Box, conversation

FIRST = LineId(1)


def health(box: Box) -> LineHealth:
    return box.engine.health().lines[0]


async def call_and_hang_up(box: Box, number: int, talk_s: float = 3.0) -> None:
    """A caller who listens to the menu for a while and goes, so that the exchange sends busy tone."""
    caller = box.outside(f"1390562{number:04d}")
    caller.call(f"1390562{number:04d}", box.plan.lines[0].port)
    await box.answered(caller)
    await box.passes(talk_s)
    caller.hang_up()
    record = await box.record(number)
    assert record.hang_up_cause is HangUpCause.BUSY_TONE
    await box.passes(2)


def first_line(profile: LineProfile) -> SimCard:
    return SimCard(lines=[profile, *[LineProfile()] * 3], paced=False)


def test_a_busy_tone_of_440_hz_is_learnt_told_and_remembered(tmp_path: Path) -> None:
    async def script(box: Box) -> None:
        for number in range(1, ENOUGH):
            await call_and_hang_up(box, number)
        assert health(box).busy is None, "three calls prove nothing yet"
        await call_and_hang_up(box, ENOUGH)
        told = health(box)
        assert told.busy is not None
        assert told.busy.pitch_hz == pytest.approx(440, abs=2)
        assert told.busy.on_s == pytest.approx(0.35, abs=0.02)
        assert told.busy.calls == ENOUGH
        assert told.drift == "第1线忙音由450变为440赫兹"
        assert LineTrouble.DRIFT in told.troubles
        assert told.caller_id == "fsk_bell202"
        assert told.ring_on_s == pytest.approx(1.0, abs=0.1)

    conversation(tmp_path, script, card=lambda: first_line(LineProfile(tone_hz=440.0)))
    assert load_lessons(tmp_path)[FIRST].caller_id == "fsk_bell202"

    async def after_a_restart(box: Box) -> None:
        assert health(box).drift == "第1线忙音由450变为440赫兹"
        await call_and_hang_up(box, 1)
        busy = health(box).busy
        assert busy is not None
        assert busy.calls == ENOUGH + 1

    conversation(tmp_path, after_a_restart, card=lambda: first_line(LineProfile(tone_hz=440.0)))


def test_a_line_that_grew_weak_is_told_against_its_own_past(tmp_path: Path) -> None:
    async def calls(box: Box) -> None:
        for number in range(1, ENOUGH + 1):
            await call_and_hang_up(box, number)
        assert not health(box).drift

    conversation(tmp_path, calls, card=lambda: first_line(LineProfile()))

    async def weaker(box: Box) -> None:
        for number in range(1, ENOUGH + 4):
            await call_and_hang_up(box, number)
        assert health(box).drift == "第1线忙音电平低6 dB"

    conversation(tmp_path, weaker, card=lambda: first_line(LineProfile(tone_dbm0=-16.0)))


def test_mains_hum_of_35_dbm0_is_told_of_its_line_alone(tmp_path: Path) -> None:
    humming = LineProfile(quality=LineQuality(hum_dbm0=-35.0))

    async def script(box: Box) -> None:
        for line in box.plan.lines[:2]:
            caller = box.outside(f"1390562111{line.id}")
            caller.call(f"1390562111{line.id}", line.port)
            await box.answered(caller)
            await box.passes(8)
            caller.hang_up()
        await box.record(2)
        first, second = box.engine.health().lines[:2]
        assert first.hum_dbm0 is not None
        assert second.hum_dbm0 is not None
        assert first.hum_dbm0[0] == pytest.approx(-35.0, abs=1.0)
        assert second.hum_dbm0[0] < -50.0
        assert (first.troubles, second.troubles) == ((LineTrouble.HUM,), ())
        assert first.noise_dbm0 == pytest.approx(-62.0, abs=4.0)

    conversation(tmp_path, script, card=lambda: SimCard(lines=[humming, *[LineProfile()] * 3], paced=False))


def test_a_broken_file_of_lessons_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(b'{"lines": [{"line": "one"')

    async def script(box: Box) -> None:
        await call_and_hang_up(box, 1)

    conversation(tmp_path, script, card=lambda: first_line(LineProfile()))
    assert len(load_lessons(tmp_path)[FIRST].tones.busy) == 1


@pytest.mark.parametrize(
    ("says_s", "answerer"), [(1.0, "person"), (5.0, "machine")], ids=["a person says hello", "a machine recites"]
)
def test_who_answered_an_outgoing_call_stands_in_its_record(tmp_path: Path, says_s: float, answerer: str) -> None:
    far = DirectoryEntry(
        "13900000001", FarOutcome.ANSWERS, after_s=6.0, steps=(Wait(0.5), Say(Voice(7, says_s)), WaitHangUp())
    )

    async def script(box: Box) -> None:
        phone = box.phone("801")
        phone.lift()
        await box.passes(1)
        phone.press("913900000001")
        await box.passes(30)
        phone.hang_up()
        record = await box.record()
        kinds = [step.kind for step in record.steps]
        assert [step.note for step in record.steps if step.kind is StepKind.ANSWERER] == [answerer]
        assert kinds.index(StepKind.ANSWERER) > kinds.index(StepKind.PEER_ANSWERED)
        assert health(box).answers_inferred == 0, "line 4 was dialled on"
        assert box.engine.health().lines[3].answers_inferred == 1

    conversation(tmp_path, script, card=lambda: SimCard(directory=(far,), paced=False))
