"""Scenarios played against the least box that can answer calls."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from drivers.sim.card import SimCard
from drivers.sim.cast import set_scene
from drivers.sim.placed import EndedBy, Outcome
from drivers.sim.profile import Fault
from drivers.sim.scenario import PhoneAnswer, PhoneCall, Scenario, ScenarioCall, TimedFault
from drivers.sim.scenario_file import load_scenario, parse_scenario
from drivers.sim.steps import HangUp, HearVoice, Lift, Press, Say, Voice, Wait, WaitAnswer, WaitHangUp
from tests.unit.sim_minibox import MiniBox

SCENARIOS = Path(__file__).parent.parent / "scenarios"


def play(scenario: Scenario, within_s: float = 200.0) -> tuple[SimCard, float]:
    card, cast = set_scene(scenario, paced=False)
    return card, MiniBox(card).play(cast, within_s)


def test_caller_and_agent_talk_and_the_caller_hangs_up():
    card, _ = play(load_scenario(SCENARIOS / "repair_call.yaml"))
    call = card.exchange.placed_calls[0]
    assert (call.call_id, call.outcome, call.ended_by, call.missed) == ("repair", Outcome.ANSWERED, EndedBy.OUTSIDE, [])
    spell = card.phones[0].spells[0]
    assert spell.ringing.number == "13905621234"
    agent_said, caller_said = spell.said[0], call.said[0]
    assert caller_said.start_frame > agent_said.start_frame + len(agent_said.samples) / 160
    assert call.pressed[0].digits == "1"
    assert spell.put_down_at_frame > call.ended_at_frame


def test_outgoing_calls_are_booked_under_the_ids_of_their_scripts():
    card, _ = play(load_scenario(SCENARIOS / "outgoing_call.yaml"))
    found = {call.call_id: (call.number, call.outcome, call.ended_by) for call in card.exchange.placed_calls}
    assert found == {
        "answered": ("13905629876", Outcome.ANSWERED, EndedBy.OUTSIDE),
        "busy": ("13905620000", Outcome.BUSY, EndedBy.BOX),
    }


def test_two_runs_are_the_same():
    text = "name: x\nseed: 4\nmix:\n  - {calls: 12, gap_s: 3, kinds: {talked_caller_ends: 6, talked_agent_ends: 3,"
    scenario = parse_scenario(text + " second_agent: 1, before_answer: 1, outgoing: 1}}\n", Path("x.yaml"))
    books = []
    for _ in range(2):
        card, seconds = play(scenario, 400.0)
        calls = [
            replace(call, said=[(said.start_frame, len(said.samples)) for said in call.said])
            for call in card.exchange.placed_calls
        ]
        books.append((seconds, calls))
    assert books[0] == books[1]
    assert len(books[0][1]) == 12


def test_a_rule_for_any_phone_can_let_the_first_one_ring():
    scenario = Scenario(
        "x",
        calls=(ScenarioCall("a", 0.0, "139", (WaitAnswer(), HearVoice(), HangUp())),),
        answers=(PhoneAnswer(ignore_first=1, steps=(Wait(0.5), Say(Voice(1, 1.0)))),),
    )
    card, _ = play(scenario)
    assert card.phones[0].ringings[0].answered_at_frame is None
    assert card.phones[1].ringings[0].answered_at_frame is not None


def test_rules_fit_by_the_callers_number_and_nobody_answers_without_a_rule():
    patience = (WaitAnswer(), HearVoice(3.0), HangUp())
    scenario = Scenario(
        "x",
        calls=(ScenarioCall("a", 0.0, "13900000001", patience), ScenarioCall("b", 20.0, "13900000002", patience)),
        answers=(PhoneAnswer(caller="xxxxxxxxxx2", answer_after_s=0.5, steps=(Say(Voice(1, 1.0)),)),),
    )
    card, _ = play(scenario)
    missed = {call.call_id: bool(call.missed) for call in card.exchange.placed_calls}
    assert missed == {"a": True, "b": False}


def test_an_impatient_call_finds_the_line_busy_a_patient_one_waits():
    steps = (WaitAnswer(), Wait(3.0), HangUp())
    calls = [ScenarioCall(name, at_s, "139", steps, line=1) for name, at_s in (("a", 0.0), ("b", 1.0))]
    calls.append(ScenarioCall("c", 1.5, "139", steps, line=1, patient=True))
    card, _ = play(Scenario("x", calls=tuple(calls)))
    assert [call.outcome for call in card.exchange.placed_calls] == [
        Outcome.ANSWERED,
        Outcome.LINE_BUSY,
        Outcome.ANSWERED,
    ]
    assert card.exchange.placed_calls[2].placed_at_frame > card.exchange.placed_calls[0].released_at_frame


def test_patient_calls_leave_a_line_to_somebody_who_is_dialling():
    crowd = tuple(ScenarioCall(str(n), 0.0, "139", (WaitAnswer(), Wait(5.0), HangUp()), patient=True) for n in range(9))
    outgoing = PhoneCall("out", 4, 0.5, (Lift(), Press("913900000000"), WaitHangUp(20.0)), "13900000000")
    card, _ = play(Scenario("x", calls=crowd, phone_calls=(outgoing,)))
    by_id = {call.call_id: call for call in card.exchange.placed_calls}
    assert by_id["out"].outcome is Outcome.UNOBTAINABLE
    assert len(by_id) == 10


def test_faults_come_and_go_at_their_times():
    scenario = Scenario("x", faults=(TimedFault(1.0, 2, Fault.CLIPPED), TimedFault(2.0, 2, Fault.CLIPPED, on=False)))
    card, _cast = set_scene(scenario, paced=False)
    card.open()
    rx = np.zeros((8, 160), np.int16)
    states = []
    for _ in range(150):
        card.read(rx)
        states.append(bool(card.faults()))
    assert states == [False] * 50 + [True] * 50 + [False] * 50


def test_in_real_time_the_card_is_the_clock_and_catches_up():
    card = SimCard(paced=True)
    card.open()
    rx = np.zeros((8, 160), np.int16)
    begun = time.monotonic()
    for frame in range(20):
        if frame == 5:
            time.sleep(0.1)
        card.read(rx)
    assert time.monotonic() - begun >= 0.4


def test_another_thread_acts_through_post():
    card = SimCard(paced=False)
    card.open()
    caller = card.exchange.add_phone("out-1")
    card.post(lambda: caller.call("139"))
    assert not card.exchange.placed_calls
    card.read(np.zeros((8, 160), np.int16))
    assert card.exchange.placed_calls[0].placed_at_frame == 0


@pytest.mark.slow
def test_three_hundred_calls_all_come_to_an_end():
    card, _ = play(load_scenario(SCENARIOS / "mixed300.yaml"), 4000.0)
    calls = card.exchange.placed_calls
    assert len(calls) == 300
    assert all(call.ended and call.released_at_frame is not None for call in calls)
    assert {call.line for call in calls} == {"sim/1", "sim/2", "sim/3", "sim/4"}
