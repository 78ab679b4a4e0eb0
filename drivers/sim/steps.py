"""What a scripted person does at a telephone, one step after the other. Pure data; `actor.py` carries it out."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Voice:
    """A made-up voice: speech-like, different for every seed, never mistaken for a tone or a digit (`speech.py`)."""

    seed: int
    seconds: float


@dataclass(frozen=True, slots=True)
class WaitAnswer:
    """Caller: hear ring-back until the box answers; after `timeout_s` give up and hang up."""

    timeout_s: float = 60.0


@dataclass(frozen=True, slots=True)
class Wait:
    """Do nothing for a while."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Press:
    """Press keys one after the other."""

    digits: str
    on_ms: float = 100.0
    off_ms: float = 100.0


@dataclass(frozen=True, slots=True)
class Say:
    """Say a WAV file (any rate) or a made-up voice, and wait until it is said."""

    sound: str | Voice
    """Path of the file, relative to the scenario file, or the voice."""


@dataclass(frozen=True, slots=True)
class Hear:
    """Wait until something louder than `above_dbm0` was heard for `for_s` without a gap of more than 0.2 s."""

    for_s: float = 0.3
    above_dbm0: float = -45.0
    timeout_s: float = 30.0


@dataclass(frozen=True, slots=True)
class HearVoice:
    """Wait until another scripted person begins to speak: their made-up voices open with a breath that can be told."""

    timeout_s: float = 60.0


@dataclass(frozen=True, slots=True)
class HearSilence:
    """Wait until it was quieter than `below_dbm0` for `for_s`."""

    for_s: float = 1.0
    below_dbm0: float = -45.0
    timeout_s: float = 60.0


@dataclass(frozen=True, slots=True)
class WaitHangUp:
    """Wait until the other side is gone: a caller's exchange tells it, a phone hears busy tone."""

    timeout_s: float = 120.0


@dataclass(frozen=True, slots=True)
class HangUp:
    """Put the receiver down."""


@dataclass(frozen=True, slots=True)
class Lift:
    """Phone: lift the receiver and wait for a tone."""

    timeout_s: float = 5.0


@dataclass(frozen=True, slots=True)
class FlashHook:
    """Phone: tap the hook."""

    duration_ms: int = 200


CallerStep = WaitAnswer | Wait | Press | Say | Hear | HearVoice | HearSilence | WaitHangUp | HangUp
PhoneStep = Lift | FlashHook | Wait | Press | Say | Hear | HearVoice | HearSilence | WaitHangUp | HangUp
Step = CallerStep | PhoneStep
