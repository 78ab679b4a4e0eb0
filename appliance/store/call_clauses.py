"""From the conditions of a `CallSearch` to clauses. Pure: what must be looked up comes in as `LookedUp`."""
# ruff: noqa: S608 the text of a statement is made of our own names and marks; values are always parameters

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from appliance.store.call_clause import Clause, Groups, KeySpan, among
from appliance.store.call_clauses_text import number_clause, summary_clause
from appliance.store.call_clauses_time import time_clauses
from appliance.store.call_search import (
    CallSearch,
    LengthBetween,
    PathStep,
    Rating,
    RecordingChoice,
    TicketIs,
    VoicemailChoice,
)
from appliance.store.call_tokens import LENGTH_BUCKETS, term
from appliance.store.scope import Scope
from appliance.store.voicemail_reach import VoicemailReach
from appliance.telephony.call import CallResult, Direction
from appliance.telephony.number import normalise_number

_NO_END = 1 << 40
_CUSTOMER = "+c.customer_id"
"""The plus keeps SQLite from leaving the order of the log for that of the index by customer."""


@dataclass(frozen=True)
class CustomersFound:
    """Customers that a text matches: a query for their ids, and a test of customer `k`."""

    sql: str
    parameters: tuple[object, ...]
    test: str
    test_parameters: tuple[object, ...]
    listed_calls: int | None = None
    """About how many calls they have; None: they are not to be listed."""


@dataclass(frozen=True)
class LookedUp:
    """What the database says about values of a search."""

    area_code: str = ""
    reason_ids: tuple[int, ...] = ()
    """The chosen reasons with everything below them; 0 for "not filled in"."""
    agents: tuple[str, ...] = ()
    """The chosen people and those of the chosen units."""
    customer_ids: tuple[int, ...] | None = None
    """Customers that the text matches; None: too many to name, `customers` says which."""
    customers: CustomersFound | None = None
    listed_calls: int | None = None
    """How many calls `tickets_sql` names; None: too many to list."""
    closed_days: tuple[int, ...] = ()
    opened_days: tuple[int, ...] = ()


def clauses_of(search: CallSearch, scope: Scope, found: LookedUp) -> tuple[KeySpan, list[Clause]]:
    """Span of keys and every clause; together they are the search within the scope."""
    span, clauses = time_clauses(search.time_span, found.closed_days, found.opened_days)
    if not scope.everything:
        clauses.append(_scope(scope))
    for condition in _CONDITIONS:
        clauses += condition(search, found)
    clauses += _voicemail(search, scope.voicemails)
    return span, clauses


def _direction(search: CallSearch, _found: LookedUp) -> list[Clause]:
    condition = search.direction
    if condition is None or not condition.values:
        return []
    return [_choice("direction", "d", condition.values, Direction, not_=condition.not_)]


def _result(search: CallSearch, _found: LookedUp) -> list[Clause]:
    condition = search.result
    if condition is None:
        return []
    values = set(condition.values)
    if condition.not_talked:
        values |= set(CallResult) - {CallResult.TALKED}
    return [_choice("result", "r", tuple(values), CallResult, not_=condition.not_)] if values else []


def _rating(search: CallSearch, _found: LookedUp) -> list[Clause]:
    condition = search.rating
    if condition is None or not condition.values:
        return []
    return [_choice("rating", "s", condition.values, Rating, not_=condition.not_)]


def _line(search: CallSearch, _found: LookedUp) -> list[Clause]:
    condition = search.line
    return [_values("line", "l", condition.values, not_=condition.not_)] if condition and condition.values else []


def _queue(search: CallSearch, _found: LookedUp) -> list[Clause]:
    condition = search.queue
    return [_values("queue", "q", condition.values, not_=condition.not_)] if condition and condition.values else []


def _reason(search: CallSearch, found: LookedUp) -> list[Clause]:
    condition = search.reason
    if condition is None or not (condition.values or condition.none):
        return []
    return [_values("reason_id", "e", found.reason_ids, not_=condition.not_)]


