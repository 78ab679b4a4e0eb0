"""The DTMF receiver against the acceptance cases, the limits that are asked for, and speech."""

from __future__ import annotations

import numpy as np
import pytest

from bench.dtmf_cases import CASES, SWEEPS, Case
from bench.dtmf_score import our_digits, reach, run_case
from bench.dtmf_signals import Digit, at_active_level, carried, keyed, spoken, syllables

GRADED = [case for case in CASES if case.least is not None]


@pytest.mark.parametrize("case", GRADED, ids=lambda case: case.name)
def test_acceptance_case(case: Case) -> None:
    score = run_case(case, our_digits)
    assert score.passes(case), f"{case.text}: {score}"


@pytest.mark.parametrize(
    ("name", "least"),
    [("T4b+", 3.0), ("T7a", 6.0), ("T7b", 6.0), ("T3r", 8.0)],
)
def test_reaches_at_least(name: str, least: float) -> None:
    reached = _reached(name)
    assert reached is not None
    assert reached >= least


@pytest.mark.parametrize(
    ("name", "most"),
    [("T4b-", -38.0), ("T5d", 40.0), ("T5f", 30.0), ("T6b1", 7.0), ("T6b2", 5.0), ("T3n", -8.0)],
)
def test_reaches_down_to(name: str, most: float) -> None:
    reached = _reached(name)
    assert reached is not None
    assert reached <= most


def _reached(name: str) -> float | None:
    return reach(next(sweep for sweep in SWEEPS if sweep.name == name), our_digits)


def test_recognition_bandwidth_lies_between_the_limits() -> None:
    reached = _reached("T2e")
    assert reached is not None
    assert 1.8 <= reached < 3.0


@pytest.mark.parametrize("seed", [0, 3])
@pytest.mark.parametrize("level_dbm0", [-12.0, -20.0])
def test_mandarin_syllables_are_no_digits(seed: int, level_dbm0: float) -> None:
    speech = at_active_level(syllables(seed), level_dbm0)
    assert our_digits(carried([speech])) == [""]


def test_a_prompt_between_digits_takes_none_away_and_adds_none() -> None:
    prompt = at_active_level(spoken("nin2 hao3 qing3 an4 yi1"), -18.0)
    rng = np.random.default_rng(5)
    one, two = keyed(rng, [Digit("1", 70.0)]), keyed(rng, [Digit("2", 70.0), Digit("2", 70.0)], 60.0)
    assert our_digits(carried([np.concatenate([one, prompt, two, prompt])])) == ["122"]


def test_chords_are_no_digits() -> None:
    """Sustained major, minor and octave chords with overtones, over four octaves of roots."""
    count = 8000
    at = np.arange(count) / 8000
    sounds = []
    for root_hz in 110.0 * 2 ** (np.arange(48) / 12):
        for ratios in ((1, 5 / 4, 3 / 2), (1, 6 / 5, 3 / 2), (1, 2, 4)):
            chord = sum(
                np.sin(2 * np.pi * root_hz * ratio * overtone * at) / overtone
                for ratio in ratios
                for overtone in range(1, 7)
                if root_hz * ratio * overtone < 3600
            )
            sounds.append(4000 * chord / np.abs(chord).max() * np.minimum(1.0, np.linspace(0, 40, count)))
    assert "".join(our_digits(carried(sounds))) == ""
