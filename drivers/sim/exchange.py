"""The fake central office: places calls on the lines, takes the box's digits, keeps the books."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Protocol

import numpy as np

from drivers.base import CardError, Frames, PortId
from drivers.dsp.dtmf import DtmfReceiver
from drivers.sim.actor import CallerScript
from drivers.sim.caller import CallerState, OutsideCaller
from drivers.sim.directory import Directory, DirectoryEntry, FarOutcome
from drivers.sim.line import OutsideLine, Stage, frames_of, wait
from drivers.sim.ownline import OwnCall
from drivers.sim.placed import CallDirection, EndedBy, Outcome, PlacedCall
from drivers.sim.sounds import (
    BUSY_CADENCE_S,
    CONGESTION_CADENCE_S,
    DIAL_CADENCE_S,
    RINGBACK_CADENCE_S,
    UNOBTAINABLE_CADENCE_S,
)
from drivers.sim.steps import Say, Wait

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from drivers.signals import Signal
    from drivers.sim.clock import FrameClock
    from drivers.sim.profile import LineProfile
    from drivers.sim.shelf import SoundShelf

_DIAL_TONE_AFTER_S = 0.3
_FIRST_DIGIT_S = 15.0
_INTER_DIGIT_S = 4.0
_OWN_SETUP_S = 1.0
_NO_ANSWER_S = 60.0
"""How long the exchange lets a call ring before it gives up."""
_BOOKS = 2000
"""Calls that the books hold; then the oldest fall out."""


class Acting(Protocol):
    """Somebody who does something on the frame."""

    def step(self) -> bool:
        """False when it is over."""
        ...


class Exchange:
    """All outside lines and everybody at their far ends."""

    def __init__(
        self,
        ports: Sequence[PortId],
        profiles: Sequence[LineProfile],
        directory: Sequence[DirectoryEntry],
        sounds: SoundShelf,
        clock: FrameClock,
        emit: Callable[[Signal], None],
    ) -> None:
        self.lines = tuple(
            OutsideLine(port, profile, clock, emit, self._take_digits)
            for port, profile in zip(ports, profiles, strict=True)
        )
        self.placed_calls: deque[PlacedCall] = deque(maxlen=_BOOKS)
        self.phones: list[OutsideCaller] = []
        """Outside telephones that stay: the browser's, which can also be called by their number."""
        self._awaited: dict[str, str] = {}
        own = (DirectoryEntry(profile.number) for profile in profiles if profile.number)
        self._directory = Directory([*directory, *own])
        self._sounds = sounds
        self._clock = clock
        self._off_hook: list[OutsideCaller] = []
        self._scripts: list[Acting] = []
        self._receiver = DtmfReceiver(len(self.lines))
        self._dialling = np.zeros(len(self.lines), np.bool_)
        self._numbering = 0

    @property
    def frame(self) -> int:
        """The card's frame now."""
        return self._clock.frame

    def add_phone(self, label: str, number: str = "") -> OutsideCaller:
        """An outside telephone that stays; with `number` the box can call it."""
        phone = OutsideCaller(self, label, number)
        self.phones.append(phone)
        return phone

    def free_lines(self) -> int:
        """How many lines could take a call now."""
        return sum(line.free for line in self.lines)

    def line_of(self, port: PortId) -> OutsideLine:
        """The line on `port`. Raises `CardError` when it is no outside line."""
        for line in self.lines:
            if line.port == port:
                return line
        raise CardError(f"模拟板卡没有外线端口 {port}；外线端口是 {'、'.join(line.port for line in self.lines)}。")

    # --- people at the far ends -----------------------------------------------------------------------------------

    def place(
        self, caller: OutsideCaller, number: str, port: PortId | None, *, name: str = "", call_id: str = ""
    ) -> PlacedCall:
        """`caller` calls the hotline; see `OutsideCaller.call`."""
        if caller.state is not CallerState.IDLE:
            raise CardError(f"外部话机 {caller.label} 正在使用，请先挂机再呼叫。")
        wanted = self.lines if port is None else (self.line_of(port),)
        call = self._book(CallDirection.INBOUND, number, call_id, name)
        self._lift(caller, call)
        line = min((line for line in wanted if line.free), key=lambda line: line.idle_since, default=None)
        if line is None:
            call.outcome, call.ended_at_frame, call.ended_by = Outcome.LINE_BUSY, self.frame, EndedBy.OUTSIDE
            caller.enter(CallerState.BUSY)
            return call
        call.line = line.port
        caller.enter(CallerState.RINGING_OUT)
        line.offer(caller, call)
        return call

    def far_end_answers(self, caller: OutsideCaller) -> None:
        """`caller`'s phone rang for a call from the box and was lifted."""
        line = self._line_with(caller)
        if line is not None and line.call is not None:
            self.connect_outgoing(line, caller, line.call)

    def far_end_hangs_up(self, caller: OutsideCaller) -> None:
        """`caller` put the receiver down."""
        line, call = self._line_with(caller), caller.placed
        if call is not None and not call.ended:
            call.ended_at_frame, call.ended_by = self.frame, EndedBy.OUTSIDE
            if call.outcome is Outcome.UNDER_WAY:
                call.outcome = Outcome.ABANDONED
        if line is not None and line.stage is Stage.OFFERING:
            line.withdraw()
        elif line is not None:
            line.far_end_gone(caller.hang_up_shown)
        caller.enter(CallerState.IDLE)
        self._off_hook.remove(caller)

    def add_script(self, script: Acting) -> None:
        """Let a scripted person act, frame by frame, until the script is over."""
        self._scripts.append(script)

    def await_call(self, number: str, call_id: str) -> None:
        """Book the next call that the box makes to `number` as `call_id`."""
        self._awaited[number] = call_id

    def await_no_more(self, number: str) -> None:
        """The person who wanted to make that call has put the receiver down."""
        self._awaited.pop(number, None)

    def awaits(self, number: str) -> bool:
        """That call has not reached the exchange yet."""
        return number in self._awaited

    def _lift(self, caller: OutsideCaller, call: PlacedCall) -> None:
        caller.placed = call
        caller.mouth.said, caller.mouth.pressed = call.said, call.pressed
        self._off_hook.append(caller)

    def _line_with(self, caller: OutsideCaller) -> OutsideLine | None:
        return next((line for line in self.lines if line.party is caller), None)

    def _book(self, direction: CallDirection, number: str, call_id: str = "", name: str = "") -> PlacedCall:
        self._numbering += 1
        call = PlacedCall(call_id or f"sim-{self._numbering}", direction, number, self.frame, name)
        self.placed_calls.append(call)
        return call

    # --- once per frame -------------------------------------------------------------------------------------------

    def step(self) -> None:
        """Let one frame pass at the exchange and at the far ends."""
        if self._scripts:
            self._scripts = [script for script in self._scripts if script.step()]
        for line in self.lines:
            line.step()
        for caller in self._off_hook:
            caller.listen()

    def hear_digits(self, sent: Frames) -> None:
        """Decode what the box sends on lines that wait for digits, `[line, sample]`."""
        waiting = False
        for row, line in enumerate(self.lines):
            dialling = line.stage is Stage.DIALLING
            self._dialling[row] = dialling
            waiting = waiting or dialling
        if waiting:
            for event in self._receiver.step(sent, self._dialling):
                if event.end_sample is None:
                    self.lines[event.port].digits.append(event.digit)

    # --- calls from the box ---------------------------------------------------------------------------------------

    def _take_digits(self, line: OutsideLine) -> Iterator[None]:
        """Plot of a line that the box has seized: dial tone, digits, then the call."""
        yield from wait(frames_of(_DIAL_TONE_AFTER_S))
        line.play(line.tone(DIAL_CADENCE_S))
        number, deadline = "", self.frame + frames_of(_FIRST_DIGIT_S)
        while not self._directory.is_complete(number):
            if line.digits:
                line.play(None)
                number += line.digits.popleft()
                deadline = self.frame + frames_of(_INTER_DIGIT_S)
            elif self.frame >= deadline:
                break
            else:
                yield
        if not number:
            line.play(line.tone(BUSY_CADENCE_S))
            return
        call = self._book(CallDirection.OUTBOUND, number, self._awaited.pop(number, ""))
        call.line = line.port
        line.book_call(call)
        yield from self._route(line, call)

    def _route(self, line: OutsideLine, call: PlacedCall) -> Iterator[None]:
        called = self._phone_of(call.number)
        if called is not None:
            yield from self._ring_phone(line, called)
            return
        own = next((each for each in self.lines if each.profile.number == call.number and each is not line), None)
        if own is not None:
            yield from wait(frames_of(_OWN_SETUP_S))
            yield from OwnCall(self, line, own, call).ring()
            return
        entry = self._directory.find(call.number)
        yield from wait(frames_of(entry.setup_s))
        match entry.outcome:
            case FarOutcome.ANSWERS:
                line.play(line.tone(RINGBACK_CADENCE_S))
                yield from wait(frames_of(entry.after_s))
                self._far_party_answers(line, call, entry)
                return
            case FarOutcome.NO_ANSWER:
                call.outcome = Outcome.NO_ANSWER
                line.play(line.tone(RINGBACK_CADENCE_S))
                yield from wait(frames_of(_NO_ANSWER_S))
            case FarOutcome.ANNOUNCEMENT:
                call.outcome = Outcome.ANNOUNCEMENT
                yield from self._announce(line, entry)
            case FarOutcome.CONGESTION:
                call.outcome = Outcome.CONGESTION
                line.play(line.tone(CONGESTION_CADENCE_S))
                return
            case FarOutcome.UNOBTAINABLE:
                call.outcome = Outcome.UNOBTAINABLE
                line.play(line.tone(UNOBTAINABLE_CADENCE_S))
                return
            case FarOutcome.BUSY:
                call.outcome = Outcome.BUSY
        line.play(line.tone(BUSY_CADENCE_S))

    def _announce(self, line: OutsideLine, entry: DirectoryEntry) -> Iterator[None]:
        for step in entry.steps:
            if isinstance(step, Say):
                yield from line.send(self._sounds.samples(step.sound))
            elif isinstance(step, Wait):
                yield from wait(frames_of(step.seconds))

    def _phone_of(self, number: str) -> OutsideCaller | None:
        idle = (phone for phone in self.phones if phone.state is CallerState.IDLE and phone.number)
        return next((phone for phone in idle if phone.number == number), None)

    def _ring_phone(self, line: OutsideLine, called: OutsideCaller) -> Iterator[None]:
        line.ring_far_phone(called)
        called.enter(CallerState.RINGING)
        line.play(line.tone(RINGBACK_CADENCE_S))
        yield from wait(frames_of(_NO_ANSWER_S))
        if line.call is not None:
            line.call.outcome = Outcome.NO_ANSWER
        line.party = None
        called.enter(CallerState.IDLE)
        line.play(line.tone(BUSY_CADENCE_S))

    def _far_party_answers(self, line: OutsideLine, call: PlacedCall, entry: DirectoryEntry) -> None:
        party = OutsideCaller(self, entry.number)
        party.hang_up_shown = entry.hang_up
        self.connect_outgoing(line, party, call)
        self.add_script(CallerScript(party, entry.steps, self._sounds, self._clock))

    def connect_outgoing(self, line: OutsideLine, party: OutsideCaller, call: PlacedCall) -> None:
        """`party` answers what the box dialled on `line`."""
        self._lift(party, call)
        line.connect(party, call)
        if line.profile.polarity_on_answer:
            line.reverse()
