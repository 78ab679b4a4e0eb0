"""A telephone set on an FXS socket: hook, keypad, bell, microphone and earpiece."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from drivers.base import (
    FRAME_S,
    CardError,
    CutBattery,
    MessageLamp,
    PortCommand,
    PortId,
    ReverseBattery,
    RingPhone,
    StopRinging,
)
from drivers.dsp.callerid import CallerIdEvent
from drivers.dsp.callerid_fsk import FskCallerIdReceiver
from drivers.signals import Flash, OffHook, OnHook
from drivers.sim.party import Party, Samples, Utterance
from drivers.sim.sounds import RING_OFF_FRAMES, RING_ON_FRAMES

if TYPE_CHECKING:
    from collections.abc import Callable

    from drivers.signals import Signal
    from drivers.sim.clock import FrameClock

_SHORTEST_FLASH_FRAMES = round(0.08 / FRAME_S)
_LONGEST_FLASH_FRAMES = round(0.6 / FRAME_S)
"""A loop break between these is a flash, a longer one is on hook (LINES.md §5)."""
_ARMED = np.ones(1, dtype=bool)
_KEPT = 2000
"""Ringings and spells a phone remembers."""


@dataclass(slots=True)
class Ringing:
    """One time the bell was rung, and what came of it."""

    at_frame: int
    number: str
    name: str
    shown: CallerIdEvent | None = None
    """What the phone's display says: the caller ID that it heard between two rings."""
    answered_at_frame: int | None = None
    stopped_at_frame: int | None = None


@dataclass(slots=True)
class Spell:
    """One time the receiver was off the hook."""

    lifted_at_frame: int
    ringing: Ringing | None
    """The ringing that it answered, or None: the person wants to call."""
    put_down_at_frame: int | None = None
    said: list[Utterance] = field(default_factory=list)


class Phone(Party):
    """A phone. `emit` takes its hardware signals; `step` is called once per frame before audio is taken."""

    def __init__(self, port: PortId, label: str, clock: FrameClock, emit: Callable[[Signal], None]) -> None:
        super().__init__()
        self.port = port
        self.label = label
        self.off_hook = False
        self.ringing: Ringing | None = None
        self.ringings: deque[Ringing] = deque(maxlen=_KEPT)
        self.spells: deque[Spell] = deque(maxlen=_KEPT)
        self.battery_cuts = 0
        self.battery_reversed = False
        self.message_lamp = False
        self._display = FskCallerIdReceiver(1)
        self._emit = emit
        self._clock = clock
        self._hook_reported = False
        self._down_since: int | None = None
        self._lift_at: int | None = None

    @property
    def bell_on(self) -> bool:
        """The bell sounds now (1 s on, 4 s off)."""
        ringing = self.ringing
        cycle = RING_ON_FRAMES + RING_OFF_FRAMES
        return ringing is not None and (self._clock.frame - ringing.at_frame) % cycle < RING_ON_FRAMES

    def lift(self) -> None:
        """Lift the receiver; answers when the bell rings."""
        if self.off_hook:
            return
        if self._down_since is not None:
            self._lift_again()
            return
        self.off_hook = True
        self.spells.append(Spell(self._clock.frame, self.ringing))
        self.mouth.said = self.spells[-1].said
        if self.ringing is not None:
            self.ringing.answered_at_frame = self._clock.frame
            self._stop_ringing()

    def hang_up(self) -> None:
        """Put the receiver down. The box learns of it 0.6 s later, when it can be no flash any more."""
        if not self.off_hook:
            return
        self.off_hook = False
        self._down_since = self._clock.frame
        self._lift_at = None
        self.mouth.stop()
        self.ear.hear_nothing()
        self.spells[-1].put_down_at_frame = self._clock.frame

    def flash(self, duration_ms: int = 200) -> None:
        """Tap the hook for `duration_ms`; does nothing on hook."""
        if self.off_hook:
            self.hang_up()
            self._lift_at = self._clock.frame + max(1, round(duration_ms / 1000 / FRAME_S))

    def carry_out(self, command: PortCommand) -> None:
        """Act as the card's line circuit does."""
        match command:
            case RingPhone(number, name):
                if not self.off_hook and self.ringing is None:
                    self._display.reset(0)
                    self.ringing = Ringing(self._clock.frame, number, name)
                    self.ringings.append(self.ringing)
            case StopRinging():
                self._stop_ringing()
            case ReverseBattery(is_reversed):
                self.battery_reversed = is_reversed
            case CutBattery():
                self.battery_cuts += 1
            case MessageLamp(on):
                self.message_lamp = on
            case _:
                raise CardError(f"话机端口 {self.port} 不能执行 {type(command).__name__}。")

    def connected_again(self) -> None:
        """The card was away: it tells anew of a lifted receiver."""
        self._hook_reported = False

    def hear_on_hook(self, frame: Samples) -> None:
        """Audio in the pauses of the ringer: the display reads caller ID in it."""
        ringing = self.ringing
        if ringing is None or self.bell_on:
            return
        for event in self._display.step(frame[np.newaxis], _ARMED):
            ringing.shown = event

    def step(self) -> None:
        """Let one frame pass: report the hook, end a flash."""
        frame = self._clock.frame
        if self._lift_at is not None and frame >= self._lift_at:
            self._lift_again()
        if self._down_since is not None and not self.off_hook:
            if frame - self._down_since > _LONGEST_FLASH_FRAMES:
                self._down_since = None
                if self._hook_reported:
                    self._hook_reported = False
                    self._emit(OnHook(self.port, frame))
        elif self._down_since is not None:
            self._report_break(frame - self._down_since)
        elif self.off_hook and not self._hook_reported:
            self._hook_reported = True
            self._emit(OffHook(self.port, frame))

    def _lift_again(self) -> None:
        self._lift_at = None
        self.off_hook = True
        self.spells[-1].put_down_at_frame = None

    def _report_break(self, broken_frames: int) -> None:
        self._down_since = None
        if self._hook_reported and broken_frames >= _SHORTEST_FLASH_FRAMES:
            self._emit(Flash(self.port, self._clock.frame))

    def _stop_ringing(self) -> None:
        if self.ringing is not None:
            self.ringing.stopped_at_frame = self._clock.frame
            self.ringing = None
