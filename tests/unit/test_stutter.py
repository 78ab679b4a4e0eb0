"""The dial tone that tells of waiting messages, in every country."""

from __future__ import annotations

import numpy as np
import pytest

from appliance.media.clip import ToneClips
from appliance.media.items import PlayedTone
from drivers.base import SAMPLE_RATE
from drivers.dsp.toneplan import COUNTRIES, load_tone_plan


def heard(country: str, seconds: float) -> np.ndarray:
    clip = ToneClips(load_tone_plan(country)).clip(PlayedTone.STUTTER_DIAL, None)
    assert clip.samples is not None
    return np.resize(clip.samples, round(seconds * SAMPLE_RATE))


@pytest.mark.parametrize("country", COUNTRIES)
def test_it_stutters_with_the_countrys_rhythm(country: str) -> None:
    signals = load_tone_plan(country).phone
    on_s, off_s = signals.stutter_s
    sound = heard(country, 4 * (on_s + off_s))
    for n in range(4):
        begin = round(n * (on_s + off_s) * SAMPLE_RATE)
        pause = begin + round(on_s * SAMPLE_RATE)
        assert np.abs(sound[begin:pause].astype(int)).max() > 1000
        assert not sound[pause : begin + round((on_s + off_s) * SAMPLE_RATE)].any()


def test_where_plain_tone_follows_it_lasts_for_as_long_as_anybody_waits_to_dial() -> None:
    sound = heard("us", 12.0)[2 * SAMPLE_RATE :]
    assert np.abs(sound.astype(int)).reshape(-1, SAMPLE_RATE // 10).max(axis=1).min() > 1000
