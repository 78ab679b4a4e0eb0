"""Level, noise, hum and clicks of a line, each beside the others."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from drivers.dsp.level import SILENCE_DBM0, amplitude_of, power_of
from drivers.dsp.linecheck import LineCheck, LineFindings
from drivers.dsp.tones import ToneGenerator, dtmf_samples
from tests.audio.echo_path import on_line
from tests.audio.tone_cells import RATE, speech_like


def noise(seconds: float, level_dbm0: float) -> NDArray[np.float64]:
    return np.random.default_rng(5).normal(0, np.sqrt(power_of(level_dbm0)), round(seconds * RATE))


def hum(seconds: float, hz: float, level_dbm0: float) -> NDArray[np.float64]:
    return amplitude_of(level_dbm0) * np.sin(2 * np.pi * hz * np.arange(round(seconds * RATE)) / RATE + 0.7)


def checked(samples: NDArray[np.float64]) -> LineFindings:
    check = LineCheck()
    for second in on_line(samples)[: samples.size // RATE * RATE].reshape(-1, 50, 160):
        check.take(second)
    findings = check.findings
    assert findings is not None
    return findings


@pytest.mark.parametrize(("index", "hz"), [(0, 50.0), (1, 100.0), (2, 150.0)])
def test_hum_is_measured_at_its_own_frequency_beneath_speech(index: int, hz: float) -> None:
    findings = checked(hum(10, hz, -38.0) + speech_like(10, np.random.default_rng(1), -20.0) + noise(10, -60.0))
    assert findings.hum_dbm0[index] == pytest.approx(-38.0, abs=1.5)
    assert all(other < -46.0 for at, other in enumerate(findings.hum_dbm0) if at != index)


def test_noise_floor_is_read_in_the_pauses_and_without_hum() -> None:
    findings = checked(hum(10, 50.0, -35.0) + noise(10, -52.0))
    assert findings.noise_dbm0 == pytest.approx(-52.0, abs=2.0)
    assert findings.level_dbm0 == pytest.approx(-34.9, abs=0.5)
    spoken = np.concatenate((speech_like(5, np.random.default_rng(1), -20.0), np.zeros(RATE)))
    assert checked(spoken + noise(6, -52.0)).noise_dbm0 == pytest.approx(-52.0, abs=2.0)


def test_clicks_are_counted_on_a_quiet_and_on_a_humming_line() -> None:
    for beneath in (noise(30, -60.0), noise(30, -50.0) + hum(30, 50.0, -25.0)):
        line = beneath.copy()
        for at in range(RATE // 2, line.size - RATE, 3 * RATE // 2):
            line[at : at + 12] += 6000 * (-1) ** at
        assert checked(line).clicks_per_minute == pytest.approx(
            2 * len(range(RATE // 2, line.size - RATE, 3 * RATE // 2))
        )


def test_speech_digits_tones_and_noise_are_no_clicks() -> None:
    digits = dtmf_samples("123456789*0#" * 6).astype(np.float64)
    busy = ToneGenerator((450,), -12.0, (0.35, 0.35)).frame(10 * RATE).astype(np.float64)
    for sound in (speech_like(30, np.random.default_rng(2), -16.0), digits, busy, noise(10, -30.0)):
        assert checked(sound + noise(sound.size / RATE, -60.0)).clicks_per_minute <= 4.0


def test_nothing_is_said_before_the_first_second() -> None:
    check = LineCheck()
    assert check.findings is None
    check.take(np.zeros((50, 160), np.int16))
    assert check.findings is not None
    assert check.findings.level_dbm0 == SILENCE_DBM0
