"""The test of two outside lines of the box against each other: one calls the other, each hears the other's test tones.

What: level both ways, noise as heard at each end, echo return of both. The other line is answered by the
    test and not by a flow; nothing of it stands in the call log.
Limits: a caller from outside may ring the other line in just these seconds; who does not bring our test tones is given
    to the line's flow after at most three seconds.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
import numpy as np
from numpy.typing import NDArray

from appliance.engine.line import Line
from appliance.engine.linetable import LineEvent
from appliance.engine.seizing import dial, hears_dial_tone
from appliance.engine.watch import PartyGone, watching
from appliance.media.items import LineTones, Silence
from appliance.telephony.call import LineState
from appliance.telephony.ids import CallId
from appliance.wire.linetest import LinePair, LineTest, LineTestFinding
from drivers.base import FRAME_SAMPLES, SAMPLE_RATE
from drivers.dsp.linetest import measure_echo, measure_quiet
from drivers.wavefile import read_wav

if TYPE_CHECKING:
    from appliance.engine.switch import Switch

PAIR_CALL = CallId("line-test-pair")
IDLE_WAIT_S = 12.0
RING_WAIT_S = 15.0
SETTLE_S = 1.0
QUIET_S = 1.1
TONES_S = 1.0
CONNECTED_DB = 30.0
"""Whoever hears our tones weaker than this does not hear them at all: somebody else is on the line."""
WEAK_DB = 22.0
"""Two subscriber lines and an exchange lose 7 to 18 dB together; beyond, both sides sound faint."""


@dataclass(frozen=True, slots=True)
class _Way:
    """Tones from one line as they came off both."""

    loss_db: float
    noise_dbm0: float
    echo_db: float


class _StrangerError(Exception):
    """Somebody else rang."""


def partner_of(switch: Switch, line: Line) -> Line | None:
    """A free line whose number is known."""
    others = (other for other in switch.lines.values() if other is not line and other.plan.number)
    return next((other for other in others if other.free), None)


async def test_pair(switch: Switch, line: Line, other: Line, result: LineTest) -> LineTest:
    """`result` with what the call from `line` to `other` showed; as it was when a caller wanted one of them."""
    if not await _comes_to_rest(line) or not other.free or not line.seize():
        return result
    line.call_id, line.under_test = PAIR_CALL, True
    pair = None
    try:
        async with _awaiting(switch, other) as rung, watching(line.party):
            if await hears_dial_tone(line):
                await dial(switch, line, other.plan.number)
                async with asyncio.timeout(RING_WAIT_S):
                    await rung.wait()
                pair = await _measured(switch, line, other)
    except (PartyGone, TimeoutError):
        pass  # not put through: the finding says so
    except _StrangerError:
        return result
    finally:
        line.under_test = False
        line.release(PAIR_CALL)
    if pair is None:
        return msgspec.structs.replace(result, findings=(*result.findings, LineTestFinding.PAIR_SILENT))
    weak = max(pair.loss_there_db, pair.loss_back_db) > WEAK_DB
    findings = (*result.findings, LineTestFinding.PAIR_WEAK) if weak else result.findings
    return msgspec.structs.replace(result, pair=pair, findings=findings)


async def _comes_to_rest(line: Line) -> bool:
    """The line by itself was tested just before: until its guard time is over."""
    try:
        async with asyncio.timeout(IDLE_WAIT_S):
            while not line.free:  # noqa: ASYNC110 - a poll of a moment, after the guard time
                await asyncio.sleep(0.1)
    except TimeoutError:
        return False
    return True


@asynccontextmanager
async def _awaiting(switch: Switch, other: Line) -> AsyncIterator[asyncio.Event]:
    """While in the block nobody dials on `other`, and its ringing sets the event. What rings at the end is a call."""
    rung = other.test_rung = asyncio.Event()
    other.under_test = True
    try:
        yield rung
    finally:
        other.test_rung, other.under_test = None, False
        if other.call_id == PAIR_CALL:
            other.release(PAIR_CALL)
        elif other.state in {LineState.RINGING, LineState.TALKING}:
            switch.line_rings(other)


async def _measured(switch: Switch, line: Line, other: Line) -> LinePair:
    """Both ways. Raises `_StrangerError`: the other line was answered, and somebody else is there."""
    other.happen(LineEvent.ANSWER)
    await asyncio.sleep(SETTLE_S)
    there = await _way(switch, line, other)
    if there.loss_db > CONNECTED_DB:
        raise _StrangerError
    other.call_id = PAIR_CALL
    back = await _way(switch, other, line)
    return LinePair(
        other=other.plan.id,
        loss_there_db=round(there.loss_db, 1),
        loss_back_db=round(back.loss_db, 1),
        noise_there_dbm0=round(there.noise_dbm0, 1),
        noise_back_dbm0=round(back.noise_dbm0, 1),
        echo_there_db=round(back.echo_db, 1),
        echo_here_db=round(there.echo_db, 1),
    )


async def _way(switch: Switch, sender: Line, listener: Line) -> _Way:
    media = switch.media
    paths = [switch.scratch(f"linetest-{sender.plan.id}-{each.plan.id}.wav") for each in (sender, listener)]
    for each in (sender, listener):
        media.cancel_echo(each.port, False)
    handles = [media.start_voicemail(path, each.port) for path, each in zip(paths, (sender, listener), strict=True)]
    began = media.frame
    try:
        await asyncio.sleep(QUIET_S)
        tones = media.play(sender.port, [LineTones(TONES_S), Silence(0.1)])
        await asyncio.sleep(0.2)
        sounding = media.frame - began
        await tones.finished()
    finally:
        for handle, each in zip(handles, (sender, listener), strict=True):
            media.stop_recording(handle)
            media.cancel_echo(each.port, each.plan.echo_canceller)
            await handle.finished()
    sent, heard = (read_wav(path).samples[:, 0] for path in paths)
    for path in paths:
        media.drop_recording(path)
    quiet = measure_quiet(heard[:SAMPLE_RATE])
    return _Way(_loss_db(heard, sounding), quiet.noise_dbm0, _loss_db(sent, sounding))


def _loss_db(samples: NDArray[np.int16], at_frame: int) -> float:
    begin = at_frame * FRAME_SAMPLES
    return measure_echo(samples[begin : begin + round((TONES_S - 0.4) * SAMPLE_RATE)]).return_loss_db
