"""What must never be is seen, and what only seems so for a moment is not told."""

from __future__ import annotations

from typing import Any

import pytest

from appliance.engine.invariants import (
    HAND_OVER_S,
    LINE_GRACE_S,
    Breach,
    Picture,
    SeenAgent,
    SeenCall,
    SeenLine,
    SeenStation,
    SeenWaiter,
    Watchman,
    breaches,
)
from appliance.telephony.call import AgentState, CallState, LineState, StationState
from appliance.telephony.ids import AgentId, CallId, LineId, QueueId, StationId

C1, C2 = CallId("c1"), CallId("c2")
A1, A2 = AgentId("1001"), AgentId("1002")
S1, S2 = StationId("801"), StationId("802")
REPAIR = QueueId("repair")

SOUND = Picture(
    calls=(SeenCall(C1, CallState.CONNECTED, has_plot=True), SeenCall(C2, CallState.ALERTING, has_plot=True)),
    lines=(
        SeenLine(LineId(1), LineState.TALKING, C1),
        SeenLine(LineId(2), LineState.TALKING, C2),
        SeenLine(LineId(3), LineState.RELEASING, None),
    ),
    stations=(SeenStation(S1, StationState.TALKING, C1), SeenStation(S2, StationState.RINGING, C2)),
    agents=(SeenAgent(A1, S1, AgentState.ON_CALL, C1), SeenAgent(A2, S2, AgentState.OFFERED, C2)),
    waiters=(SeenWaiter(C2, REPAIR, frozenset({A2}), frozenset()),),
)


def but(**parts: Any) -> Picture:
    whole = {name: getattr(SOUND, name) for name in SOUND.__slots__}
    return Picture(**{**whole, **parts})


def test_a_busy_box_is_sound() -> None:
    assert breaches(SOUND) == []
    assert breaches(Picture((), (), (), (), ())) == []


@pytest.mark.parametrize(
    ("picture", "told"),
    [
        (but(calls=(SeenCall(C1, CallState.CONNECTED, has_plot=False), SOUND.calls[1])), "nobody looks after it"),
        (but(calls=(SeenCall(C1, CallState.ENDED, has_plot=True), SOUND.calls[1])), "has no record"),
        (but(stations=(SOUND.stations[1],)), "c1 is connected and nobody is at its other end"),
        (but(calls=(SeenCall(C1, CallState.HELD, has_plot=True),), stations=()), "c1 is held and no phone"),
        (but(calls=(SeenCall(C1, CallState.CONSULTING, has_plot=True),), stations=()), "c1 is consulting and no phone"),
        (but(lines=(SeenLine(LineId(3), LineState.SEIZED, None),)), "line 3 is seized without a call"),
        (but(lines=(SeenLine(LineId(3), LineState.TALKING, CallId("gone")),)), "line 3 is talking without a call"),
        (but(lines=(SeenLine(LineId(3), LineState.IDLE, CallId("gone")),)), "which is over"),
        (but(stations=(SeenStation(S1, StationState.TALKING, None),)), "801 talks without a call"),
        (but(stations=(SeenStation(S1, StationState.RINGING, None),)), "801 rings without a call"),
        (but(stations=(SeenStation(S1, StationState.ON_HOOK, CallId("gone")),)), "801 belongs to call gone"),
        (but(agents=(SeenAgent(A1, S1, AgentState.ON_CALL, None),)), "1001 is on_call without a call"),
        (but(agents=(SeenAgent(A1, S1, AgentState.ON_CALL, CallId("gone")),)), "1001 is on_call without a call"),
        (but(agents=(SeenAgent(A1, S1, AgentState.IDLE, C1),)), "1001 is idle with call c1"),
        (but(agents=(SeenAgent(A1, S2, AgentState.ON_CALL, C1),)), "1001 has call c1 and call c2 at the phone"),
        (
            but(agents=(*SOUND.agents, SeenAgent(AgentId("1003"), S1, AgentState.IDLE, None))),
            "2 agents sit at station 801",
        ),
        (but(waiters=(*SOUND.waiters, *SOUND.waiters)), "c2 waits in 2 places"),
        (
            but(waiters=(*SOUND.waiters, SeenWaiter(C1, REPAIR, frozenset({A2}), frozenset()))),
            "1002 is offered 2 calls at once",
        ),
        (but(waiters=(SeenWaiter(C1, REPAIR, frozenset(), frozenset()),)), "c1 waits in queue repair and is connected"),
        (
            but(waiters=(SeenWaiter(CallId("x"), REPAIR, frozenset(), frozenset()),)),
            "x waits in queue repair and is over",
        ),
        (but(waiters=(SeenWaiter(C2, REPAIR, frozenset(), frozenset({A1})),)), "though 1001 is idle"),
    ],
)
def test_what_must_not_be_is_seen(picture: Picture, told: str) -> None:
    assert any(told in breach.text for breach in breaches(picture)), breaches(picture)


def test_only_what_lasts_is_told_and_only_once() -> None:
    watchman = Watchman()
    passing, lasting = Breach("passing", HAND_OVER_S), Breach("lasting", LINE_GRACE_S)
    assert watchman.look(0.0, [passing, lasting]) == []
    assert watchman.look(1.0, [lasting]) == []
    assert watchman.look(2.0, [passing, lasting]) == [], "it was gone in between"
    assert watchman.look(LINE_GRACE_S, [passing, lasting]) == ["passing", "lasting"]
    assert watchman.look(LINE_GRACE_S + 1, [passing, lasting]) == []


def test_what_comes_again_is_told_again() -> None:
    watchman, breach = Watchman(), Breach("at once")
    assert watchman.look(0.0, [breach]) == ["at once"]
    assert watchman.look(1.0, [breach]) == []
    assert watchman.look(2.0, []) == []
    assert watchman.look(3.0, [breach]) == ["at once"]
