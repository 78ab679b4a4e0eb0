"""The caller of an inbound call as a flow sees it: `CallerLeg` over a line, the media and the queues."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from appliance.engine.call import Call
from appliance.engine.callfiles import CallFiles
from appliance.engine.directtalk import ring_seat
from appliance.engine.line import Line
from appliance.engine.outsideleg import dial_outside
from appliance.ivr.prompts import CHINESE, in_language
from appliance.media.items import PlayedTone, Prompt, ServiceTone
from appliance.telephony.call import CallState, HangUpCause, Rating, StepKind
from appliance.telephony.ids import AgentId, BoxId, CallId, LineId, PromptId, QueueId
from appliance.telephony.leg import (
    CallBack,
    Collected,
    DialOutcome,
    QueueOutcome,
    RingOutcome,
    RingTarget,
    VoicemailOutcome,
)
from appliance.wire.facts import CallBackBooked
from appliance.wire.messages import CallChanged
from drivers.bank import Listen
from drivers.base import FRAME_S, PortId

if TYPE_CHECKING:
    from appliance.engine.switch import Switch

LINGER_S = 1.5
"""After goodbye to a caller whose agent hung up first: so congestion tone (3 cycles, 4.2 s) is still recognised."""
KEY_TAIL_S = 0.2
"""The `#` that ended a message is cut off."""
PAUSE_ENDS_MESSAGE_S = 5.0
"""So long without a word ends a voicemail message."""


class LineCaller:
    """Implements `telephony.leg.CallerLeg`. Runs inside `watching(line.party)`: hang-up ends whatever it does."""

    def __init__(self, switch: Switch, call: Call, line: Line, files: CallFiles) -> None:
        self._switch = switch
        self._call = call
        self._files = files
        self.line = line
        self.language = CHINESE

    @property
    def port(self) -> PortId:
        return self.line.port

    @property
    def call_id(self) -> CallId:
        return self._call.id

    @property
    def line_id(self) -> LineId:
        return self.line.plan.id

    @property
    def hotline(self) -> str:
        return self._call.hotline

    @property
    def peer_number(self) -> str:
        return self._call.peer_number

    @property
    def answered(self) -> bool:
        return self._call.answered_at is not None

    def now(self) -> datetime:
        return self._switch.now()

    def on_errand(self) -> ErrandCaller:
        """The same caller, for a flow from which it comes back to its seat."""
        caller = ErrandCaller(self._switch, self._call, self.line, self._files)
        caller.language = self.language
        return caller

    async def answer(self) -> None:
        if self.answered:
            return
        if not self.line.answer_ringing():
            self.line.party.hung_up(HangUpCause.RINGING_STOPPED)
            await asyncio.Event().wait()  # the watch around us ends this at once
        self._call.answered()
        self._call.note(StepKind.ANSWERED)

    async def play(self, prompts: Sequence[PromptId], *, stop_digits: str = "") -> str:
        keys, media = self.line.keys, self._switch.media
        digit = keys.take_any_of(stop_digits)
        if digit:
            return digit
        with keys.interrupting(stop_digits, lambda: media.stop(self.port)):
            playback = media.play(self.port, [self.prompt(prompt) for prompt in prompts])
            await playback.finished()
        return keys.take_any_of(stop_digits)

    def prompt(self, prompt: PromptId) -> Prompt:
        """The prompt as this caller is to hear it."""
        return Prompt(in_language(prompt, self.language))

    async def collect(
        self,
        *,
        max_digits: int,
        terminators: str,
        first_timeout_s: float,
        inter_digit_timeout_s: float,
        secret: bool = False,
    ) -> Collected:
        del secret  # what is shown of the digits is the node's business; the leg never logs them
        digits = ""
        while len(digits) < max_digits:
            digit = await self.line.keys.next(inter_digit_timeout_s if digits else first_timeout_s)
            if not digit:
                return Collected(digits, timed_out=True)
            if digit in terminators:
                break
            digits += digit
        return Collected(digits, timed_out=False)

    def prioritise(self, priority: int) -> None:
        self._call.priority = priority
        self._switch.publish(CallChanged(call=self._call.view()))

    async def queue(self, queue: QueueId) -> QueueOutcome:
        return await self._switch.queueing.wait(self._call, self, self._files, queue)

    @property
    def last_queue(self) -> QueueId | None:
        return self._call.queue

    async def voicemail(self, box: BoxId, *, for_agent: AgentId | None, max_s: float) -> VoicemailOutcome:
        media = self._switch.media
        self._call.enter(CallState.IN_VOICEMAIL, StepKind.VOICEMAIL, note=box)
        await media.play(self.port, [ServiceTone(PlayedTone.BEEP)]).finished()
        box_plan = next((each for each in self._switch.plan.boxes if each.id == box), None)
        self._files.start_voicemail(self.port, box, for_agent, box_plan.min_s if box_plan else 1.0)
        began, trim_s = media.frame, 0.0
        try:
            trim_s = await self._until_message_ends(max_s)
        except asyncio.CancelledError:
            # Hung up: the message counts, without the tone by which the exchange told us.
            trim_s = max(0, media.frame - max(self.line.hung_up_frame, began)) * FRAME_S
            raise
        finally:
            self._files.stop_voicemail(trim_s)
            media.listen(self.port, Listen.DTMF | Listen.TONES)
        kept = await self._files.settle_voicemail()
        step = StepKind.VOICEMAIL_LEFT if kept else StepKind.VOICEMAIL_EMPTY
        self._call.enter(CallState.IN_FLOW, step, note=kept.path if kept else "")
        return VoicemailOutcome(kept.path, kept.length_s) if kept else VoicemailOutcome("", 0.0)

    async def ring(self, target: RingTarget, name: str, *, ring_s: float, music: PromptId | None) -> RingOutcome:
        return await ring_seat(self._switch, self._call, self, self._files, target, name, ring_s=ring_s, music=music)

    async def dial(self, number: str, *, ring_s: float, max_s: float, music: PromptId | None) -> DialOutcome:
        return await dial_outside(
            self._switch, self._call, self, self._files, number, ring_s=ring_s, max_s=max_s, music=music
        )

    def invite_to_rate(self) -> None:
        if not self._call.rating:
            self._call.rating = Rating.UNRATED
        self._call.note(StepKind.SURVEY)

    def rate(self, rating: Rating) -> None:
        self._call.rating = rating
        self._call.note(StepKind.RATED, note=rating)

    def book_call_back(self, booking: CallBack) -> None:
        self._switch.diary.write(
            CallBackBooked, durable=True, call_id=self.call_id, number=booking.number, queue=booking.queue
        )
        self._call.note(StepKind.CALL_BACK, number=booking.number, queue=booking.queue)

    def show(self, label: str, value: str) -> None:
        self._call.shown[label] = value
        self._switch.publish(CallChanged(call=self._call.view()))

    async def hang_up(self) -> None:
        if self._call.agent_gone_frame is not None:
            # Whoever hung up first is in the record: an agent often just reacts to the busy tone in the ear.
            await asyncio.sleep(LINGER_S)
        self.line.release(self._call.id)

    def entered(self, flow: str, node: str, label: str) -> None:
        self._call.flow, self._call.node, self._call.node_label = flow, node, label
        self._switch.publish(CallChanged(call=self._call.view()))

    def visited(
        self, flow: str, flow_version: int, node: str, label: str, exit_name: str, digits: str, remark: str = ""
    ) -> None:
        note = f"v{flow_version} {remark}".strip()
        self._call.note(StepKind.NODE, flow=flow, node=node, label=label, exit=exit_name, digits=digits, note=note)

    async def _until_message_ends(self, max_s: float) -> float:
        """Until `#`, a long pause or `max_s`; returns how much of the end is not message, in seconds."""
        media, line, done = self._switch.media, self.line, asyncio.Event()
        line.keys.clear()
        line.paused.clear()
        media.listen(self.port, Listen.DTMF | Listen.TONES | Listen.PAUSE, pause_s=PAUSE_ENDS_MESSAGE_S)
        pause = asyncio.create_task(line.paused.wait())
        pause.add_done_callback(lambda _: done.set())
        try:
            with line.keys.interrupting("#", done.set):
                async with asyncio.timeout(max_s):
                    await done.wait()
        except TimeoutError:
            return 0.0
        finally:
            pause.cancel()
        return PAUSE_ENDS_MESSAGE_S if line.paused.is_set() else KEY_TAIL_S


class ErrandCaller(LineCaller):
    """The far party of a conversation in a flow: it serves itself there and comes back, and is not released."""

    async def hang_up(self) -> None:
        """The flow is over, the call is not."""

    async def queue(self, queue: QueueId) -> QueueOutcome:
        del queue
        return QueueOutcome.NO_AGENT

    async def ring(self, target: RingTarget, name: str, *, ring_s: float, music: PromptId | None) -> RingOutcome:
        del target, name, ring_s, music
        return RingOutcome.ABSENT

    async def dial(self, number: str, *, ring_s: float, max_s: float, music: PromptId | None) -> DialOutcome:
        del number, ring_s, max_s, music
        return DialOutcome.NO_LINE
