"""Condition 1, 时段: a span of keys where it can be one, the rest in clauses."""

from __future__ import annotations

from appliance.store.call_clause import Clause, Groups, KeySpan, among
from appliance.store.call_key import DAY_SQL, LAST_KEY, SECOND_OF_DAY_SQL, WEEKDAY_SQL, first_key, last_key
from appliance.store.call_search import DayKind, TimeSpan
from appliance.store.call_tokens import term

ALWAYS = KeySpan(-LAST_KEY, LAST_KEY)


def time_clauses(
    condition: TimeSpan | None, closed_days: tuple[int, ...], opened_days: tuple[int, ...]
) -> tuple[KeySpan, list[Clause]]:
    """Keys and clauses of the condition; days are counted as in `call_key.day_number`."""
    if condition is None:
        return ALWAYS, []
    span = KeySpan(
        ALWAYS.first if condition.since is None else first_key(condition.since),
        ALWAYS.last if condition.until is None else last_key(condition.until),
    )
    parts = [*_window(condition), *_weekdays(condition), *_day_kinds(condition, closed_days, opened_days)]
    if not condition.not_:
        return span, parts
    if span != ALWAYS:
        parts.insert(0, Clause("c.id BETWEEN ? AND ?", (span.first, span.last)))
    if not parts:
        return ALWAYS, []
    return ALWAYS, [
        Clause(
            " AND ".join(part.where for part in parts),
            tuple(value for part in parts for value in part.parameters),
            tuple(group for part in parts for group in part.groups),
            exact=all(part.exact for part in parts),
            negated=True,
        )
    ]


def _window(condition: TimeSpan) -> list[Clause]:
    if condition.day_from is None or condition.day_until is None:
        return []
    first, end = _second(condition.day_from), _second(condition.day_until)
    word = "AND" if first < end else "OR"
    sql = f"{SECOND_OF_DAY_SQL} >= ? {word} {SECOND_OF_DAY_SQL} < ?"
    spans = [(first, end)] if first < end else [(first, 86_400), (0, end)]
    hours = [hour for hour in range(24) if any(a < (hour + 1) * 3600 and hour * 3600 < b for a, b in spans)]
    exact = first % 3600 == 0 and end % 3600 == 0
    return [Clause(sql, (first, end), _terms("h", tuple(hours)), exact=exact)]


def _weekdays(condition: TimeSpan) -> list[Clause]:
    if not condition.weekdays:
        return []
    sql, parameters = among(WEEKDAY_SQL, condition.weekdays)
    return [Clause(sql, parameters, _terms("w", condition.weekdays), exact=True)]


def _day_kinds(condition: TimeSpan, closed_days: tuple[int, ...], opened_days: tuple[int, ...]) -> list[Clause]:
    if not condition.day_kinds:
        return []
    whens: list[str] = []
    parameters: list[object] = []
    for days, kind in ((closed_days, DayKind.HOLIDAY), (opened_days, DayKind.WORKDAY)):
        if days:
            sql, bound = among(DAY_SQL, days)
            whens.append(f"WHEN {sql} THEN '{kind.value}'")
            parameters += bound
    whens.append(f"WHEN {WEEKDAY_SQL} <= 5 THEN '{DayKind.WORKDAY.value}'")
    kind_sql = f"CASE {' '.join(whens)} ELSE '{DayKind.WEEKEND.value}' END"
    sql, wanted = among(kind_sql, tuple(kind.value for kind in condition.day_kinds))
    return [Clause(sql, (*parameters, *wanted))]


def _terms(kind: str, values: tuple[int, ...]) -> Groups:
    return (tuple(term(kind, value) for value in dict.fromkeys(values)),)


def _second(clock: str) -> int:
    hours, minutes = clock.split(":")
    return int(hours) * 3600 + int(minutes) * 60
