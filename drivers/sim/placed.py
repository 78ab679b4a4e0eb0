"""The exchange's own books: every call it carried, as seen from outside the box. Tests hold the box's records to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from drivers.base import PortId
from drivers.sim.party import KeyPress, Utterance
from drivers.sim.profile import HangUpShown


class CallDirection(StrEnum):
    """Seen from the box."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"


class Outcome(StrEnum):
    """What the party who placed the call saw of it."""

    UNDER_WAY = "under_way"
    ANSWERED = "answered"
    ABANDONED = "abandoned"
    """The caller gave up before an answer."""
    LINE_BUSY = "line_busy"
    """Inbound: no line was free; the box never saw the call."""
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    ANNOUNCEMENT = "announcement"
    CONGESTION = "congestion"
    UNOBTAINABLE = "unobtainable"


class EndedBy(StrEnum):
    """Who put the phone down first."""

    OUTSIDE = "outside"
    BOX = "box"
    LINE_FAULT = "line_fault"


@dataclass(slots=True)
class PlacedCall:
    """One call through the fake exchange; frames are the card's, None until it happened."""

    call_id: str
    direction: CallDirection
    number: str
    """The caller's number inbound, the dialled one outbound."""
    placed_at_frame: int
    name: str = ""
    line: PortId | None = None
    first_ring_at_frame: int | None = None
    answered_at_frame: int | None = None
    """Inbound: the box went off hook; outbound: the far end did."""
    ended_at_frame: int | None = None
    """The first of both sides hung up."""
    released_at_frame: int | None = None
    """The box put the line on hook; None while it holds the line."""
    ended_by: EndedBy | None = None
    shown: HangUpShown | None = None
    """How the far end's hang-up was shown, when it hung up first."""
    outcome: Outcome = Outcome.UNDER_WAY
    flashes: int = 0
    said: list[Utterance] = field(default_factory=list)
    """What the outside party said on this call."""
    pressed: list[KeyPress] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)
    """Steps of its script that did not come true in time, as `step: what was awaited`."""

    @property
    def ended(self) -> bool:
        """One side hung up, or the call was refused and given up."""
        return self.ended_at_frame is not None
