"""What a waiting caller hears: music, the queue's message, the place in the line."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from appliance.callplan import Queue
from appliance.ivr.prompts import ENGLISH
from appliance.ivr.saying import ValueKind, say_value
from appliance.telephony.ids import Language, PromptId

if TYPE_CHECKING:
    from appliance.engine.callerleg import LineCaller
    from appliance.media.media import Media

_POSITION_NEXT = PromptId("position_next")
_POSITION = PromptId("position_before"), PromptId("position_after")
_WAIT = PromptId("wait_before"), PromptId("wait_after")
_UNIT = "wei"
"""Measure word of callers; it stands in the prompt behind the number."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a caller stands in the line."""

    ahead: int
    """Callers of the same queue who are served before."""
    expected_wait_s: float | None


def place_prompts(place: Place, language: Language, *, with_wait: bool) -> list[PromptId]:
    """“您前面还有两位来电在等候。”, with the expected wait in whole minutes where it is known and not just now."""
    if place.ahead == 0:
        prompts = [_POSITION_NEXT]
    else:
        before, after = _POSITION
        prompts = [before, *_count(place.ahead, language), after]
    if with_wait and place.expected_wait_s:
        before, after = _WAIT
        prompts += [before, *_count(math.ceil(place.expected_wait_s / 60), language), after]
    return prompts


def _count(number: int, language: Language) -> list[PromptId]:
    """The number as it is said before a measure word: 两, not 二."""
    spoken = say_value(str(number), ValueKind.INTEGER, language, _UNIT)
    return spoken if language == ENGLISH else spoken[:-1]


async def entertain(
    media: Media, caller: LineCaller, queue: Queue, place: Callable[[], Place | None], *, greeted: bool
) -> None:
    """Music with the queue's messages over and over; cancelled when the wait ends.

    `place` says where the caller stands now; `greeted`: the caller has been told already that he waits.
    """

    async def say(prompts: list[PromptId]) -> None:
        await media.play(caller.port, [caller.prompt(prompt) for prompt in prompts]).finished()

    if queue.enter_prompt and not greeted:
        await say([queue.enter_prompt])
    time = asyncio.get_running_loop().time
    message_s = max(queue.repeat_every_s, 1.0) if queue.repeat_prompt else math.inf
    place_s = max(queue.announce_position_every_s, 1.0) if queue.announce_position_every_s > 0 else math.inf
    message_at, place_at = time() + message_s, time() + place_s
    while True:
        media.play(caller.port, [caller.prompt(queue.music)], loop=True)
        due = min(message_at, place_at)
        if due == math.inf:
            return
        await asyncio.sleep(max(0.0, due - time()))
        if time() >= place_at:
            now = place()
            if now is not None:
                await say(place_prompts(now, caller.language, with_wait=queue.announce_wait))
            place_at = time() + place_s
        if queue.repeat_prompt and time() >= message_at:
            await say([queue.repeat_prompt])
            message_at = time() + message_s
