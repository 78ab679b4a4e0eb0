"""Who is signed in, who missed calls, and who is seated again after a restart."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from appliance.callplan import MissedCallRules
from appliance.engine.agents import MISSED_REASON, Agent, Roster, SignInError
from appliance.engine.seated import seated_by
from appliance.telephony.call import AgentState, AgentStatus, CallResult, Direction
from appliance.telephony.ids import AgentId, CallId, QueueId, SeatId, StationId
from appliance.wire.facts import AgentStatusChanged, AnyFact, CallEnded, CallRecord, EngineStarted, EngineStopped

NOW = datetime(2026, 11, 2, 9, 0, 0, tzinfo=timezone(timedelta(hours=8)))
REPAIR = QueueId("repair")
RULES = MissedCallRules(pause_s=10.0, break_after=3)


def agent(name: str, seat: str = "1") -> Agent:
    return Agent(AgentId(name), f"话务员{name}", SeatId(seat), StationId(f"80{seat}"), frozenset({REPAIR}), NOW, NOW)


def later(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def test_a_seat_has_one_agent_and_an_agent_one_seat() -> None:
    roster = Roster()
    roster.sign_in(agent("1001", "1"))
    with pytest.raises(SignInError, match="已由 话务员1001"):
        roster.sign_in(agent("1002", "1"))
    with pytest.raises(SignInError, match="已在 1 号座席签入"):
        roster.sign_in(agent("1001", "2"))


def test_misses_pause_and_three_in_a_row_are_a_break() -> None:
    roster, sleepy = Roster(), agent("1001")
    roster.sign_in(sleepy)
    assert not roster.missed(sleepy, NOW, RULES)
    assert sleepy.skipped(later(9.9))
    assert not sleepy.skipped(later(10))
    assert not roster.missed(sleepy, later(20), RULES)
    assert roster.in_queue(REPAIR) == [sleepy]
    assert roster.missed(sleepy, later(40), RULES)
    assert (sleepy.status, sleepy.reason) == (AgentStatus.ON_BREAK, MISSED_REASON)
    assert roster.in_queue(REPAIR) == []
    sleepy.set_status(AgentStatus.READY, "", later(60))
    assert (sleepy.missed, sleepy.skipped_until, sleepy.reason) == (0, None, "")


def test_an_answer_forgives() -> None:
    roster, lazy = Roster(), agent("1001")
    roster.sign_in(lazy)
    for _ in range(5):
        roster.missed(lazy, NOW, RULES)
        roster.missed(lazy, NOW, RULES)
        lazy.answered()
    assert lazy.status is AgentStatus.READY


def test_no_rule_no_break() -> None:
    roster, patient = Roster(), agent("1001")
    roster.sign_in(patient)
    assert not any(roster.missed(patient, NOW, MissedCallRules(break_after=0)) for _ in range(30))


def test_who_was_rung_for_nothing_keeps_the_place_in_the_idle_line() -> None:
    roster, first, second = Roster(), agent("1001", "1"), agent("1002", "2")
    roster.sign_in(first)
    roster.sign_in(second)
    first.state, first.call_id = AgentState.OFFERED, CallId("c1")
    roster.freed(first, later(5))
    assert (first.state, first.call_id) == (AgentState.IDLE, None)
    assert first.order < second.order
    roster.becomes_idle(first, later(6))
    assert first.order > second.order


def test_at_midnight_counting_begins_again() -> None:
    roster, busy = Roster(), agent("1001")
    roster.sign_in(busy)
    assert not roster.new_day(NOW.date())
    busy.talked_today = 7
    assert not roster.new_day(NOW.date())
    assert busy.talked_today == 7
    assert roster.new_day(NOW.date() + timedelta(days=1))
    assert busy.talked_today == 0


def status(
    name: str, at: datetime, status: AgentStatus = AgentStatus.READY, seat: str = "1", reason: str = ""
) -> AgentStatusChanged:
    return AgentStatusChanged(
        id="",
        at=at.isoformat(),
        agent=AgentId(name),
        seat=SeatId(seat),
        status=status,
        reason=reason,
        name=f"话务员{name}",
        queues=(REPAIR,),
    )


def talked(at: datetime, *agents: str) -> CallEnded:
    record = CallRecord(
        call_id=CallId(at.isoformat()),
        direction=Direction.INBOUND,
        result=CallResult.TALKED,
        started_at=at.isoformat(),
        ended_at=at.isoformat(),
        agents=tuple(AgentId(name) for name in agents),
    )
    return CallEnded(id="", at=at.isoformat(), record=record)


def started(at: datetime) -> EngineStarted:
    return EngineStarted(id="", at=at.isoformat(), boot="b", version="1")


def stopped(at: datetime) -> EngineStopped:
    return EngineStopped(id="", at=at.isoformat(), boot="b")


def seated(facts: list[AnyFact], now: datetime) -> list[tuple[str, str, str, int]]:
    return [(each.agent, each.status, each.reason, each.talked_today) for each in seated_by(facts, now)]


def test_after_a_crash_everybody_sits_where_they_sat() -> None:
    facts: list[AnyFact] = [
        started(NOW),
        status("1001", later(60)),
        status("1002", later(70), seat="2"),
        status("1003", later(80), seat="3"),
        status("1002", later(90), AgentStatus.ON_BREAK, "2", "用餐"),
        status("1003", later(95), AgentStatus.LOGGED_OUT, "3"),
        talked(NOW - timedelta(days=1), "1001"),
        talked(later(100), "1001", "1002"),
        talked(later(200), "1001"),
    ]
    assert seated(facts, later(3600)) == [("1001", "ready", "", 2), ("1002", "on_break", "用餐", 1)]
    assert [(each.name, each.seat, each.queues) for each in seated_by(facts, later(3600))] == [
        ("话务员1001", "1", (REPAIR,)),
        ("话务员1002", "2", (REPAIR,)),
    ]


def test_a_restart_in_order_keeps_them_for_half_an_hour_only() -> None:
    facts: list[AnyFact] = [started(NOW), status("1001", later(60)), stopped(later(600))]
    assert seated(facts, later(700)) == [("1001", "ready", "", 0)]
    assert seated(facts, later(600 + 1801)) == []
    again = [*facts, started(later(700))]
    assert seated(again, later(600 + 1801)) == [("1001", "ready", "", 0)], "the crash of the one after counts"


def test_yesterdays_shift_is_over() -> None:
    facts: list[AnyFact] = [status("1001", NOW), status("1001", later(8 * 3600), AgentStatus.ON_BREAK)]
    assert seated(facts, later(15.9 * 3600)) == [("1001", "on_break", "", 0)]
    assert seated(facts, later(16.1 * 3600)) == []
    back = [*facts, status("1001", later(9 * 3600), AgentStatus.LOGGED_OUT), status("1001", later(24 * 3600))]
    assert seated(back, later(25 * 3600)) == [("1001", "ready", "", 0)]
