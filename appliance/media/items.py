"""What can stand in a playlist."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from appliance.telephony.ids import PromptId
from drivers.signals import CallerIdModulation


class PlayedTone(StrEnum):
    """Tones that the box itself plays, by the country's tone plan."""

    DIAL = "dial"
    STUTTER_DIAL = "stutter_dial"
    """Dial tone that tells of waiting messages."""
    RINGBACK = "ringback"
    BUSY = "busy"
    CONGESTION = "congestion"
    HOWLER = "howler"
    BEEP = "beep"
    """One short beep, e.g. before a voicemail; not cadenced."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt or music: the bureau's own recording, else the built-in one, else a beep (never an error)."""

    id: PromptId


@dataclass(frozen=True, slots=True)
class ServiceTone:
    """A tone for `duration_s`, or without end when None (a beep then lasts its own 0.3 s)."""

    tone: PlayedTone
    duration_s: float | None = None


@dataclass(frozen=True, slots=True)
class Digits:
    """DTMF digits 0-9 A-D * #, e.g. to dial out; `,` is a pause of one second."""

    digits: str
    on_ms: int = 100
    off_ms: int = 100


@dataclass(frozen=True, slots=True)
class CallerIdBurst:
    """The modem burst by which a phone set learns who calls."""

    number: str
    name: str = ""
    sent_at: str = ""
    """MMDDHHMM, or empty."""
    modulation: CallerIdModulation = CallerIdModulation.FSK_BELL202


@dataclass(frozen=True, slots=True)
class SoundFile:
    """A recorded message on the disk; a beep when it cannot be read (never an error)."""

    path: Path


@dataclass(frozen=True, slots=True)
class Silence:
    """Nothing for a while."""

    duration_s: float


@dataclass(frozen=True, slots=True)
class LineTones:
    """The comb of test tones by which a line's echo is measured (`drivers/dsp/linetest.py`)."""

    duration_s: float


PlayItem = Prompt | ServiceTone | Digits | CallerIdBurst | SoundFile | Silence | LineTones
