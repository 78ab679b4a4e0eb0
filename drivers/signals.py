"""What a port can report: past-tense facts, stamped with the frame in which they were known.

Hardware signals come from the card, detected ones from the armed detectors of `PortBank`. They are the only way
from the lines up into the engine.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from drivers.base import PortId


class Tone(StrEnum):
    """Call-progress tones that mean something to call control."""

    DIAL = "dial"
    RINGBACK = "ringback"
    BUSY = "busy"
    CONGESTION = "congestion"
    UNOBTAINABLE = "unobtainable"
    SPECIAL_INFORMATION = "special_information"
    HOWLER = "howler"
    FAX_CNG = "fax_cng"
    FAX_CED = "fax_ced"


class HangUpEvidence(StrEnum):
    """How a far-end hang-up showed on the line; kept in the call record."""

    BUSY_TONE = "busy_tone"
    CONGESTION_TONE = "congestion_tone"
    DIAL_TONE = "dial_tone"
    POLARITY = "polarity"
    LOOP_BREAK = "loop_break"
    SILENCE = "silence"
    HOOK = "hook"


class CallerIdModulation(StrEnum):
    """How caller ID came."""

    FSK_BELL202 = "fsk_bell202"
    FSK_V23 = "fsk_v23"
    DTMF = "dtmf"
    BY_DEVICE = "by_device"
    """A modem or module decoded it and told the number as text."""


class Answerer(StrEnum):
    """Who probably answered an outgoing call."""

    PERSON = "person"
    MACHINE = "machine"
    FAX = "fax"


class FaultKind(StrEnum):
    """Why a port cannot be used."""

    UNPLUGGED = "unplugged"
    """FXO without battery: no exchange pair."""
    CARD_LOST = "card_lost"
    BUSY_ELSEWHERE = "busy_elsewhere"
    STUCK_RINGING = "stuck_ringing"
    NOT_ANSWERING = "not_answering"
    """A device on a serial port says nothing, or nothing that can be understood."""
    UNFIT = "unfit"
    """A device that answers but cannot carry calls."""


@dataclass(frozen=True, slots=True)
class Signal:
    """Common part: the port and the frame number (20 ms units since the bank started)."""

    port: PortId
    at_frame: int


@dataclass(frozen=True, slots=True)
class RingStarted(Signal):
    """FXO: ringing voltage came on; once per burst."""


@dataclass(frozen=True, slots=True)
class RingStopped(Signal):
    """FXO: ringing voltage went off; once per burst."""


@dataclass(frozen=True, slots=True)
class OffHook(Signal):
    """FXS: the handset was lifted."""


@dataclass(frozen=True, slots=True)
class OnHook(Signal):
    """FXS: the handset was put down (longer than a flash)."""


@dataclass(frozen=True, slots=True)
class Flash(Signal):
    """FXS: the hook was tapped."""


@dataclass(frozen=True, slots=True)
class PolarityReversed(Signal):
    """FXO: the exchange turned the battery round (answer or release supervision)."""


@dataclass(frozen=True, slots=True)
class LoopLost(Signal):
    """FXO off hook: loop current went away."""


@dataclass(frozen=True, slots=True)
class LoopBack(Signal):
    """FXO: loop current is there again."""


@dataclass(frozen=True, slots=True)
class CallerIdReceived(Signal):
    """Caller ID was decoded whole and its checksum was right. `number` is empty when withheld (`absence` says why)."""

    number: str
    name: str
    modulation: CallerIdModulation
    sent_at: str = ""
    """MMDDHHMM as the exchange sent it, or empty."""
    absence: str = ""
    """`O` out of area, `P` private, or empty."""
    reliable: bool = True
    """False: DTMF digits without the code that should begin or end them; show the number, do not act on it alone."""


@dataclass(frozen=True, slots=True)
class CallerIdUnreadable(Signal):
    """A caller-ID burst was there but failed its checksum; it never becomes a number."""

    modulation: CallerIdModulation


@dataclass(frozen=True, slots=True)
class DigitPressed(Signal):
    """A DTMF digit was recognised (reported at recognition, so a prompt can stop at once)."""

    digit: str


@dataclass(frozen=True, slots=True)
class DigitReleased(Signal):
    """The digit ended; `duration_ms` is the tone's length."""

    digit: str
    duration_ms: int


@dataclass(frozen=True, slots=True)
class ToneHeard(Signal):
    """A call-progress tone was recognised on a line."""

    tone: Tone


@dataclass(frozen=True, slots=True)
class FarEndHungUp(Signal):
    """The bank's verdict for an off-hook line: the other party is gone."""

    evidence: HangUpEvidence
    since_frame: int = -1
    """When the evidence began (the busy tone to cut off a voicemail); -1: not known."""


@dataclass(frozen=True, slots=True)
class FarEndAnswered(Signal):
    """Outgoing call: the other party answered. `certain` for polarity; voice or end of ring-back is inferred."""

    certain: bool


@dataclass(frozen=True, slots=True)
class AnswererHeard(Signal):
    """Outgoing call, soon after an inferred `FarEndAnswered`: who has answered. A hint, not a fact."""

    answerer: Answerer


@dataclass(frozen=True, slots=True)
class PauseHeard(Signal):
    """The far end has said nothing since `since_frame`; once per pause."""

    since_frame: int


@dataclass(frozen=True, slots=True)
class PortFault(Signal):
    """The port cannot be used until `PortRecovered`."""

    fault: FaultKind
    text: str


@dataclass(frozen=True, slots=True)
class PortRecovered(Signal):
    """The port works again."""
