"""What a search means, said again and slowly: over the records themselves, without SQL, index or shared code."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from appliance.store import call_search as cs
from appliance.store.customers import CustomerDraft
from appliance.store.scope import Scope
from appliance.wire.facts import CallRecord


@dataclass(frozen=True)
class Ticket:
    number: str
    kind: str
    status: str
    overdue: bool
    repeated: bool


@dataclass(frozen=True)
class Facts:
    """One call with everything that was added to it."""

    record: CallRecord
    reason: int | None
    summary: str
    voicemail_state: str
    locked: bool
    checked: bool
    customer: CustomerDraft | None
    ticket: Ticket | None


@dataclass(frozen=True)
class World:
    """What else a condition refers to."""

    reason_parents: Mapping[int, int | None]
    unit_parents: Mapping[int, int | None]
    unit_of_agent: Mapping[str, int | None]
    closed_on: tuple[str, ...]
    opened_on: tuple[str, ...]
    area_code: str


def visible(call: Facts, scope: Scope) -> bool:
    people = _people(call)
    return (
        scope.everything
        or any(agent in scope.agents for agent in people)
        or (call.customer is not None and call.customer.area in scope.areas)
        or (scope.unassigned and not people)
    )


def fulfils(call: Facts, search: cs.CallSearch, world: World) -> bool:
    for name, test in _TESTS.items():
        condition = getattr(search, name)
        if condition is None:
            continue
        answer = test(call, condition, world)
        if answer is not None and answer is condition.not_:
            return False
    return True


def _people(call: Facts) -> set[str]:
    return {agent for agent in (*call.record.agents, call.record.agent) if agent}


def _time_span(call: Facts, condition: cs.TimeSpan, world: World) -> bool | None:
    if condition == cs.TimeSpan(not_=condition.not_):
        return None
    began = datetime.fromisoformat(call.record.started_at).replace(tzinfo=None)
    if condition.since is not None and began < datetime.fromisoformat(condition.since):
        return False
    if condition.until is not None:
        end = datetime.fromisoformat(condition.until)
        end += timedelta(days=1) if "T" not in condition.until else timedelta(seconds=1)
        if began >= end:
            return False
    if condition.day_from is not None and condition.day_until is not None:
        clock = f"{began:%H:%M}"
        if condition.day_from < condition.day_until:
            inside = condition.day_from <= clock < condition.day_until
        else:
            inside = clock >= condition.day_from or clock < condition.day_until
        if not inside:
            return False
    if condition.weekdays and began.isoweekday() not in condition.weekdays:
        return False
    return not condition.day_kinds or _day_kind(began.date(), world) in condition.day_kinds


def _day_kind(day: date, world: World) -> str:
    if day.isoformat() in world.closed_on:
        return "holiday"
    if day.isoformat() in world.opened_on or day.isoweekday() <= 5:
        return "workday"
    return "weekend"


def _direction(call: Facts, condition: cs.DirectionIs, _world: World) -> bool | None:
    return call.record.direction in condition.values if condition.values else None


def _result(call: Facts, condition: cs.ResultIs, _world: World) -> bool | None:
    if not condition.values and not condition.not_talked:
        return None
    return call.record.result in condition.values or (condition.not_talked and call.record.result != "talked")


def _between(seconds: float, condition: cs.LengthBetween) -> bool | None:
    if condition.min is None and condition.max is None:
        return None
    whole = int(seconds)
    return (condition.min is None or whole >= condition.min) and (condition.max is None or whole <= condition.max)


def _talk_sec(call: Facts, condition: cs.LengthBetween, _world: World) -> bool | None:
    return _between(call.record.talk_s, condition)


def _wait_sec(call: Facts, condition: cs.LengthBetween, _world: World) -> bool | None:
    return _between(call.record.wait_s, condition)


def _peer_number(call: Facts, condition: cs.PeerNumber, world: World) -> bool | None:
    if condition.match == "none":
        return call.record.peer_number == ""
    if not condition.numbers:
        return None
    return any(
        _number_matches(stored, number, condition.match, world)
        for stored in (call.record.peer_number, call.record.peer_number_raw)
        for number in condition.numbers
    )


def _number_matches(stored: str, number: str, match: cs.NumberMatch, world: World) -> bool:
    wanted = "".join(sign for sign in number if sign.isdigit() or sign in "*#")
    if match == "begins":
        return stored.startswith(wanted)
    if match == "ends":
        return stored.endswith(wanted)
    if match == "contains":
        return wanted in stored
    bare = wanted[2:] if number.startswith("+86") else wanted
    return stored in {wanted, bare, world.area_code + bare if len(bare) == 7 else bare}


def _line(call: Facts, condition: cs.LineIs, _world: World) -> bool | None:
    return call.record.line in condition.values if condition.values else None


def _agent(call: Facts, condition: cs.AgentIs, world: World) -> bool | None:
    if not condition.agents and not condition.units:
        return None
    for agent in _people(call):
        if agent in condition.agents:
            return True
        unit = world.unit_of_agent.get(agent)
        while unit is not None:
            if unit in condition.units:
                return True
            unit = world.unit_parents[unit]
    return False


def _queue(call: Facts, condition: cs.QueueIs, _world: World) -> bool | None:
    return call.record.queue in condition.values if condition.values else None


def _ivr_path(call: Facts, condition: cs.IvrPath, _world: World) -> bool | None:
    if not condition.steps:
        return None
    return any(
        all(getattr(wanted, part) in ("", getattr(step, part)) for part in ("flow", "node", "digits"))
        for wanted in condition.steps
        for step in call.record.steps
        if step.kind in ("flow", "node")
    )


def _transfer(call: Facts, condition: cs.Transfer, _world: World) -> bool | None:
    if not condition.kinds and not condition.target and not condition.none:
        return None
    if condition.none and not call.record.transfers:
        return True
    if not condition.kinds and not condition.target:
        return False
    made = [text.split(":") for text in call.record.transfers]
    return any(
        (not condition.kinds or kind in condition.kinds) and (not condition.target or target == condition.target)
        for kind, target in made
    )


def _reason(call: Facts, condition: cs.ReasonIs, world: World) -> bool | None:
    if not condition.values and not condition.none:
        return None
    if call.reason is None:
        return condition.none
    at: int | None = call.reason
    while at is not None:
        if at in condition.values:
            return True
        at = world.reason_parents[at]
    return False


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).lower()


def _summary(call: Facts, condition: cs.Summary, _world: World) -> bool | None:
    if condition.match == "empty":
        return not call.summary
    words = _plain(condition.words).split()
    if not words:
        return None
    found = [word in _plain(call.summary) for word in words]
    return all(found) if condition.match == "all" else any(found)


def _customer(call: Facts, condition: cs.CustomerIs, _world: World) -> bool | None:
    if condition.match == "unknown":
        return call.customer is None
    wanted = _plain(condition.text).strip()
    if not wanted:
        return None
    if call.customer is None:
        return False
    names = ("name", "code", "card", "address") if condition.field == "any" else (condition.field.value,)
    values = [_plain(getattr(call.customer, name)) for name in names]
    return any(value == wanted if condition.match == "equal" else wanted in value for value in values)


def _cust_class(call: Facts, condition: cs.CustClass, _world: World) -> bool | None:
    if not condition.statuses and not condition.levels and not condition.areas:
        return None
    customer = call.customer
    status, level, area = (customer.status, customer.level, customer.area) if customer else ("", "", "")
    return (
        (not condition.statuses or status in condition.statuses)
        and (not condition.levels or level in condition.levels)
        and (not condition.areas or area in condition.areas)
    )


def _recording(call: Facts, condition: cs.RecordingIs, _world: World) -> bool | None:
    if not condition.values and not condition.reasons:
        return None
    there = call.record.recording is not None
    true = {
        "yes": there,
        "no": not there,
        "locked": there and call.locked,
        "checked": there and call.checked,
        "unchecked": there and not call.checked,
    }
    return any(true[choice] for choice in condition.values) or call.record.no_recording in condition.reasons


def _voicemail(call: Facts, condition: cs.VoicemailIs, _world: World) -> bool | None:
    if not condition.values and not condition.for_:
        return None
    voicemail = call.record.voicemail
    words = {"no"} if voicemail is None else {"yes", call.voicemail_state}
    addressee = None if voicemail is None else voicemail.for_agent or voicemail.box
    return (not condition.values or bool(words & set(condition.values))) and (
        not condition.for_ or addressee in condition.for_
    )


def _rating(call: Facts, condition: cs.RatingIs, _world: World) -> bool | None:
    return (call.record.rating or "not_invited") in condition.values if condition.values else None


def _ticket(call: Facts, condition: cs.TicketIs, _world: World) -> bool | None:
    if condition == cs.TicketIs(not_=condition.not_):
        return None
    ticket = call.ticket
    if ticket is None:
        return condition.present is False
    if condition.present is False:
        return False
    return (
        (not condition.numbers or ticket.number in condition.numbers)
        and (not condition.kinds or ticket.kind in condition.kinds)
        and (not condition.statuses or ticket.status in condition.statuses)
        and condition.overdue in (None, ticket.overdue)
        and condition.repeated in (None, ticket.repeated)
    )


_TESTS = {
    "time_span": _time_span,
    "direction": _direction,
    "result": _result,
    "talk_sec": _talk_sec,
    "wait_sec": _wait_sec,
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
