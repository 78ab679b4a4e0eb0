"""Carries out scripts: a scripted person acts once per frame, inside the card's `read`, so every run is the same."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

import numpy as np

from drivers.base import FRAME_S, FRAME_SAMPLES, SAMPLE_RATE
from drivers.sim.caller import CallerState
from drivers.sim.speech import breath_heard
from drivers.sim.steps import (
    FlashHook,
    HangUp,
    Hear,
    HearSilence,
    HearVoice,
    Lift,
    Press,
    Say,
    Step,
    Wait,
    WaitAnswer,
    WaitHangUp,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from drivers.sim.caller import OutsideCaller
    from drivers.sim.clock import FrameClock
    from drivers.sim.party import Party, Samples
    from drivers.sim.phone import Phone
    from drivers.sim.shelf import SoundShelf

_GAP_FRAMES = 10
"""`Hear` forgives gaps of 0.2 s."""
_REACTION_FRAMES = 25
"""A person who hears busy tone puts the receiver down after half a second of it."""
_PATIENCE_S = 300.0
"""How long a person at a phone holds the receiver when nothing tells that the other side is gone."""
_TONE_SHARE = 0.9
"""Share of the power in one sine that makes a frame a pure tone."""
_TONE_HZ = 450.0
_SHORTEST_BUSY_FRAMES, _LONGEST_BUSY_FRAMES = 4, 40
_BUSY_BURSTS = 2
"""Busy, congestion, unobtainable: two bursts of pure 450 Hz of 0.1 to 0.8 s; ring-back is longer."""


def _tone_probe() -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    phase = 2.0 * np.pi * _TONE_HZ / SAMPLE_RATE * np.arange(FRAME_SAMPLES)
    return np.stack((np.cos(phase), np.sin(phase))).astype(np.float32)


_TONE_PROBE = _tone_probe()


def is_tone(frame: Samples) -> bool:
    """Whether this 20 ms frame is nothing but the exchange's 450 Hz."""
    wide = frame.astype(np.float32)
    power = float(wide @ wide)
    if power < FRAME_SAMPLES * 2500.0:
        return False
    part = _TONE_PROBE @ wide
    return float(part @ part) * 2.0 / FRAME_SAMPLES > _TONE_SHARE * power


class Script(ABC):
    """One person's steps; a generator resumed once per frame."""

    def __init__(self, party: Party, sounds: SoundShelf, clock: FrameClock) -> None:
        self._party = party
        self._sounds = sounds
        self._clock = clock
        self._plot = self._run()

    def step(self) -> bool:
        """Act for one frame; False when the script is over."""
        return next(self._plot, False) is None

    @abstractmethod
    def _run(self) -> Iterator[None]:
        """The whole script."""

    @property
    @abstractmethod
    def _connected(self) -> bool:
        """The line is still there; steps end when it is not."""

    @abstractmethod
    def _put_down(self) -> None:
        """Put the receiver down."""

    @abstractmethod
    def _miss(self, step: Step) -> None:
        """Note that a step did not come true in time."""

    @abstractmethod
    def _wait_hang_up(self, step: WaitHangUp) -> Iterator[None]:
        """Wait until the other side is gone."""

    def _act(self, step: Step) -> Iterator[None]:
        match step:
            case Wait(seconds):
                yield from self._pass(seconds)
            case Press(digits, on_ms, off_ms):
                self._party.press(digits, on_ms, off_ms)
                yield from self._until_said()
            case Say(sound):
                self._party.say(self._sounds.samples(sound))
                yield from self._until_said()
            case Hear():
                yield from self._hear(step)
            case HearSilence():
                yield from self._hear_silence(step)
            case HearVoice():
                yield from self._hear_voice(step)
            case WaitHangUp():
                yield from self._wait_hang_up(step)
            case HangUp():
                self._put_down()

    def _pass(self, seconds: float) -> Iterator[None]:
        until = self._clock.frame + round(seconds / FRAME_S)
        while self._clock.frame < until and self._connected:
            yield

    def _until_said(self) -> Iterator[None]:
        while self._connected and self._party.mouth.speaking:
            yield

    def _in_time(self, step: Hear | HearSilence | HearVoice | WaitHangUp) -> Iterator[None]:
        """Frames until the step's time is up; its end is a miss."""
        until = self._clock.frame + round(step.timeout_s / FRAME_S)
        while self._clock.frame < until:
            if not self._connected:
                return
            yield
        self._miss(step)

    def _hear(self, step: Hear) -> Iterator[None]:
        heard, gap, needed = 0, 0, round(step.for_s / FRAME_S)
        for _ in self._in_time(step):
            if self._party.ear.level_dbm0() > step.above_dbm0:
                heard, gap = heard + 1, 0
            else:
                gap += 1
                heard = heard if gap <= _GAP_FRAMES else 0
            if heard >= needed:
                return
            yield

    def _hear_silence(self, step: HearSilence) -> Iterator[None]:
        quiet, needed = 0, round(step.for_s / FRAME_S)
        for _ in self._in_time(step):
            quiet = quiet + 1 if self._party.ear.level_dbm0() < step.below_dbm0 else 0
            if quiet >= needed:
                return
            yield

    def _hear_voice(self, step: HearVoice) -> Iterator[None]:
        for _ in self._in_time(step):
            if breath_heard(self._party.ear.latest):
                return
            yield


