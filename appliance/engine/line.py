"""An outside line at work: runs the line table over the media and keeps what the exchange told us."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from appliance.callplan import Line as LinePlan
from appliance.engine.keys import Keys
from appliance.engine.linetable import LineAction, LineEvent, refuses, step
from appliance.engine.watch import Party, cause_of_fault
from appliance.media.media import Media
from appliance.telephony.call import HangUpCause, LineState
from appliance.telephony.ids import CallId
from appliance.wire.messages import LineView
from drivers.bank import Listen
from drivers.base import PortId, ReleaseLine, SeizeLine
from drivers.hangup import HangUpProfile
from drivers.signals import (
    Answerer,
    AnswererHeard,
    CallerIdReceived,
    CallerIdUnreadable,
    DigitPressed,
    FarEndAnswered,
    FarEndHungUp,
    PauseHeard,
    PortFault,
    PortRecovered,
    RingStarted,
    RingStopped,
    Signal,
    ToneHeard,
)

RING_SILENT_S = 5.0
"""Longer than the 4 s pause of the ring cadence (GB/T 3380: 1 s on, 4 s off, ±10 %): the caller gave up."""
OTHER_CALL_PAUSE_S = (1.0, 3.4)
"""A pause of this length between two bursts is not the cadence's: another caller rings after the first gave up."""
BELL_STUCK_S = 10.0
"""No burst of any country's cadence is so long: ringing voltage that stays is a fault of the line."""
CALLER_ID_FRESH_S = 6.0
"""Caller ID sent before the first ring belongs to a ring that follows within this time."""


class LineObserver(Protocol):
    def line_rings(self, line: Line) -> None: ...
    def line_changed(self, line: Line) -> None: ...
    def line_answerer(self, line: Line, answerer: Answerer) -> None: ...
    def line_fault_changed(self, line: Line) -> None: ...


