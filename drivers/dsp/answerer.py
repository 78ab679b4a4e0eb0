"""Who answered an outgoing call: a person, an answering machine? A hint from how long the first words go on.

What: `AnswererDetector` is armed at the answer and gives one event per call, person or machine, or none.
How: a person says a word or two and waits, a machine recites. Sound above the line's noise is voice; a pause of 0.8 s
    after less than 2.4 s of voice is a person's, 2.4 s of voice before such a pause are a machine's. The echo of what
    we send is cancelled before (`drivers/lineecho.py`).
Limits: a hint, right for most calls: a talkative person is taken for a machine. Silence for 8 s gives no hint.
Cost: 2 µs a frame and armed port; the first seconds of outgoing calls only.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from drivers.base import FRAME_S
from drivers.dsp.arming import Arming
from drivers.dsp.level import power_of
from drivers.signals import Answerer

_VOICE_POWER = power_of(-40.0)
_ABOVE_NOISE = 6.0
_PAUSE_FRAMES = round(0.8 / FRAME_S)
_RECITAL_FRAMES = round(2.4 / FRAME_S)
_LONGEST_FRAMES = round(8.0 / FRAME_S)
_CLICK_FRAMES = 5
"""Less voice than this is a click or a breath."""


@dataclass(frozen=True, slots=True)
class AnswererEvent:
    """Who has probably answered."""

    port: int
    answerer: Answerer


@dataclass(slots=True)
class _Greeting:
    frames: int = 0
    voiced: int = 0
    quiet: int = 0
    noise: float = 0.0
    told: bool = False


class AnswererDetector:
    """Watches the first words on `ports` ports."""

    def __init__(self, ports: int) -> None:
        self._greetings = [_Greeting() for _ in range(ports)]
        self._arming = Arming(ports)

    def step(self, frames: NDArray[np.int16], armed: NDArray[np.bool_]) -> list[AnswererEvent]:
        """Take `frames`, shape `[port, 160]`; a port that becomes armed starts afresh and is told of once."""
        for port in self._arming.newly(armed):
            self.reset(port)
        events: list[AnswererEvent] = []
        for port, greeting in enumerate(self._greetings):
            if self._arming.is_armed(port) and not greeting.told:
                wide = frames[port].astype(np.float32)
                answerer = _judged(greeting, float(wide @ wide) / wide.size)
                if answerer:
                    greeting.told = True
                    events.append(AnswererEvent(port, answerer))
        return events

    def reset(self, port: int) -> None:
        """Forget what `port` has heard."""
        self._greetings[port] = _Greeting()


def _judged(greeting: _Greeting, power: float) -> Answerer | None:
    greeting.frames += 1
    if power > max(_VOICE_POWER, _ABOVE_NOISE * greeting.noise):
        greeting.voiced += 1 + min(greeting.quiet, _PAUSE_FRAMES) * (greeting.voiced > 0)
        greeting.quiet = 0
    else:
        greeting.noise += 0.1 * (power - greeting.noise)
        greeting.quiet += 1
    if greeting.voiced >= _RECITAL_FRAMES:
        return Answerer.MACHINE
    if greeting.quiet >= _PAUSE_FRAMES and greeting.voiced:
        if greeting.voiced >= _CLICK_FRAMES:
            return Answerer.PERSON
        greeting.voiced = 0
    greeting.told = greeting.frames >= _LONGEST_FRAMES
    return None
