"""Trying a flow out without a telephone: a draft, a scripted caller, and what the caller would hear and where they go.

What: `walk(flow, parts, script)` runs the flow by the runner and the nodes that real calls use, on a `CallerLeg` of its
    own that takes no time: queues, seats, outside numbers and servers end as the script says. When the script has no
    key left for a question, the walk stops there (`AWAITS_KEYS`): add the next key and walk again, as a person does.
Limits: nothing sounds, nothing is dialled, nobody is asked. Times are those of the script: no clock runs.
"""

# ruff: noqa: ARG002 - the protocols name the arguments
from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec

from appliance.ivr.callerbook import CallerEntry
from appliance.ivr.context import Context, FlowEnd, PlanParts, Sources
from appliance.ivr.graph import FlowGraph
from appliance.ivr.node import NodeKind
from appliance.ivr.prompts import CHINESE, in_language, promptbook, stand_ins
from appliance.ivr.registry import KINDS, Kinds
from appliance.ivr.remote import HttpAnswer, HttpRequest, LineRequest, RemoteError
from appliance.ivr.runner import GONE, Runner
from appliance.telephony.call import HangUpCause, Rating
from appliance.telephony.ids import AgentId, BoxId, CallId, LineId, PromptId, QueueId
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

HANGS_UP = "hangs_up"
"""In the place of keys: the caller hangs up at this question."""


class StubAnswer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the asked server answers; with `failure` it does not."""

    body: str = ""
    status: int = 200
    failure: str = ""


class WalkScript(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The caller and the world around the box."""

    at: datetime
    """Local time of the call."""
    caller: str = ""
    """Normalised number; '' when withheld."""
    customer: CallerEntry | None = None
    keys: tuple[str, ...] = ()
    """What the caller does at each question, in order: keys (`1`, `8812#`), '' for none, or `hangs_up`."""
    queue: QueueOutcome = QueueOutcome.SERVED
    ring: RingOutcome = RingOutcome.SERVED
    dial: DialOutcome = DialOutcome.SERVED
    message_s: float = 8.0
    """How long the caller speaks after a beep; 0 says nothing."""
    answers: tuple[StubAnswer, ...] = ()
    """Of the servers asked, in order; when they run out a server does not answer."""
    pushed: str = ""
    line: LineId = LineId(1)
    hotline: str = ""


class WalkKind(StrEnum):
    ENTERED = "entered"
    """A node."""
    LEFT = "left"
    """A node, by an exit ('' where the flow is over)."""
    ANSWERED = "answered"
    HEARD = "heard"
    """Prompts; `text` is what they say."""
    KEYED = "keyed"
    QUEUED = "queued"
    RANG = "rang"
    DIALLED = "dialled"
    RECORDED = "recorded"
    RATED = "rated"
    CALL_BACK = "call_back"
    SHOWN = "shown"
    """On the screen of whoever takes the call."""
    ASKED = "asked"
    """Another computer; `text` is what was sent."""
    RELEASED = "released"
    """The box hangs up."""


