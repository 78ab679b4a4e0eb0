"""Supervision of one off-hook port: has the far end answered, does it pause, has it hung up?

What: `Supervision` is told everything that one port reports and gives the verdicts as signals.
How: pure; `HangUpWatch` and `PauseWatch` hold the rules, this file only shows each of them what concerns it. A reversal
    that is the answer is not shown to the hang-up watch.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from drivers.base import FRAME_S, PortId
from drivers.hangup import HangUpProfile, HangUpWatch
from drivers.pause import PauseWatch
from drivers.signals import (
    DigitPressed,
    FarEndAnswered,
    FarEndHungUp,
    LoopBack,
    LoopLost,
    PauseHeard,
    PolarityReversed,
    Signal,
    Tone,
)

_FLASH_SETTLE_MS = 500
"""After our own flash the loop may take this long to come back."""


class Supervision:
    """One port. Tell it of signals and tones as they come, then ask for `verdicts` once a frame."""

    def __init__(self, port: PortId, cycles_s: Mapping[Tone, float]) -> None:
        """`cycles_s` is the length of one on-off cycle of busy and of congestion in the country's tone plan."""
        self._port = port
        self._cycles_s = cycles_s
        self._hang_up: HangUpWatch | None = None
        self._pause: PauseWatch | None = None
        self._tone: Tone | None = None
        self._answer_by_polarity = False

    @property
    def active(self) -> bool:
        """Whether `verdicts` can say anything at all."""
        return self._hang_up is not None or self._pause is not None

    @property
    def wants_level(self) -> bool:
        """Whether `voice_heard` matters."""
        return self._pause is not None or (self._hang_up is not None and self._hang_up.wants_level)

    @property
    def wants_tones(self) -> bool:
        return self._hang_up is not None

    def cycles_changed(self, cycles_s: Mapping[Tone, float]) -> None:
        """The exchange beats otherwise: counts from the next watch on."""
        self._cycles_s = cycles_s

    def watch_hang_up(self, profile: HangUpProfile | None, at_frame: int) -> None:
        """Watch from now on, afresh (a tone that is on already counts from now); None ends it."""
        self._hang_up = HangUpWatch(profile, self._cycles_s, at_frame) if profile else None
        if self._hang_up and self._tone:
            self._hang_up.tone_began(self._tone, at_frame)

    def watch_pause(self, pause_s: float | None, at_frame: int) -> None:
        """Report pauses of this length; None ends it."""
        self._pause = PauseWatch(pause_s, at_frame) if pause_s is not None else None

    def watch_answer_by_polarity(self, on: bool) -> None:
        self._answer_by_polarity = on

    def flashed(self, duration_ms: int, at_frame: int) -> None:
        """The box itself breaks the loop for so long."""
        if self._hang_up:
            self._hang_up.flashed(at_frame + math.ceil((duration_ms + _FLASH_SETTLE_MS) / 1000 / FRAME_S))

    def answered(self, at_frame: int) -> None:
        """The far end answered: a reversal that comes with it is no hang-up."""
        if self._hang_up:
            self._hang_up.answered(at_frame)

    def take(self, signal: Signal) -> FarEndAnswered | None:
        """Look at a signal of the port; the answer, if the signal is one."""
        if isinstance(signal, PolarityReversed) and self._answer_by_polarity:
            self._answer_by_polarity = False
            self.answered(signal.at_frame)
            return FarEndAnswered(self._port, signal.at_frame, certain=True)
        watch = self._hang_up
        if watch is None:
            return None
        if isinstance(signal, PolarityReversed):
            watch.polarity_reversed(signal.at_frame)
        elif isinstance(signal, LoopLost):
            watch.loop_lost(signal.at_frame)
        elif isinstance(signal, LoopBack):
            watch.loop_back()
        elif isinstance(signal, DigitPressed):
            watch.digit_heard()
        return None

    def tone_began(self, tone: Tone, since_frame: int) -> None:
        self._tone = tone
        if self._hang_up:
            self._hang_up.tone_began(tone, since_frame)

    def tone_ended(self, tone: Tone) -> None:
        if tone is self._tone:
            self._tone = None
        if self._hang_up:
            self._hang_up.tone_ended(tone)

    def tones_unheard(self) -> None:
        """Nobody listens for tones any more: what is on now is not known."""
        self._tone = None

    def voice_heard(self, at_frame: int) -> None:
        """The port was louder than a quiet line in this frame."""
        if self._hang_up:
            self._hang_up.voice_heard(at_frame)
        if self._pause:
            self._pause.voice_heard(at_frame)

    def verdicts(self, at_frame: int) -> list[Signal]:
        """What has been proved by this frame; a hang-up is said once and ends the watch."""
        said: list[Signal] = []
        if self._pause:
            since = self._pause.pause_since(at_frame)
            if since is not None:
                said.append(PauseHeard(self._port, at_frame, since))
        if self._hang_up:
            found = self._hang_up.verdict(at_frame)
            if found:
                self._hang_up = None
                said.append(FarEndHungUp(self._port, at_frame, found.evidence, found.since_frame))
        return said
