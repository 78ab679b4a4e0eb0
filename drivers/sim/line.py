"""One exchange pair: what the fake central office does on it, frame by frame.

A line's plot (offer a call, take digits, show a hang-up) is a generator that is resumed once per frame; answering,
releasing and hanging up replace it. That is the whole state machine: `stage` tells where it stands.
"""

from __future__ import annotations

from collections import deque
from enum import StrEnum
from typing import TYPE_CHECKING

from drivers.base import FRAME_S, FRAME_SAMPLES, CardError, FlashLine, PortCommand, PortId, ReleaseLine, SeizeLine
from drivers.dsp.callerid_send import DtmfFraming, dtmf_burst, fsk_burst
from drivers.signals import (
    CallerIdModulation,
    FaultKind,
    LoopBack,
    LoopLost,
    PolarityReversed,
    PortFault,
    PortRecovered,
    RingStarted,
    RingStopped,
)
from drivers.sim.caller import CallerState, OutsideCaller
from drivers.sim.party import Samples
from drivers.sim.placed import EndedBy, Outcome, PlacedCall
from drivers.sim.profile import CallerIdSending, HangUpShown, LineProfile
from drivers.sim.sounds import (
    BUSY_CADENCE_S,
    CONGESTION_CADENCE_S,
    DIAL_CADENCE_S,
    RING_OFF_FRAMES,
    RING_ON_FRAMES,
    Loop,
    tone_loop,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from drivers.signals import Signal
    from drivers.sim.clock import FrameClock


_OVER = object()
_SETTLE_S = 0.5
"""The exchange offers no call on a line that was released a moment ago."""
_CALM_S = 8.0
"""After an unanswered ringing it takes the box longer than one ring cycle to know that the caller gave up."""
_USUAL_TWIST_DB, _TWISTED_DB = 2.0, 7.5
"""Level of the high tone of a caller's key above the low one; detectors must take 8 dB (DSP.md, T3a)."""


class Stage(StrEnum):
    """Where a line stands, as its exchange sees it."""

    IDLE = "idle"
    OFFERING = "offering"
    """A call for the box: caller ID and ringing."""
    TALKING = "talking"
    FAR_GONE = "far_gone"
    """The far end hung up; the box still holds the line."""
    DIALLING = "dialling"
    """Dial tone, or digits are coming in."""
    CALLING = "calling"
    """A call from the box is on its way, or was refused."""


def frames_of(seconds: float) -> int:
    """The number of frames nearest to `seconds`."""
    return round(seconds / FRAME_S)


def wait(frames: int) -> Iterator[None]:
    """Part of a plot: let `frames` frames pass."""
    for _ in range(frames):
        yield


class OutsideLine:
    """One pair. `emit` takes its hardware signals; `dialled` is the exchange's plot for a line the box has seized."""

    def __init__(
        self,
        port: PortId,
        profile: LineProfile,
        clock: FrameClock,
        emit: Callable[[Signal], None],
        dialled: Callable[[OutsideLine], Iterator[None]],
    ) -> None:
        self.port = port
        self.profile = profile
        self.stage = Stage.IDLE
        self.off_hook = False
        """The box has seized the line."""
        self.plugged = True
        self.hang_up_hidden = False
        self._twist_db = _USUAL_TWIST_DB
        self.party: OutsideCaller | None = None
        self.call: PlacedCall | None = None
        self.digits: deque[str] = deque()
        """Digits the exchange has recognised and not yet used."""
        self.idle_since = -frames_of(_SETTLE_S)
        self._clock = clock
        self._emit = emit
        self._dialled = dialled
        self._plot: Iterator[None] | None = None
        self._loop: Loop | None = None
        self._loop_from = 0
        self._burst: Samples | None = None
        self._burst_at = 0
        self._bell_on = False
        self._bell_stuck = False
        self._reversed = False
        self._rang_in_vain = False
        self._loop_open = False
        self._flash_until: int | None = None

    @property
    def frame(self) -> int:
        """The card's frame now."""
        return self._clock.frame

    @property
    def carries_audio(self) -> bool:
        """Something may be heard on the pair; otherwise it is quiet."""
        return self.plugged and (self.off_hook or self.stage is not Stage.IDLE)

    @property
    def free(self) -> bool:
        """A call could come in now: the loop is open, and has been for half a second."""
        return self._quiet_for(_SETTLE_S)

    @property
    def calm(self) -> bool:
        """Free, and nothing rang for so long that a new call cannot be taken for the last one."""
        return self._quiet_for(_CALM_S if self._rang_in_vain else _SETTLE_S)

    def _quiet_for(self, seconds: float) -> bool:
        at_rest = self.stage is Stage.IDLE and not self.off_hook
        return at_rest and self.frame - self.idle_since >= frames_of(seconds)

    # --- once per frame -------------------------------------------------------------------------------------------

    def step(self) -> None:
        """Resume the plot for one frame."""
        plot = self._plot
        if plot is not None and next(plot, _OVER) is _OVER and self._plot is plot:
            self._plot = None

    def book_call(self, call: PlacedCall) -> None:
        """The box has dialled a whole number."""
        self.stage, self.call = Stage.CALLING, call

    def far_row(self) -> Samples | None:
        """What the far end puts on the pair this frame (at most `FRAME_SAMPLES` long), or None for silence."""
        if self._loop_open or self._flash_until is not None:
            return None
        if self._burst is not None:
            return self._next_of_burst(self._burst)
        if self._loop is not None:
            return self._loop.row(self.frame - self._loop_from)
        if self.stage is Stage.TALKING and self.party is not None:
            return self.party.mouth.next_frame(self.frame)
        return None

    def play(self, loop: Loop | None) -> None:
        """Put a tone of the exchange on the pair, or take it off."""
        self._loop, self._loop_from = loop, self.frame

    def tone(self, cadence_s: tuple[float, ...]) -> Loop:
        """A tone as this line's exchange makes it."""
        return tone_loop(cadence_s, self.profile.tone_hz, self.profile.tone_dbm0)

    def _next_of_burst(self, burst: Samples) -> Samples:
        piece = burst[self._burst_at : self._burst_at + FRAME_SAMPLES]
        self._burst_at += FRAME_SAMPLES
        if self._burst_at >= len(burst):
            self._burst = None
        return piece

    # --- what the box does ----------------------------------------------------------------------------------------

    def carry_out(self, command: PortCommand) -> None:
        """Act as the card's line circuit does."""
        match command:
            case SeizeLine():
                if not self.off_hook:
                    self.off_hook = True
                    self._close_loop()
            case ReleaseLine():
                if self.off_hook:
                    self.off_hook = False
                    self._open_loop()
            case FlashLine(duration_ms):
                if self.off_hook and self._flash_until is None:
                    self._flash_until = self.frame + frames_of(duration_ms / 1000)
                    if self.call is not None:
                        self.call.flashes += 1
                    self._plot = self._flash_over(self._plot)
            case _:
                raise CardError(f"外线 {self.port} 不能执行 {type(command).__name__}。")

    def _flash_over(self, resumed: Iterator[None] | None) -> Iterator[None]:
        while self._flash_until is not None and self.frame < self._flash_until:
            yield
        self._flash_until = None
        if resumed is not None:
            yield from resumed

    def _close_loop(self) -> None:
        if not self.plugged:
            return
        if self.stage is Stage.OFFERING and self.party is not None and self.call is not None:
            self._set_bell(False)
            self.connect(self.party, self.call)
        elif self.stage is Stage.IDLE:
            self.stage = Stage.DIALLING
            self.digits.clear()
            self._plot = self._dialled(self)

    def _open_loop(self) -> None:
        """The box (or the plug) opened the loop: whatever was going on is over."""
        call, party = self.call, self.party
        if call is not None:
            call.released_at_frame = self.frame
            if not call.ended:
                call.ended_at_frame = self.frame
                call.ended_by = EndedBy.BOX if self.plugged else EndedBy.LINE_FAULT
            if call.outcome is Outcome.UNDER_WAY:
                call.outcome = Outcome.ABANDONED
        if party is not None:
            party.lose_call()
        self._clear()

    def _clear(self) -> None:
        self.stage, self.call, self.party = Stage.IDLE, None, None
        self.idle_since = self.frame
        self.play(None)
        self._burst = self._plot = self._flash_until = None
        self._set_bell(False)
        self._loop_open = False
        if self._reversed:
            self.reverse()

    # --- what the exchange does -----------------------------------------------------------------------------------

    def offer(self, party: OutsideCaller, call: PlacedCall) -> None:
        """A call for the box begins: caller ID as the profile (or the caller) says, and ringing."""
        self.stage, self.party, self.call = Stage.OFFERING, party, call
        self._rang_in_vain = False
        self._plot = self._offering(party.caller_id or self.profile.caller_id, call)

    def connect(self, party: OutsideCaller, call: PlacedCall) -> None:
        """Both sides are there."""
        self.stage, self.party, self.call = Stage.TALKING, party, call
        self._plot = self._burst = None
        self.play(None)
        call.answered_at_frame, call.outcome = self.frame, Outcome.ANSWERED
        party.mouth.twist_db = self._twist_db
        party.enter(CallerState.TALKING)

    def ring_far_phone(self, party: OutsideCaller) -> None:
        """The box's call rings a telephone that somebody may answer."""
        self.party = party

    def withdraw(self) -> None:
        """The caller gave up before the box answered."""
        self._clear()
        self._rang_in_vain = True

    def far_end_gone(self, shown: HangUpShown | None) -> None:
        """The far end hung up in mid-call; show it as the call, else the profile says."""
        how = HangUpShown.NEVER if self.hang_up_hidden else shown or self.profile.hang_up
        if self.call is not None:
            self.call.shown = how
        self.stage, self.party = Stage.FAR_GONE, None
        self._burst = None
        self.play(None)
        self._plot = self._showing_hang_up(how)

    def reverse(self) -> None:
        """Turn the battery round."""
        self._reversed = not self._reversed
        self._report(PolarityReversed(self.port, self.frame))

    def _offering(self, sending: CallerIdSending, call: PlacedCall) -> Iterator[None]:
        if sending is CallerIdSending.DTMF_BEFORE_RING:
            yield from wait(frames_of(0.2))
            yield from self.send(dtmf_burst(call.number, DtmfFraming.D_C, absence="" if call.number else "P"))
            yield from wait(frames_of(0.3))
        yield from self._ring_once()
        yield from wait(frames_of(0.5))
        left = RING_OFF_FRAMES - frames_of(0.5)
        burst = self._burst_after_first_ring(sending, call)
        if burst is not None:
            yield from self.send(burst)
            left -= -(-len(burst) // FRAME_SAMPLES)
        yield from wait(max(left, 1))
        while True:
            yield from self._ring_once()
            yield from wait(RING_OFF_FRAMES)

    def _burst_after_first_ring(self, sending: CallerIdSending, call: PlacedCall) -> Samples | None:
        absence = "" if call.number else "P"
        match sending:
            case CallerIdSending.FSK:
                return fsk_burst(call.number, call.name, absence=absence)
            case CallerIdSending.FSK_V23:
                return fsk_burst(call.number, call.name, modulation=CallerIdModulation.FSK_V23, absence=absence)
            case CallerIdSending.DTMF_AFTER_RING:
                return dtmf_burst(call.number, DtmfFraming.D_C, absence=absence)
            case _:
                return None

    def _ring_once(self) -> Iterator[None]:
        self._set_bell(True)
        if self.call is not None and self.call.first_ring_at_frame is None:
            self.call.first_ring_at_frame = self.frame
        yield from wait(RING_ON_FRAMES)
        self._set_bell(False)

    def send(self, burst: Samples) -> Iterator[None]:
        """Part of a plot: put a sound of the exchange on the pair, to its end."""
        self._burst, self._burst_at = burst, 0
        while self._burst is not None:
            yield

    def _showing_hang_up(self, how: HangUpShown) -> Iterator[None]:
        match how:
            case HangUpShown.NEVER:
                return
            case HangUpShown.POLARITY:
                self.reverse()
                yield from wait(frames_of(0.4))
            case HangUpShown.LOOP_BREAK:
                self._loop_open = True
                self._report(LoopLost(self.port, self.frame))
                yield from wait(frames_of(0.6))
                self._loop_open = False
                self._report(LoopBack(self.port, self.frame))
            case _:
                yield from wait(frames_of(0.3))
        cadences_s = {HangUpShown.CONGESTION_TONE: CONGESTION_CADENCE_S, HangUpShown.DIAL_TONE: DIAL_CADENCE_S}
        self.play(self.tone(cadences_s.get(how, BUSY_CADENCE_S)))

    def _set_bell(self, on: bool) -> None:
        was_on = self._bell_on or self._bell_stuck
        self._bell_on = on
        self._report_bell(was_on)

    def _report_bell(self, was_on: bool) -> None:
        is_on = self._bell_on or self._bell_stuck
        if is_on != was_on:
            self._report((RingStarted if is_on else RingStopped)(self.port, self.frame))

    def _report(self, signal: Signal) -> None:
        if self.plugged:
            self._emit(signal)

    # --- faults ---------------------------------------------------------------------------------------------------

    def set_plugged(self, plugged: bool) -> None:
        """Pull the exchange pair out of the socket, or put it back."""
        if plugged == self.plugged:
            return
        self.plugged = plugged
        if plugged:
            self._emit(PortRecovered(self.port, self.frame))
            if self.off_hook:
                self._close_loop()
        else:
            self._emit(PortFault(self.port, self.frame, FaultKind.UNPLUGGED, "外线没有接入：请检查电话线插头。"))
            if self.off_hook:
                self._open_loop()

    def set_bell_stuck(self, stuck: bool) -> None:
        """Leave ringing current on the pair, or take it off."""
        was_on = self._bell_on or self._bell_stuck
        self._bell_stuck = stuck
        self._report_bell(was_on)

    def set_keys_twisted(self, twisted: bool) -> None:
        """Let far ends' keys arrive with a high tone that is much too loud."""
        self._twist_db = _TWISTED_DB if twisted else _USUAL_TWIST_DB
        if self.party is not None:
            self.party.mouth.twist_db = self._twist_db
