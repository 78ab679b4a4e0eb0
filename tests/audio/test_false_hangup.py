"""Nobody is cut off: half an hour of made-up talk through all detectors without a hang-up, and true ones at its end."""

from __future__ import annotations

import pytest

from bench.falsehangup import SIGNAL_BOUND_S, TONE_BOUND_S, listen
from drivers.signals import HangUpEvidence


@pytest.mark.slow
def test_half_an_hour_of_talk_and_its_ends() -> None:
    outcome = listen(0.5, 15, seed=7)
    assert outcome.false == []
    for evidence in (HangUpEvidence.POLARITY, HangUpEvidence.LOOP_BREAK):
        assert max(outcome.delays_s[evidence], default=0.0) <= SIGNAL_BOUND_S
    assert outcome.delays_s[HangUpEvidence.BUSY_TONE]
    assert max(outcome.delays_s[HangUpEvidence.BUSY_TONE]) <= TONE_BOUND_S
    assert not outcome.not_found
