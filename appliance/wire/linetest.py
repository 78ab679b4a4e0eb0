"""What a test of an outside line found, as people are told and as the journal keeps it."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from appliance.telephony.ids import LineId


class LineTestFinding(StrEnum):
    """What is not as it should be; none of them: the line is in order."""

    NO_DIAL_TONE = "no_dial_tone"
    DIAL_PITCH = "dial_pitch"
    """Dial tone is not at the country's pitch (450 ± 25 Hz, GB/T 3380)."""
    DIAL_WEAK = "dial_weak"
    HUM = "hum"
    NOISE = "noise"
    ECHO = "echo"
    """So much of our own sound comes back that the canceller has hard work: impedance or cable."""
    INTERRUPTED = "interrupted"
    """A caller rang in on the line (and got it), or the box stopped: nothing was measured."""
    PAIR_SILENT = "pair_silent"
    """The box's other line was called and did not ring, or the call was not put through."""
    PAIR_WEAK = "pair_weak"
    """More than 22 dB are lost between two lines of the box."""
    LINE_LOST = "line_lost"
    """The plug was pulled, or nothing could be recorded: nothing was measured."""


class EchoReturn(msgspec.Struct, frozen=True, kw_only=True):
    """How much weaker than sent a tone of this pitch came back."""

    pitch_hz: float
    return_loss_db: float


class LinePair(msgspec.Struct, frozen=True, kw_only=True):
    """The line called another one of the box. Losses in dB between what one sent and the other heard."""

    other: LineId
    loss_there_db: float
    loss_back_db: float
    noise_there_dbm0: float
    """As the other line hears it; `noise_back_dbm0`: as this one does."""
    noise_back_dbm0: float
    echo_there_db: float
    """Echo return of the other line in the call; `echo_here_db`: of this one."""
    echo_here_db: float


class LineTest(msgspec.Struct, frozen=True, kw_only=True):
    """One line by itself: off hook, dial tone, one digit, quiet, test tones. Levels in dBm0; None: not measured."""

    line: LineId
    at: str
    """ISO 8601, when it began."""
    dial_pitch_hz: float | None = None
    dial_level_dbm0: float | None = None
    noise_dbm0: float | None = None
    """After the digit, without hum."""
    hum_dbm0: float | None = None
    """The loudest of 50, 100 and 150 Hz."""
    echo_return_db: float | None = None
    """Over all test tones."""
    echo_by_pitch: tuple[EchoReturn, ...] = ()
    findings: tuple[LineTestFinding, ...] = ()
    pair: LinePair | None = None
    """None: no other line was free whose number is known (`Line.number`), or a caller came between."""
