"""Taking an outside line to dial: the line, dial tone, digits, answer. The caller releases the line."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from appliance.engine.call import Call
from appliance.engine.line import RING_SILENT_S, Line
from appliance.engine.seizeorder import first_to_take, left_to_callers
from appliance.engine.watch import PartyGone, watching
from appliance.media.items import Digits, Silence
from appliance.telephony.call import StepKind
from appliance.telephony.number import NumberClass, class_of
from drivers.base import DialDigits
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

    In the order of the plan, whose last free lines may be kept for callers (not from emergency calls). A line that a
    caller won, or that gave no dial tone, is not tried twice.
    """
    untried = [line for line in switch.lines.values() if line.plan.outgoing]
    rules = switch.plan.seizing
    emergency = class_of(number, switch.plan.area_code) is NumberClass.EMERGENCY
    kept = 0 if emergency else rules.kept_for_callers
    while await _one_is_free(switch, untried, kept):
        line = first_to_take(untried, rules.order)
        assert line is not None
        untried.remove(line)
        if not line.seize():
            continue
        line.call_id, line.peer_number = call.id, number
        heard = False
        try:
            heard = await hears_dial_tone(line)
        finally:
            if not heard:
                line.release(call.id)
        if heard:
            call.note(StepKind.LINE_SEIZED, note=str(line.plan.id))
            return line
        call.note(StepKind.NO_DIAL_TONE, note=str(line.plan.id))
    if any(line.free for line in untried):
        call.note(StepKind.REFUSED, number=number, note="剩下的外线留给来电")
    return None


async def dial(switch: Switch, line: Line, digits: str) -> None:
    """Send the digits; from then on the far end's answer and tones count."""
    line.dials()
    if switch.media.dials(line.port):
        switch.media.command(line.port, DialDigits(digits))
    else:
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


async def _one_is_free(switch: Switch, lines: list[Line], kept: int) -> bool:
    """Wait a little for a line: one may just be going on hook, or have rung for a caller who gave up."""

    def there_is_one() -> bool:
        return any(line.free for line in lines) and not left_to_callers(switch.lines.values(), kept)

    patience_s = LINE_WAIT_S if lines else 0.0
    while patience_s > 0 and not there_is_one():
        await asyncio.sleep(LINE_POLL_S)
        patience_s -= LINE_POLL_S
    return there_is_one()


async def hears_dial_tone(line: Line) -> bool:
    """Whether a seized line gives dial tone in time; False also when its far end goes meanwhile."""
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
