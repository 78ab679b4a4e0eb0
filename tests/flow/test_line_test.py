"""An outside line is tested by itself, from the screen: what it measures, and that callers always come first."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec
import pytest

from appliance.callplan import CallPlan
from appliance.defaults.plan import default_plan
from appliance.engine.linelesson import load_lessons
from appliance.telephony.call import CallState, LineState
from appliance.telephony.ids import LineId
from appliance.wire import messages
from appliance.wire.linetest import LineTest, LineTestFinding
from appliance.wire.messages import Refused
from drivers.signals import RingStarted
from drivers.sim.caller import CallerState
from drivers.sim.card import SimCard
from drivers.sim.profile import CallerIdSending, Fault, LineProfile, LineQuality

from .box import Box, conversation

LINE = LineId(2)
GOOD = LineQuality(loss_db=4.0, noise_dbm0=-65.0, hum_dbm0=-60.0, echo_return_loss_db=18.0)


def card(quality: LineQuality, tone_hz: float = 450.0, tone_dbm0: float = -10.0) -> SimCard:
    return SimCard(lines=[LineProfile(quality=quality, tone_hz=tone_hz, tone_dbm0=tone_dbm0)] * 4, paced=False)


async def result_of_test(box: Box, line: LineId) -> LineTest:
    await box.command(messages.TestLine(seq=1, line=line))
    health = box.engine.switch.learning.health
    await box.until(lambda: health(line).test is not None, 25)
    found = health(line).test
    assert found is not None
    return found


@pytest.mark.parametrize("echo_db", [12.0, 18.0, 24.0])
def test_a_good_line_is_in_order(tmp_path: Path, echo_db: float) -> None:
    quality = LineQuality(loss_db=4.0, noise_dbm0=-65.0, hum_dbm0=-60.0, echo_return_loss_db=echo_db)

    async def script(box: Box) -> None:
        found = await result_of_test(box, LINE)
        assert found.findings == ()
        assert found.dial_pitch_hz == pytest.approx(450.0, abs=2.0)
        assert found.dial_level_dbm0 == pytest.approx(-14.0, abs=1.0), "-10 dBm0 less 4 dB of line"
        assert found.noise_dbm0 == pytest.approx(-65.0, abs=3.0)
        assert found.hum_dbm0 == pytest.approx(-60.0, abs=2.0)
        assert found.echo_return_db == pytest.approx(echo_db, abs=2.5)
        assert len(found.echo_by_pitch) == 10
        (health,) = [each for each in box.engine.switch.line_healths() if each.line == LINE]
        assert health.listened_s == 0, "the test's own sounds are not those of the line"
        await box.until(lambda: box.engine.switch.lines[LINE].state is LineState.IDLE)
        assert box.records == [], "nobody was called: nothing in the call log"
        assert not list(box.data.glob("linetest*")), "the sound is not kept"

    box = conversation(tmp_path, script, card=lambda: card(quality))
    assert load_lessons(box.data)[LINE].test is not None, "known after a restart and to the doctor"


@pytest.mark.parametrize(
    ("quality", "tone_hz", "finding"),
    [
        (LineQuality(hum_dbm0=-38.0), 450.0, LineTestFinding.HUM),
        (LineQuality(noise_dbm0=-44.0), 450.0, LineTestFinding.NOISE),
        (LineQuality(echo_return_loss_db=6.0), 450.0, LineTestFinding.ECHO),
        (LineQuality(loss_db=18.0), 450.0, LineTestFinding.DIAL_WEAK),
        (GOOD, 480.0, LineTestFinding.DIAL_PITCH),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, quality: LineQuality, tone_hz: float, finding: LineTestFinding) -> None:
    async def script(box: Box) -> None:
        assert finding in (await result_of_test(box, LINE)).findings

    conversation(tmp_path, script, card=lambda: card(quality, tone_hz))


def test_a_line_without_dial_tone(tmp_path: Path) -> None:
    async def script(box: Box) -> None:
        found = await result_of_test(box, LINE)
        assert LineTestFinding.NO_DIAL_TONE in found.findings
        assert found.echo_return_db is not None, "the rest is measured all the same"

    conversation(tmp_path, script, card=lambda: card(GOOD, tone_dbm0=-90.0))


def test_a_caller_has_the_line_at_once(tmp_path: Path) -> None:
    async def script(box: Box) -> None:
        line = box.engine.switch.lines[LINE]
        await box.command(messages.TestLine(seq=1, line=LINE))
        await box.until(lambda: line.state is LineState.SEIZED)
        line.on_signal(RingStarted(line.port, box.engine.media.frame))
        await box.in_state(CallState.IN_FLOW, 5)
        await box.until(lambda: box.engine.switch.learning.health(LINE).test is not None, 5)
        test = box.engine.switch.learning.health(LINE).test
        assert test is not None
        assert test.findings == (LineTestFinding.INTERRUPTED,)
        assert line.state is LineState.TALKING
        await box.record()

    conversation(tmp_path, script, card=lambda: card(GOOD))


def test_a_plug_that_is_pulled(tmp_path: Path) -> None:
    async def script(box: Box) -> None:
        line = box.engine.switch.lines[LINE]
        await box.command(messages.TestLine(seq=1, line=LINE))
        await box.passes(2)
        box.card.set_fault(line.port, Fault.UNPLUGGED, on=True)
        await box.until(lambda: box.engine.switch.learning.health(LINE).test is not None, 5)
        test = box.engine.switch.learning.health(LINE).test
        assert test is not None
        assert test.findings == (LineTestFinding.LINE_LOST,)
        assert line.state is LineState.OUT_OF_SERVICE

    conversation(tmp_path, script, card=lambda: card(GOOD))


def test_a_line_in_use_is_not_tested(tmp_path: Path) -> None:
    async def script(box: Box) -> None:
        caller, phone = await box.talking()
        used = next(line for line in box.engine.switch.lines.values() if line.call_id)
        with pytest.raises(AssertionError) as refused:
            await box.command(messages.TestLine(seq=1, line=used.plan.id))
        assert Refused.__name__ in str(refused.value)
        assert "正在使用" in str(refused.value)
        await asyncio.gather(box.command(messages.TestLine(seq=2, line=LINE)), box.passes(0.5))
        with pytest.raises(AssertionError):
            await box.command(messages.TestLine(seq=3, line=LINE))
        caller.hang_up()
        phone.hang_up()
        await box.passes(10)

    conversation(tmp_path, script, card=lambda: card(GOOD))


NUMBER = "2812345"


def two_lines(quality: LineQuality = GOOD, number: str = NUMBER) -> SimCard:
    """Line 1 has a number that the others can dial; a line's own quality on each end."""
    plain = LineProfile(quality=GOOD)
    first = LineProfile(quality=quality, number=number, caller_id=CallerIdSending.NONE)
    return SimCard(lines=[first, plain, plain, plain], paced=False)


