"""What media reports to the control loop beside the signals of the ports."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import NewType

from appliance.telephony.call import NoRecordingReason
from drivers.base import PortId
from drivers.signals import HangUpEvidence, Signal

PlaybackToken = NewType("PlaybackToken", int)
"""Names one `play`; never reused while the engine lives."""
RecordingToken = NewType("RecordingToken", int)
"""Names one recording or voicemail; never reused while the engine lives."""


@dataclass(frozen=True, slots=True)
class PlaybackFinished:
    """A playlist is over: to its end, or `stopped` (by `stop`, a newer `play` or `connect`). Comes once per token."""

    port: PortId
    at_frame: int
    token: PlaybackToken
    stopped: bool


@dataclass(frozen=True, slots=True)
class RecordingFinished:
    """A recording is closed and on disk. Comes once per token, also unasked when the disk ends it."""

    token: RecordingToken
    path: Path
    length_s: float
    """What the file plays; 0 when there is no file."""
    voice_s: float = 0.0
    """Voicemail only: how much of it is louder than a quiet line; 0 means nothing was said."""
    sha256: str = ""
    """Of the sound, if it has a hash chain."""
    chain: str = ""
    """Head of the hash chain."""
    reason: NoRecordingReason | None = None
    """Why it ended before `stop_recording`: `DISK` (full, or below the reserve) or `FAILED`; None when all is well."""
    text: str = ""
    """The system's words for `reason`, for the log."""


@dataclass(frozen=True, slots=True)
class CommandRefused:
    """The card could not carry out a port command; `text` says why."""

    port: PortId
    at_frame: int
    text: str


@dataclass(frozen=True, slots=True)
class HangUpHeard:
    """How a line sounded while the far end's hang-up showed; comes with `FarEndHungUp`, for whoever learns from it."""

    port: PortId
    at_frame: int
    evidence: HangUpEvidence
    pcm: bytes
    """16-bit samples of this machine from when the evidence began, 4 s at most."""


MediaEvent = PlaybackFinished | RecordingFinished | CommandRefused | HangUpHeard


@dataclass(frozen=True, slots=True)
class Batch:
    """Everything one tick has to tell; delivered to the control loop in one call. Signals come first in time."""

    at_frame: int
    signals: tuple[Signal, ...]
    events: tuple[MediaEvent, ...]
