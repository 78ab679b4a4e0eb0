"""Holds the box's records to what a scenario expects: pure, one sentence per failure."""

from __future__ import annotations

from collections import Counter

from appliance.cli.rehearsal import Played, Rehearsal
from drivers.sim.placed import CallDirection, Outcome
from drivers.sim.scenario import Expectation, Scenario


def failures(scenario: Scenario, rehearsal: Rehearsal) -> list[str]:
    """Everything that is not as expected; also without expectations: one record per call, and every record stored."""
    found = list(rehearsal.faults)
    found += _one_record_per_call(rehearsal)
    by_id = {played.placed.call_id: played for played in rehearsal.calls if played.placed is not None}
    busy = {placed.call_id for placed in rehearsal.placed if placed.outcome is Outcome.LINE_BUSY}
    expected = [(call.call_id, call.expect) for call in scenario.calls]
    expected += [(call.call_id, call.expect) for call in scenario.phone_calls]
    for call_id, expect in expected:
        if expect == Expectation():
            continue
        if call_id in by_id:
            found += [f"{call_id}：{text}" for text in _unmet(expect, by_id[call_id])]
        elif call_id in busy:
            found.append(f"{call_id}：没有空闲外线，来电者听到忙音，没有进入本机")
        else:
            found.append(f"{call_id}：没有通话记录")
    return found + _totals(scenario, rehearsal)


def keyed_digits(played: Played) -> str:
    """All keys of the caller that the flow took, in order."""
    return "".join(step.digits for step in played.record.steps)


def _one_record_per_call(rehearsal: Rehearsal) -> list[str]:
    found = []
    seen = Counter(played.record.call_id for played in rehearsal.calls)
    found += [f"通话 {call_id} 有 {count} 条记录" for call_id, count in seen.items() if count > 1]
    matched = {id(played.placed) for played in rehearsal.calls}
    for placed in rehearsal.placed:
        reached = placed.first_ring_at_frame if placed.direction is CallDirection.INBOUND else placed.line
        if reached is not None and id(placed) not in matched:
            found.append(f"{placed.call_id}（{placed.number}，{placed.line}）没有通话记录")
    if rehearsal.stored != len(rehearsal.calls):
        found.append(f"数据库里有 {rehearsal.stored} 条记录，应为 {len(rehearsal.calls)} 条")
    return found


def _unmet(expect: Expectation, played: Played) -> list[str]:
    record = played.record
    checks: list[tuple[str, object, object]] = [
        ("方向", expect.direction, record.direction.value),
        ("话务员", expect.agent, record.agent),
        ("按键", expect.digits, keyed_digits(played)),
        ("技能组", expect.queue, record.queue),
        ("录音", expect.recording, record.recording is not None),
        ("挂机方", expect.hang_up_side, record.hang_up_side.value),
    ]
    found = [
        f"{name}应为 {wanted}，实际是 {got}" for name, wanted, got in checks if wanted is not None and wanted != got
    ]
    if expect.results and record.result.value not in expect.results:
        found.append(f"结果应为 {' 或 '.join(expect.results)}，实际是 {record.result.value}")
    if found and played.placed is not None:
        found += [f"没有等到 {missed}" for missed in played.placed.missed]
    if expect.hang_up_causes and record.hang_up_cause.value not in expect.hang_up_causes:
        found.append(f"挂机原因应为 {' 或 '.join(expect.hang_up_causes)}，实际是 {record.hang_up_cause.value}")
    return found


def _totals(scenario: Scenario, rehearsal: Rehearsal) -> list[str]:
    found = []
    wanted = scenario.expect
    if wanted.calls is not None and wanted.calls != len(rehearsal.calls):
        found.append(f"通话总数应为 {wanted.calls}，实际是 {len(rehearsal.calls)}")
    results = Counter(played.record.result.value for played in rehearsal.calls)
    found += [
        f"结果 {result} 应有 {count} 个，实际有 {results[result]} 个"
        for result, count in wanted.results
        if results[result] != count
    ]
    return found
