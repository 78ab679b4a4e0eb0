"""Makes many calls of chosen kinds out of a few numbers: the load of a working day, the same for the same seed.

The kinds fit the default call plan: keys 1 and 2 lead to queues with agents, key 3 to one without; at night there is
voicemail. Agents' behaviour hangs on the caller's number, which the ringing phone shows, so every call has a known end.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from drivers.sim.directory import DirectoryEntry, FarOutcome
from drivers.sim.profile import CallerIdSending
from drivers.sim.scenario import Expectation, PhoneAnswer, PhoneCall, Scenario, ScenarioCall
from drivers.sim.steps import (
    CallerStep,
    HangUp,
    Hear,
    HearSilence,
    HearVoice,
    Lift,
    PhoneStep,
    Press,
    Say,
    Voice,
    Wait,
    WaitAnswer,
    WaitHangUp,
)

if TYPE_CHECKING:
    from collections.abc import Sequence


class MixKind(StrEnum):
    """What becomes of a call of the mix."""

    TALKED_CALLER_ENDS = "talked_caller_ends"
    TALKED_AGENT_ENDS = "talked_agent_ends"
    SECOND_AGENT = "second_agent"
    """The first phone that rings is not picked up, the next one is."""
    BEFORE_ANSWER = "before_answer"
    """The caller gives up during the first ring, before caller ID (sent as FSK) can make the box answer."""
    IN_FLOW = "in_flow"
    """The caller hangs up during the menu."""
    IN_QUEUE = "in_queue"
    """Phones ring, nobody picks up, the caller gives up."""
    NO_AGENT = "no_agent"
    """Key 3: nobody is signed in; the caller hangs up when told so."""
    VOICEMAIL = "voicemail"
    """The caller leaves a message: at night, or after key 3 by day."""
    NIGHT_VOICEMAIL = "night_voicemail"
    OUTGOING = "outgoing"
    OUTGOING_PEER_ENDS = "outgoing_peer_ends"
    OUTGOING_BUSY = "outgoing_busy"
    OUTGOING_NO_ANSWER = "outgoing_no_answer"


@dataclass(frozen=True, slots=True)
class MixBlock:
    """`calls` calls from `start_s` on, one every `gap_s` on average; `kinds` with their weights."""

    calls: int
    kinds: tuple[tuple[MixKind, float], ...]
    start_s: float = 0.0
    gap_s: float = 5.0
    outgoing_phone: int = 4
    """The phone that makes the outgoing calls; its person takes no calls from queues."""
    outside_prefix: str = "9"


@dataclass(frozen=True, slots=True)
class _Part:
    """What one call of the mix adds to the scenario."""

    calls: tuple[ScenarioCall, ...] = ()
    answers: tuple[PhoneAnswer, ...] = ()
    phone_calls: tuple[PhoneCall, ...] = ()
    directory: tuple[DirectoryEntry, ...] = ()


@dataclass(frozen=True, slots=True)
class _Draft:
    """One call of the mix before its kind gives it steps."""

    index: int
    at_s: float
    block: MixBlock
    seed: int
    pause_s: float
    """Somewhere between 0 and 1 s: people differ."""

    @property
    def call_id(self) -> str:
        return f"mix-{self.index:04d}"

    @property
    def caller(self) -> str:
        return f"1390562{self.index:04d}"

    @property
    def called(self) -> str:
        return f"1370562{self.index:04d}"

    def outside_voice(self, seconds: float) -> Say:
        """What the outside party says; no two calls of a scenario have the same voice."""
        return Say(Voice(self.seed * 100_000 + 2 * self.index, seconds + self.pause_s))

    def inside_voice(self, seconds: float) -> Say:
        """What our side says."""
        return Say(Voice(self.seed * 100_000 + 2 * self.index + 1, seconds + self.pause_s))


_TURN = (HearVoice(90.0), HearSilence(0.6, timeout_s=20.0))
"""Wait for the other to begin, and to finish."""


def expand_mix(scenario: Scenario, blocks: Sequence[MixBlock]) -> Scenario:
    """`scenario` with the calls of the blocks added; deterministic by `scenario.seed`."""
    random = np.random.default_rng([scenario.seed, 300])
    parts: list[_Part] = []
    for block in blocks:
        kinds = _kinds_in_order(block, random)
        arrivals_s = block.start_s + np.cumsum(random.exponential(block.gap_s, len(kinds)))
        for kind, at_s in zip(kinds, arrivals_s, strict=True):
            pause_s = round(float(random.random()), 2)
            draft = _Draft(len(parts) + 1, round(float(at_s), 2), block, scenario.seed, pause_s)
            parts.append(_outgoing(kind, draft) if kind in _OUTGOING else _incoming(kind, draft))
    return replace(
        scenario,
        calls=scenario.calls + tuple(call for part in parts for call in part.calls),
        answers=tuple(answer for part in parts for answer in part.answers) + scenario.answers,
        phone_calls=scenario.phone_calls + tuple(call for part in parts for call in part.phone_calls),
        directory=scenario.directory + tuple(entry for part in parts for entry in part.directory),
    )


def _kinds_in_order(block: MixBlock, random: np.random.Generator) -> list[MixKind]:
    """Exactly `block.calls` kinds: shares by weight, largest remainders first, then shuffled."""
    total = sum(weight for _, weight in block.kinds)
    shares = [block.calls * weight / total for _, weight in block.kinds]
    counts = [int(share) for share in shares]
    by_rest = sorted(range(len(shares)), key=lambda at: counts[at] - shares[at])
    for at in by_rest[: block.calls - sum(counts)]:
        counts[at] += 1
    kinds = [kind for (kind, _), count in zip(block.kinds, counts, strict=True) for _ in range(count)]
    return [kinds[at] for at in random.permutation(len(kinds))]


def _incoming(kind: MixKind, draft: _Draft) -> _Part:
    key = "12"[draft.index % 2]
    into_queue: tuple[CallerStep, ...] = (WaitAnswer(30.0), Hear(0.4), Wait(0.5 + draft.pause_s), Press(key))
    talk: tuple[CallerStep, ...] = (*_TURN, draft.outside_voice(2.0))
    say: tuple[PhoneStep, ...] = (Wait(1.0), draft.inside_voice(1.5))
    digits: str | None = key
    answer: PhoneAnswer | None = None
    match kind:
        case MixKind.TALKED_CALLER_ENDS:
            steps = (*into_queue, *talk, Wait(0.5), HangUp())
            answer = _answer(draft, say)
            expect = Expectation(("talked",), recording=True, hang_up_side="peer")
        case MixKind.TALKED_AGENT_ENDS:
            steps = (*into_queue, *talk, WaitHangUp(60.0))
            answer = _answer(draft, (*say, *_TURN, HangUp()))
            expect = Expectation(("talked",), recording=True, hang_up_side="agent")
        case MixKind.SECOND_AGENT:
            steps = (*into_queue, *talk, Wait(0.5), HangUp())
            answer = replace(_answer(draft, say), ignore_first=1)
            expect = Expectation(("talked",), recording=True, hang_up_side="peer")
        case MixKind.BEFORE_ANSWER:
            steps, digits = (WaitAnswer(0.5 + draft.pause_s / 2), HangUp()), None
            expect = Expectation(("hung_up_before_answer",), recording=False, hang_up_side="peer")
        case MixKind.IN_FLOW:
            steps, digits = (WaitAnswer(30.0), Hear(0.4), Wait(1.0 + draft.pause_s), HangUp()), ""
            expect = Expectation(("hung_up_in_flow",), recording=False, hang_up_side="peer")
        case MixKind.IN_QUEUE:
            steps = (*into_queue, Wait(12.0 + 6.0 * draft.pause_s), HangUp())
            answer = PhoneAnswer(caller=draft.caller, never=True)
            expect = Expectation(("abandoned_in_queue",), recording=False, hang_up_side="peer")
        case MixKind.NO_AGENT:
            steps, digits = (*into_queue[:-1], Press("3"), Wait(3.0 + draft.pause_s), HangUp()), "3"
            expect = Expectation(("no_agent",), recording=False, hang_up_side="peer")
        case MixKind.VOICEMAIL:
            steps, digits = (*into_queue[:-1], Press("3"), Wait(1.0), *_message(draft)), "3"
            expect = Expectation(("voicemail",))
        case _:
            steps, digits = (WaitAnswer(30.0), Hear(0.4), *_message(draft)), ""
            expect = Expectation(("voicemail",))
    call = ScenarioCall(
        call_id=draft.call_id,
        at_s=draft.at_s,
        number=draft.caller,
        steps=steps,
        patient=True,
        caller_id=CallerIdSending.FSK if kind is MixKind.BEFORE_ANSWER else None,
        expect=replace(expect, direction="inbound", digits=digits),
    )
    return _Part(calls=(call,), answers=(answer,) if answer else ())


def _answer(draft: _Draft, steps: tuple[PhoneStep, ...]) -> PhoneAnswer:
    return PhoneAnswer(caller=draft.caller, answer_after_s=1.0 + 3.0 * draft.pause_s, steps=steps)


def _message(draft: _Draft) -> tuple[CallerStep, ...]:
    """Listen to the end of what is played, then leave a message."""
    return (HearSilence(1.5), draft.outside_voice(3.0), Wait(0.5), HangUp())


_OUTGOING = frozenset((MixKind.OUTGOING, MixKind.OUTGOING_PEER_ENDS, MixKind.OUTGOING_BUSY, MixKind.OUTGOING_NO_ANSWER))


def _outgoing(kind: MixKind, draft: _Draft) -> _Part:
    dial: tuple[PhoneStep, ...] = (Lift(), Wait(0.3), Press(draft.block.outside_prefix + draft.called))
    greeting: tuple[CallerStep, ...] = (Wait(0.6), draft.outside_voice(1.5))
    expect = Expectation(("talked",), recording=True)
    entry = DirectoryEntry(draft.called, after_s=3.0 + 3.0 * draft.pause_s)
    match kind:
        case MixKind.OUTGOING:
            steps = (*dial, *_TURN, draft.inside_voice(2.0), Wait(0.4), HangUp())
            entry = replace(entry, steps=greeting)
            expect = replace(expect, hang_up_side="agent")
        case MixKind.OUTGOING_PEER_ENDS:
            steps = (*dial, *_TURN, draft.inside_voice(2.0), WaitHangUp(60.0))
            entry = replace(entry, steps=(*greeting, *_TURN, HangUp()))
            expect = replace(expect, hang_up_side="peer")
        case MixKind.OUTGOING_BUSY:
            steps = (*dial, WaitHangUp(30.0))
            entry = replace(entry, outcome=FarOutcome.BUSY)
            expect = Expectation(("busy",), recording=False)
        case _:
            steps = (*dial, Wait(14.0), HangUp())
            entry = replace(entry, outcome=FarOutcome.NO_ANSWER)
            expect = Expectation(("peer_no_answer",), recording=False)
    call = PhoneCall(
        call_id=draft.call_id,
        phone=draft.block.outgoing_phone,
        at_s=draft.at_s,
        steps=steps,
        outside_number=draft.called,
        expect=replace(expect, direction="outbound"),
    )
    return _Part(phone_calls=(call,), directory=(entry,))
