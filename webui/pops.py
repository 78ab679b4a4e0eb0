"""Whose screen shows which call: opened when a phone rings, followed from hand to hand, kept for the notes after it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from appliance.store.customers import Customer
from appliance.store.running_notes import RunningNote
from appliance.telephony.call import CallState, Direction
from appliance.telephony.ids import AgentId, CallId, SeatId
from appliance.wire.messages import AgentView, CallView, ScreenPop
from webui.acquaintance import Acquaintance, PoppedCall

KEPT_S = 900.0
"""So long a call stays on the screen of who served it, also for a browser that comes later: time to write about it."""
_TALKS = (CallState.CONNECTED, CallState.HELD, CallState.CONSULTING)


class CallLeft(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag=str):
    """To one agent: the call is not at the own seat any more."""

    call_id: CallId
    agent: AgentId
    served: bool
    """Talked with; otherwise the phone only rang and the screen is to be closed."""
    ended: bool
    taken_by: str = ""
    """Name of who has it now."""
    unseen: bool = True
    """Nothing more of the call is told to this person."""


class CallNoted(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag=str):
    """To everybody on whose screen the call is: somebody wrote about it."""

    call_id: CallId
    note: RunningNote
    customer: Customer | None
    by: AgentId | None


@dataclass(slots=True)
class _Screen:
    popped: PoppedCall
    left_s: float | None = None

    @property
    def mine(self) -> AgentId | None:
        return self.popped.agent


class Pops:
    """Pure: seconds of a monotonic clock come from outside."""

    def __init__(self) -> None:
        self._screens: dict[tuple[CallId, SeatId], _Screen] = {}

    def open(self, popped: PoppedCall) -> None:
        """A phone begins to ring with the call, or the call comes back to it; what is known of the caller stays."""
        key = (popped.call.call_id, popped.seat)
        known = self._screens.get(key)
        if known is not None and known.mine == popped.agent:
            before = known.popped
            popped = msgspec.structs.replace(
                popped, customer=before.customer, earlier=before.earlier, follow_up=before.follow_up,
                note=before.note, served=before.served,
            )  # fmt: skip
        self._screens[key] = _Screen(popped)

    def now(self, call_id: CallId, seat: SeatId) -> PoppedCall | None:
        """The screen as it is; None when it is gone."""
        screen = self._screens.get((call_id, seat))
        return None if screen is None else screen.popped

    def known(self, call_id: CallId, seat: SeatId, found: Acquaintance) -> PoppedCall | None:
        """The screen with who is calling; None when it is gone meanwhile."""
        screen = self._screens.get((call_id, seat))
        if screen is None:
            return None
        screen.popped = msgspec.structs.replace(
            screen.popped, customer=found.customer, earlier=found.earlier, follow_up=found.follow_up, note=found.note
        )
        return screen.popped

    def lacking(self, call: CallView) -> ScreenPop | None:
        """A pop for a seat that has this call without its phone having rung for it: dialled, or picked up."""
        ours = call.agent is not None and call.seat is not None
        if not ours or call.direction is Direction.INTERNAL or call.state is CallState.ENDED:
            return None
        if call.state is CallState.ALERTING and call.direction is Direction.INBOUND:
            return None  # its pop comes from the engine
        assert call.seat is not None
        screen = self._screens.get((call.call_id, call.seat))
        if screen is not None and screen.mine == call.agent and screen.left_s is None:
            return None
        return ScreenPop(agent=call.agent, seat=call.seat, call=call, ring_at=call.since)

    def call_changed(self, call: CallView, now_s: float) -> list[CallLeft]:
        """The screens follow it; those that it has left."""
        left = []
        for screen in self._of(call.call_id):
            if screen.left_s is not None:
                continue
            served = screen.popped.served or (
                call.agent == screen.mine and (call.state in _TALKS or call.direction is Direction.OUTBOUND)
            )
            screen.popped = msgspec.structs.replace(screen.popped, call=call, served=served)
            if call.state is CallState.ENDED:
                left += self._leave(screen, now_s)
        self._sweep(now_s)
        return left

    def agent_changed(self, agent: AgentView, now_s: float) -> list[CallLeft]:
        """Whose phone has nothing to do with a call any more has left it."""
        return [
            left
            for screen in self._screens.values()
            if screen.mine == agent.agent and screen.left_s is None and agent.call_id != screen.popped.call.call_id
            for left in self._leave(screen, now_s)
        ]

    def is_left(self, call_id: CallId, agent: AgentId) -> bool:
        """Whether the agent has no open screen of the call."""
        return not any(screen.mine == agent and screen.left_s is None for screen in self._of(call_id))

    def noted(self, call_id: CallId, note: RunningNote, customer: Customer | None) -> None:
        """Keep what was written for browsers that come later."""
        for screen in self._of(call_id):
            whose = screen.popped.customer if note.customer is msgspec.UNSET else customer
            screen.popped = msgspec.structs.replace(screen.popped, note=note, customer=whose)

    def agents_of(self, call_id: CallId) -> set[AgentId]:
        """On whose screens it is or was a moment ago."""
        return {screen.mine for screen in self._of(call_id) if screen.mine is not None}

    def shown_to(self, agent: AgentId | None) -> frozenset[CallId]:
        """Calls that are at the agent's seat now, also while only its phone rings or somebody asks for advice."""
        if agent is None:
            return frozenset()
        return frozenset(
            screen.popped.call.call_id
            for screen in self._screens.values()
            if screen.mine == agent and screen.left_s is None
        )

    def replay(self, now_s: float) -> Iterator[PoppedCall]:
        """What a browser that joins has missed, oldest first."""
        self._sweep(now_s)
        for screen in list(self._screens.values()):
            if screen.left_s is None or screen.popped.served:
                yield screen.popped

    def engine_lost(self, now_s: float) -> None:
        """Calls are over; who served them may still write."""
        for screen in self._screens.values():
            if screen.left_s is None:
                self._leave(screen, now_s)
        self._sweep(now_s)

    def _leave(self, screen: _Screen, now_s: float) -> list[CallLeft]:
        screen.left_s = now_s
        screen.popped = msgspec.structs.replace(screen.popped, left=True)
        if screen.mine is None:
            return []
        call = screen.popped.call
        ended = call.state is CallState.ENDED
        return [CallLeft(call_id=call.call_id, agent=screen.mine, served=screen.popped.served, ended=ended)]

    def _of(self, call_id: CallId) -> list[_Screen]:
        return [screen for (of, _), screen in self._screens.items() if of == call_id]

    def _sweep(self, now_s: float) -> None:
        for key, screen in list(self._screens.items()):
            if screen.left_s is None:
                continue
            if now_s - screen.left_s > (KEPT_S if screen.popped.served else 0.0):
                del self._screens[key]
