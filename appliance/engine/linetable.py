"""Outside line (FXO) as a pure table: `step(state, event) -> (state, actions)`. No clock, no I/O.

A line is offered to a call with its first ring; the call decides when to answer and when to release. The far end's
hang-up is told to the call and never releases the line by itself: the call does, so that nothing is forgotten.
"""

from __future__ import annotations

from enum import StrEnum

from appliance.telephony.call import LineState


class LineEvent(StrEnum):
    RING_ON = "ring_on"
    RING_OFF = "ring_off"
    RING_SILENT = "ring_silent"
    """No burst for longer than the cadence's pause: the caller gave up."""
    ANSWER = "answer"
    SEIZE = "seize"
    DIAL = "dial"
    TALK = "talk"
    FAR_END_GONE = "far_end_gone"
    RELEASE = "release"
    GUARD_OVER = "guard_over"
    """The exchange has had time to see the release."""
    FAULT = "fault"
    RECOVERED = "recovered"


class LineAction(StrEnum):
    OFFER_CALL = "offer_call"
    COUNT_RING = "count_ring"
    START_RING_TIMER = "start_ring_timer"
    STOP_RING_TIMER = "stop_ring_timer"
    GO_OFF_HOOK = "go_off_hook"
    GO_ON_HOOK = "go_on_hook"
    START_GUARD_TIMER = "start_guard_timer"
    STOP_GUARD_TIMER = "stop_guard_timer"
    TELL_GONE = "tell_gone"
    REPORT = "report"


_S, _E, _A = LineState, LineEvent, LineAction
_RELEASE = (_S.RELEASING, (_A.GO_ON_HOOK, _A.START_GUARD_TIMER))
_OUT = (_S.OUT_OF_SERVICE, (_A.TELL_GONE, _A.GO_ON_HOOK, _A.STOP_RING_TIMER, _A.STOP_GUARD_TIMER, _A.REPORT))

_TABLE: dict[tuple[LineState, LineEvent], tuple[LineState, tuple[LineAction, ...]]] = {
    (_S.IDLE, _E.RING_ON): (_S.RINGING, (_A.OFFER_CALL, _A.COUNT_RING)),
    (_S.RINGING, _E.RING_ON): (_S.RINGING, (_A.STOP_RING_TIMER, _A.COUNT_RING)),
    (_S.RINGING, _E.RING_OFF): (_S.RINGING, (_A.START_RING_TIMER,)),
    # The timer too: another caller's ringing may have shown it first, and the timer would end that one's.
    (_S.RINGING, _E.RING_SILENT): (_S.IDLE, (_A.STOP_RING_TIMER, _A.TELL_GONE)),
    (_S.RINGING, _E.ANSWER): (_S.TALKING, (_A.STOP_RING_TIMER, _A.GO_OFF_HOOK)),
    (_S.IDLE, _E.SEIZE): (_S.SEIZED, (_A.GO_OFF_HOOK,)),
    # Glare: we went off hook into a call from outside. The caller has been answered by that, and wins the line.
    (_S.SEIZED, _E.RING_ON): (_S.TALKING, (_A.TELL_GONE, _A.OFFER_CALL, _A.COUNT_RING)),
    (_S.SEIZED, _E.DIAL): (_S.DIALING, ()),
    (_S.DIALING, _E.TALK): (_S.TALKING, ()),
    (_S.SEIZED, _E.FAR_END_GONE): (_S.SEIZED, (_A.TELL_GONE,)),
    (_S.DIALING, _E.FAR_END_GONE): (_S.DIALING, (_A.TELL_GONE,)),
    (_S.TALKING, _E.FAR_END_GONE): (_S.TALKING, (_A.TELL_GONE,)),
    (_S.SEIZED, _E.RELEASE): _RELEASE,
    (_S.DIALING, _E.RELEASE): _RELEASE,
    (_S.TALKING, _E.RELEASE): _RELEASE,
    (_S.RELEASING, _E.GUARD_OVER): (_S.IDLE, ()),
    # A new caller can ring while our guard time still runs: a ring is proof that the exchange saw the release.
    (_S.RELEASING, _E.RING_ON): (_S.RINGING, (_A.STOP_GUARD_TIMER, _A.OFFER_CALL, _A.COUNT_RING)),
    (_S.OUT_OF_SERVICE, _E.RECOVERED): (_S.IDLE, (_A.REPORT,)),
} | {(state, _E.FAULT): _OUT for state in LineState if state is not LineState.OUT_OF_SERVICE}


def step(state: LineState, event: LineEvent) -> tuple[LineState, tuple[LineAction, ...]]:
    """Next state and what to do; an event that means nothing in this state changes nothing."""
    return _TABLE.get((state, event), (state, ()))


def refuses(state: LineState, event: LineEvent) -> bool:
    """True when the event means nothing in this state (a command would be lost)."""
    return (state, event) not in _TABLE
