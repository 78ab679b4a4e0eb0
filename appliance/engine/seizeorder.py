"""Which line an outgoing call takes: pure, over what is known of the lines."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol, TypeVar

from appliance.callplan import Line as LinePlan
from appliance.callplan import SeizeOrder


class Seizable(Protocol):
    """A line as far as choosing one needs it."""

    @property
    def plan(self) -> LinePlan: ...
    @property
    def free(self) -> bool: ...
    @property
    def calls_today(self) -> int: ...
    @property
    def idle_since_s(self) -> float: ...


_L = TypeVar("_L", bound=Seizable)


def first_to_take(lines: Iterable[_L], order: SeizeOrder) -> _L | None:
    """The free line that comes first in `order`, the highest of equals; None when none is free."""
    return max((line for line in lines if line.free), key=lambda line: _rank(line, order), default=None)


def left_to_callers(lines: Iterable[Seizable], kept: int) -> bool:
    """Whether so few lines are free that callers shall have them: `kept` or fewer."""
    return kept > 0 and sum(line.free for line in lines) <= kept


def _rank(line: Seizable, order: SeizeOrder) -> tuple[float, int]:
    match order:
        case SeizeOrder.ASCENDING:
            wish = -float(line.plan.id)
        case SeizeOrder.DESCENDING:
            wish = float(line.plan.id)
        case SeizeOrder.LEAST_USED:
            wish = -float(line.calls_today)
        case SeizeOrder.MOST_IDLE:
            wish = -line.idle_since_s
        case SeizeOrder.PRIORITY:
            wish = float(line.plan.outgoing_priority)
    return wish, line.plan.id