def _lengths(search: CallSearch, _found: LookedUp) -> list[Clause]:
    talk, wait = search.talk_sec, search.wait_sec
    return [
        *(_length("talk_sec", "tb", talk) if talk is not None else ()),
        *(_length("wait_sec", "wb", wait) if wait is not None else ()),
    ]


def _texts(search: CallSearch, found: LookedUp) -> list[Clause]:
    number, summary = search.peer_number, search.summary
    return [
        *(number_clause(number, found.area_code) if number is not None else ()),
        *(summary_clause(summary) if summary is not None else ()),
    ]


def _values(column: str, kind: str, values: tuple[object, ...], *, not_: bool) -> Clause:
    sql, parameters = among(f"c.{column}", values)
    return Clause(sql, parameters, _one_of(kind, values), exact=bool(values), negated=not_)


def _one_of(kind: str, values: tuple[object, ...]) -> Groups:
    return (tuple(term(kind, value) for value in dict.fromkeys(values)),) if values else ()


def _choice(column: str, kind: str, values: tuple[StrEnum, ...], choices: type[StrEnum], *, not_: bool) -> Clause:
    """One of a closed set: what is in it or what is not, whichever are fewer words for the index."""
    wanted = tuple(choice.value for choice in choices if (choice in values) is not not_)
    others = tuple(choice.value for choice in choices if choice.value not in wanted)
    if others and len(others) < len(wanted):
        return _values(column, kind, others, not_=True)
    return _values(column, kind, wanted, not_=False)


def _length(column: str, kind: str, condition: LengthBetween) -> list[Clause]:
    if condition.min is None and condition.max is None:
        return []
    low = condition.min or 0
    high = _NO_END if condition.max is None else condition.max
    spans = [(0, low - 1), (high + 1, _NO_END)] if condition.not_ else [(low, high)]
    spans = [(first, last) for first, last in spans if first <= last]
    buckets = list(zip(LENGTH_BUCKETS, [*(first - 1 for first in LENGTH_BUCKETS[1:]), _NO_END], strict=True))
    touched = [at for at, (first, last) in enumerate(buckets) if any(a <= last and first <= b for a, b in spans)]
    exact = all(any(a <= buckets[at][0] and buckets[at][1] <= b for a, b in spans) for at in touched)
    sql = " OR ".join(f"c.{column} BETWEEN ? AND ?" for _ in spans) or "1 = 0"
    parameters = tuple(bound for span in spans for bound in span)
    return [Clause(sql, parameters, _one_of(kind, tuple(touched)), exact=exact and bool(touched))]


def _agent(search: CallSearch, found: LookedUp) -> list[Clause]:
    condition = search.agent
    if condition is None or not (condition.agents or condition.units):
        return []
    listed, parameters = among("a.agent", found.agents)
    sql = f"EXISTS (SELECT 1 FROM call_agents a WHERE a.id = c.id AND {listed})"
    groups = _one_of("a", found.agents)
    return [Clause(sql, parameters, groups, exact=bool(groups), negated=condition.not_)]


def _path(search: CallSearch, _found: LookedUp) -> list[Clause]:
    condition = search.ivr_path
    if condition is None or not condition.steps:
        return []
    parts, parameters, terms, exact = [], [], [], True
    for step in condition.steps:
        given = [(name, value) for name in ("flow", "node", "digits") if (value := getattr(step, name))]
        parts.append("(" + " AND ".join(f"n.{name} = ?" for name, _ in given) + ")")
        parameters += [value for _, value in given]
        step_term, step_exact = _step_term(step)
        terms.append(step_term)
        exact = exact and step_exact
    sql = f"EXISTS (SELECT 1 FROM call_nodes n WHERE n.id = c.id AND ({' OR '.join(parts)}))"
    return [Clause(sql, tuple(parameters), (tuple(dict.fromkeys(terms)),), exact=exact, negated=condition.not_)]


def _step_term(step: PathStep) -> tuple[str, bool]:
    if step.flow and step.node:
        return (
            term("fmk", step.flow, step.node, step.digits) if step.digits else term("fm", step.flow, step.node)
        ), True
    if step.node:
        return term("m", step.node), not step.digits
    if step.digits:
        return term("k", step.digits), not step.flow
    return term("f", step.flow), True


