"""How one outside line behaves: its exchange's habits, its copper, and what can go wrong with it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class CallerIdSending(StrEnum):
    """How the exchange tells the caller's number."""

    FSK = "fsk"
    """Bell 202 between the first and the second ring."""
    FSK_V23 = "fsk_v23"
    DTMF_BEFORE_RING = "dtmf_before_ring"
    DTMF_AFTER_RING = "dtmf_after_ring"
    NONE = "none"


class HangUpShown(StrEnum):
    """What the exchange puts on the line when the far end hangs up."""

    BUSY_TONE = "busy_tone"
    POLARITY = "polarity"
    """Battery reversal at once, busy tone 0.4 s later."""
    LOOP_BREAK = "loop_break"
    """0.6 s without loop current, then busy tone."""
    CONGESTION_TONE = "congestion_tone"
    DIAL_TONE = "dial_tone"
    NEVER = "never"
    """Nothing but line noise, until the box releases the line."""


class Fault(StrEnum):
    """What can be broken on an outside line while the card runs."""

    UNPLUGGED = "unplugged"
    STUCK_RING = "stuck_ring"
    CROSSTALK = "crosstalk"
    """A neighbouring line is heard 20 dB down."""
    CLIPPED = "clipped"
    """The receive path overloads: 18 dB too much gain into a limiter."""
    TWISTED_DTMF = "twisted_dtmf"
    """Callers' keys arrive with the high tone 7.5 dB above the low one."""
    NO_HANG_UP = "no_hang_up"
    """The exchange no longer shows that the far end hung up."""
    CARD_OUT = "card_out"
    """The whole card is pulled out of the box, whichever line it is said of."""


@dataclass(frozen=True, slots=True)
class LineQuality:
    """The copper. Levels are those at the box."""

    loss_db: float = 4.0
    """Between the far end and the box, each way."""
    noise_dbm0: float = -62.0
    hum_dbm0: float = -58.0
    """50 Hz induction."""
    echo_return_loss_db: float = 18.0
    """How far below our own signal its hybrid echo comes back."""
    clicks_per_minute: float = 0.0


@dataclass(frozen=True, slots=True)
class LineProfile:
    """One outside line of a scenario."""

    caller_id: CallerIdSending = CallerIdSending.FSK
    hang_up: HangUpShown = HangUpShown.BUSY_TONE
    polarity_on_answer: bool = False
    """Outgoing calls: the exchange reverses the battery when the far end answers."""
    tone_hz: float = 450.0
    tone_dbm0: float = -10.0
    quality: LineQuality = field(default_factory=LineQuality)
    number: str = ""
    """Its own: the box's other lines reach it by that."""
