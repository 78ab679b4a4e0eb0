"""Has the far end of an off-hook line hung up? One verdict from tones, polarity, loop and silence.

What: `HangUpWatch` for one line is told what the line reports and says its `HangUp` once, or nothing.
How: pure; counts frames. Each sign has its own proof time so that speech, clicks and our own flash do not end a call:
    three whole cycles of busy or congestion, 2 s of dial tone, a reversal that is not the answer's, a loop break too
    long for a click, and (if wished) a very long silence. A digit on the line proves somebody is there.
Measured (`./dev bench falsehangup --hours 20`): no false hang-up in 20 h of made-up talk; while our own side talks on,
    busy is found after 2.1 s (254 of 257 within 3 s), polarity after 0.02 s, a loop break after 0.28 s.
Limits: proof times are those of LINES.md §5; a sign that a line's exchange does not give is simply never seen.
    Silence is told by level, so a line that hums louder than `QUIET_DBM0` is never silent.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from drivers.base import FRAME_S
from drivers.signals import HangUpEvidence, Tone

QUIET_DBM0 = -42.0
"""A frame below this level is a quiet line: speech is above -35 dBm0, line noise below -45."""

_EVIDENCE_OF_TONE = {
    Tone.BUSY: HangUpEvidence.BUSY_TONE,
    Tone.CONGESTION: HangUpEvidence.CONGESTION_TONE,
    Tone.DIAL: HangUpEvidence.DIAL_TONE,
}


@dataclass(frozen=True, slots=True)
class HangUpProfile:
    """Which signs count on a line, and how long each must last."""

    by_tone: bool = True
    by_polarity: bool = True
    by_loop: bool = True
    silence_s: float = 0.0
    """Nothing above a quiet line's noise for so long means the far end is gone; 0 switches this off."""
    tone_cycles: int = 3
    """Whole on-off cycles of busy or congestion that must be heard."""
    dial_tone_s: float = 3.0
    """Longer than a musician holds a note at the tone's pitch; an exchange sends it for ten seconds or more."""
    loop_break_ms: int = 250
    polarity_guard_ms: int = 600
    """A reversal so soon after the watch began belongs to the answer, not to a release."""


@dataclass(frozen=True, slots=True)
class HangUp:
    """The verdict: by what, and since when that was on the line."""

    evidence: HangUpEvidence
    since_frame: int


def _frames(seconds: float) -> int:
    return math.ceil(seconds / FRAME_S - 1e-9)


class HangUpWatch:
    """One off-hook line. Tell it what happens as it happens, then ask `verdict` once a frame."""

    def __init__(self, profile: HangUpProfile, cycles_s: Mapping[Tone, float], at_frame: int) -> None:
        """Watch from `at_frame`, the moment of the answer. `cycles_s` is one on-off cycle of busy and of congestion."""
        self._profile = profile
        self._proof_frames = {
            Tone.BUSY: _frames(profile.tone_cycles * cycles_s[Tone.BUSY]),
            Tone.CONGESTION: _frames(profile.tone_cycles * cycles_s[Tone.CONGESTION]),
            Tone.DIAL: _frames(profile.dial_tone_s),
        }
        self._began = at_frame
        self._guard_until = at_frame + _frames(profile.polarity_guard_ms / 1000)
        self._flash_until = at_frame
        self._quiet_since = at_frame
        self._tone: Tone | None = None
        self._tone_since = at_frame
        self._loop_lost_at: int | None = None
        self._reversed_at: int | None = None

    @property
    def wants_level(self) -> bool:
        """Whether `voice_heard` matters, i.e. silence is one of the signs."""
        return self._profile.silence_s > 0

    def answered(self, at_frame: int) -> None:
        """The far end answered just now: the reversal of the answer is no release."""
        self._guard_until = at_frame + _frames(self._profile.polarity_guard_ms / 1000)

    def flashed(self, until_frame: int) -> None:
        """The box itself breaks the loop until then."""
        self._flash_until = until_frame

    def tone_began(self, tone: Tone, since_frame: int) -> None:
        """A tone is on; what it lasted before the watch began proves nothing."""
        self._tone, self._tone_since = tone, max(since_frame, self._began)

    def tone_ended(self, tone: Tone) -> None:
        if tone is self._tone:
            self._tone = None

    def digit_heard(self) -> None:
        """Somebody presses keys: whatever beats like busy tone is not one (asterisk#1570)."""
        self._tone = None

    def voice_heard(self, at_frame: int) -> None:
        self._quiet_since = at_frame

    def polarity_reversed(self, at_frame: int) -> None:
        if self._profile.by_polarity and at_frame >= self._guard_until:
            self._reversed_at = at_frame

    def loop_lost(self, at_frame: int) -> None:
        if at_frame >= self._flash_until:
            self._loop_lost_at = at_frame

    def loop_back(self) -> None:
        self._loop_lost_at = None

    def verdict(self, at_frame: int) -> HangUp | None:
        """What has been proved by now; the surest sign first."""
        profile = self._profile
        if self._reversed_at is not None:
            return HangUp(HangUpEvidence.POLARITY, self._reversed_at)
        lost_at = self._loop_lost_at
        if profile.by_loop and lost_at is not None and at_frame - lost_at >= _frames(profile.loop_break_ms / 1000):
            return HangUp(HangUpEvidence.LOOP_BREAK, lost_at)
        tone = self._tone
        if profile.by_tone and tone in self._proof_frames and at_frame - self._tone_since >= self._proof_frames[tone]:
            return HangUp(_EVIDENCE_OF_TONE[tone], self._tone_since)
        if profile.silence_s > 0 and at_frame - self._quiet_since >= _frames(profile.silence_s):
            return HangUp(HangUpEvidence.SILENCE, self._quiet_since)
        return None
