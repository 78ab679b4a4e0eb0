"""Has the far end of an outgoing call answered? Inferred from what is heard, for lines without answer reversal.

What: `AnswerDetector` is armed once the digits are dialled and gives one event per call: what made it believe in an
    answer. It is always a belief: the record must say "inferred".
How: bursts of the plan's ring-back frequency come from the kernel's burst front end. Voice is sound above the line's
    own noise that is neither a burst nor the echo of what we send. Voice after ring-back, ring-back that stays away for
    longer than its pause while no other tone takes its place, or a fax machine's answer tone are an answer.
    Voice without any ring-back before may be an announcement or ring-back music: it is an answer only once our own side
    has spoken to it for a second.
Limits: an answer in silence is known one ring pause late (China: 4.75 s), one after ring-back music when our side
    speaks. An answer without ring-back that our side never speaks to is not seen.
Cost: about 6 µs a frame and armed port; outgoing calls only, while they ring.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from drivers.dsp.arming import Arming
from drivers.dsp.kernel.callprogress import BLOCK_S, BLOCK_SAMPLES, Burst, BurstFrontEnd, BurstStage, ChannelPlan
from drivers.dsp.level import power_of
from drivers.dsp.toneplan import PlannedTone, TonePlan
from drivers.signals import Tone

_FLOOR_DBM0 = -43.0
_VOICE_POWER = power_of(-40.0)
_ABOVE_NOISE = 6.0
_DELAY_BLOCKS = 32
"""How late a frame is judged: by then every burst that covers it has been reported."""
_FRAME_BLOCKS = 4
_VOICE_WINDOW = 50
_VOICE_FRAMES = 15
"""0.3 s of voice within one second."""
_VOICE_ALONE_FRAMES = 75
"""Without any ring-back before: 1.5 s of voice in all."""
_SPOKEN_FRAMES = 50
"""And then 1 s of our own."""
_OWN_SHARE = 0.35
"""Of what was just heard, what our phone's hybrid returns at most: less than this is no voice of ours."""
_TONE_PURITY = 0.6
_ECHO_SHARE = 0.5
"""Of what we send, the most that a hybrid returns (3 dB return loss)."""
_ECHO_FRAMES = 5
"""What we sent in the frame and up to 80 ms before it may be in it as echo."""
_NEVER = 1 << 62


class AnswerClue(StrEnum):
    """What an inferred answer rests on, the most trustworthy first."""

    FAX = "fax"
    VOICE_AFTER_RINGBACK = "voice_after_ringback"
    RINGBACK_ENDED = "ringback_ended"
    SPOKEN_TO = "spoken_to"
    """No ring-back was ever heard, but voice: a quick answer, ring-back music, or an announcement; and our side talks
    to it. People are silent towards music and announcements and speak when they are answered."""


@dataclass(frozen=True, slots=True)
class AnswerEvent:
    """The far end has probably answered."""

    port: int
    clue: AnswerClue
    at_sample: int
    """About when, in samples since the detector began; earlier than the report."""