class Line:
    """State, far end and keys of one FXO port. `party` is renewed with each call."""

    def __init__(self, plan: LinePlan, media: Media, observer: LineObserver, silence_s: float) -> None:
        self.plan = plan
        self.port: PortId = plan.port
        self.state = LineState.IDLE
        self.party = Party()
        self.keys = Keys()
        self.rings = 0
        self.caller_id: CallerIdReceived | CallerIdUnreadable | None = None
        self.news = asyncio.Event()
        """Set when a ring or caller ID came, a tone was heard or the far end answered; the plot clears it."""
        self.paused = asyncio.Event()
        """Set when the far end has been silent for long (while listening for pauses)."""
        self.tone: ToneHeard | None = None
        self.answer: FarEndAnswered | None = None
        self._gone_since_frame: int | None = None
        self.under_test = False
        """A line test has it, and no call."""
        self.test_rung: asyncio.Event | None = None
        """Set by its ringing while another line under test calls it; None: ringing is a call."""
        self.calls_today = 0
        """In both directions, since midnight; whoever knows of midnight sets it to 0."""
        self.idle_since_s = 0.0
        """Loop time at which it went on hook last."""
        self.call_id: CallId | None = None
        self.peer_number = ""
        self.since: datetime | None = None
        self.fault = ""
        self._media = media
        self._observer = observer
        self._silence_s = silence_s
        self._announced: CallerIdReceived | CallerIdUnreadable | None = None
        """Caller ID that came before the first ring."""
        self._announced_at = self._bell_off_at = -math.inf
        self._ring_timer: asyncio.TimerHandle | None = None
        self._bell_timer: asyncio.TimerHandle | None = None
        self._bell_stuck = False
        self._guard_timer: asyncio.TimerHandle | None = None

    def on_signal(self, signal: Signal) -> None:
        """Take one fact from the port."""
        match signal:
            case RingStarted():
                shortest_s, longest_s = OTHER_CALL_PAUSE_S
                if shortest_s < self._time() - self._bell_off_at < longest_s:
                    self._ring_silent()
                self.happen(LineEvent.RING_ON, HangUpCause.GLARE)
                self._bell_timer = self._later(BELL_STUCK_S, self._bell_stays_on)
            case RingStopped():
                self._bell_off_at = self._time()
                self._bell_stops()
                self.happen(LineEvent.RING_OFF)
            case CallerIdReceived() | CallerIdUnreadable():
                self._identified(signal)
            case DigitPressed():
                self.keys.press(signal.digit)
            case ToneHeard():
                self.tone = signal
                self.news.set()
            case FarEndAnswered():
                self.answer = signal
                self.news.set()
            case AnswererHeard():
                self._observer.line_answerer(self, signal.answerer)
            case PauseHeard():
                self.paused.set()
            case FarEndHungUp():
                self._gone_since_frame = signal.since_frame
                self.happen(LineEvent.FAR_END_GONE, HangUpCause(signal.evidence.value))
            case PortFault():
                self.fault = signal.text
                self.happen(LineEvent.FAULT, cause_of_fault(signal))
            case PortRecovered():
                self.fault = ""
                self.happen(LineEvent.RECOVERED)
            case _:
                pass

    def happen(self, event: LineEvent, cause: HangUpCause = HangUpCause.HOOK) -> bool:
        """Apply an event (`cause`: why the far end is gone, if it is); False when it means nothing in this state."""
        if refuses(self.state, event):
            return False
        before = self.state
        self.state, actions = step(self.state, event)
        for action in actions:
            self._act(action, cause)
        if before is not self.state or actions:
            self._observer.line_changed(self)
        return True

    def answer_ringing(self) -> bool:
        """Go off hook for a ringing caller and listen for digits and hang-up; False when it does not ring any more.

        After glare the line is off hook already.
        """
        if self.state is not LineState.TALKING and not self.happen(LineEvent.ANSWER):
            return False
        self._media.listen(self.port, Listen.DTMF | Listen.TONES)
        self._watch_hang_up()
        return True

    @property
    def free(self) -> bool:
        """Nobody is on the line, no test wants it, and no caller ID told of one who is about to ring."""
        announced = self._announced is not None and self._time() - self._announced_at < CALLER_ID_FRESH_S
        return self.state is LineState.IDLE and not announced and not self.under_test

    @property
    def hung_up_frame(self) -> int:
        """Frame since which the far end's hang-up showed (a busy tone began before it was recognised).

        Now, while no hang-up showed: whatever else ends the call does it at once.
        """
        return self._media.frame if self._gone_since_frame is None else self._gone_since_frame

    def seize(self) -> bool:
        """Go off hook to dial; False when the line is not free."""
        if not self.free:
            return False
        self._renew()
        self._media.listen(self.port, Listen.TONES)
        return self.happen(LineEvent.SEIZE)

    def dials(self) -> None:
        """The exchange gave dial tone and gets digits: nobody can ring in any more."""
        self.happen(LineEvent.DIAL)

    def dialled(self) -> None:
        """The digits are out: from now on the far end's answer and tones count."""
        self.tone = self.answer = None
        told = self.plan.answer_by_polarity or self._media.dials(self.port)
        inferred = Listen.NOTHING if told else Listen.ANSWER
        self._media.listen(self.port, Listen.TONES | Listen.ANSWER_BY_POLARITY | inferred)
        self._watch_hang_up()

    def talk(self) -> None:
        """The far end answered: digits of both sides are theirs, hang-up still counts."""
        self.happen(LineEvent.TALK)
        self._media.listen(self.port, Listen.TONES)

    def listen(self, on: bool) -> None:
        """Take digits from the far end, or not (while people talk)."""
        self._media.listen(self.port, Listen.DTMF | Listen.TONES if on else Listen.TONES)

    def listen_to_keys(self) -> None:
        """Digits are the box's again (they were the talkers'), and none keyed before counts."""
        self.keys.clear()
        self.listen(on=True)

    def release(self, call_id: CallId) -> None:
        """Go on hook, whatever the state; does nothing when the line belongs to another call by now."""
        if self.call_id != call_id:
            return
        self._media.listen(self.port, Listen.NOTHING)
        self._media.watch_hang_up(self.port, None)
        self._media.stop(self.port)
        self._media.disconnect(self.port)
        self.call_id, self.peer_number = None, ""
        if not self.happen(LineEvent.RELEASE):
            self._observer.line_changed(self)

    def view(self) -> LineView:
        return LineView(
            line=self.plan.id,
            label=self.plan.label,
            state=self.state,
            call_id=self.call_id,
            peer_number=self.peer_number,
            since=self.since.isoformat(timespec="milliseconds") if self.since else "",
            fault=self.fault,
        )

    def _act(self, action: LineAction, cause: HangUpCause) -> None:
        match action:
            case LineAction.OFFER_CALL:
                self._renew()
                if self._time() - self._announced_at < CALLER_ID_FRESH_S:
                    self.caller_id = self._announced
                self._announced = None
                self._observer.line_rings(self)
            case LineAction.COUNT_RING:
                self.rings += 1
                self.news.set()
            case LineAction.START_RING_TIMER:
                self._ring_timer = self._later(RING_SILENT_S, self._ring_silent)
            case LineAction.STOP_RING_TIMER:
                _cancel(self._ring_timer)
            case LineAction.START_GUARD_TIMER:
                self._guard_timer = self._later(self.plan.guard_s, lambda: self.happen(LineEvent.GUARD_OVER))
            case LineAction.STOP_GUARD_TIMER:
                _cancel(self._guard_timer)
            case LineAction.GO_OFF_HOOK:
                self._media.command(self.port, SeizeLine())
            case LineAction.GO_ON_HOOK:
                self.idle_since_s = self._time()
                self._media.command(self.port, ReleaseLine())
            case LineAction.TELL_GONE:
                self.party.hung_up(cause)
            case LineAction.REPORT:
                self._observer.line_fault_changed(self)

    def _identified(self, caller_id: CallerIdReceived | CallerIdUnreadable) -> None:
        """Caller ID belongs to the call that rings, else to the one about to ring; never to one that was."""
        if self.state is LineState.RINGING:
            self.caller_id = caller_id
            self.news.set()
        else:
            self._announced, self._announced_at = caller_id, self._time()

    def _ring_silent(self) -> None:
        self.happen(LineEvent.RING_SILENT, HangUpCause.RINGING_STOPPED)

    def _bell_stays_on(self) -> None:
        if self.state is LineState.RINGING:
            self._bell_stuck = True
            self.fault = "外线上一直有振铃电压：请检查接线，或请运营商检查这条线路。"
            self.happen(LineEvent.FAULT, HangUpCause.PORT_FAULT)

    def _bell_stops(self) -> None:
        _cancel(self._bell_timer)
        if self._bell_stuck:
            self._bell_stuck, self.fault = False, ""
            self.happen(LineEvent.RECOVERED)

    def _watch_hang_up(self) -> None:
        profile = HangUpProfile(
            by_tone=self.plan.hang_up_by_tone,
            by_polarity=self.plan.hang_up_by_polarity,
            by_loop=self.plan.hang_up_by_loop,
            silence_s=self._silence_s,
        )
        self._media.watch_hang_up(self.port, profile)

    def _renew(self) -> None:
        self.party, self.keys, self.call_id = Party(), Keys(), None
        self.calls_today += 1
        self.rings, self.caller_id, self.tone, self.answer = 0, None, None, None
        self._gone_since_frame = None
        self.news.clear()

    @staticmethod
    def _later(delay_s: float, action: Callable[[], object]) -> asyncio.TimerHandle:
        return asyncio.get_running_loop().call_later(delay_s, action)

    @staticmethod
    def _time() -> float:
        return asyncio.get_running_loop().time()


def _cancel(timer: asyncio.TimerHandle | None) -> None:
    if timer is not None:
        timer.cancel()
