"""A caller who does what a script says: a complete `CallerLeg` without a line, for tests of flows.

The script is a list of what the caller does at each thing the flow asks of him, in order:
`Keys("12")` keyed during a prompt or while digits are awaited, `Silent()` lets it time out, `HangsUp()`.
Prompts that take no digits consume nothing of the script. Queues and messages end as `queue_outcomes` and
`message_lengths_s` say.
"""

# ruff: noqa: ARG002 - the protocol names the arguments
from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from appliance.telephony.call import HangUpCause, Rating
from appliance.telephony.ids import AgentId, BoxId, CallId, Language, LineId, PromptId, QueueId
from appliance.telephony.leg import (
    CallBack,
    Collected,
    DialOutcome,
    LegGone,
    QueueOutcome,
    RingOutcome,
    RingTarget,
    VoicemailOutcome,
)


@dataclass(frozen=True)
class Keys:
    digits: str
    during_prompt: bool = False


@dataclass(frozen=True)
class Silent:
    pass


@dataclass(frozen=True)
class HangsUp:
    pass


@dataclass(frozen=True)
class Visit:
    node: str
    exit: str
    digits: str


class ScriptedLeg:
    call_id = CallId("20261122-100000-0001")
    line_id = LineId(2)
    hotline = "0562-96599"

    def __init__(
        self,
        script: Iterable[Keys | Silent | HangsUp] = (),
        *,
        at: str = "2026-11-23T10:00:00+08:00",
        queue_outcomes: Iterable[QueueOutcome] = (),
        message_lengths_s: Iterable[float] = (),
        ring_outcomes: Iterable[RingOutcome] = (),
        dial_outcomes: Iterable[DialOutcome] = (),
        peer_number: str = "13800138000",
    ) -> None:
        self.peer_number = peer_number
        self.language = Language("zh")
        self.rung: list[tuple[RingTarget, str, float]] = []
        self.dialled: list[tuple[str, float, float]] = []
        self.invited = False
        self.ratings: list[Rating] = []
        self.bookings: list[CallBack] = []
        self.shown: dict[str, str] = {}
        self.answered = False
        self.released = False
        self.played: list[PromptId] = []
        self.visits: list[Visit] = []
        self.remarks: list[str] = []
        self.entries: list[str] = []
        self.queued: list[QueueId] = []
        self.priority = 0
        self.messages: list[tuple[BoxId, AgentId | None, float]] = []
        self._script = list(script)
        self._at = datetime.fromisoformat(at)
        self._queue_outcomes = list(queue_outcomes)
        self._message_lengths_s = list(message_lengths_s)
        self._ring_outcomes = list(ring_outcomes)
        self._dial_outcomes = list(dial_outcomes)
        self._typed = ""

    def now(self) -> datetime:
        return self._at

    async def answer(self) -> None:
        self.answered = True

    async def play(self, prompts: Sequence[PromptId], *, stop_digits: str = "") -> str:
        assert self.answered, "nobody hears a prompt on a ringing line"
        assert not self.released
        self.played += prompts
        if not stop_digits:
            return ""
        if not self._typed and self._script:
            step = self._script[0]
            if isinstance(step, HangsUp):
                raise LegGone(HangUpCause.BUSY_TONE)
            if isinstance(step, Keys) and step.during_prompt:
                self._script.pop(0)
                self._typed = step.digits
        if self._typed and self._typed[0] in stop_digits:
            digit, self._typed = self._typed[0], self._typed[1:]
            return digit
        return ""

    async def collect(
        self,
        *,
        max_digits: int,
        terminators: str,
        first_timeout_s: float,
        inter_digit_timeout_s: float,
        secret: bool = False,
    ) -> Collected:
        assert max_digits > 0
        if not self._typed and self._script:
            step = self._script.pop(0)
            if isinstance(step, HangsUp):
                raise LegGone(HangUpCause.BUSY_TONE)
            self._typed = step.digits if isinstance(step, Keys) else ""
        taken = ""
        while self._typed and len(taken) < max_digits:
            digit, self._typed = self._typed[0], self._typed[1:]
            if digit in terminators:
                return Collected(taken, timed_out=False)
            taken += digit
        return Collected(taken, timed_out=len(taken) < max_digits)

    def prioritise(self, priority: int) -> None:
        self.priority = priority

    async def queue(self, queue: QueueId) -> QueueOutcome:
        self.queued.append(queue)
        return self._queue_outcomes.pop(0)

    @property
    def last_queue(self) -> QueueId | None:
        return self.queued[-1] if self.queued else None

    async def voicemail(self, box: BoxId, *, for_agent: AgentId | None, max_s: float) -> VoicemailOutcome:
        self.messages.append((box, for_agent, max_s))
        length_s = self._message_lengths_s.pop(0)
        return VoicemailOutcome("voicemail/1.wav" if length_s else "", length_s)

    async def ring(self, target: RingTarget, name: str, *, ring_s: float, music: PromptId | None) -> RingOutcome:
        self.rung.append((target, name, ring_s))
        return self._ring_outcomes.pop(0)

    async def dial(self, number: str, *, ring_s: float, max_s: float, music: PromptId | None) -> DialOutcome:
        self.dialled.append((number, ring_s, max_s))
        return self._dial_outcomes.pop(0)

    def invite_to_rate(self) -> None:
        self.invited = True

    def rate(self, rating: Rating) -> None:
        self.ratings.append(rating)

    def book_call_back(self, booking: CallBack) -> None:
        self.bookings.append(booking)

    def show(self, label: str, value: str) -> None:
        self.shown[label] = value

    async def hang_up(self) -> None:
        self.released = True

    def entered(self, flow: str, node: str, label: str) -> None:
        self.entries.append(node)

    def visited(
        self, flow: str, flow_version: int, node: str, label: str, exit_name: str, digits: str, remark: str = ""
    ) -> None:
        self.visits.append(Visit(node, exit_name, digits))
        self.remarks.append(remark)

    @property
    def path(self) -> list[str]:
        return [visit.node for visit in self.visits]
