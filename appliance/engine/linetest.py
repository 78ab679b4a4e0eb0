"""The test of one outside line by itself: dial tone, then one digit for quiet, then test tones for echo.

Where another line's number is known a call to it follows (`linepairtest.py`). Alone it takes about eight seconds and
writes no call record: nobody calls anybody. The line is taken as for an outgoing call, so a caller who rings in
meanwhile has it at once, and the test says so. Measured is what comes off the line itself, before the echo canceller;
the sound is kept in a file only while it is measured.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import numpy as np
from numpy.typing import NDArray

from appliance.engine.line import Line
from appliance.engine.linepairtest import partner_of, test_pair
from appliance.engine.seizing import DIAL_TONE_WAIT_S, hears_dial_tone
from appliance.engine.watch import PartyGone, watching
from appliance.media.items import Digits, LineTones, Silence
from appliance.telephony.call import HangUpCause
from appliance.telephony.ids import CallId
from appliance.wire.facts import LineTested
from appliance.wire.linetest import EchoReturn, LineTest, LineTestFinding
from drivers.base import FRAME_SAMPLES, SAMPLE_RATE
from drivers.dsp.linetest import measure_dial_tone, measure_echo, measure_quiet
from drivers.wavefile import WavError, read_wav

if TYPE_CHECKING:
    from appliance.engine.switch import Switch

log = logging.getLogger(__name__)

TEST_CALL = CallId("line-test")
DIGIT = "1"
"""Any digit ends dial tone; no number in China is complete with this one alone."""
DIAL_S = 0.6
"""So long dial tone is measured after it was recognised."""
SETTLE_S = 0.4
QUIET_S = 1.1
ECHO_S = 1.0
LONGEST_S = DIAL_TONE_WAIT_S + 12.0
PITCH_HZ, PITCH_OFF_HZ = 450.0, 25.0
WEAK_DBM0 = -25.0
"""GB/T 3380 has the exchange send -10 ± 3 dBm0; a line should not lose more than 12 dB of it."""
HUM_DBM0, NOISE_DBM0 = -45.0, -50.0
ECHO_DB = 10.0


@dataclass(frozen=True, slots=True)
class _Heard:
    """Frames at which each part could be heard."""

    dial: int | None
    """None: there was no dial tone."""
    quiet: int
    echo: int


async def run_line_test(switch: Switch, line: Line) -> None:
    """Test a free line, keep and tell what was found. Never raises."""
    result = LineTest(line=line.plan.id, at=switch.now().isoformat(timespec="seconds"))
    path = switch.scratch(f"linetest-{line.plan.id}.wav")
    switch.media.cancel_echo(line.port, False)
    if not line.seize():
        switch.media.cancel_echo(line.port, line.plan.echo_canceller)
        return
    line.call_id, line.under_test = TEST_CALL, True
    switch.media.measure_line(line.port, False)
    handle = switch.media.start_voicemail(path, line.port)
    began_frame = switch.media.frame
    try:
        async with asyncio.timeout(LONGEST_S), watching(line.party):
            heard = await _through(switch, line)
        switch.media.stop_recording(handle)
        await handle.finished()
        result = _measured(result, path, heard, began_frame)
    except PartyGone as gone:
        result = _broken_off(result, gone.cause)
    except Exception:
        log.exception("the test of line %s broke down", line.plan.id)
        result = _broken_off(result, HangUpCause.INTERNAL_ERROR)
    finally:
        line.under_test = False
        switch.media.stop_recording(handle)
        line.release(TEST_CALL)
        switch.media.cancel_echo(line.port, line.plan.echo_canceller)
        await handle.finished()
        switch.media.drop_recording(path)
        switch.media.measure_line(line.port, True)
    try:
        if not {LineTestFinding.INTERRUPTED, LineTestFinding.LINE_LOST} & {*result.findings}:
            result = await _with_other(switch, line, result)
    except Exception:
        log.exception("the test of line %s against another broke down", line.plan.id)
    finally:
        switch.learning.tested(result)
        switch.diary.write(LineTested, durable=True, test=result)


async def _with_other(switch: Switch, line: Line, result: LineTest) -> LineTest:
    """With what a call to another line of the box shows, if one can be called; neither line learns from it."""
    other = partner_of(switch, line)
    if other is None or LineTestFinding.NO_DIAL_TONE in result.findings:
        return result
    for each in (line, other):
        switch.media.measure_line(each.port, False)
    try:
        return await test_pair(switch, line, other, result)
    finally:
        for each in (line, other):
            switch.media.measure_line(each.port, True)


async def _through(switch: Switch, line: Line) -> _Heard:
    """The test itself."""
    media = switch.media
    dial = None
    if await hears_dial_tone(line):
        dial = media.frame
        await asyncio.sleep(DIAL_S)
        await media.play(line.port, [Digits(DIGIT)]).finished()
    await asyncio.sleep(SETTLE_S)
    quiet = media.frame
    await asyncio.sleep(QUIET_S)
    tones = media.play(line.port, [LineTones(ECHO_S), Silence(0.1)])
    await asyncio.sleep(0.2)
    echo = media.frame
    await tones.finished()
    return _Heard(dial, quiet, echo)


def _measured(result: LineTest, path: Path, heard: _Heard, began_frame: int) -> LineTest:
    """What the recording that began at `began_frame` says."""
    try:
        samples = read_wav(path).samples[:, 0]
    except (WavError, OSError) as error:
        log.warning("line test: %s", error)
        return _broken_off(result, HangUpCause.INTERNAL_ERROR)

    def part(frame: int, length_s: float) -> NDArray[np.int16]:
        begin = (frame - began_frame) * FRAME_SAMPLES
        return samples[begin : begin + round(length_s * SAMPLE_RATE)]

    findings = []
    if heard.dial is None:
        findings.append(LineTestFinding.NO_DIAL_TONE)
    else:
        dial = measure_dial_tone(part(heard.dial, DIAL_S - 0.1))
        result = msgspec.structs.replace(
            result, dial_pitch_hz=round(dial.pitch_hz, 1), dial_level_dbm0=round(dial.level_dbm0, 1)
        )
        if abs(dial.pitch_hz - PITCH_HZ) > PITCH_OFF_HZ:
            findings.append(LineTestFinding.DIAL_PITCH)
        if dial.level_dbm0 < WEAK_DBM0:
            findings.append(LineTestFinding.DIAL_WEAK)
    quiet = measure_quiet(part(heard.quiet, 1.0))
    echo = measure_echo(part(heard.echo, ECHO_S - 0.4))
    signs = {
        LineTestFinding.HUM: quiet.hum_dbm0 > HUM_DBM0,
        LineTestFinding.NOISE: quiet.noise_dbm0 > NOISE_DBM0,
        LineTestFinding.ECHO: echo.return_loss_db < ECHO_DB,
    }
    return msgspec.structs.replace(
        result,
        noise_dbm0=round(quiet.noise_dbm0, 1),
        hum_dbm0=round(quiet.hum_dbm0, 1),
        echo_return_db=round(echo.return_loss_db, 1),
        echo_by_pitch=tuple(
            EchoReturn(pitch_hz=pitch_hz, return_loss_db=round(loss_db, 1)) for pitch_hz, loss_db in echo.by_pitch
        ),
        findings=(*findings, *(finding for finding, there in signs.items() if there)),
    )


def _broken_off(result: LineTest, cause: HangUpCause) -> LineTest:
    lost = cause in {HangUpCause.PORT_FAULT, HangUpCause.CARD_LOST, HangUpCause.INTERNAL_ERROR}
    finding = LineTestFinding.LINE_LOST if lost else LineTestFinding.INTERRUPTED
    return msgspec.structs.replace(result, findings=(finding,))
