"""What a flow may do with a caller: the protocol between `ivr` below and `engine` above.

Every method raises `FarEndGone` (a `LegGone`) as soon as the caller hangs up; a flow never checks for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from appliance.telephony.call import HangUpCause, Rating
from appliance.telephony.ids import AgentId, BoxId, CallId, Language, LineId, PromptId, QueueId


class LegGone(Exception):  # noqa: N818 - a fact, not an error
    """The leg ended under the flow; carries how."""

    def __init__(self, cause: HangUpCause) -> None:
        super().__init__(cause.value)
        self.cause = cause


class LegTaken(Exception):  # noqa: N818 - a fact, not an error
    """Somebody takes the caller out of the flow; the call goes on elsewhere."""


class QueueOutcome(StrEnum):
    """How waiting in a queue ended; `SERVED` comes after the conversation, when the agent's side hung up."""

    SERVED = "served"
    NO_AGENT = "no_agent"
    TIMEOUT = "timeout"
    FULL = "full"
    AGENTS_NO_ANSWER = "agents_no_answer"
    KEY_PRESSED = "key_pressed"


class RingTarget(StrEnum):
    """Whom `ring` calls: a person wherever signed in, a work place, or a phone set."""

    AGENT = "agent"
    SEAT = "seat"
    STATION = "station"


class RingOutcome(StrEnum):
    """How ringing one seat ended; `SERVED` comes after the conversation, when our side hung up."""

    SERVED = "served"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    """On another call, offered one, or wrapping up."""
    ABSENT = "absent"
    """Not signed in, on a break, or without a phone that works."""


class DialOutcome(StrEnum):
    """How dialling out for the caller ended; `SERVED` comes after the conversation."""

    SERVED = "served"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    NO_LINE = "no_line"
    """All other lines are taken, or the number may not be dialled."""


@dataclass(frozen=True, slots=True)
class CallBack:
    """The caller asks to be called back."""

    number: str
    queue: QueueId
    """Whose agents call back."""


@dataclass(frozen=True, slots=True)
class Collected:
    """Digits keyed by the caller (without the terminator) and whether entry ended by time-out."""

    digits: str
    timed_out: bool


@dataclass(frozen=True, slots=True)
class VoicemailOutcome:
    """A message that is on disk; `length_s` 0 means nothing was said and nothing was kept."""

    path: str
    length_s: float


class CallerLeg(Protocol):
    """The caller of an inbound call as a flow sees it."""

    language: Language
    """What the caller hears prompts in, from now on and whoever plays them: the flow, a queue."""

    @property
    def call_id(self) -> CallId: ...
    @property
    def line_id(self) -> LineId:
        """The outside line on which the caller came in."""
        ...

    @property
    def hotline(self) -> str:
        """The number that was called."""
        ...

    @property
    def peer_number(self) -> str: ...
    @property
    def answered(self) -> bool: ...

    def now(self) -> datetime:
        """Local wall time (virtual in simulation)."""
        ...

    async def answer(self) -> None:
        """Go off hook; does nothing when answered already."""
        ...

    async def play(self, prompts: Sequence[PromptId], *, stop_digits: str = "") -> str:
        """Play prompts one after the other; returns the digit of `stop_digits` that cut them short, else ''.

        A digit in `stop_digits` that was pressed before or during the prompts is consumed.
        """
        ...

    async def collect(
        self,
        *,
        max_digits: int,
        terminators: str,
        first_timeout_s: float,
        inter_digit_timeout_s: float,
        secret: bool = False,
    ) -> Collected:
        """Take digits that were or are being keyed until `max_digits`, a terminator or a time-out."""
        ...

    def prioritise(self, priority: int) -> None:
        """How urgent the caller is in queues from now on: 0 (all begin so) to 9."""
        ...

    async def queue(self, queue: QueueId) -> QueueOutcome:
        """Wait for an agent of the queue with music and, if one answers, talk until one side hangs up."""
        ...

    @property
    def last_queue(self) -> QueueId | None:
        """The queue that the caller waited in last, which may be another than asked for: queues overflow."""
        ...

    async def voicemail(self, box: BoxId, *, for_agent: AgentId | None, max_s: float) -> VoicemailOutcome:
        """Beep, then record until silence, `#`, `max_s` or hang-up; the message is kept also on hang-up."""
        ...

    async def ring(self, target: RingTarget, name: str, *, ring_s: float, music: PromptId | None) -> RingOutcome:
        """Ring one seat (`name` is the agent's, seat's or station's number) and talk if somebody answers.

        Meanwhile the caller hears `music`, or ring-back tone.
        """
        ...

    async def dial(self, number: str, *, ring_s: float, max_s: float, music: PromptId | None) -> DialOutcome:
        """Call `number` over a second outside line and let the two talk, for `max_s` at most; recorded by the rules."""
        ...

    def invite_to_rate(self) -> None:
        """The caller is asked for a rating; without a `rate` the call counts as invited and unrated."""
        ...

    def rate(self, rating: Rating) -> None:
        """The caller's verdict; the last one counts."""
        ...

    def book_call_back(self, booking: CallBack) -> None:
        """Put the wish into the journal, for whoever calls back."""
        ...

    def show(self, label: str, value: str) -> None:
        """Something about this call for the screen of whoever takes it; the same label again replaces."""
        ...

    async def hang_up(self) -> None:
        """Release the line because the flow says so."""
        ...

    def entered(self, flow: str, node: str, label: str) -> None:
        """The flow came to a node: for the screen."""
        ...

    def visited(
        self, flow: str, flow_version: int, node: str, label: str, exit_name: str, digits: str, remark: str = ""
    ) -> None:
        """The flow left a node: goes into the journal and onto the screen. Secret digits come as `*`.

        `remark` is a Chinese half sentence on what happened there, or ''.

        `exit_name` is `gone` for the node in which the call ended under the flow, '' where the flow itself is over.
        """
        ...
