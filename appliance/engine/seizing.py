"""Taking an outside line to dial: the line, dial tone, digits, answer. The caller releases the line."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from appliance.engine.call import Call
from appliance.engine.line import RING_SILENT_S, Line
from appliance.engine.watch import PartyGone, watching
from appliance.media.items import Digits, Silence
from appliance.telephony.call import StepKind
from drivers.signals import Tone

if TYPE_CHECKING:
    from appliance.engine.switch import Switch

DIAL_TONE_WAIT_S = 4.0
"""A line without dial tone for so long is not used (GB/T: dial tone comes within 1 s; detection takes 1.4 s)."""
LINE_POLL_S = 0.2
LINE_WAIT_S = RING_SILENT_S + 1.0
"""When all lines are taken one waits so long for a line: a caller who gave up while ringing is known to be gone
only when no further ring comes."""


async def seize_line(switch: Switch, call: Call, number: str) -> Line | None:
    """A free line, seized for `call`, with dial tone; None when there is none. `number` is what it will be used for.

    Highest line first: callers come in on the lowest. A line that a caller won, or that gave no dial tone, is not tried
    twice.
    """
    untried = [line for line in switch.lines.values() if line.plan.outgoing]
    while await _one_is_free(untried):
        line = max((line for line in untried if line.free), key=lambda line: line.plan.id)
        untried.remove(line)
        if not line.seize():
            continue
        line.call_id, line.peer_number = call.id, number
        heard = False
        try:
            heard = await _hears_dial_tone(line)
        finally:
            if not heard:
                line.release(call.id)
        if heard:
            call.note(StepKind.LINE_SEIZED, note=str(line.plan.id))
            return line
        call.note(StepKind.NO_DIAL_TONE, note=str(line.plan.id))
    return None


async def dial(switch: Switch, line: Line, digits: str) -> None:
    """Send the digits; from then on the far end's answer and tones count."""
    await switch.media.play(line.port, [Digits(digits), Silence(0.1)]).finished()
    line.dialled()


async def far_end_answer(line: Line, timeout_s: float) -> bool | None:
    """True when the far end surely answered, False when it is inferred, None when it only rings for so long."""
    try:
        async with asyncio.timeout(timeout_s):
            while line.answer is None:
                line.news.clear()
                await line.news.wait()
    except TimeoutError:
        return None
    line.talk()
    return line.answer.certain


async def _one_is_free(lines: list[Line]) -> bool:
    """Wait a little for a line: one may just be going on hook, or have rung for a caller who gave up."""
    patience_s = LINE_WAIT_S if lines else 0.0
    while patience_s > 0 and not any(line.free for line in lines):
        await asyncio.sleep(LINE_POLL_S)
        patience_s -= LINE_POLL_S
    return any(line.free for line in lines)


async def _hears_dial_tone(line: Line) -> bool:
    far_end = line.party
    try:
        async with watching(far_end), asyncio.timeout(DIAL_TONE_WAIT_S):
            while line.tone is None or line.tone.tone is not Tone.DIAL:
                line.news.clear()
                await line.news.wait()
    except TimeoutError:
        return False
    except PartyGone as gone:
        if gone.party is not far_end:
            raise
        return False
    return True
