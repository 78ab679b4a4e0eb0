"""Nobody is cut off: hours of made-up talk through all detectors without a hang-up, and true ones found at its end."""

from __future__ import annotations

import pytest

from bench.falsehangup import faults, listen


@pytest.mark.slow
def test_half_an_hour_of_talk_and_its_ends() -> None:
    outcome = listen(0.5, 15, seed=7)
    assert outcome.false == []
    assert sum(len(delays_s) for delays_s in outcome.delays_s.values()) >= 14
    assert faults(outcome) == []
