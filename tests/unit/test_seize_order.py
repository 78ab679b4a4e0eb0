"""Which line an outgoing call takes."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from appliance.callplan import Line, SeizeOrder
from appliance.engine.seizeorder import first_to_take, left_to_callers
from appliance.telephony.ids import LineId
from drivers.base import PortId


@dataclass(frozen=True)
class Candidate:
    plan: Line
    free: bool
    calls_today: int
    idle_since_s: float


def line(number: int, *, free: bool = True, calls: int = 0, since_s: float = 0.0, priority: int = 0) -> Candidate:
    plan = Line(id=LineId(number), port=PortId(f"sim/{number}"), outgoing_priority=priority)
    return Candidate(plan, free, calls, since_s)


LINES = (
    line(1, calls=3, since_s=50, priority=5),
    line(2, calls=1, since_s=90, priority=9),
    line(3, calls=2, since_s=10, priority=0),
    line(4, calls=9, since_s=60, priority=0),
)


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (SeizeOrder.DESCENDING, [4, 3, 2, 1]),
        (SeizeOrder.ASCENDING, [1, 2, 3, 4]),
        (SeizeOrder.LEAST_USED, [2, 3, 1, 4]),
        (SeizeOrder.MOST_IDLE, [3, 1, 4, 2]),
        (SeizeOrder.PRIORITY, [2, 1, 4, 3]),
    ],
)
def test_each_order(order: SeizeOrder, expected: list[int]) -> None:
    left, taken = list(LINES), []
    while (taken_line := first_to_take(left, order)) is not None:
        left.remove(taken_line)
        taken.append(taken_line.plan.id)
    assert taken == expected


def test_equals_go_to_the_highest_line_and_busy_ones_to_nobody() -> None:
    equal = (line(1), line(2), line(3, free=False))
    for order in (SeizeOrder.LEAST_USED, SeizeOrder.MOST_IDLE, SeizeOrder.PRIORITY, SeizeOrder.DESCENDING):
        taken = first_to_take(equal, order)
        assert taken is not None
        assert taken.plan.id == 2, order
    assert first_to_take([line(1, free=False)], SeizeOrder.ASCENDING) is None


def test_the_last_lines_are_left_to_callers() -> None:
    two_free = (line(1), line(2), line(3, free=False), line(4, free=False))
    assert not left_to_callers(two_free, 0)
    assert not left_to_callers(two_free, 1)
    assert left_to_callers(two_free, 2)
    assert left_to_callers((), 1)
