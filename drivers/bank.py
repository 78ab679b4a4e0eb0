"""All cards on one clock, and the detectors that listen on their ports."""

from __future__ import annotations

from enum import Flag, auto


class Listen(Flag):
    """What to listen for on a port. Hardware signals (ring, hook, polarity, loop, faults) always come."""

    NOTHING = 0
    DTMF = auto()
    """`DigitPressed` and `DigitReleased`."""
    TONES = auto()
    """`ToneHeard`."""
    CALLER_ID = auto()
    """`CallerIdReceived`, `CallerIdUnreadable`; on by itself for every FXO port that is on hook."""
    ANSWER = auto()
    """Outgoing call: `FarEndAnswered`, inferred from voice or the end of ring-back; once."""
    ANSWER_BY_POLARITY = auto()
    """Outgoing call on a line with answer reversal: `FarEndAnswered`, certain; once."""
    PAUSE = auto()
    """`PauseHeard`: the far end has said nothing for `pause_s` (end of a voicemail); once per pause."""
