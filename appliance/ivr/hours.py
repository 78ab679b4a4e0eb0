"""Office hours: weekly spans with dates that override them, and the one rule that says open or closed."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

import msgspec

from appliance.ivr.problem import Problem

HoursDate = Annotated[str, msgspec.Meta(pattern=r"^\d{4}-\d{2}-\d{2}$")]


class Span(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Weekdays (1 Monday … 7 Sunday) and a time span `HH:MM`–`HH:MM` of the local day; `until` may be `24:00`."""

    days: tuple[Annotated[int, msgspec.Meta(ge=1, le=7)], ...]
    since: Annotated[str, msgspec.Meta(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
    until: Annotated[str, msgspec.Meta(pattern=r"^(([01]\d|2[0-3]):[0-5]\d|24:00)$")]

    def holds(self, weekday: int, at: datetime) -> bool:
        """Whether `at`, taken as that weekday, lies in the span: from its first minute to just before `until`."""
        return weekday in self.days and self.since <= f"{at.hour:02}:{at.minute:02}" < self.until


class Hours(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Office hours; `closed_on` and `open_on` (`YYYY-MM-DD`) override the weekly spans (holidays, make-up workdays).

    A date in `open_on` whose weekday has no span of its own keeps the spans of the week's first open weekday, as a
    make-up workday does.
    """

    id: str
    label: str
    spans: tuple[Span, ...]
    closed_on: tuple[HoursDate, ...] = ()
    open_on: tuple[HoursDate, ...] = ()

    def is_open(self, at: datetime) -> bool:
        """Whether the office is open at local time `at`."""
        day = at.date().isoformat()
        if day in self.closed_on:
            return False
        weekday = at.isoweekday()
        weekdays = sorted({number for span in self.spans for number in span.days})
        if day in self.open_on and weekdays and weekday not in weekdays:
            weekday = weekdays[0]
        return any(span.holds(weekday, at) for span in self.spans)

    def problems(self) -> list[Problem]:
        """What contradicts itself; `field` is relative to these hours."""
        found = []
        for index, span in enumerate(self.spans):
            if not span.days:
                found.append(Problem(field=f"spans[{index}].days", text="这个时段没有选星期，请至少选一天。"))
            if span.until <= span.since:
                text = f"时段 {span.since}–{span.until} 的结束不晚于开始；跨零点的请拆成两段。"
                found.append(Problem(field=f"spans[{index}].until", text=text))
        for name, days in (("closed_on", self.closed_on), ("open_on", self.open_on)):
            for index, day in enumerate(days):
                if not _is_date(day):
                    found.append(Problem(field=f"{name}[{index}]", text=f"日历上没有 {day} 这一天。"))
        found += [
            Problem(field="open_on", text=f"{day} 既列为休息又列为上班，请删去一处。")
            for day in sorted(set(self.closed_on) & set(self.open_on))
        ]
        return found


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
