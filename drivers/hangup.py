"""Has the far end of an off-hook line hung up? One verdict from tones, polarity, loop and silence.

What: `HangUpWatch` for one line, fed with what the line reports, says `HangUpEvidence` once, or nothing.
How: pure; counts frames. Each sign has its own proof time so that speech, clicks and our own flash do not end a call.
Limits: the order of trust is that of LINES.md §5; a sign that a line's exchange does not give is simply never seen.
"""

from __future__ import annotations

from dataclasses import dataclass


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
    dial_tone_s: float = 2.0
    loop_break_ms: int = 250
    polarity_guard_ms: int = 600
    """A reversal so soon after the watch began belongs to the answer, not to a release."""