def _transfer(search: CallSearch, found: LookedUp) -> list[Clause]:
    condition = search.transfer
    if condition is None:
        return []
    kinds = tuple(kind.value for kind in condition.kinds)
    target = condition.target.strip()
    if not kinds and not target and not condition.none:
        return []
    parts: list[str] = []
    parameters: tuple[object, ...] = ()
    terms: list[str] = []
    if kinds or target:
        tests = ["t.id = c.id"]
        if kinds:
            sql, parameters = among("t.kind", kinds)
            tests.append(sql)
        if target:
            tests.append("t.target IN (?, ?)")
            parameters = (*parameters, target, normalise_number(target, found.area_code))
        parts.append(f"EXISTS (SELECT 1 FROM call_transfers t WHERE {' AND '.join(tests)})")
        terms += [term("x", kind) for kind in kinds] or [term("xn", 0)]
    if condition.none:
        parts.append("c.transferred = 0")
        terms.append(term("xn", 1))
    return [Clause(" OR ".join(parts), parameters, (tuple(terms),), exact=not target, negated=condition.not_)]


def _customer(search: CallSearch, found: LookedUp) -> list[Clause]:
    condition, customers = search.customer, found.customers
    if condition is None:
        return []
    if found.customer_ids is not None:
        sql, parameters = among(_CUSTOMER, found.customer_ids)
        groups = _one_of("c", found.customer_ids)
        return [Clause(sql, parameters, groups, exact=bool(groups), negated=condition.not_)]
    if customers is None:
        return []
    if customers.listed_calls is None:
        sql = f"EXISTS (SELECT 1 FROM customers k WHERE k.id = c.customer_id AND ({customers.test}))"
        return [Clause(sql, customers.test_parameters, negated=condition.not_)]
    listed = f"SELECT x.id FROM ({customers.sql}) f CROSS JOIN calls x ON x.customer_id = f.id"
    return [Clause(f"c.id IN ({listed})", customers.parameters, negated=condition.not_, listed=customers.listed_calls)]


def _cust_class(search: CallSearch, _found: LookedUp) -> list[Clause]:
    condition = search.cust_class
    if condition is None:
        return []
    parts: list[str] = []
    groups: list[tuple[str, ...]] = []
    parameters: tuple[object, ...] = ()
    for column, kind, values in (
        ("cust_status", "cs", condition.statuses),
        ("cust_level", "cl", condition.levels),
        ("area", "ca", condition.areas),
    ):
        if values:
            sql, bound = among(f"c.{column}", values)
            parts.append(sql)
            parameters += bound
            groups += _one_of(kind, values)
    return [Clause(" AND ".join(parts), parameters, tuple(groups), exact=True, negated=condition.not_)] if parts else []


_RECORDING = {
    RecordingChoice.YES: ("c.has_recording = 1", term("g", 1)),
    RecordingChoice.NO: ("c.has_recording = 0", term("g", 0)),
    RecordingChoice.LOCKED: ("(c.has_recording = 1 AND c.recording_locked = 1)", term("gl", 1)),
    RecordingChoice.CHECKED: ("(c.has_recording = 1 AND c.quality_checked = 1)", term("gc", 1)),
    RecordingChoice.UNCHECKED: ("(c.has_recording = 1 AND c.quality_checked = 0)", term("gc", 0)),
}


def _recording(search: CallSearch, _found: LookedUp) -> list[Clause]:
    condition = search.recording
    if condition is None:
        return []
    parts = [_RECORDING[choice][0] for choice in condition.values]
    terms = [_RECORDING[choice][1] for choice in condition.values]
    parameters: tuple[object, ...] = ()
    if condition.reasons:
        sql, parameters = among("c.no_recording", tuple(reason.value for reason in condition.reasons))
        parts.append(sql)
        terms += [term("gn", reason) for reason in condition.reasons]
    if not parts:
        return []
    return [Clause(" OR ".join(parts), parameters, (tuple(terms),), exact=True, negated=condition.not_)]


_STATES = {
    VoicemailChoice.YES: ("new", "heard", "done"),
    VoicemailChoice.NO: ("",),
    VoicemailChoice.NEW: ("new",),
    VoicemailChoice.HEARD: ("heard",),
    VoicemailChoice.DONE: ("done",),
}


