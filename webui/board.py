"""What the wallboard shows of one moment, on screens that a whole hall can see: no telephone numbers. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

import msgspec

from appliance.store.alarms import Alarm, AlarmKind, AlarmLevel
from appliance.store.day_figures import CallFigures, DayFigures
from appliance.store.displays import DisplayTerms
from appliance.telephony.call import AgentState, AgentStatus, LineState
from appliance.telephony.ids import QueueId
from appliance.wire.messages import AgentView, QueueView, Snapshot
from webui.alarms.rules import TRAITS, AlarmGroup

_NOTHING = CallFigures()


class WallQueue(msgspec.Struct, frozen=True, kw_only=True):
    queue: QueueId
    label: str
    waiting: int
    longest_since: str
    """Arrival of the caller who waits longest; empty: nobody waits."""
    expected_wait_s: float | None
    ready_agents: int
    signed_in_agents: int
    figures: CallFigures


class WallAgent(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    status: AgentStatus
    state: AgentState
    reason: str
    since: str
    talked_today: int


class WallAlarm(msgspec.Struct, frozen=True, kw_only=True):
    kind: AlarmKind
    level: AlarmLevel
    text: str
    raised_at: str


class WallLines(msgspec.Struct, frozen=True, kw_only=True):
    total: int
    free: int
    down: int


class Wallboard(msgspec.Struct, frozen=True, kw_only=True):
    at: str
    """The box's clock."""
    bureau: str
    hotline: str
    terms: DisplayTerms
    engine_up: bool
    lines: WallLines
    queues: tuple[WallQueue, ...]
    agents: tuple[WallAgent, ...]
    """Everybody signed in, when the screen shows names."""
    ready_agents: int
    talking_agents: int
    signed_in_agents: int
    figures: DayFigures
    long_wait_s: float
    """Whoever waits so long waits too long."""
    alarms: tuple[WallAlarm, ...]


def wallboard(
    now: datetime,
    snapshot: Snapshot | None,
    terms: DisplayTerms,
    figures: DayFigures,
    long_wait_s: float,
    alarms: Iterable[Alarm],
    elsewhere: Collection[str],
) -> Wallboard:
    """`elsewhere`: agents of queues that are not shown."""
    agents = [one for one in snapshot.agents if one.status is not AgentStatus.LOGGED_OUT] if snapshot else []
    shown = [agent for agent in agents if agent.agent not in elsewhere]
    wanted = frozenset(terms.queues)
    queues = [one for one in snapshot.queues if not wanted or one.queue in wanted] if snapshot else []
    return Wallboard(
        at=now.isoformat(timespec="milliseconds"),
        bureau=snapshot.bureau if snapshot else "",
        hotline=snapshot.hotline if snapshot else "",
        terms=terms,
        engine_up=snapshot is not None,
        lines=_lines(snapshot),
        queues=tuple(_queue(queue, figures) for queue in queues),
        agents=tuple(_agent(agent) for agent in shown) if terms.agents else (),
        ready_agents=sum(agent.status is AgentStatus.READY and agent.state is AgentState.IDLE for agent in shown),
        talking_agents=sum(agent.state is AgentState.ON_CALL for agent in shown),
        signed_in_agents=len(shown),
        figures=msgspec.structs.replace(figures, agents=()),
        long_wait_s=long_wait_s,
        alarms=tuple(
            WallAlarm(kind=each.kind, level=each.level, text=each.text, raised_at=each.raised_at)
            for each in alarms
            if _concerns_the_hall(each, wanted)
        ),
    )


def _lines(snapshot: Snapshot | None) -> WallLines:
    states = [line.state for line in snapshot.lines] if snapshot else []
    return WallLines(total=len(states), free=states.count(LineState.IDLE), down=states.count(LineState.OUT_OF_SERVICE))


def _queue(queue: QueueView, figures: DayFigures) -> WallQueue:
    of_day = next((each for each in figures.queues if each.queue == queue.queue), _NOTHING)
    return WallQueue(
        queue=queue.queue,
        label=queue.label,
        waiting=len(queue.waiting),
        longest_since=queue.longest_since if queue.waiting else "",
        expected_wait_s=queue.expected_wait_s,
        ready_agents=queue.ready_agents,
        signed_in_agents=queue.signed_in_agents,
        figures=of_day,
    )


def _agent(agent: AgentView) -> WallAgent:
    return WallAgent(
        name=agent.name,
        status=agent.status,
        state=agent.state,
        reason=agent.reason,
        since=agent.since,
        talked_today=agent.talked_today,
    )


def _concerns_the_hall(alarm: Alarm, queues: frozenset[str]) -> bool:
    """Lines, the queues that are shown, and that nothing works at all; disks and clocks are for those who mend them."""
    group = TRAITS[alarm.kind].group
    if group is AlarmGroup.QUEUES:
        return not queues or alarm.subject in queues
    return group is AlarmGroup.LINES or alarm.kind is AlarmKind.ENGINE_DOWN
