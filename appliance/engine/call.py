"""One call: where it is, what happened to it, and the record that comes of it.

`enter` is the only assignment of a state: it checks the edge, notes the step, and tells the book, which journals and
publishes. Times inside are seconds since the call started; the record's times are local wall time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from appliance.engine.calltable import Outcome, allowed, result_of
from appliance.telephony.call import (
    CallerIdKind,
    CallState,
    Direction,
    HangUpCause,
    NoRecordingReason,
    Rating,
    Side,
    StepKind,
    TalkPhase,
)
from appliance.telephony.ids import AgentId, CallId, LineId, QueueId, SeatId, StationId
from appliance.telephony.leg import QueueOutcome
from appliance.wire.facts import CallRecord, Recording, Step, Voicemail
from appliance.wire.messages import CallView, PathStep, ShownField
from appliance.wire.softkeys import Softkey

MOST_PATH = 30
"""So many nodes of the way through flows are told: a caller may go round in a menu for ever."""


class CallObserver(Protocol):
    """Told of every step; journals and publishes."""

    def progressed(self, call: Call, step: Step) -> None: ...


class AtWork(Protocol):
    """The agent's side of the conversation, for the view."""

    phase: TalkPhase

    @property
    def recording_paused(self) -> bool: ...
    @property
    def consulting(self) -> str: ...
    def softkeys(self) -> tuple[Softkey, ...]: ...


class WrongEdgeError(Exception):
    """A plot tried to take a call where it cannot go: a defect, ends that call only."""


