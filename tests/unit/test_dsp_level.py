from __future__ import annotations

import numpy as np
import pytest

from drivers.dsp.level import FULL_SCALE, SILENCE_DBM0, LevelMeter, amplitude_of, level_dbm0, level_of_power, power_of


def _sine(amplitude: float, count: int = 8000) -> np.ndarray:
    return np.rint(amplitude * np.sin(2 * np.pi * 1000 / 8000 * np.arange(count) + 0.3)).astype(np.int16)


def test_full_scale_sine_is_alaw_overload() -> None:
    assert level_dbm0(_sine(FULL_SCALE)) == pytest.approx(3.14, abs=0.01)


def test_square_wave_is_three_decibels_above_the_sine() -> None:
    square = np.full(800, 10000, dtype=np.int16)
    assert level_dbm0(square) - level_dbm0(_sine(10000)) == pytest.approx(3.01, abs=0.02)


def test_amplitude_power_and_level_agree() -> None:
    for wanted in (-45.0, -20.0, 0.0):
        assert level_dbm0(_sine(amplitude_of(wanted))) == pytest.approx(wanted, abs=0.05)
        assert level_of_power(power_of(wanted)) == pytest.approx(wanted, abs=1e-9)


def test_silence_has_a_floor() -> None:
    assert level_dbm0(np.zeros(160, dtype=np.int16)) == pytest.approx(SILENCE_DBM0)
    assert level_dbm0(np.zeros(0, dtype=np.int16)) == SILENCE_DBM0
    assert LevelMeter(2).levels_dbm0().tolist() == pytest.approx([SILENCE_DBM0] * 2)


def test_meter_settles_on_each_port_by_itself() -> None:
    meter = LevelMeter(3)
    sounds = np.stack([_sine(amplitude_of(-10.0)), _sine(amplitude_of(-30.0)), np.zeros(8000, dtype=np.int16)])
    for begin in range(0, 8000, 160):
        meter.step(sounds[:, begin : begin + 160])
    assert meter.levels_dbm0().tolist() == pytest.approx([-10.0, -30.0, SILENCE_DBM0], abs=0.1)
    meter.reset(0)
    assert meter.levels_dbm0().tolist() == pytest.approx([SILENCE_DBM0, -30.0, SILENCE_DBM0], abs=0.1)


def test_meter_follows_with_its_time_constant() -> None:
    meter = LevelMeter(1, time_constant_s=0.125)
    loud = _sine(amplitude_of(-10.0))
    for begin in range(0, 1000, 40):  # one time constant
        meter.step(loud[None, begin : begin + 40])
    assert meter.levels_dbm0()[0] == pytest.approx(-10.0 + 10 * np.log10(1 - np.exp(-1)), abs=0.1)