class WalkStep(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that happened, in order."""

    kind: WalkKind
    flow: str = ""
    node: str = ""
    label: str = ""
    exit: str = ""
    text: str = ""
    prompts: tuple[PromptId, ...] = ()
    variables: Mapping[str, str] = {}
    """Of the flow, when a node is left."""


class WalkEnd(StrEnum):
    FINISHED = "finished"
    ENDLESS = "endless"
    """Went round in circles."""
    FAILED = "failed"
    """A node broke down and had no failure exit."""
    CALLER_HUNG_UP = "caller_hung_up"
    AWAITS_KEYS = "awaits_keys"
    """The flow asks something that the script has no keys for."""


class Walk(msgspec.Struct, frozen=True, kw_only=True):
    end: WalkEnd
    steps: tuple[WalkStep, ...]
    variables: Mapping[str, str]
    """As they stood last."""


class _OutOfKeys(LegGone):
    """The caller has not decided yet."""


async def walk(
    flow: FlowGraph,
    parts: PlanParts,
    script: WalkScript,
    texts: Mapping[PromptId, str] | None = None,
    kinds: Kinds = KINDS,
) -> Walk:
    """Take the script's caller through `flow`. `texts` are the words of the bureau's own prompts, where known."""
    leg = _WalkLeg(script, {prompt.id: prompt.text for prompt in promptbook()} | dict(texts or {}))
    runner = Runner(flow, parts, _watched(kinds, leg), Sources(callers=leg, remote=leg))
    try:
        result = await runner.run(leg, {"pushed": script.pushed})
    except _OutOfKeys:
        return Walk(end=WalkEnd.AWAITS_KEYS, steps=tuple(leg.steps), variables=leg.variables())
    except LegGone:
        return Walk(end=WalkEnd.CALLER_HUNG_UP, steps=tuple(leg.steps), variables=leg.variables())
    ends = {FlowEnd.FINISHED: WalkEnd.FINISHED, FlowEnd.ENDLESS: WalkEnd.ENDLESS, FlowEnd.FAILED: WalkEnd.FAILED}
    return Walk(end=ends[result.end], steps=tuple(leg.steps), variables=result.variables)


def _watched(kinds: Kinds, leg: _WalkLeg) -> Kinds:
    """The same kinds; whenever one runs, the leg learns where the call keeps its variables."""

    def watched(kind: NodeKind[Any]) -> NodeKind[Any]:
        async def run(params: Any, its_leg: Any, ctx: Context) -> str | None:
            leg.context = ctx
            return await kind.run(params, its_leg, ctx)

        return replace(kind, run=run)

    return {name: watched(kind) for name, kind in kinds.items()}


class _WalkLeg:
    """A whole `CallerLeg`, and whom the flow asks, by the script."""

    def __init__(self, script: WalkScript, texts: Mapping[PromptId, str]) -> None:
        self.steps: list[WalkStep] = []
        self.language = CHINESE
        self.answered = False
        self.context: Context | None = None
        self._script = script
        self._texts = texts
        self._keys = list(script.keys)
        self._answers = list(script.answers)
        self._typed = ""
        self._last_queue: QueueId | None = None

    @property
    def call_id(self) -> CallId:
        return CallId("walk")

    @property
    def line_id(self) -> LineId:
        return self._script.line

    @property
    def hotline(self) -> str:
        return self._script.hotline

    @property
    def peer_number(self) -> str:
        return self._script.caller

    def now(self) -> datetime:
        return self._script.at

    async def answer(self) -> None:
        if not self.answered:
            self.answered = True
            self._note(WalkKind.ANSWERED)

    async def play(self, prompts: Sequence[PromptId], *, stop_digits: str = "") -> str:
        self._note(WalkKind.HEARD, "".join(map(self._words, prompts)), prompts=tuple(prompts))
        if stop_digits and not self._typed and self._keys and self._keys[0]:
            self._typed = self._next_keys()
        if self._typed and self._typed[0] in stop_digits:
            return self._take()
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
        if not self._typed:
            self._typed = self._next_keys()
        taken = ""
        while self._typed and len(taken) < max_digits:
            digit = self._take()
            if digit in terminators:
                return Collected(taken, timed_out=False)
            taken += digit
        return Collected(taken, timed_out=len(taken) < max_digits)

    def prioritise(self, priority: int) -> None:
        del priority  # a walk has nobody to overtake

    async def queue(self, queue: QueueId) -> QueueOutcome:
        self._note(WalkKind.QUEUED, queue, outcome=self._script.queue)
        self._last_queue = queue
        return self._script.queue

    @property
    def last_queue(self) -> QueueId | None:
        return self._last_queue

    async def voicemail(self, box: BoxId, *, for_agent: AgentId | None, max_s: float) -> VoicemailOutcome:
        length_s = min(self._script.message_s, max_s)
        self._note(WalkKind.RECORDED, f"{box} {length_s:g} 秒")
        return VoicemailOutcome("walk.wav" if length_s else "", length_s)

    async def ring(self, target: RingTarget, name: str, *, ring_s: float, music: PromptId | None) -> RingOutcome:
        self._note(WalkKind.RANG, name, outcome=self._script.ring)
        return self._script.ring

    async def dial(self, number: str, *, ring_s: float, max_s: float, music: PromptId | None) -> DialOutcome:
        self._note(WalkKind.DIALLED, number, outcome=self._script.dial)
        return self._script.dial

    def invite_to_rate(self) -> None:
        """The invitation is heard as a prompt."""

    def rate(self, rating: Rating) -> None:
        self._note(WalkKind.RATED, rating)

    def book_call_back(self, booking: CallBack) -> None:
        self._note(WalkKind.CALL_BACK, f"{booking.number} {booking.queue}")

    def show(self, label: str, value: str) -> None:
        self._note(WalkKind.SHOWN, value, label=label)

    async def hang_up(self) -> None:
        self._note(WalkKind.RELEASED)

    def entered(self, flow: str, node: str, label: str) -> None:
        self.steps.append(WalkStep(kind=WalkKind.ENTERED, flow=flow, node=node, label=label))

    def visited(
        self, flow: str, flow_version: int, node: str, label: str, exit_name: str, digits: str, remark: str = ""
    ) -> None:
        if exit_name != GONE:
            step = WalkStep(
                kind=WalkKind.LEFT,
                flow=flow,
                node=node,
                label=label,
                exit=exit_name,
                text=remark,
                variables=self.variables(),
            )
            self.steps.append(step)

    def variables(self) -> dict[str, str]:
        """Those of the flow as they stand."""
        return {} if self.context is None else {name: value for name, value in self.context.variables.items() if value}

    def find(self, number: str) -> CallerEntry | None:
        return self._script.customer

    async def http(self, request: HttpRequest, timeout_s: float) -> HttpAnswer:
        self._note(WalkKind.ASKED, f"{request.method} {request.url} {request.body.decode(errors='replace')}".strip())
        answer = self._next_answer()
        return HttpAnswer(answer.status, answer.body.encode())

    async def tcp(self, request: LineRequest, timeout_s: float) -> bytes:
        self._note(WalkKind.ASKED, f"{request.host}:{request.port} {request.line.decode(errors='replace')}")
        return self._next_answer().body.encode()

    def _next_answer(self) -> StubAnswer:
        answer = self._answers.pop(0) if self._answers else StubAnswer(failure="对方没有及时答复")
        if answer.failure:
            raise RemoteError(answer.failure)
        return answer

    def _next_keys(self) -> str:
        if not self._keys:
            raise _OutOfKeys(HangUpCause.FLOW_ENDED)
        keys = self._keys.pop(0)
        if keys == HANGS_UP:
            raise LegGone(HangUpCause.BUSY_TONE)
        return keys

    def _take(self) -> str:
        digit, self._typed = self._typed[0], self._typed[1:]
        self._note(WalkKind.KEYED, digit)
        return digit

    def _words(self, prompt: PromptId) -> str:
        """What the prompt says in the caller's language; its name when nobody knows."""
        asked = stand_ins(in_language(prompt, self.language))
        return next((self._texts[name] for name in asked if name in self._texts), f"〔{prompt}〕")

    def _note(
        self, kind: WalkKind, text: str = "", *, label: str = "", outcome: str = "", prompts: tuple[PromptId, ...] = ()
    ) -> None:
        self.steps.append(WalkStep(kind=kind, text=text, label=label, exit=outcome, prompts=prompts))
