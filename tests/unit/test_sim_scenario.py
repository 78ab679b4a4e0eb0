"""Scenario files: what they say becomes the model, what is wrong is told with line and field."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from pathlib import Path

import pytest

from drivers.sim.directory import FarOutcome
from drivers.sim.profile import CallerIdSending, Fault, HangUpShown
from drivers.sim.scenario import PhoneAnswer, ScenarioError
from drivers.sim.scenario_file import load_scenario, parse_scenario
from drivers.sim.steps import HangUp, Hear, Press, Say, Voice, Wait, WaitAnswer

SCENARIOS = Path(__file__).parent.parent / "scenarios"
FILE = Path("场景/x.yaml")


def parse(text: str):
    return parse_scenario(text, FILE)


def test_a_file_becomes_the_model():
    scenario = load_scenario(SCENARIOS / "repair_call.yaml")
    call = scenario.calls[0]
    assert (call.call_id, call.at_s, call.number, call.line) == ("repair", 1.0, "13905621234", None)
    assert call.steps[:4] == (WaitAnswer(30.0), Hear(), Wait(1.0), Press("1"))
    assert call.steps[-1] == HangUp()
    assert call.expect.results == ("talked",)
    assert call.expect.recording is True
    answer = scenario.answers[0]
    assert (answer.phone, answer.answer_after_s, answer.steps[1]) == (1, 3.0, Say(Voice(11, 2.0)))
    assert scenario.start == datetime(2026, 11, 2, 9, 0)  # noqa: DTZ001 - local
    assert scenario.agents[0].queues == ("repair",)


def test_lines_faults_and_directory():
    scenario = load_scenario(SCENARIOS / "faulty_lines.yaml")
    assert [line.hang_up for line in scenario.lines][:3] == [
        HangUpShown.BUSY_TONE,
        HangUpShown.NEVER,
        HangUpShown.DIAL_TONE,
    ]
    assert scenario.lines[3].caller_id is CallerIdSending.NONE
    assert scenario.lines[1].quality.clicks_per_minute == 20
    assert [(fault.fault, fault.on) for fault in scenario.faults] == [
        (Fault.UNPLUGGED, True),
        (Fault.UNPLUGGED, False),
        (Fault.TWISTED_DTMF, True),
    ]
    directory = load_scenario(SCENARIOS / "outgoing_call.yaml").directory
    assert [entry.outcome for entry in directory] == [FarOutcome.ANSWERS, FarOutcome.BUSY]


@pytest.mark.parametrize("file", sorted(SCENARIOS.glob("*.yaml")), ids=lambda file: file.stem)
def test_every_scenario_of_the_repository_can_be_read(file):
    assert load_scenario(file).name


@pytest.mark.parametrize(
    ("text", "line", "field", "expected"),
    [
        (
            "name: x\ncalls:\n  - at_s: abc\n    steps: []\n",
            3,
            "calls[0].at_s",
            "应为不小于 0 的数字（秒），实际是 “abc”",
        ),
        ("name: x\ncalls:\n  - at_s: -1\n    steps: []\n", 3, "calls[0].at_s", "应为不小于 0 的数字"),
        ("name: x\ncalls:\n  - at_s: .nan\n    steps: []\n", 3, "calls[0].at_s", "应为不小于 0 的数字"),
        ("name: x\nspeed: 3\n", 2, "", "不认识的键，可用的键是 name、"),
        ("seed: 3\n", 1, "", "缺少必填的键 name"),
        ("name: x\nname: y\n", 2, "", "同一个键出现了两次"),
        ("name: x\ncalls: 5\n", 2, "calls", "应为列表"),
        ("name: x\ncalls:\n  - 5\n", 3, "calls[0]", "应为键值表"),
        ("name: x\ncalls:\n  - at_s: 1\n    steps:\n      - sing\n", 5, "calls[0].steps[0]", "应为一个步骤"),
        ("name: x\ncalls:\n  - at_s: 1\n    steps:\n      - say\n", 5, "calls[0].steps[0]", "say: 值"),
        ("name: x\ncalls:\n  - at_s: 1\n    steps: [{press: '1a'}]\n", 4, "calls[0].steps[0].press", "应为按键"),
        ("name: x\ncalls:\n  - at_s: 1\n    steps: [lift]\n", 4, "calls[0].steps[0]", "应为一个步骤"),
        ("name: x\ncalls:\n  - at_s: 1\n    line: 9\n    steps: []\n", 4, "calls[0].line", "应为 1 到 4 之间的整数"),
        ("name: x\nlines:\n  - hang_up: bang\n", 3, "lines[0].hang_up", "应为 busy_tone、polarity"),
        ("name: x\nstart: tomorrow\n", 2, "start", "应为日期时间"),
        ("name: x\nphones:\n  - phone: any\n    at_s: 1\n    steps: []\n", 3, "phones[0].phone", "第几部话机"),
        ("name: x\nphones:\n  - phone: 1\n    at_s: 1\n    on_ring: {}\n", 4, "phones[0].at_s", "不能与 on_ring"),
        ("name: x\nmix:\n  - calls: 3\n    kinds: {nothing: 1}\n", 4, "mix[0].kinds", "不认识的键"),
        ("name: x\nmix:\n  - calls: 3\n    kinds: {in_flow: 0}\n", 4, "mix[0].kinds", "至少一种"),
        (
            "name: x\ncalls:\n  - {id: a, at_s: 1, steps: []}\n  - {id: a, at_s: 1, steps: []}\n",
            1,
            "",
            "通话编号 a 重复",
        ),
        (
            "name: x\ncalls:\n  - at_s: 1\n    steps: [{say: no.wav}]\n",
            4,
            "calls[0].steps[0].say",
            "应为可以读取的 WAV 文件",
        ),
    ],
)
def test_a_mistake_names_line_field_and_what_was_expected(text, line, field, expected):
    with pytest.raises(ScenarioError) as caught:
        parse(text)
    sentence = str(caught.value)
    assert sentence.startswith(f"场景文件 场景/x.yaml 第 {line} 行" + (f" {field}：" if field else ""))
    assert expected in sentence


@pytest.mark.parametrize(
    ("text", "part"), [("name: [x\n", "不是正确的 YAML"), ("", "是空的"), ("\x00", "不是正确的 YAML")]
)
def test_what_is_no_yaml_is_told(text, part):
    with pytest.raises(ScenarioError, match=part):
        parse(text)


def test_a_missing_file_is_told():
    with pytest.raises(ScenarioError, match="读不到场景文件"):
        load_scenario(Path("/nowhere/x.yaml"))


def test_a_mix_has_exactly_the_shares_and_is_the_same_for_the_same_seed():
    text = (SCENARIOS / "mixed300.yaml").read_text()
    scenario, again = parse(text), parse(text)
    assert scenario == again
    assert parse(text.replace("seed: 300", "seed: 301")) != scenario
    assert len(scenario.calls) + len(scenario.phone_calls) == 300
    results = Counter(call.expect.results[0] for call in (*scenario.calls, *scenario.phone_calls))
    assert dict(scenario.expect.results) == results
    said = [step.sound for call in scenario.calls for step in call.steps if isinstance(step, Say)]
    assert len(set(said)) == len(said)


def test_rules_of_the_mix_come_before_the_rules_of_the_file():
    text = "name: x\nphones:\n  - {phone: any, on_ring: {}}\nmix:\n  - {calls: 1, kinds: {talked_agent_ends: 1}}\n"
    answers = parse(text).answers
    assert answers[0].caller == "13905620001"
    assert answers[1] == PhoneAnswer()