class CallerScript(Script):
    """A scripted outside party. When the steps are done it waits until the box hangs up, then puts the phone down."""

    def __init__(self, caller: OutsideCaller, steps: Sequence[Step], sounds: SoundShelf, clock: FrameClock) -> None:
        self._caller = caller
        self._steps = steps
        super().__init__(caller, sounds, clock)

    @property
    def _connected(self) -> bool:
        return self._caller.state in (CallerState.RINGING_OUT, CallerState.TALKING)

    def _run(self) -> Iterator[None]:
        for step in self._steps:
            if not self._connected:
                break
            if isinstance(step, WaitAnswer):
                yield from self._wait_answer(step)
            else:
                yield from self._act(step)
        while self._connected:
            yield
        for _ in range(_REACTION_FRAMES):
            yield
        self._put_down()

    def _wait_answer(self, step: WaitAnswer) -> Iterator[None]:
        until = self._clock.frame + round(step.timeout_s / FRAME_S)
        while self._caller.state is CallerState.RINGING_OUT:
            if self._clock.frame >= until:
                self._miss(step)
                self._put_down()
                return
            yield

    def _wait_hang_up(self, step: WaitHangUp) -> Iterator[None]:
        for _ in self._in_time(step):
            yield

    def _put_down(self) -> None:
        self._caller.hang_up()

    def _miss(self, step: Step) -> None:
        if self._caller.placed is not None:
            self._caller.placed.missed.append(str(step))


class PhoneScript(Script):
    """A scripted person at one of our phones, who lifts the receiver for a ringing or to make a call."""

    def __init__(
        self, phone: Phone, answer_after_s: float | None, steps: Sequence[Step], sounds: SoundShelf, clock: FrameClock
    ) -> None:
        """`answer_after_s`: how long the bell rings before the receiver is lifted; None: the person makes a call."""
        self._phone = phone
        self._answer_after_s = answer_after_s
        self._steps = steps
        self.missed: list[str] = []
        super().__init__(phone, sounds, clock)

    @property
    def _connected(self) -> bool:
        return self._phone.off_hook

    def _run(self) -> Iterator[None]:
        if self._answer_after_s is not None:
            until = self._clock.frame + round(self._answer_after_s / FRAME_S)
            while self._clock.frame < until:
                if self._phone.ringing is None:
                    return
                yield
        self._phone.lift()
        for step in self._steps:
            if not self._connected:
                break
            match step:
                case Lift(timeout_s):
                    yield from self._hear(Hear(0.4, -30.0, timeout_s))
                case FlashHook(duration_ms):
                    self._phone.flash(duration_ms)
                    yield from self._pass_flash()
                case _:
                    yield from self._act(step)
        if self._connected:
            yield from self._wait_hang_up(WaitHangUp(_PATIENCE_S))
        self._put_down()

    def _pass_flash(self) -> Iterator[None]:
        while not self._phone.off_hook:
            yield

    def _wait_hang_up(self, step: WaitHangUp) -> Iterator[None]:
        burst = bursts = 0
        for _ in self._in_time(step):
            if is_tone(self._phone.ear.latest):
                burst += 1
            elif burst:
                bursts = bursts + 1 if _SHORTEST_BUSY_FRAMES <= burst <= _LONGEST_BUSY_FRAMES else 0
                burst = 0
            if bursts >= _BUSY_BURSTS:
                return
            yield

    def _put_down(self) -> None:
        self._phone.hang_up()

    def _miss(self, step: Step) -> None:
        self.missed.append(str(step))
