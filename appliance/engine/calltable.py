"""Edges of a call's life, and the result that its record gets: pure."""

from __future__ import annotations

from dataclasses import dataclass

from appliance.telephony.call import CallResult, CallState, Direction, HangUpCause
from appliance.telephony.leg import QueueOutcome

_S = CallState
EDGES: dict[CallState, frozenset[CallState]] = {
    _S.OFFERED: frozenset({_S.IN_FLOW, _S.DIALING, _S.ALERTING, _S.ENDED}),
    _S.IN_FLOW: frozenset({_S.QUEUED, _S.IN_VOICEMAIL, _S.ALERTING, _S.CONNECTED, _S.ENDED}),
    _S.QUEUED: frozenset({_S.ALERTING, _S.IN_FLOW, _S.ENDED}),
    _S.ALERTING: frozenset({_S.CONNECTED, _S.DIALING, _S.QUEUED, _S.IN_FLOW, _S.ENDED}),
    _S.DIALING: frozenset({_S.ALERTING, _S.CONNECTED, _S.ENDED}),
    _S.CONNECTED: frozenset({_S.HELD, _S.CONSULTING, _S.ALERTING, _S.IN_FLOW, _S.QUEUED, _S.ENDED}),
    _S.HELD: frozenset({_S.CONNECTED, _S.CONSULTING, _S.ALERTING, _S.IN_FLOW, _S.ENDED}),
    _S.CONSULTING: frozenset({_S.CONNECTED, _S.HELD, _S.ALERTING, _S.IN_FLOW, _S.ENDED}),
    _S.IN_VOICEMAIL: frozenset({_S.IN_FLOW, _S.ENDED}),
    _S.ENDED: frozenset(),
}
"""From each state the ones that may follow."""


def allowed(state: CallState, to: CallState) -> bool:
    """Whether a call may go from `state` to `to`."""
    return to in EDGES[state]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is known of a call when it ends."""

    direction: Direction
    answered: bool
    """Inbound: we went off hook. Outbound, internal: the far end answered."""
    talked: bool
    has_voicemail: bool
    caller_hung_up: bool
    waiting: bool
    """The call ended while its caller stood in a queue or an agent's phone was ringing."""
    queue_outcome: QueueOutcome | None
    cause: HangUpCause


_QUEUE_RESULTS = {
    QueueOutcome.NO_AGENT: CallResult.NO_AGENT,
    QueueOutcome.FULL: CallResult.AGENT_NO_ANSWER,
    QueueOutcome.TIMEOUT: CallResult.AGENT_NO_ANSWER,
    QueueOutcome.AGENTS_NO_ANSWER: CallResult.AGENT_NO_ANSWER,
}
_DIAL_RESULTS = {
    HangUpCause.PEER_BUSY: CallResult.BUSY,
    HangUpCause.CONGESTION_TONE: CallResult.BUSY,
    HangUpCause.SEAT_NO_ANSWER: CallResult.AGENT_NO_ANSWER,
    HangUpCause.NO_LINE_FREE: CallResult.BUSY,
    HangUpCause.NOT_ALLOWED: CallResult.REJECTED,
    HangUpCause.NO_SUCH_NUMBER: CallResult.REJECTED,
}
_TURNED_AWAY = {HangUpCause.FLOW_ENDED, HangUpCause.NOT_ALLOWED}
"""Nobody answered, and not because the caller gave up."""
_FAULTS = {HangUpCause.PORT_FAULT, HangUpCause.CARD_LOST, HangUpCause.INTERNAL_ERROR}


def result_of(outcome: Outcome) -> CallResult:
    """The one result of a call (search condition 3): talked beats voicemail beats the way it failed."""
    if outcome.talked:
        return CallResult.TALKED
    if outcome.has_voicemail:
        return CallResult.VOICEMAIL
    if outcome.cause in _FAULTS:
        return CallResult.LINE_FAULT
    if outcome.direction is not Direction.INBOUND:
        return _DIAL_RESULTS.get(outcome.cause, CallResult.PEER_NO_ANSWER)
    return _unserved(outcome)


def _unserved(outcome: Outcome) -> CallResult:
    if not outcome.answered:
        turned_away = not outcome.caller_hung_up and outcome.cause in _TURNED_AWAY
        return CallResult.REJECTED if turned_away else CallResult.HUNG_UP_BEFORE_ANSWER
    if outcome.waiting:
        return CallResult.ABANDONED_IN_QUEUE
    if outcome.queue_outcome in _QUEUE_RESULTS:
        return _QUEUE_RESULTS[outcome.queue_outcome]
    return CallResult.HUNG_UP_IN_FLOW if outcome.caller_hung_up else CallResult.SELF_SERVED
