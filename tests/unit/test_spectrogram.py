"""The picture of a recording: right place, right level, bounded size."""

from __future__ import annotations

import numpy as np
import pytest

from drivers.dsp.level import amplitude_of
from drivers.dsp.spectrogram import BIN_HZ, MOST_COLUMNS, Spectrogram


def test_a_tone_stands_at_its_frequency_time_and_level() -> None:
    t = np.arange(4 * 8000) / 8000
    tone = (amplitude_of(-20.0) * np.sin(2 * np.pi * 1000 * t) * (t >= 2.0)).astype(np.float32)
    spectrogram = Spectrogram()
    for part in np.array_split(tone, 7):
        spectrogram.take(part)
    levels = spectrogram.levels_dbm0()
    after = levels[:, round(3.0 / spectrogram.column_s)]
    assert np.argmax(after) * BIN_HZ == 1000
    assert after.max() == pytest.approx(-20.0, abs=0.3)
    assert levels[:, round(1.0 / spectrogram.column_s)].max() < -80


def test_a_short_click_stays_visible_in_a_long_recording_of_bounded_size() -> None:
    spectrogram = Spectrogram()
    for second in range(600):
        sound = np.zeros(8000, np.float32)
        if second == 300:
            sound[4000:4400] = 10000
        spectrogram.take(sound)
    levels = spectrogram.levels_dbm0()
    assert levels.shape[1] <= 2 * MOST_COLUMNS
    assert levels.shape[1] * spectrogram.column_s == pytest.approx(600, abs=1)
    loudest = int(levels.max(axis=0).argmax())
    assert loudest * spectrogram.column_s == pytest.approx(300.5, abs=0.6)
    assert levels.max() > -20


def test_nothing_gives_an_empty_picture() -> None:
    assert Spectrogram().levels_dbm0().shape[1] == 0