def numbered() -> CallPlan:
    plan = default_plan("铜陵广电", "0562-96599", "0562")
    lines = tuple(msgspec.structs.replace(line, number=NUMBER if line.id == LineId(1) else "") for line in plan.lines)
    return msgspec.structs.replace(plan, lines=lines)


async def result_of_pair(box: Box) -> LineTest:
    await box.command(messages.TestLine(seq=1, line=LINE))
    health = box.engine.switch.learning.health
    await box.until(lambda: health(LINE).test is not None, 60)
    found = health(LINE).test
    assert found is not None
    return found


@pytest.mark.parametrize(("loss_db", "findings"), [(4.0, ()), (20.0, (LineTestFinding.PAIR_WEAK,))])
def test_two_lines_of_the_box_hear_each_other(
    tmp_path: Path, loss_db: float, findings: tuple[LineTestFinding, ...]
) -> None:
    """Line 2 calls line 1: level both ways, noise at both ends, echo return of both; and nothing in the call log."""
    quality = LineQuality(loss_db=loss_db, noise_dbm0=-57.0, hum_dbm0=-60.0, echo_return_loss_db=14.0)

    async def script(box: Box) -> None:
        found = await result_of_pair(box)
        assert found.findings == findings
        pair = found.pair
        assert pair is not None
        assert pair.other == 1
        assert pair.loss_there_db == pytest.approx(4.0 + loss_db, abs=2.0)
        assert pair.loss_back_db == pytest.approx(4.0 + loss_db, abs=2.0)
        assert pair.noise_there_dbm0 == pytest.approx(-57.0, abs=3.0)
        assert pair.noise_back_dbm0 == pytest.approx(-65.0, abs=4.0)
        assert pair.echo_there_db == pytest.approx(14.0, abs=3.0)
        assert pair.echo_here_db == pytest.approx(18.0, abs=3.0)
        await box.passes(5)
        assert {line.state for line in box.engine.switch.lines.values()} == {LineState.IDLE}
        assert box.records == []
        assert not list(box.data.glob("linetest*"))

    conversation(tmp_path, script, card=lambda: two_lines(quality), plan=numbered())


def test_a_number_that_leads_nowhere(tmp_path: Path) -> None:
    async def script(box: Box) -> None:
        found = await result_of_pair(box)
        assert found.findings == (LineTestFinding.PAIR_SILENT,)
        assert found.pair is None
        assert found.echo_return_db is not None, "what was measured alone stands"
        await box.passes(5)
        assert {line.state for line in box.engine.switch.lines.values()} == {LineState.IDLE}

    conversation(tmp_path, script, card=lambda: two_lines(number=""), plan=numbered())


def test_a_caller_on_the_other_line_reaches_the_flow(tmp_path: Path) -> None:
    """Somebody rings line 1 just while line 2 calls it: not hearing our tones, the box lets the caller in."""

    async def script(box: Box) -> None:
        await box.command(messages.TestLine(seq=1, line=LINE))
        other = box.engine.switch.lines[LineId(1)]
        await box.until(lambda: other.test_rung is not None, 30)
        caller = box.outside()
        caller.call("13905621234", other.port)
        await box.in_state(CallState.IN_FLOW, 20)
        await box.until(lambda: box.engine.switch.learning.health(LINE).test is not None, 30)
        await box.passes(2)
        assert caller.state is CallerState.TALKING
        caller.hang_up()
        record = await box.record()
        assert record.line == 1
        found = box.engine.switch.learning.health(LINE).test
        assert found is not None
        assert found.pair is None

    conversation(tmp_path, script, card=two_lines, plan=numbered())
