"""Sockets of cards that come later: numbered and named as those of a new box are."""

from __future__ import annotations

import msgspec

from appliance.callplan import CallPlan, Line, Station
from appliance.defaults.plan import FIRST_STATION, line_label, seat_label
from appliance.telephony.ids import LineId, SeatId, StationId
from drivers.base import PortId


def uses_port(plan: CallPlan, port: str) -> bool:
    """It is a line or a seat already."""
    return any(line.port == port for line in plan.lines) or any(station.port == port for station in plan.stations)


def with_line(plan: CallPlan, port: str) -> CallPlan:
    """The plan with one more outside line, its last."""
    number = max((line.id for line in plan.lines), default=0) + 1
    line = Line(id=LineId(number), port=PortId(port), label=line_label(number))
    return msgspec.structs.replace(plan, lines=(*plan.lines, line))


def with_station(plan: CallPlan, port: str) -> CallPlan:
    """The plan with one more seat and phone, its last, by the first numbers that are free."""
    numbers, seats = {each.id for each in plan.stations}, {each.seat for each in plan.stations}
    number = next(n for n in range(FIRST_STATION, FIRST_STATION + len(numbers) + 1) if str(n) not in numbers)
    seat = next(n for n in range(1, len(seats) + 2) if str(n) not in seats)
    station = Station(id=StationId(str(number)), port=PortId(port), seat=SeatId(str(seat)), label=seat_label(seat))
    return msgspec.structs.replace(plan, stations=(*plan.stations, station))


def without_card(plan: CallPlan, card: str) -> CallPlan:
    """The plan without lines and seats on the card of this name."""
    begin = f"{card}/"
    return msgspec.structs.replace(
        plan,
        lines=tuple(line for line in plan.lines if not line.port.startswith(begin)),
        stations=tuple(station for station in plan.stations if not station.port.startswith(begin)),
    )