def _voicemail(search: CallSearch, reach: VoicemailReach) -> list[Clause]:
    condition = search.voicemail
    if condition is None:
        return []
    states = tuple(dict.fromkeys(state for choice in condition.values for state in _STATES[choice]))
    parts = [
        clause
        for clause in (_if_any("voicemail_state", "v", states), _if_any("voicemail_for", "vf", condition.for_))
        if clause
    ]
    if not parts:
        return []
    whole = Clause(
        " AND ".join(part.sql for part in parts),
        tuple(value for part in parts for value in part.parameters),
        tuple(group for part in parts for group in part.groups),
        exact=True,
        negated=condition.not_,
    )
    return [whole if reach.everything else _seen(whole, reach, "" in states and not condition.for_)]


def _seen(clause: Clause, reach: VoicemailReach, none_too: bool) -> Clause:
    """The same for somebody to whom a hidden voicemail is as none; `none_too`: calls without one fulfil it."""
    seen, parameters = reach.clause_of_call
    sql = f"({clause.sql}) OR NOT {seen}" if none_too else f"({clause.sql}) AND {seen}"
    groups = () if none_too else clause.groups
    return Clause(sql, (*clause.parameters, *parameters), groups, negated=clause.negated)


def _if_any(column: str, kind: str, values: tuple[str, ...]) -> Clause | None:
    return _values(column, kind, values, not_=False) if values else None


def tickets_sql(condition: TicketIs) -> tuple[str, tuple[object, ...]]:
    """Query for the keys of calls with such a ticket; empty for an empty condition."""
    parts: list[str] = []
    parameters: tuple[object, ...] = ()
    for column, values in (("number", condition.numbers), ("kind", condition.kinds), ("status", condition.statuses)):
        if values:
            sql, bound = among(f"t.{column}", values)
            parts.append(sql)
            parameters += bound
    for column, flag in (("overdue", condition.overdue), ("repeated", condition.repeated)):
        if flag is not None:
            parts.append(f"t.{column} = {int(flag)}")
    if parts:
        where = " AND ".join(parts)
        return f"SELECT l.id FROM tickets t JOIN call_tickets l ON l.ticket_id = t.id WHERE {where}", parameters
    return ("" if condition.present is None else "SELECT l.id FROM call_tickets l"), ()


def _ticket(search: CallSearch, found: LookedUp) -> list[Clause]:
    condition = search.ticket
    sql, parameters = ("", ()) if condition is None else tickets_sql(condition)
    if condition is None or not sql:
        return []
    negated = condition.not_ is not (condition.present is False)
    if found.listed_calls is None:
        joiner = "AND" if "WHERE" in sql else "WHERE"
        return [Clause(f"EXISTS ({sql} {joiner} l.id = c.id)", parameters, negated=negated)]
    return [Clause(f"c.id IN ({sql})", parameters, negated=negated, listed=found.listed_calls)]


def _scope(scope: Scope) -> Clause:
    parts, terms = [], []
    parameters: tuple[object, ...] = ()
    if scope.agents:
        sql, parameters = among("a.agent", scope.agents)
        parts.append(f"EXISTS (SELECT 1 FROM call_agents a WHERE a.id = c.id AND {sql})")
        terms += [term("a", agent) for agent in scope.agents]
    if scope.areas:
        sql, bound = among("c.area", scope.areas)
        parts.append(sql)
        parameters += bound
        terms += [term("ca", area) for area in scope.areas]
    if scope.unassigned:
        parts.append("NOT EXISTS (SELECT 1 FROM call_agents a WHERE a.id = c.id)")
        terms.append(term("a", ""))
    groups = (tuple(terms),) if terms else ()
    return Clause(" OR ".join(parts) or "1 = 0", parameters, groups, exact=bool(groups))


_CONDITIONS = (
    _direction,
    _result,
    _rating,
    _line,
    _queue,
    _reason,
    _agent,
    _customer,
    _cust_class,
    _recording,
    _lengths,
    _texts,
    _path,
    _transfer,
    _ticket,
)
