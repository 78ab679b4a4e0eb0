"""Random searches over the sample's calls: each of the 19 conditions typical, at an edge, or turned round by "not"."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta
from enum import Enum
from typing import TypeVar

from appliance.store import call_search as cs
from appliance.telephony.call import CallResult, Direction, NoRecordingReason
from appliance.telephony.ids import AgentId, LineId, QueueId
from bench.callsample import AGENTS, AREAS, FLOWS, LEVELS, QUEUES, STATUSES, SURNAMES, WORDS, Sample

T = TypeVar("T")


class Level(Enum):
    OFF = "off"
    TYPICAL = "typical"
    EDGE = "edge"
    NOT = "not"


CONDITIONS = cs.CallSearch.__struct_fields__


def make_search(dice: random.Random, sample: Sample, levels: dict[str, Level], days: int) -> cs.CallSearch:
    """A search with these conditions; `days` is how long the log goes on after `sample.start`."""
    chosen = {
        name: _MAKERS[name](_Draw(dice, sample, days, edge=level is Level.EDGE), level is Level.NOT)
        for name, level in levels.items()
        if level is not Level.OFF
    }
    return cs.CallSearch(**chosen)


def random_levels(dice: random.Random, share: float) -> dict[str, Level]:
    """Each condition is on with this probability."""
    return {
        name: dice.choices((Level.TYPICAL, Level.EDGE, Level.NOT), (6, 2, 2))[0] if dice.random() < share else Level.OFF
        for name in CONDITIONS
    }


class _Draw:
    def __init__(self, dice: random.Random, sample: Sample, days: int, *, edge: bool) -> None:
        self.dice = dice
        self.sample = sample
        self.days = days
        self.edge = edge

    def some(self, values: tuple[T, ...], most: int = 3) -> tuple[T, ...]:
        return tuple(self.dice.sample(values, min(len(values), self.dice.randint(1, most))))

    def number(self) -> str:
        """A number that occurs."""
        if self.sample.customers and self.dice.random() < 0.4:
            return self.dice.choice(self.dice.choice(self.sample.customers).numbers)
        return self.dice.choice(self.sample.strangers)

    def day(self, most: int) -> str:
        return f"{self.sample.start + timedelta(days=self.dice.randint(0, max(1, most))):%Y-%m-%d}"

    def choice(self, *values: T) -> T:
        return self.dice.choice(values)


def _time_span(draw: _Draw, not_: bool) -> cs.TimeSpan:
    if draw.edge:
        return draw.choice(
            cs.TimeSpan(not_=not_),
            cs.TimeSpan(since="2099-01-01", not_=not_),
            cs.TimeSpan(day_from="22:30", day_until="07:15", not_=not_),
            cs.TimeSpan(day_from="00:00", day_until="24:00", weekdays=(7,), not_=not_),
            cs.TimeSpan(day_kinds=(cs.DayKind.HOLIDAY,), not_=not_),
            cs.TimeSpan(until=f"{draw.day(draw.days)}T12:00", not_=not_),
        )
    since = draw.day(draw.days)
    until = f"{draw.sample.start + timedelta(days=draw.days):%Y-%m-%d}" if draw.dice.random() < 0.5 else since
    window = draw.choice(("08:00", "18:00"), ("08:30", "11:45"), (None, None), (None, None))
    return cs.TimeSpan(
        since=since if draw.dice.random() < 0.8 else None,
        until=until if until >= since else None,
        day_from=window[0],
        day_until=window[1],
        weekdays=draw.choice((), (), (1, 2, 3, 4, 5), (6, 7)),
        day_kinds=draw.choice((), (), (), (cs.DayKind.WORKDAY,), (cs.DayKind.WEEKEND, cs.DayKind.HOLIDAY)),
        not_=not_,
    )


def _direction(draw: _Draw, not_: bool) -> cs.DirectionIs:
    values = (Direction.INTERNAL,) if draw.edge else draw.some((Direction.INBOUND, Direction.OUTBOUND), 1)
    return cs.DirectionIs(values=values, not_=not_)


def _result(draw: _Draw, not_: bool) -> cs.ResultIs:
    if draw.edge:
        return draw.choice(
            cs.ResultIs(not_=not_),
            cs.ResultIs(values=(CallResult.LINE_FAULT,), not_=not_),
            cs.ResultIs(values=(CallResult.TALKED,), not_talked=True, not_=not_),
        )
    return draw.choice(
        cs.ResultIs(values=(CallResult.TALKED,), not_=not_),
        cs.ResultIs(not_talked=True, not_=not_),
        cs.ResultIs(values=draw.some(tuple(CallResult)), not_=not_),
    )


def _length(draw: _Draw, not_: bool) -> cs.LengthBetween:
    if draw.edge:
        low = draw.choice(0, 1, 7, 59, 60, 61)
        return cs.LengthBetween(min=low, max=draw.choice(low, low + 1, None), not_=not_)
    return cs.LengthBetween(min=draw.choice(None, 10, 30, 60, 100), max=draw.choice(None, 120, 180, 600), not_=not_)


def _peer_number(draw: _Draw, not_: bool) -> cs.PeerNumber:
    match = draw.choice(*cs.NumberMatch)
    if draw.edge:
        return draw.choice(
            cs.PeerNumber(match=cs.NumberMatch.NONE, not_=not_),
            cs.PeerNumber(match=cs.NumberMatch.BEGINS, numbers=("0562",), not_=not_),
            cs.PeerNumber(match=cs.NumberMatch.CONTAINS, numbers=("88",), not_=not_),
            cs.PeerNumber(match=cs.NumberMatch.EQUAL, numbers=(f"+86 {draw.number()}",), not_=not_),
            cs.PeerNumber(match=cs.NumberMatch.ENDS, numbers=("7", "12345"), not_=not_),
        )
    numbers = tuple(draw.number() for _ in range(draw.choice(1, 1, 1, 3)))
    length = draw.dice.randint(3, 6)
    if match is cs.NumberMatch.BEGINS:
        numbers = tuple(number[:length] for number in numbers)
    elif match is cs.NumberMatch.ENDS:
        numbers = tuple(number[-length:] for number in numbers)
    elif match is cs.NumberMatch.CONTAINS:
        numbers = tuple(number[1 : 1 + length] for number in numbers)
    return cs.PeerNumber(match=match, numbers=numbers, not_=not_)


def _line(draw: _Draw, not_: bool) -> cs.LineIs:
    values = (4, 9) if draw.edge else draw.some((1, 2, 3, 4))
    return cs.LineIs(values=tuple(LineId(line) for line in values), not_=not_)


def _agent(draw: _Draw, not_: bool) -> cs.AgentIs:
    if draw.edge:
        return draw.choice(cs.AgentIs(agents=(AgentId("9999"),), not_=not_), cs.AgentIs(units=(1,), not_=not_))
    if draw.dice.random() < 0.3:
        return cs.AgentIs(units=draw.some((2, 3, 4), 2), not_=not_)
    return cs.AgentIs(agents=tuple(AgentId(agent) for agent in draw.some(AGENTS)), not_=not_)


def _queue(draw: _Draw, not_: bool) -> cs.QueueIs:
    values = ("complaint",) if draw.edge else draw.some(QUEUES, 2)
    return cs.QueueIs(values=tuple(QueueId(queue) for queue in values), not_=not_)


def _ivr_path(draw: _Draw, not_: bool) -> cs.IvrPath:
    flow = draw.choice(*FLOWS)
    node = draw.choice(*FLOWS[flow])
    if draw.edge:
        return draw.choice(
            cs.IvrPath(not_=not_),
            cs.IvrPath(steps=(cs.PathStep(flow="main", digits="2"),), not_=not_),
            cs.IvrPath(steps=(cs.PathStep(node="menu", digits="0"), cs.PathStep(flow="night")), not_=not_),
        )
    return draw.choice(
        cs.IvrPath(steps=(cs.PathStep(flow=flow),), not_=not_),
        cs.IvrPath(steps=(cs.PathStep(flow=flow, node=node),), not_=not_),
        cs.IvrPath(steps=(cs.PathStep(flow=flow, node="menu", digits="2"),), not_=not_),
        cs.IvrPath(steps=(cs.PathStep(digits="3"), cs.PathStep(node=node)), not_=not_),
    )


def _transfer(draw: _Draw, not_: bool) -> cs.Transfer:
    if draw.edge:
        return draw.choice(
            cs.Transfer(none=True, not_=not_),
            cs.Transfer(target=draw.choice(*AGENTS), not_=not_),
            cs.Transfer(kinds=(cs.TransferKind.AGENT,), target="1001", none=True, not_=not_),
        )
    return cs.Transfer(kinds=draw.some(tuple(cs.TransferKind), 2), not_=not_)


def _reason(draw: _Draw, not_: bool) -> cs.ReasonIs:
    if draw.edge:
        return draw.choice(cs.ReasonIs(none=True, not_=not_), cs.ReasonIs(values=(99_999,), not_=not_))
    return cs.ReasonIs(values=draw.some(draw.sample.reasons), none=draw.dice.random() < 0.1, not_=not_)


def _summary(draw: _Draw, not_: bool) -> cs.Summary:
    if draw.edge:
        return draw.choice(
            cs.Summary(match=cs.WordMatch.EMPTY, not_=not_),
            cs.Summary(words="  ", not_=not_),
            cs.Summary(words="器", not_=not_),
            cs.Summary(words="err 4", match=cs.WordMatch.ANY, not_=not_),
            cs.Summary(words="ca卡", not_=not_),
            cs.Summary(words="顶盒无信", not_=not_),
        )
    words = " ".join(draw.some(WORDS, 2))
    return cs.Summary(words=words, match=draw.choice(cs.WordMatch.ALL, cs.WordMatch.ANY), not_=not_)


def _customer(draw: _Draw, not_: bool) -> cs.CustomerIs:
    if draw.edge:
        return draw.choice(
            cs.CustomerIs(match=cs.CustomerMatch.UNKNOWN, not_=not_),
            cs.CustomerIs(text="没有这个人", not_=not_),
            cs.CustomerIs(text="路", field=cs.CustomerField.ADDRESS, not_=not_),
            cs.CustomerIs(not_=not_),
        )
    if not draw.sample.customers:
        return cs.CustomerIs(text="张", not_=not_)
    customer = draw.dice.choice(draw.sample.customers)
    return draw.choice(
        cs.CustomerIs(text=draw.choice(*SURNAMES), field=cs.CustomerField.NAME, not_=not_),
        cs.CustomerIs(text=customer.code, match=cs.CustomerMatch.EQUAL, not_=not_),
        cs.CustomerIs(text=customer.card[3:8], field=cs.CustomerField.CARD, not_=not_),
        cs.CustomerIs(text=customer.address[:5], not_=not_),
    )


def _cust_class(draw: _Draw, not_: bool) -> cs.CustClass:
    if draw.edge:
        return cs.CustClass(statuses=("销户",), areas=draw.some(AREAS), not_=not_)
    return draw.choice(
        cs.CustClass(statuses=draw.some(STATUSES), not_=not_),
        cs.CustClass(levels=draw.some(LEVELS), not_=not_),
        cs.CustClass(areas=draw.some(AREAS), statuses=draw.some(STATUSES), not_=not_),
    )


def _recording(draw: _Draw, not_: bool) -> cs.RecordingIs:
    if draw.edge:
        return cs.RecordingIs(reasons=draw.some(tuple(NoRecordingReason)), not_=not_)
    return cs.RecordingIs(values=draw.some(tuple(cs.RecordingChoice), 2), not_=not_)


def _voicemail(draw: _Draw, not_: bool) -> cs.VoicemailIs:
    if draw.edge:
        return cs.VoicemailIs(values=(cs.VoicemailChoice.NEW,), for_=draw.some(AGENTS), not_=not_)
    return draw.choice(
        cs.VoicemailIs(values=draw.some(tuple(cs.VoicemailChoice), 2), not_=not_),
        cs.VoicemailIs(for_=("public",), not_=not_),
    )


def _rating(draw: _Draw, not_: bool) -> cs.RatingIs:
    values = (cs.Rating.DISSATISFIED,) if draw.edge else draw.some(tuple(cs.Rating), 2)
    return cs.RatingIs(values=values, not_=not_)


def _ticket(draw: _Draw, not_: bool) -> cs.TicketIs:
    if draw.edge:
        return draw.choice(
            cs.TicketIs(not_=not_),
            cs.TicketIs(present=False, not_=not_),
            cs.TicketIs(overdue=True, repeated=False, not_=not_),
        )
    return draw.choice(
        cs.TicketIs(present=True, not_=not_),
        cs.TicketIs(kinds=("报修", "投诉"), statuses=("待派",), not_=not_),
        cs.TicketIs(numbers=("T000003", "T000004"), not_=not_),
    )


_MAKERS: dict[str, Callable[[_Draw, bool], cs.Condition]] = {
    "time_span": _time_span,
    "direction": _direction,
    "result": _result,
    "talk_sec": _length,
    "wait_sec": _length,
    "peer_number": _peer_number,
    "line": _line,
    "agent": _agent,
    "queue": _queue,
    "ivr_path": _ivr_path,
    "transfer": _transfer,
    "reason": _reason,
    "summary": _summary,
    "customer": _customer,
    "cust_class": _cust_class,
    "recording": _recording,
    "voicemail": _voicemail,
    "rating": _rating,
    "ticket": _ticket,
}
