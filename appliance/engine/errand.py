"""A far party's way through a flow on behalf of a seat, and back: card number and password nobody else hears.

Its digits reach nobody and no recording. The flow serves itself: a queue, a seat or an outside number in it are not to
be had.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from appliance.engine.watch import PartyGone, watching
from appliance.ivr.context import FlowEnd
from appliance.ivr.runner import Runner
from appliance.telephony.ids import FlowId
from drivers.bank import Listen

if TYPE_CHECKING:
    from appliance.engine.callerleg import LineCaller
    from appliance.engine.talk import Talk

RESULT = "result"
"""What a flow keeps under this name is shown to the seat, beside what its nodes show."""
RESULT_LABEL = "流程结果"
_ENDS = {FlowEnd.FINISHED: "", FlowEnd.ENDLESS: "流程绕圈，已中止", FlowEnd.FAILED: "流程出错"}
_QUIET_S = 0.3
_QUIET_WITHIN_S = 3.0
"""A key that is still held down when the flow ends must not be heard by the seat."""


class Errand:
    """One errand; runs beside the conversation, so that the agent may hang up meanwhile."""

    def __init__(self, talk: Talk, leg: LineCaller, flow: FlowId, value: str) -> None:
        self._talk = talk
        self._line = leg.line
        self._leg = leg.on_errand()
        self._flow = flow
        self._value = value
        self._task: asyncio.Task[str] | None = None

    def begin(self) -> None:
        """Start it, if the flow is there."""
        self._task = asyncio.create_task(self._run())

    async def finished(self) -> str:
        """Wait for its end, which is '' or a Chinese half sentence on what went wrong. Cancelling the wait is safe."""
        if self._task is None:
            return ""
        return await asyncio.shield(self._task)

    async def abandon(self) -> None:
        """End it where it is; returns when it is over."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})

    async def _run(self) -> str:
        switch, line = self._talk.switch, self._line
        flow = next((each for each in switch.plan.flows if each.id == self._flow), None)
        if flow is None:
            return "没有这个流程"
        line.keys.clear()
        switch.media.disconnect(line.port)
        switch.media.listen(line.port, Listen.DTMF | Listen.TONES)
        try:
            async with watching(line.party):
                runner = Runner(flow, switch.parts, sources=switch.sources)
                result = await runner.run(self._leg, {"pushed": self._value})
                await self._until_keys_are_up()
        except PartyGone:
            return "客户已挂机"
        if RESULT in result.variables:
            self._leg.show(RESULT_LABEL, result.variables[RESULT])
        return _ENDS[result.end]

    async def _until_keys_are_up(self) -> None:
        line, media = self._line, self._talk.switch.media
        line.paused.clear()
        media.listen(line.port, Listen.DTMF | Listen.TONES | Listen.PAUSE, pause_s=_QUIET_S)
        try:
            async with asyncio.timeout(_QUIET_WITHIN_S):
                await line.paused.wait()
        except TimeoutError:
            pass
        media.listen(line.port, Listen.DTMF | Listen.TONES)
        line.keys.clear()
