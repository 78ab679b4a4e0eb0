"""Tone plans as data: the built-in ones load, broken ones say what is wrong."""

from __future__ import annotations

import pytest

from drivers.dsp.callprogress import CallProgressDetector
from drivers.dsp.toneplan import COUNTRIES, TonePlanError, load_tone_plan, tone_plan_from
from drivers.signals import Tone


@pytest.mark.parametrize("country", COUNTRIES)
def test_built_in_plans_load_and_a_detector_takes_them(country: str) -> None:
    plan = load_tone_plan(country)
    assert {Tone.DIAL, Tone.RINGBACK, Tone.BUSY, Tone.CONGESTION, Tone.FAX_CNG} <= {tone.tone for tone in plan.tone}
    CallProgressDetector(1, plan)


def test_no_plan_for_a_country() -> None:
    with pytest.raises(TonePlanError, match="atlantis"):
        load_tone_plan("atlantis")


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ('tone = "dial"\ntolerance_hz = 20\nfrequencies_hz = [450]', "exactly one"),
        ('tone = "dial"\ntolerance_hz = 20\nfrequencies_hz = [450]\nrecognise_s = 1\ncadence = [1, 2]', "cadence"),
        ('tone = "dail"\ntolerance_hz = 20\nfrequencies_hz = [450]\nrecognise_s = 1', "dail"),
        ('tone = "dial"\ntolerance_hz = 20\nfrequencies_hz = [45]\nrecognise_s = 1', "330"),
        ('tone = "dial"\ntolerance_hz = 20\nfrequencies_hz = [400, 450, 500]\nrecognise_s = 1', "two"),
        ('tone = "dial"\ntolerance_hz = 0\nfrequencies_hz = [450]\nrecognise_s = 1', "tolerance_hz"),
        ('tone = "busy"\ntolerance_hz = 9\nfrequencies_hz = [450]\ncadence_s = [0.3]\nbursts = 3', "pairs"),
        ('tone = "busy"\ntolerance_hz = 9\nfrequencies_hz = [450]\ncadence_s = [0.3, 0.3]', "bursts"),
        ('tone = "special_information"\ntolerance_hz = 9\nsequence_hz = [950, 1400]', "burst_s"),
        ("tone = [", "broken.toml"),
    ],
)
def test_a_broken_plan_names_file_and_fault(body: str, named: str) -> None:
    with pytest.raises(TonePlanError, match=named) as caught:
        tone_plan_from(f'country = "xx"\n[[tone]]\n{body}\n', "broken.toml")
    assert "broken.toml" in str(caught.value)
