"""Alarms: raised once, cleared once, never by a value that trembles; what the box says in which state."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.storageplan import StorageRules
from appliance.store.alarms import (
    AlarmDraft,
    AlarmKind,
    AlarmLevel,
    AlarmQuery,
    acknowledge_alarm,
    clear_alarm,
    list_alarms,
    open_alarms,
    raise_alarm,
)
from appliance.store.call_write import save_call
from appliance.store.database import Database
from appliance.store.day_figures import CallFigures, day_figures
from appliance.store.errors import NotFoundError
from appliance.support.databasecopies import CopyState
from appliance.telephony.call import CallResult, LineState, StepKind
from appliance.telephony.ids import CallId, LineId, QueueId
from appliance.wire.facts import Step
from appliance.wire.linehealth import LineHealth
from appliance.wire.linetest import LineTest, LineTestFinding
from appliance.wire.messages import LineView, QueueView, Snapshot
from tests.web.fake_engine import FakeEngine, record
from webui.alarms.alarms import silent_lines, stopped_in_order
from webui.alarms.panel import Latch, Panel, Reading, step
from webui.alarms.readings import BoxView, readings
from webui.alarms.rules import BAND, TRAITS, AlarmRule, MonitorRules, kinds_for, needed_to_change
from webui.auth.permissions import P

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
KIND = AlarmKind.QUEUE_LONG
RULES = st.builds(
    AlarmRule,
    kind=st.just(KIND),
    on=st.just(True),
    threshold=st.floats(1, 50),
    after_s=st.floats(0, 20),
    clear_s=st.floats(0, 20),
)
LOOKS = st.lists(st.tuples(st.floats(0.1, 10), st.floats(0, 100)), max_size=60)
"""Seconds since the look before, and the value."""


def reading(value: float, subject: str = "repair") -> Reading:
    return Reading(subject=subject, value=value, level=AlarmLevel.WARN, text="太长")


@given(RULES, LOOKS)
def test_an_alarm_is_raised_and_cleared_in_turn_and_only_by_a_value_that_lasts(
    rule: AlarmRule, looks: list[tuple[float, float]]
) -> None:
    panel, now_s = Panel({}), 0.0
    rules = MonitorRules(alarms=(rule,))
    history: list[tuple[float, float]] = []
    raised = False
    for pause_s, value in looks:
        now_s += pause_s
        history.append((now_s, value))
        panel, changes = panel.look({KIND: (reading(value),)}, rules, now_s)
        assert len(changes) <= 1
        for change in changes:
            assert (change.raised is not None) != raised
            raised = not raised
            wait_s = rule.after_s if raised else rule.clear_s
            lasted = [one for at_s, one in history if at_s > now_s - wait_s]
            assert all(one >= rule.threshold if raised else one < rule.threshold * BAND for one in lasted)


@given(RULES, st.lists(st.floats(0.1, 5), max_size=60), st.data())
def test_a_value_between_the_two_marks_changes_nothing(
    rule: AlarmRule, pauses: list[float], data: st.DataObject
) -> None:
    """Hysteresis: whatever the alarm is, it stays."""
    raised = data.draw(st.booleans())
    latch, now_s = Latch(raised=raised), 0.0
    for pause_s in pauses:
        now_s += pause_s
        value = data.draw(st.floats(rule.threshold * BAND, rule.threshold, exclude_max=True))
        latch = step(latch, rule, value, now_s)
        assert latch.raised == raised


def test_what_is_unknown_stays_as_it_is_and_what_is_gone_is_over() -> None:
    panel = Panel.of([(KIND, "repair")])
    rules = MonitorRules()
    panel, changes = panel.look({}, rules, 0.0)
    assert not changes
    panel, changes = panel.look({KIND: ()}, rules, 1.0)
    assert not changes
    panel, changes = panel.look({KIND: ()}, rules, 1.0 + rules.of(KIND).clear_s)
    assert [(change.key, change.raised) for change in changes] == [((KIND, "repair"), None)]
    assert panel.latches == {}


def test_a_rule_that_is_switched_off_ends_its_alarms() -> None:
    off = msgspec.structs.replace(TRAITS[KIND].rule, on=False)
    panel, changes = Panel.of([(KIND, "repair")]).look({KIND: (reading(99),)}, MonitorRules(alarms=(off,)), 0.0)
    assert [change.raised for change in changes] == [None]
    _, changes = panel.look({KIND: (reading(99),)}, MonitorRules(alarms=(off,)), 99.0)
    assert not changes


def test_something_that_only_happens_is_raised_at_once_and_ends_by_itself() -> None:
    kind, rules = AlarmKind.ENGINE_RESTARTED, MonitorRules()
    panel, changes = Panel({}).look({kind: (reading(1, ""),)}, rules, 0.0)
    assert changes[0].raised is not None
    panel, changes = panel.look({kind: (reading(0, ""),)}, rules, 1.0)
    assert not changes
    panel, changes = panel.look({kind: (reading(0, ""),)}, rules, 1.0 + rules.of(kind).clear_s)
    assert [change.raised for change in changes] == [None]


def snapshot(**changes: object) -> Snapshot:
    return msgspec.structs.replace(FakeEngine(Path("/nonexistent")).snapshot(), **changes)


def values(view: BoxView) -> dict[tuple[AlarmKind, str], float]:
    return {(kind, one.subject): one.value for kind, each in readings(view).items() for one in each}


def line(number: int, state: LineState = LineState.IDLE, fault: str = "") -> LineView:
    return LineView(line=LineId(number), label=f"外线{number}", state=state, fault=fault)


def test_lines_that_are_down_and_lines_that_are_all_in_use() -> None:
    down = line(2, LineState.OUT_OF_SERVICE, "没有外线电压，请检查电话线是否插好。")
    found = values(BoxView(NOW, snapshot(lines=(line(1, LineState.TALKING), down))))
    assert found[AlarmKind.LINE_DOWN, "1"] == 0
    assert found[AlarmKind.LINE_DOWN, "2"] == 1
    assert found[AlarmKind.LINES_BUSY, ""] == 1
    found = values(BoxView(NOW, snapshot(lines=(line(1, LineState.TALKING), line(2)))))
    assert found[AlarmKind.LINES_BUSY, ""] == 0
    found = values(BoxView(NOW, snapshot(lines=(down,))))
    assert found[AlarmKind.LINES_BUSY, ""] == 0  # nobody is using it


def test_a_queue_says_how_many_wait_and_how_long() -> None:
    since = (NOW - timedelta(seconds=75)).isoformat()
    queue = QueueView(queue=QueueId("repair"), label="报修", waiting=(CallId("a"), CallId("b")), longest_since=since)
    view = BoxView(NOW, snapshot(queues=(queue,)))
    assert values(view)[AlarmKind.QUEUE_LONG, "repair"] == 2
    assert values(view)[AlarmKind.WAIT_LONG, "repair"] == 75
    assert readings(view)[AlarmKind.WAIT_LONG][0].text == "报修有人已等待 75 秒。"


def test_the_disk_against_its_marks() -> None:
    rules = StorageRules(warn_free_mb=20_000, clean_free_mb=8_000)
    found = values(BoxView(NOW, snapshot(), storage=rules, stop_free_mb=500))  # 9000 MB are free
    assert found[AlarmKind.DISK, "warn"] >= 1
    assert found[AlarmKind.DISK, "clean"] < 1
    assert found[AlarmKind.DISK, "stop"] < BAND


def test_without_the_engine_only_what_the_web_knows_is_read() -> None:
    found = readings(BoxView(NOW, None, engine_lost_s=12.0))
    assert AlarmKind.LINE_DOWN not in found
    assert AlarmKind.DISK not in found
    assert found[AlarmKind.ENGINE_DOWN][0].value == 12.0


def test_a_line_without_dial_tone_is_known_from_calls_and_tests() -> None:
    tried = record("c1", "13905620001", steps=(
        Step(at_s=0, kind=StepKind.NO_DIAL_TONE, note="1"), Step(at_s=5, kind=StepKind.LINE_SEIZED, note="2"),
    ))  # fmt: skip
    silent = silent_lines(frozenset({LineId(2), LineId(3)}), tried)
    assert silent == {1, 3}
    test = LineTest(line=LineId(2), at="", findings=(LineTestFinding.NO_DIAL_TONE,))
    health = msgspec.structs.replace(snapshot().health, lines=(LineHealth(line=LineId(2), test=test),))
    found = values(BoxView(NOW, snapshot(health=health), no_dial_tone=frozenset({LineId(1)})))
    assert [found[AlarmKind.NO_DIAL_TONE, str(number)] for number in (1, 2, 3, 4)] == [1, 1, 0, 0]


def test_every_kind_has_traits_and_is_read_somewhere() -> None:
    assert set(TRAITS) == set(AlarmKind)
    assert set(readings(BoxView(NOW, snapshot()))) == set(AlarmKind)
    assert all(traits.rule.kind is kind for kind, traits in TRAITS.items())


def test_whose_alarm_it_is() -> None:
    assert AlarmKind.DISK not in kinds_for({P.MON_LINES, P.MON_QUEUE})
    assert set(kinds_for({P.MON_QUEUE})) == {AlarmKind.QUEUE_LONG, AlarmKind.WAIT_LONG}
    assert kinds_for({P.CALL_VIEW}) == ()
    changed = msgspec.structs.replace(TRAITS[KIND].rule, threshold=7)
    assert needed_to_change(MonitorRules(), MonitorRules(alarms=(changed,))) == {P.ACD_QUEUE}
    assert needed_to_change(MonitorRules(), MonitorRules().whole()) == frozenset()
    forced = AlarmRule(kind=AlarmKind.LINE_DOWN, threshold=50)
    assert MonitorRules(alarms=(forced,)).of(AlarmKind.LINE_DOWN).threshold == 1


@pytest.mark.parametrize(("last", "in_order"), [('{"type":"EngineStopped"}', True), ('{"type":"CallStarted"}', False)])
def test_an_engine_that_said_goodbye_did_not_crash(tmp_path: Path, last: str, in_order: bool) -> None:
    (tmp_path / "20261122-090000-b7.jsonl").write_text('{"type":"EngineStarted"}\n' * 500 + last + "\n", "utf-8")
    assert stopped_in_order(tmp_path, "b7") is in_order
    assert not stopped_in_order(tmp_path, "b8")


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database(tmp_path / "a.db")
    yield opened
    opened.close()


def draft(subject: str = "1") -> AlarmDraft:
    return AlarmDraft(kind=AlarmKind.LINE_DOWN, subject=subject, level=AlarmLevel.GRAVE, text="断线")


def test_the_store_keeps_one_open_alarm_about_one_thing(database: Database) -> None:
    first = database.write_now(raise_alarm, draft(), "2026-11-22T09:00:00+08:00")
    assert database.write_now(raise_alarm, draft(), "2026-11-22T09:01:00+08:00") == first
    other = database.write_now(raise_alarm, draft("2"), "2026-11-22T09:01:00+08:00")
    assert database.read_now(open_alarms) == (first, other)
    over = database.write_now(clear_alarm, AlarmKind.LINE_DOWN, "1", "2026-11-22T09:02:00+08:00")
    assert over is not None
    assert over.cleared_at == "2026-11-22T09:02:00+08:00"
    assert database.write_now(clear_alarm, AlarmKind.LINE_DOWN, "1", "2026-11-22T09:03:00+08:00") is None
    again = database.write_now(raise_alarm, draft(), "2026-11-23T09:00:00+08:00")
    assert again.id not in {first.id, other.id}
    assert database.read_now(open_alarms) == (other, again)


def test_who_took_note_first_stands(database: Database) -> None:
    alarm = database.write_now(raise_alarm, draft(), "2026-11-22T09:00:00+08:00")
    noted = database.write_now(acknowledge_alarm, alarm.id, "王芳", "2026-11-22T09:01:00+08:00")
    assert noted.acknowledged_by == "王芳"
    assert database.write_now(acknowledge_alarm, alarm.id, "李强", "2026-11-22T09:02:00+08:00") == noted
    with pytest.raises(NotFoundError):
        database.write_now(acknowledge_alarm, 99, "李强", "2026-11-22T09:02:00+08:00")


def test_the_log_is_read_in_pages_and_filtered(database: Database) -> None:
    for day in (20, 21, 22):
        database.write_now(raise_alarm, draft(str(day)), f"2026-11-{day}T09:00:00+08:00")
    database.write_now(clear_alarm, AlarmKind.LINE_DOWN, "20", "2026-11-20T10:00:00+08:00")

    def found(**changes: object) -> tuple[list[str], int | None]:
        query = msgspec.structs.replace(AlarmQuery(kinds=tuple(AlarmKind)), **changes)
        rows, following = database.read_now(list_alarms, query)
        return [row.subject for row in rows], following

    assert found() == (["22", "21", "20"], None)
    first, following = found(limit=2)
    assert first == ["22", "21"]
    assert found(limit=2, before=following) == (["20"], None)
    assert found(open_only=True)[0] == ["22", "21"]
    assert found(since="2026-11-21")[0] == ["22", "21"]
    assert found(since="2026-11-21", until="2026-11-21")[0] == ["21"]
    assert found(kinds=(AlarmKind.DISK,))[0] == []
    assert found(kinds=())[0] == []
    assert found(level=AlarmLevel.NOTICE)[0] == []


def test_figures_of_a_day_per_queue_and_in_all(database: Database) -> None:
    def call(call_id: str, result: CallResult, wait_s: float, queue: str | None = "repair", day: int = 22) -> None:
        at = f"2026-11-{day}T23:59:59+08:00" if day == 21 else f"2026-11-{day}T00:00:01+08:00"
        each = record(
            call_id, "13905620001", "1001", started_at=at, ended_at=at, result=result, wait_s=wait_s,
            queue=QueueId(queue) if queue else None, talk_s=60.0 if result is CallResult.TALKED else 0.0,
        )  # fmt: skip
        database.write_now(save_call, each)

    call("yesterday", CallResult.TALKED, 5, day=21)
    call("a", CallResult.TALKED, 10)
    call("b", CallResult.TALKED, 40)
    call("c", CallResult.ABANDONED_IN_QUEUE, 90)
    call("d", CallResult.VOICEMAIL, 30, "bill")
    call("e", CallResult.SELF_SERVED, 0, None)
    day = database.read_now(day_figures, "2026-11-22", 20)
    assert (day.all.calls, day.all.answered, day.all.lost, day.all.abandoned) == (5, 2, 2, 1)
    assert (day.all.in_time, day.all.service_level) == (1, 0.25)
    assert (day.all.mean_wait_s, day.all.longest_wait_s) == (25.0, 90.0)
    repair = next(each for each in day.queues if each.queue == "repair")
    assert (repair.calls, repair.answered, repair.service_level) == (3, 2, 0.3333)
    assert [(each.agent, each.talked, each.talk_s) for each in day.agents] == [("1001", 2, 120)]
    bill = database.read_now(day_figures, "2026-11-22", 20, (QueueId("bill"),))
    assert (bill.all.calls, bill.all.answered, bill.all.service_level) == (1, 0, 0.0)
    assert database.read_now(day_figures, "2026-11-23", 20).all == CallFigures()


def test_a_database_that_is_damaged_or_was_put_back() -> None:
    def found(copies: CopyState) -> Reading:
        return readings(BoxView(NOW, None, copies=copies))[AlarmKind.DATABASE][0]

    assert found(CopyState()).value == 0
    damaged = found(CopyState(damage="row missing"))
    assert (damaged.value, damaged.level) == (1.0, AlarmLevel.GRAVE)
    at, made = (NOW - timedelta(days=2)).isoformat(), datetime(2026, 3, 4, 5, 6, tzinfo=UTC).isoformat()
    restored = found(CopyState(restored_at=at, restored_from=made))
    assert (restored.value, restored.level) == (1.0, AlarmLevel.WARN)
    assert "03-04 05:06" in restored.text
    assert "重新建立" in found(CopyState(restored_at=at)).text
    assert found(CopyState(restored_at=(NOW - timedelta(days=30)).isoformat())).value == 0