@dataclass(slots=True)
class _Outgoing:
    """What one line has heard since it was armed."""

    told: bool = False
    rung: bool = False
    noise: float = 0.0
    tone_from: int = _NEVER
    """A burst that is on began here."""
    tone_until: int = 0
    ring_due: int = _NEVER
    """By this block the next ring-back burst must have begun."""
    ring_ended: int = 0
    powers: deque[float] = field(default_factory=lambda: deque(maxlen=_DELAY_BLOCKS // _FRAME_BLOCKS))
    own_powers: deque[float] = field(
        default_factory=lambda: deque(maxlen=_DELAY_BLOCKS // _FRAME_BLOCKS + _ECHO_FRAMES - 1)
    )
    voice: deque[bool] = field(default_factory=lambda: deque(maxlen=_VOICE_WINDOW))
    voice_frames: int = 0
    spoken_frames: int = 0
    """What our own side has said since voice alone was heard."""


class AnswerDetector:
    """Watches outgoing calls on `ports` ports."""

    def __init__(self, ports: int, plan: TonePlan) -> None:
        """Takes ring-back and the answer tone of fax machines from `plan`; a plan may lack either."""
        self._ringback = next((tone for tone in plan.tone if tone.tone is Tone.RINGBACK), None)
        self._keys = [tone.frequencies_hz for tone in plan.tone if tone.tone in (Tone.RINGBACK, Tone.FAX_CED)]
        self._fax = next((tone for tone in plan.tone if tone.tone is Tone.FAX_CED), None)
        channels = [
            ChannelPlan(sum(key) / len(key), 1.0, self._fax.recognise_s if self._is_fax(key) and self._fax else 0.0)
            for key in self._keys
        ]
        self._front = BurstFrontEnd(ports, channels, power_of(_FLOOR_DBM0))
        self._lines = [_Outgoing() for _ in range(ports)]
        self._arming = Arming(ports)

    def step(self, frames: NDArray[np.int16], armed: NDArray[np.bool_]) -> list[AnswerEvent]:
        """Take `frames`, shape `[port, 160]`; a port that becomes armed starts afresh and is told of once."""
        for port in self._arming.newly(armed):
            self.reset(port)
        events: list[AnswerEvent] = []
        for burst in self._front.step(frames, armed):
            self._take(burst, events)
        for port, line in enumerate(self._lines):
            if self._arming.is_armed(port) and not line.told:
                self._judge(port, line, events)
        return events

    def note_sent(self, frames: NDArray[np.int16]) -> None:
        """Take what we send, shape `[port, 160]`, once a frame after `step`: its echo is nobody's voice."""
        for port, line in enumerate(self._lines):
            if self._arming.is_armed(port) and not line.told:
                wide = frames[port].astype(np.float32)
                power = float(wide @ wide) / wide.size
                line.own_powers.append(power)
                echo = _OWN_SHARE * max(line.powers, default=0.0)
                if line.voice_frames >= _VOICE_ALONE_FRAMES and power > max(_VOICE_POWER, echo):
                    line.spoken_frames += 1

    def reset(self, port: int) -> None:
        """Forget what `port` has heard."""
        self._front.reset(port)
        self._lines[port] = _Outgoing()

    def _is_fax(self, key: tuple[float, ...]) -> bool:
        return self._fax is not None and key == self._fax.frequencies_hz

    def _take(self, burst: Burst, events: list[AnswerEvent]) -> None:
        line = self._lines[burst.port]
        is_fax = self._is_fax(self._keys[burst.channel])
        if burst.stage is BurstStage.STARTED:
            line.tone_from = min(line.tone_from, burst.start)
            line.ring_due = _NEVER
        elif burst.stage is BurstStage.GROWN:
            if is_fax and self._fax and abs(burst.offset_hz) <= self._fax.tolerance_hz and burst.purity > _TONE_PURITY:
                self._tell(burst.port, line, AnswerClue.FAX, burst.start, events)
        else:
            if burst.purity >= _TONE_PURITY:
                line.tone_until = max(line.tone_until, burst.end)
            line.tone_from = _NEVER
            if self._ringback and not is_fax:
                self._ring_ended(line, burst, self._ringback)

    def _ring_ended(self, line: _Outgoing, burst: Burst, ringback: PlannedTone) -> None:
        length_s = (burst.end - burst.start) * BLOCK_S
        longest_s = max(ringback.cadence_s[::2])
        if burst.purity < _TONE_PURITY or length_s > 1.2 * longest_s + 0.05:
            return
        whole = length_s >= 0.85 * min(ringback.cadence_s[::2])
        line.rung = line.rung or whole
        line.ring_ended = burst.end
        if line.rung:
            line.ring_due = burst.end + round((1.15 * max(ringback.cadence_s[1::2]) + 0.15) / BLOCK_S)

    def _judge(self, port: int, line: _Outgoing, events: list[AnswerEvent]) -> None:
        block = self._front.block
        line.powers.append(self._front.power(port))
        if len(line.powers) == line.powers.maxlen:
            self._hear(line, line.powers[0], block - _DELAY_BLOCKS)
        recent = sum(line.voice)
        if line.rung and recent >= _VOICE_FRAMES:
            self._tell(port, line, AnswerClue.VOICE_AFTER_RINGBACK, self._voice_began(line), events)
        elif block >= line.ring_due:
            self._tell(port, line, AnswerClue.RINGBACK_ENDED, line.ring_ended, events)
        elif line.spoken_frames >= _SPOKEN_FRAMES:
            self._tell(port, line, AnswerClue.SPOKEN_TO, block - _FRAME_BLOCKS * _SPOKEN_FRAMES, events)

    def _hear(self, line: _Outgoing, power: float, block: int) -> None:
        """Judge one frame, now that every burst over it is known."""
        in_tone = block + 2 * _FRAME_BLOCKS > line.tone_from or block < line.tone_until + 2 * _FRAME_BLOCKS
        echo = _ECHO_SHARE * max(islice(line.own_powers, _ECHO_FRAMES), default=0.0)
        voiced = not in_tone and power > max(_VOICE_POWER, _ABOVE_NOISE * line.noise, echo)
        if not in_tone:
            line.noise += (0.01 if power > line.noise else 0.2) * (power - line.noise)
        line.voice.append(voiced)
        line.voice_frames += voiced

    def _voice_began(self, line: _Outgoing) -> int:
        first = next(index for index, voiced in enumerate(line.voice) if voiced)
        return self._front.block - _DELAY_BLOCKS - (len(line.voice) - 1 - first) * _FRAME_BLOCKS

    def _tell(self, port: int, line: _Outgoing, clue: AnswerClue, block: int, events: list[AnswerEvent]) -> None:
        if not line.told:
            line.told = True
            events.append(AnswerEvent(port, clue, max(0, block) * BLOCK_SAMPLES))