class Call:
    """Mutable state of one conversation; owned by its plot, read by views."""

    desk: AtWork | None = None
    """The phone of ours that is in conversation and steers it."""

    def __init__(
        self, call_id: CallId, direction: Direction, now: Callable[[], datetime], observer: CallObserver
    ) -> None:
        self.id = call_id
        self.plot: asyncio.Task[None] | None = None
        """Who looks after it until its record is written."""
        self.direction = direction
        self.state = CallState.OFFERED
        self.started_at = now()
        self.since = self.started_at
        self.line: LineId | None = None
        self.hotline = ""
        self.peer_number = ""
        self.peer_number_raw = ""
        self.peer_name = ""
        self.caller_id = CallerIdKind.NONE
        self.queue: QueueId | None = None
        self.queue_outcome: QueueOutcome | None = None
        self.priority = 0
        """0–9; in a queue each step counts as much waiting as the call plan says."""
        self.agents: list[AgentId] = []
        self.agent: AgentId | None = None
        self.seat: SeatId | None = None
        self.station: StationId | None = None
        self.flow = ""
        self.node = ""
        self.node_label = ""
        self.answered_at: datetime | None = None
        self.answer_inferred = False
        self.connected_at: datetime | None = None
        self.recording: Recording | None = None
        self.recording_on = False
        self.no_recording: NoRecordingReason | None = NoRecordingReason.NOT_TALKED
        self.voicemail: Voicemail | None = None
        self.evidence = ""
        """Path of the line's last seconds, if the box itself ended the call."""
        self.hang_up: tuple[Side, HangUpCause] | None = None
        self.agent_gone_frame: int | None = None
        self.ended_at: datetime | None = None
        self.waiting_at_end = False
        self.transfers: list[str] = []
        """`agent:1002`, `external:139…`, `conference:802`, `queue:repair` or `flow:main`, in order."""
        self.rating = ""
        """A `Rating`, or '' while the caller was not asked."""
        self.shown: dict[str, str] = {}
        """Label and value of what the flow found out for the screen."""
        self.steps: list[Step] = []
        self._now = now
        self._observer = observer
        self._wait_began: datetime | None = None
        self._talk_began: datetime | None = None
        self._wait_s = 0.0
        self._talk_s = 0.0

    @property
    def elapsed_s(self) -> float:
        return self._since_start(self._now())

    def enter(self, state: CallState, kind: StepKind, **details: str | bool) -> None:
        """Go to `state` because of step `kind`. Raises `WrongEdgeError`."""
        if state is not self.state:
            if not allowed(self.state, state):
                raise WrongEdgeError(f"call {self.id}: {self.state} -> {state}")
            self._account(state)
            self.state = state
            self.since = self._now()
        self.note(kind, **details)

    def note(self, kind: StepKind, **details: str | bool) -> None:
        """Add a step to the time line without changing the state."""
        step = Step(at_s=self.elapsed_s, kind=kind, **details)  # type: ignore[arg-type]  # str and bool fields only
        self.steps.append(step)
        self._observer.progressed(self, step)

    def answered(self, *, inferred: bool = False) -> None:
        """The box (inbound) or the far end (outbound, internal) answered; only the first time counts."""
        if self.answered_at is None:
            self.answered_at = self._now()
            self.answer_inferred = inferred

    def hung_up(self, side: Side, cause: HangUpCause) -> None:
        """Who ended it; the first verdict stays."""
        if self.hang_up is None:
            self.hang_up = (side, cause)

    def agent_hung_up(self, cause: HangUpCause, at_frame: int) -> None:
        """The agent's handset went down in this frame, as far as we know before the caller's."""
        self.hung_up(Side.AGENT, cause)
        self.agent_gone_frame = at_frame

    def caller_hung_up(self, side: Side, cause: HangUpCause, since_frame: int) -> None:
        """The caller is gone since this frame: before the agent, if the tone that tells it began earlier."""
        if self.agent_gone_frame is not None and since_frame < self.agent_gone_frame:
            self.hang_up = None
            if self.rating == Rating.UNRATED:
                self.rating = ""  # nobody was there any more to hear the invitation
        self.hung_up(side, cause)

    def waits(self) -> bool:
        return self.state in {CallState.QUEUED, CallState.ALERTING}

    def _tries_outside(self) -> bool:
        """The flow is calling an outside number for the caller: no queue, and no seat, made the caller wait."""
        rung = (step.kind for step in reversed(self.steps) if step.kind in {StepKind.DIALLED, StepKind.OFFERED})
        return self.state is CallState.ALERTING and next(rung, None) is StepKind.DIALLED

    def end(self) -> None:
        """Nothing more will happen: the last state, whatever the one before."""
        side, cause = self.hang_up or (Side.SYSTEM, HangUpCause.FLOW_ENDED)
        if self.state is not CallState.ENDED:
            self.enter(CallState.ENDED, StepKind.HUNG_UP, note=f"{side}:{cause}")

    def record(self) -> CallRecord:
        """The finished record; call once, after `end`."""
        ended = self.ended_at or self._now()
        side, cause = self.hang_up or (Side.SYSTEM, HangUpCause.FLOW_ENDED)
        return CallRecord(
            call_id=self.id,
            direction=self.direction,
            result=result_of(self._outcome(side, cause)),
            started_at=_iso(self.started_at),
            ended_at=_iso(ended),
            answered_at=_iso(self.answered_at) if self.answered_at else None,
            answer_inferred=self.answer_inferred,
            connected_at=_iso(self.connected_at) if self.connected_at else None,
            line=self.line,
            hotline=self.hotline,
            peer_number=self.peer_number,
            peer_number_raw=self.peer_number_raw,
            peer_name=self.peer_name,
            caller_id=self.caller_id,
            queue=self.queue,
            agents=tuple(self.agents),
            agent=self.agent or next(reversed(self.agents), None),
            seat=self.seat,
            station=self.station,
            ring_s=self._since_start(self.answered_at or ended),
            wait_s=round(self._wait_s, 3),
            talk_s=round(self._talk_s, 3),
            total_s=self._since_start(ended),
            hang_up_side=side,
            hang_up_cause=cause,
            transfers=tuple(self.transfers),
            steps=tuple(self.steps),
            recording=self.recording,
            no_recording=None if self.recording else self.no_recording,
            voicemail=self.voicemail,
            rating=self.rating,
            evidence=self.evidence,
        )

    def view(self) -> CallView:
        """What the live board shows."""
        return CallView(
            call_id=self.id,
            direction=self.direction,
            state=self.state,
            started_at=_iso(self.started_at),
            since=_iso(self.since),
            line=self.line,
            peer_number=self.peer_number,
            peer_name=self.peer_name,
            queue=self.queue,
            agent=self.agent,
            seat=self.seat,
            station=self.station,
            flow=self.flow,
            node=self.node,
            node_label=self.node_label,
            recording=self.recording_on,
            priority=self.priority,
            phase=self.desk.phase if self.desk else None,
            consulting=self.desk.consulting if self.desk else "",
            recording_paused=self.desk is not None and self.desk.recording_paused,
            softkeys=self.desk.softkeys() if self.desk else (),
            shown=tuple(ShownField(label=label, value=value) for label, value in self.shown.items()),
            path=self._path(),
        )

    def _path(self) -> tuple[PathStep, ...]:
        nodes = [step for step in self.steps if step.kind is StepKind.NODE]
        return tuple(PathStep(label=step.label or step.node, keys=step.digits) for step in nodes[-MOST_PATH:])

    def _outcome(self, side: Side, cause: HangUpCause) -> Outcome:
        return Outcome(
            direction=self.direction,
            answered=self.answered_at is not None,
            talked=self.connected_at is not None,
            has_voicemail=self.voicemail is not None,
            caller_hung_up=side is Side.PEER,
            waiting=self.waiting_at_end,
            queue_outcome=self.queue_outcome,
            cause=cause,
        )

    def _account(self, state: CallState) -> None:
        """Waiting runs from the queue (or the dialled ring) to connection; talking while connected or held."""
        now = self._now()
        waits = state in {CallState.QUEUED, CallState.ALERTING} and self.direction is not Direction.OUTBOUND
        talks = state in {CallState.CONNECTED, CallState.HELD, CallState.CONSULTING}
        if self._wait_began and not waits:
            self._wait_s += (now - self._wait_began).total_seconds()
        self._wait_began = (self._wait_began or now) if waits else None
        if self._talk_began and not talks:
            self._talk_s += (now - self._talk_began).total_seconds()
        self._talk_began = (self._talk_began or now) if talks else None
        if talks and self.connected_at is None:
            self.connected_at = now
        if state is CallState.ENDED:
            self.ended_at = now
            self.waiting_at_end = self.waits() and not self._tries_outside()

    def _since_start(self, moment: datetime) -> float:
        return round((moment - self.started_at).total_seconds(), 3)


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds")
