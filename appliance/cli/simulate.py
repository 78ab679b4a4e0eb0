"""`hotlinebox simulate`: a scenario's callers and agents through the whole engine and the ingest.

In virtual time (`--speed max`) as fast as the machine can, with the same journal for the same seed; with `--speed 1` in
real time. With `--json` one JSON object per finished call and a last one with totals, else a readable line each.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

import msgspec

from appliance.callplan import CallPlanError
from appliance.cli.boxsettings import add_options, make_data_folder, settings_of
from appliance.cli.expectations import failures, keyed_digits
from appliance.cli.rehearsal import Played, rehearse
from appliance.media.virtualloop import run_virtually
from appliance.telephony.call import StepKind
from drivers.sim.scenario import ScenarioError
from drivers.sim.scenario_file import load_scenario
from drivers.wavefile import WavError


class FinishedCall(msgspec.Struct, frozen=True, kw_only=True):
    """One call as it is printed. Times are ISO 8601 or seconds; `path` is `flow/node` with exit and keys, in order."""

    call_id: str
    scenario_id: str | None
    """Which call of the scenario it was."""
    line: int | None
    number: str
    direction: str
    result: str
    started_at: str
    answered_at: str | None
    connected_at: str | None
    ended_at: str
    ring_s: float
    wait_s: float
    talk_s: float
    path: list[str]
    digits: str
    queue: str | None
    agent: str | None
    station: str | None
    recording: str | None
    voicemail: str | None
    hang_up_side: str
    hang_up_cause: str


class Totals(msgspec.Struct, frozen=True, kw_only=True):
    """The last object. `speed` is seconds of the scenario per second of this machine."""

    scenario: str
    calls: int
    results: dict[str, int]
    stored: int
    length_s: float
    took_s: float
    speed: float
    failures: list[str]


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    text = "按场景文件模拟来电和座席，走完整个引擎和入库"
    parser = subparsers.add_parser("simulate", help=text, description=text)
    parser.add_argument("scenario", type=Path, metavar="场景.yaml")
    add_options(parser)
    parser.add_argument("--speed", choices=("max", "1"), default="max", help="max 尽快（虚拟时间），1 实时")
    parser.add_argument("--seed", type=int, help="随机种子，代替场景文件里的")
    parser.add_argument("--json", action="store_true", help="每个通话输出一个 JSON 对象，最后一个是合计")
    parser.set_defaults(run=_simulate)


def _simulate(parsed: argparse.Namespace) -> int:
    settings = settings_of(parsed)
    virtual = parsed.speed == "max"
    show = _print_json if parsed.json else _print_line
    with ExitStack() as stack:
        if parsed.data is None:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="hotlinebox-"))
            settings = msgspec.structs.replace(settings, data_dir=folder)
        began_s = time.monotonic()
        try:
            scenario = load_scenario(parsed.scenario, parsed.seed)
            make_data_folder(settings)
            play = rehearse(scenario, settings, virtual=virtual, on_call=lambda played: show(_finished(played)))
            rehearsal = run_virtually(play) if virtual else asyncio.run(play)
        except (ScenarioError, WavError, CallPlanError) as error:
            print(error, file=sys.stderr)
            return 2
        took_s = time.monotonic() - began_s
        found = failures(scenario, rehearsal)
    totals = Totals(
        scenario=scenario.name,
        calls=len(rehearsal.calls),
        results=dict(Counter(played.record.result.value for played in rehearsal.calls)),
        stored=rehearsal.stored,
        length_s=round(rehearsal.length_s, 2),
        took_s=round(took_s, 2),
        speed=round(rehearsal.length_s / took_s, 1),
        failures=found,
    )
    if parsed.json:
        _print_json(totals)
    else:
        _print_totals(totals)
    return 1 if found else 0


def _finished(played: Played) -> FinishedCall:
    record = played.record
    return FinishedCall(
        call_id=record.call_id,
        scenario_id=played.placed.call_id if played.placed else None,
        line=record.line,
        number=record.peer_number,
        direction=record.direction.value,
        result=record.result.value,
        started_at=record.started_at,
        answered_at=record.answered_at,
        connected_at=record.connected_at,
        ended_at=record.ended_at,
        ring_s=record.ring_s,
        wait_s=record.wait_s,
        talk_s=record.talk_s,
        path=[f"{step.flow}/{step.node}:{step.exit}" for step in record.steps if step.kind == StepKind.NODE],
        digits=keyed_digits(played),
        queue=record.queue,
        agent=record.agent,
        station=record.station,
        recording=record.recording.path if record.recording else None,
        voicemail=record.voicemail.path if record.voicemail else None,
        hang_up_side=record.hang_up_side.value,
        hang_up_cause=record.hang_up_cause.value,
    )


def _print_json(value: msgspec.Struct) -> None:
    print(msgspec.json.encode(value).decode(), flush=True)


def _print_line(call: FinishedCall) -> None:
    who = call.number or "无主叫"
    print(
        f"{call.started_at[11:19]} 线路 {call.line or '-'} {who:>12} {call.direction:8} {call.result} "
        f"通话 {call.talk_s:.0f} 秒 {call.agent or ''}",
        flush=True,
    )


def _print_totals(totals: Totals) -> None:
    print(
        f"{totals.scenario}：{totals.calls} 个通话，入库 {totals.stored} 条，"
        f"{totals.length_s:.0f} 秒的场景用时 {totals.took_s:.1f} 秒（{totals.speed:.0f} 倍速）。"
    )
    for result, count in sorted(totals.results.items()):
        print(f"  {result}: {count}")
    for text in totals.failures:
        print(f"不符合预期：{text}")
