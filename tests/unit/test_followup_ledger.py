"""The ledger of unserved callers: right whatever the order, however often, in whatever spelling of the number."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from appliance.callplan import CallerList, FollowUpOwner, FollowUpRules, Hours, ListEffect, Span
from appliance.store.connection import execute
from appliance.store.contacts import get_policy, note_booking, note_call, set_policy
from appliance.store.customers import AREA_CODE_SETTING, CustomerDraft, add_customer
from appliance.store.database import Database, Source
from appliance.store.errors import InvalidError, NotFoundError
from appliance.store.followup_day import all_busy_s, followup_day
from appliance.store.followup_ledger import Contact, ContactKind, Policy, due_within, episodes, policy_of
from appliance.store.followups import (
    FollowUp,
    FollowUpQuery,
    FollowUpReach,
    FollowUpState,
    assign_followup,
    close_followup,
    followup_history,
    get_followup,
    list_followups,
    open_followup,
)
from appliance.store.ingest import _take
from appliance.store.settings import set_setting
from appliance.store.users import UserDraft, add_user
from appliance.telephony.call import CallResult, Direction, StepKind
from appliance.telephony.ids import AgentId, CallId, LineId, QueueId
from appliance.wire.facts import CallBackBooked, CallEnded, CallRecord, Step

NINE = datetime.fromisoformat("2026-11-02T09:00:00+08:00")
LATER = NINE + timedelta(days=1)
ALL = FollowUpReach(everything=True)
SPELLINGS = ("05622812345", "2812345", "+865622812345", "0562-2812345")


def record(number: int, at_s: int, result: CallResult, **more: object) -> CallRecord:
    ended = (NINE + timedelta(seconds=at_s)).isoformat()
    values: dict[str, object] = {
        "call_id": CallId(f"call-{number:03}"), "direction": Direction.INBOUND, "result": result,
        "started_at": (NINE + timedelta(seconds=at_s - 30)).isoformat(), "ended_at": ended, "line": LineId(1),
        "peer_number": "13905621234", "queue": QueueId("repair"), **more,
    }  # fmt: skip
    return CallRecord(**values)  # type: ignore[arg-type]


def unserved(number: int, at_s: int, **more: object) -> CallRecord:
    return record(number, at_s, CallResult.ABANDONED_IN_QUEUE, **more)


def outgoing(number: int, at_s: int, result: CallResult = CallResult.TALKED, **more: object) -> CallRecord:
    return record(number, at_s, result, direction=Direction.OUTBOUND, agent=AgentId("1001"), **more)


@pytest.fixture
def database(store: Source) -> Iterator[Database]:
    database = Database(store)
    database.write_now(set_setting, AREA_CODE_SETTING, "0562")
    yield database
    database.close()


def rows(database: Database, state: FollowUpState = FollowUpState.OPEN, now: datetime = NINE) -> list[FollowUp]:
    return list(database.read_now(list_followups, FollowUpQuery(state=state), ALL, now).rows)


def note(database: Database, *calls: CallRecord) -> None:
    for call in calls:
        database.write_now(note_call, call, "")


def test_an_abandoned_call_is_open_until_somebody_talks(database: Database) -> None:
    note(database, unserved(1, 60), unserved(2, 300))
    (row,) = rows(database)
    assert (row.source, row.calls, row.tries, row.queue, row.kind.value) == ("call-001", 2, 0, "repair", "missed")
    assert row.due_at == "2026-11-02T11:01:00+08:00", "two hours after the first call"
    note(database, outgoing(3, 400, CallResult.PEER_NO_ANSWER))
    assert rows(database)[0].tries == 1
    note(database, outgoing(4, 500))
    assert rows(database) == []
    (closed,) = rows(database, FollowUpState.CLOSED)
    assert (closed.closing, closed.closed_call, closed.closed_by) == (ContactKind.REACHED, "call-004", "1001")
    assert [step.kind.value for step in database.read_now(followup_history, closed)] == [
        "unserved", "unserved", "tried", "reached",
    ]  # fmt: skip


def test_who_calls_again_and_talks_is_done(database: Database) -> None:
    note(database, unserved(1, 60), record(2, 90, CallResult.TALKED))
    assert rows(database) == []
    assert rows(database, FollowUpState.CLOSED)[0].closing is ContactKind.CALLED_AGAIN
    note(database, unserved(3, 200))
    assert rows(database)[0].calls == 1, "a new matter"


@pytest.mark.parametrize(
    "result", [CallResult.SELF_SERVED, CallResult.REJECTED, CallResult.HUNG_UP_BEFORE_ANSWER, CallResult.TALKED]
)
def test_who_got_something_is_not_followed_up(database: Database, result: CallResult) -> None:
    note(database, record(1, 60, result))
    assert rows(database) == []


@pytest.mark.parametrize(
    "result",
    [
        CallResult.ABANDONED_IN_QUEUE, CallResult.HUNG_UP_IN_FLOW, CallResult.AGENT_NO_ANSWER, CallResult.NO_AGENT,
        CallResult.VOICEMAIL, CallResult.LINE_FAULT,
    ],
)  # fmt: skip
def test_every_kind_of_unserved_call_is_there(database: Database, result: CallResult) -> None:
    note(database, record(1, 60, result))
    assert rows(database)[0].result == result


def test_one_ring_counts_when_the_rules_say_so(database: Database) -> None:
    database.write_now(set_policy, Policy(rules=FollowUpRules(before_answer=True)))
    note(database, record(1, 60, CallResult.HUNG_UP_BEFORE_ANSWER))
    assert len(rows(database)) == 1


def test_internal_calls_and_answering_machines_reach_nobody(database: Database) -> None:
    machine = outgoing(2, 90, steps=(Step(at_s=5.0, kind=StepKind.ANSWERER, note="machine"),))
    note(database, unserved(1, 60), record(3, 95, CallResult.TALKED, direction=Direction.INTERNAL), machine)
    assert rows(database)[0].tries == 1


def test_numbers_of_one_caller_are_one_row_in_any_spelling(database: Database) -> None:
    for at, spelling in enumerate(SPELLINGS):
        note(database, unserved(at, 60 + at, peer_number="", peer_number_raw=spelling))
    (row,) = rows(database)
    assert (row.number, row.calls) == ("05622812345", 4)
    note(database, outgoing(9, 100, peer_number="", peer_number_raw="17951 0562 2812345"))
    assert rows(database) == []


def test_withheld_numbers_count_but_nobody_can_call_them_back(database: Database) -> None:
    note(database, unserved(1, 60, peer_number=""), unserved(2, 70))
    assert [row.source for row in rows(database)] == ["call-002"]
    assert database.read_now(followup_day, "2026-11-02", ALL, 4, NINE).without_number == 1


def test_blacklisted_numbers_are_left_alone(database: Database) -> None:
    refused = CallerList(id="blacklist", label="", effect=ListEffect.REFUSE, numbers=("139*",))
    named = CallerList(id="ads", label="", numbers=("13805620001",))
    other = CallerList(id="vip", label="", numbers=("137*",))
    database.write_now(set_policy, policy_of(FollowUpRules(skip_lists=("ads",)), (), (refused, named, other)))
    note(database, *(unserved(n, 60, peer_number=f"1{n}05620001") for n in (39, 38, 37)))
    assert [row.number for row in rows(database)] == ["13705620001"]


def test_a_wish_to_be_called_back_is_a_row_and_its_call_is_no_missed_one(database: Database) -> None:
    wish = CallBackBooked(
        id="b1-7", at=(NINE + timedelta(seconds=50)).isoformat(), call_id=CallId("call-001"),
        number="2812345", queue=QueueId("service"),
    )  # fmt: skip
    for order in (0, 1):
        if order:
            note(database, unserved(1, 60))
        database.write_now(note_booking, wish)
        note(database, unserved(1, 60))
        (row,) = rows(database)
        assert (row.number, row.kind.value, row.queue) == ("05622812345", "call_back", "service")
        assert row.due_at == "2026-11-02T10:00:50+08:00"
    note(database, outgoing(2, 100, peer_number="05622812345"))
    assert rows(database) == []


def test_a_booking_that_comes_after_its_call_takes_the_missed_row_away(database: Database) -> None:
    note(database, unserved(1, 60))
    assert len(rows(database)) == 1
    at = (NINE + timedelta(seconds=50)).isoformat()
    wish = CallBackBooked(id="b1-7", at=at, call_id=CallId("call-001"), number="13800000000", queue=QueueId("service"))
    database.write_now(note_booking, wish)
    assert [row.number for row in rows(database)] == ["13800000000"]


def test_owners_by_queue_and_area(database: Database) -> None:
    rules = FollowUpRules(
        owners=(
            FollowUpOwner(agent=AgentId("1002"), queue=QueueId("repair"), area="城东"),
            FollowUpOwner(agent=AgentId("1003"), queue=QueueId("service")),
        )
    )
    database.write_now(set_policy, Policy(rules=rules))
    for number, (queue, area, owner) in enumerate(
        [("repair", "城东", "1002"), ("repair", "城西", ""), ("service", "城西", "1003")]
    ):
        call = unserved(number, 60, peer_number=f"1390562000{number}", queue=QueueId(queue))
        database.write_now(note_call, call, area)
        row = database.read_now(open_followup, call.peer_number, NINE)
        assert row is not None
        assert row.owner == owner


def test_by_hand_only_with_a_reason_and_only_once(database: Database) -> None:
    note(database, unserved(1, 60))
    (row,) = rows(database)
    with pytest.raises(InvalidError, match="原因"):
        database.write_now(close_followup, row, "  ", "王建国", LATER)
    database.write_now(close_followup, row, "用户已自行恢复", "王建国", LATER)
    (closed,) = rows(database, FollowUpState.CLOSED)
    assert (closed.closed_by, closed.note) == ("王建国", "用户已自行恢复")
    with pytest.raises(InvalidError, match="已经结束"):
        database.write_now(close_followup, closed, "再来", "王建国", LATER)
    note(database, unserved(1, 60))
    assert rows(database) == [], "the same record again opens nothing"


def test_assigning_and_who_sees_what(database: Database) -> None:
    database.write_now(add_user, UserDraft(login="li", name="李四", agent=AgentId("1002")), "", NINE)
    note(database, unserved(1, 60), unserved(2, 61, peer_number="13900000002", queue=QueueId("service")))
    mine = FollowUpReach(agent="1001", queues=("repair",))
    seen = lambda reach: [row.source for row in database.read_now(list_followups, FollowUpQuery(), reach, NINE).rows]  # noqa: E731
    assert seen(mine) == ["call-001"]
    with pytest.raises(NotFoundError):
        database.read_now(get_followup, "call-002", mine, NINE)
    row = database.read_now(get_followup, "call-001", mine, NINE)
    with pytest.raises(InvalidError, match="9999"):
        database.write_now(assign_followup, row, "9999", NINE)
    database.write_now(assign_followup, row, "1002", LATER)
    assert seen(mine) == []
    assert seen(FollowUpReach(agent="1002")) == ["call-001"]
    assert rows(database)[0].owner_name == "李四"
    note(database, unserved(3, 400))
    assert rows(database)[0].owner == "1002", "who was given it keeps it"


def test_due_time_runs_in_office_hours_only(database: Database) -> None:
    hours = Hours(id="office", label="", spans=(Span(days=(1, 2, 3, 4, 5), since="08:30", until="17:30"),))
    assert due_within(NINE, 7200, hours) == NINE + timedelta(hours=2)
    evening = datetime.fromisoformat("2026-11-06T17:00:00+08:00")
    assert due_within(evening, 7200, hours).isoformat() == "2026-11-09T10:00:00+08:00", "a Friday evening"
    closed = Hours(id="never", label="", spans=())
    assert due_within(NINE, 7200, closed) == NINE + timedelta(days=30)
    note(database, unserved(1, 60))
    database.write_now(set_policy, Policy(rules=FollowUpRules(due_s=600)))
    assert rows(database)[0].due_at == "2026-11-02T09:11:00+08:00", "what is open is reckoned anew"
    assert rows(database, FollowUpState.OVERDUE, NINE) == []
    assert len(rows(database, FollowUpState.OVERDUE, NINE + timedelta(minutes=12))) == 1


def test_pages_by_due_time(database: Database) -> None:
    note(database, *(unserved(n, 600 - 60 * (n % 3), peer_number=f"139{n:08}") for n in range(7)))
    found: list[str] = []
    after = ""
    while True:
        page = database.read_now(list_followups, FollowUpQuery(), ALL, NINE, limit=3, after=after)
        found += [row.source for row in page.rows]
        if page.next is None:
            break
        after = page.next
    assert found == ["call-002", "call-005", "call-001", "call-004", "call-000", "call-003", "call-006"]
    with pytest.raises(InvalidError):
        database.read_now(list_followups, FollowUpQuery(), ALL, NINE, after="nonsense")


def test_the_day_in_figures(database: Database) -> None:
    database.write_now(add_customer, CustomerDraft(name="赵老师", numbers=("13905620001",)), NINE)
    note(
        database,
        unserved(1, 60, peer_number="13905620001"), outgoing(2, 120, peer_number="13905620001"),
        unserved(3, 60, peer_number="13905620002"), record(4, 9000, CallResult.TALKED, peer_number="13905620002"),
        unserved(5, 60, peer_number="13905620003"),
    )  # fmt: skip
    day = database.read_now(followup_day, "2026-11-02", ALL, 4, NINE + timedelta(hours=5))
    assert (day.opened, day.reached, day.called_again, day.open, day.overdue, day.in_time) == (3, 1, 1, 1, 1, 1)
    assert database.read_now(followup_day, "2026-11-03", ALL, 4, LATER).opened == 0
    with pytest.raises(InvalidError):
        database.read_now(followup_day, "yesterday", ALL, 4, NINE)


def test_all_lines_busy() -> None:
    spans = [(1, 0.0, 100.0), (2, 10.0, 60.0), (2, 61.0, 90.0), (1, 100.0, 120.0)]
    assert all_busy_s(spans, 2) == 50.0 + 29.0
    assert all_busy_s(spans, 1) == 120.0
    assert all_busy_s(spans, 3) == all_busy_s(spans, 0) == all_busy_s([], 2) == 0.0


def test_all_lines_busy_from_the_log_over_midnight(database: Database) -> None:
    late = NINE.replace(hour=23, minute=50)
    for line in (1, 2):
        call = record(
            line, 0, CallResult.TALKED, line=LineId(line), started_at=(late + timedelta(minutes=line)).isoformat(),
            ended_at=(late + timedelta(minutes=20)).isoformat(),
        )  # fmt: skip
        database.write_now(_take, CallEnded(id=f"x-{line}", at=call.ended_at, record=call))
    busy = [database.read_now(followup_day, f"2026-11-0{n}", ALL, 2, LATER).all_lines_busy_s for n in (2, 3)]
    assert busy == [8 * 60, 10 * 60]


# The slow oracle: no ledger at all, only the question whether anybody talked after the last wish.

KINDS = st.sampled_from(["unserved", "booked", "talked_in", "reached", "tried", "self_served"])
EVENTS = st.lists(
    st.tuples(KINDS, st.integers(0, 20), st.sampled_from(["13905621234", "2812345", "05622812345", ""])),
    max_size=14,
)


def facts_of(events: list[tuple[str, int, str]]) -> list[CallEnded | CallBackBooked]:
    made: list[CallEnded | CallBackBooked] = []
    results = {
        "unserved": (Direction.INBOUND, CallResult.NO_AGENT), "talked_in": (Direction.INBOUND, CallResult.TALKED),
        "reached": (Direction.OUTBOUND, CallResult.TALKED), "tried": (Direction.OUTBOUND, CallResult.BUSY),
        "self_served": (Direction.INBOUND, CallResult.SELF_SERVED),
    }  # fmt: skip
    for n, (kind, at_s, number) in enumerate(events):
        at = (NINE + timedelta(seconds=at_s)).isoformat()
        if kind == "booked":
            made.append(CallBackBooked(id=f"f-{n}", at=at, call_id=CallId(f"b-{n}"), number=number, queue=QueueId("q")))
            continue
        direction, result = results[kind]
        call = record(n, at_s, result, direction=direction, peer_number="", peer_number_raw=number)
        made.append(CallEnded(id=f"f-{n}", at=at, record=call))
    return made


def oracle(events: list[tuple[str, int, str]]) -> set[str]:
    """Numbers that are open: a wish with no talk at the same moment or later."""
    spelt = {"2812345": "05622812345"}
    wanted = {"unserved", "booked"}
    return {
        spelt.get(number, number)
        for kind, at_s, number in events
        if kind in wanted
        and number
        and not any(
            other in {"talked_in", "reached"} and when >= at_s and spelt.get(who, who) == spelt.get(number, number)
            for other, when, who in events
        )
    }


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(events=EVENTS, again=st.lists(st.integers(0, 13), max_size=6), chance=st.randoms(use_true_random=False))
def test_a_number_is_open_if_and_only_if_the_oracle_says_so(
    database: Database, events: list[tuple[str, int, str]], again: list[int], chance: object
) -> None:
    """Facts in any order, some of them twice."""
    facts = facts_of(events)
    played = [*facts, *(facts[n] for n in again if n < len(facts))]
    chance.shuffle(played)  # type: ignore[attr-defined]

    def play(db: object) -> None:
        for table in ("contacts", "followups"):
            execute(db, f"DELETE FROM {table}")  # type: ignore[arg-type]
        for fact in played:
            if isinstance(fact, CallEnded):
                note_call(db, fact.record, "")  # type: ignore[arg-type]
            else:
                note_booking(db, fact)  # type: ignore[arg-type]

    database.write_now(play)
    assert {row.number for row in rows(database)} == oracle(events)
    in_order = sorted(facts, key=lambda fact: fact.at)
    before = rows(database) + rows(database, FollowUpState.CLOSED)
    played[:] = in_order
    database.write_now(play)
    assert sorted(before, key=str) == sorted(rows(database) + rows(database, FollowUpState.CLOSED), key=str)


@given(EVENTS)
def test_the_pure_ledger_has_at_most_one_open_row(events: list[tuple[str, int, str]]) -> None:
    kinds = {
        "unserved": ContactKind.UNSERVED, "booked": ContactKind.BOOKED, "talked_in": ContactKind.CALLED_AGAIN,
        "reached": ContactKind.REACHED, "tried": ContactKind.TRIED, "self_served": ContactKind.BY_HAND,
    }  # fmt: skip
    contacts = [
        Contact(source=f"c{n}", number="1", at=(NINE + timedelta(seconds=at)).isoformat(), kind=kinds[kind])
        for n, (kind, at, _number) in enumerate(events)
    ]
    made = episodes(contacts, Policy())
    assert all(row.closing is not None for row in made[:-1])
    assert sum(row.calls for row in made) == sum(1 for each in contacts if each.kind in {"unserved", "booked"})
    assert episodes(reversed(contacts), Policy()) == made


def test_the_policy_survives_the_database(database: Database) -> None:
    policy = Policy(rules=FollowUpRules(due_s=60), hours=Hours(id="x", label="", spans=()))
    database.write_now(set_policy, policy)
    assert database.read_now(get_policy) == policy
    assert msgspec.json.decode(msgspec.json.encode(policy), type=Policy) == policy
