"""Who on the floor sees what of the live state: each event as one person may see it. Pure.

A supervisor sees what `mon.*` allows of the people within the data policy for calls; an agent sees the own seat, the
own calls and how long the queues are, and of colleagues what is needed to transfer to them or to pick up: name, seat,
state. Numbers are masked without `call.view_number_full`.
"""

from __future__ import annotations

import msgspec

from appliance.store.followups import FollowUp
from appliance.telephony.ids import CallId, SeatId
from appliance.wire.messages import (
    AgentChanged,
    AgentView,
    AnyEvent,
    CallChanged,
    CallLogged,
    CallView,
    EngineHealth,
    HealthReported,
    LineChanged,
    LineView,
    PhoneChanged,
    QueueChanged,
    ScreenPop,
    Snapshot,
    StationChanged,
    StationView,
)
from webui.acquaintance import PoppedCall
from webui.auth.permissions import P
from webui.auth.sessions import Caller
from webui.callview import hides_numbers, shown_row
from webui.customerview import shown_customer
from webui.masking import masked_number
from webui.pops import CallLeft, CallNoted

_STATION_DIGITS = 4


class Audience:
    """One person as a viewer; `seat` is where the person is signed in now, `popped` what calls are on the screen."""

    def __init__(self, caller: Caller, seat: SeatId | None, popped: frozenset[CallId] = frozenset()) -> None:
        self._caller = caller
        self._popped_calls = popped
        self._agent = caller.user.agent
        self._seat = seat
        self._full = not hides_numbers(caller)
        self._sight = caller.sight
        self._lines = caller.may(P.MON_LINES, P.LINE_TEST)
        self._queues = caller.may(P.MON_QUEUE, P.AGENT_LOGIN)
        self._agents = caller.may(P.MON_AGENTS)
        self._colleagues = caller.may(P.AGENT_TRANSFER_SEAT, P.AGENT_PICKUP)
        self._calls = caller.may(P.MON_LINES, P.MON_QUEUE, P.MON_AGENTS)
        self._log = caller.may(P.CALL_VIEW)
        self._phones = caller.may(P.AGENT_LOGIN, P.LINE_TEST)
        self._by_kind: dict[type[AnyEvent], bool] = {
            QueueChanged: self._queues,
            PhoneChanged: self._phones,
            HealthReported: caller.may(P.SYS_STATUS, P.MON_LINES),
        }

    def view(self, event: AnyEvent) -> AnyEvent | None:
        """The event as this person may see it; None when it is nothing for this person."""
        match event:
            case LineChanged(line=line):
                return msgspec.structs.replace(event, line=self._line(line)) if self._lines else None
            case CallChanged(call=call):
                return msgspec.structs.replace(event, call=self._call(call)) if self._sees_call(call) else None
            case ScreenPop():
                return self._popped(event) if self._sees_pop(event) else None
            case CallLogged():
                return self._logged(event)
            case Snapshot():
                return self._snapshot(event)
            case _:
                return self._passed_on(event) if self._sees(event) else None

    def news(self, news: CallLeft | CallNoted) -> CallLeft | CallNoted:
        """What concerns the calls on the own screen."""
        if isinstance(news, CallLeft):
            return msgspec.structs.replace(news, unseen=not self._calls)
        return news if self._caller.may(P.CUST_VIEW) else msgspec.structs.replace(news, customer=None)

    def _passed_on(self, event: AnyEvent) -> AnyEvent:
        match event:
            case HealthReported(health=health):
                return msgspec.structs.replace(event, health=self._health(health))
            case StationChanged(station=station):
                return msgspec.structs.replace(event, station=self._station(station))
            case AgentChanged(agent=agent):
                return msgspec.structs.replace(event, agent=self._agent_view(agent))
            case _:
                return event

    def _sees(self, event: AnyEvent) -> bool:
        match event:
            case StationChanged(station=station):
                return self._sees_station(station)
            case AgentChanged(agent=agent):
                return self._sees_agent(agent)
            case _:
                return self._by_kind.get(type(event), False)

    def _sees_station(self, station: StationView) -> bool:
        return self._agents or self._colleagues or self._is_my_seat(station)

    def _is_my_seat(self, station: StationView) -> bool:
        return self._seat is not None and station.seat == self._seat

    def _station(self, station: StationView) -> StationView:
        """A colleague's without what it is talking about."""
        whole = self._agents or self._is_my_seat(station)
        return station if whole else msgspec.structs.replace(station, call_id=None, fault="")

    def _sees_agent(self, agent: AgentView) -> bool:
        return self._colleagues or self._sees_whole_agent(agent)

    def _sees_whole_agent(self, agent: AgentView) -> bool:
        return self._is_me(agent.agent) or (self._agents and self._sight.sees_agent(agent.agent))

    def _agent_view(self, agent: AgentView) -> AgentView:
        """A colleague with no more than whether there is any use in calling."""
        if self._sees_whole_agent(agent):
            return agent
        return AgentView(
            agent=agent.agent, name=agent.name, seat=agent.seat, status=agent.status, state=agent.state,
            since=agent.since,
        )  # fmt: skip

    def _sees_pop(self, pop: ScreenPop) -> bool:
        return self._is_me(pop.agent) or (self._agents and self._sight.sees_agent(pop.agent))

    def _sees_call(self, call: CallView) -> bool:
        if self._is_me(call.agent) or (self._seat is not None and call.seat == self._seat):
            return True
        if call.call_id in self._popped_calls:
            return True
        return self._calls and self._sight.sees_agent(call.agent)

    def _is_me(self, agent: str | None) -> bool:
        return self._agent is not None and agent == self._agent

    def _popped(self, pop: ScreenPop) -> ScreenPop:
        pop = msgspec.structs.replace(pop, call=self._call(pop.call))
        if not isinstance(pop, PoppedCall):
            return pop
        return msgspec.structs.replace(
            pop,
            customer=shown_customer(pop.customer, self._caller)
            if pop.customer and self._caller.may(P.CUST_VIEW)
            else None,
            earlier=tuple(shown_row(row, self._caller) for row in pop.earlier) if self._log else (),
            follow_up=self._follow_up(pop.follow_up) if self._log else None,
        )

    def _logged(self, event: CallLogged) -> CallLogged | None:
        record = msgspec.structs.replace(event.record, voicemail=None)  # whose it is, its own page knows
        agents: tuple[str | None, ...] = record.agents or (None,)
        mine = any(self._is_me(agent) for agent in record.agents)
        if not self._log or not (mine or (self._calls and any(self._sight.sees_agent(agent) for agent in agents))):
            return None
        if self._full:
            return msgspec.structs.replace(event, record=record)
        hidden = msgspec.structs.replace(
            record, peer_number=masked_number(record.peer_number), peer_number_raw=masked_number(record.peer_number_raw)
        )
        return msgspec.structs.replace(event, record=hidden)

    def _follow_up(self, row: FollowUp | None) -> FollowUp | None:
        if row is None or self._full:
            return row
        return msgspec.structs.replace(row, number=masked_number(row.number))

    def _health(self, health: EngineHealth) -> EngineHealth:
        return health if self._lines else msgspec.structs.replace(health, lines=())

    def _line(self, line: LineView) -> LineView:
        return line if self._full else msgspec.structs.replace(line, peer_number=masked_number(line.peer_number))

    def _call(self, call: CallView) -> CallView:
        if self._full:
            return call
        third = call.consulting if len(call.consulting) <= _STATION_DIGITS else masked_number(call.consulting)
        return msgspec.structs.replace(call, peer_number=masked_number(call.peer_number), consulting=third)

    def _snapshot(self, snapshot: Snapshot) -> Snapshot:
        return msgspec.structs.replace(
            snapshot,
            lines=tuple(self._line(line) for line in snapshot.lines) if self._lines else (),
            stations=tuple(self._station(one) for one in snapshot.stations if self._sees_station(one)),
            agents=tuple(self._agent_view(one) for one in snapshot.agents if self._sees_agent(one)),
            queues=snapshot.queues if self._queues else (),
            calls=tuple(self._call(call) for call in snapshot.calls if self._sees_call(call)),
            phones=snapshot.phones if self._phones else (),
            health=self._health(snapshot.health),
        )
