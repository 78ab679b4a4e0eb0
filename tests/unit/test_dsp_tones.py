from __future__ import annotations

import numpy as np
import pytest

from drivers.dsp.level import level_dbm0
from drivers.dsp.tones import DTMF_DIGITS, ToneGenerator, dtmf_pair_hz, dtmf_samples


def _peaks_hz(samples: np.ndarray, count: int) -> list[int]:
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(samples.size)))
    peaks = [k for k in range(1, spectrum.size - 1) if spectrum[k] >= max(spectrum[k - 1], spectrum[k + 1])]
    loudest = sorted(peaks, key=lambda k: spectrum[k])[-count:]
    return sorted(round(k * 8000 / samples.size) for k in loudest)


def test_level_and_frequency() -> None:
    samples = ToneGenerator([450], -15.0).frame(8000)
    assert samples.dtype == np.int16
    assert level_dbm0(samples) == pytest.approx(-15.0, abs=0.02)
    assert _peaks_hz(samples, 1) == [450]


def test_levels_of_a_mix_are_per_sine() -> None:
    samples = ToneGenerator([350, 440], (-13.0, -13.0)).frame(8000)
    assert level_dbm0(samples) == pytest.approx(-10.0, abs=0.03)
    assert _peaks_hz(samples, 2) == [350, 440]


@pytest.mark.parametrize("freq_hz", [450, 450.5])
@pytest.mark.parametrize("cadence_s", [(), (0.35, 0.35), (0.1, 0.1, 0.1, 0.1, 0.4, 0.4)])
def test_frame_size_does_not_matter(freq_hz: float, cadence_s: tuple[float, ...]) -> None:
    whole = ToneGenerator([freq_hz], -10.0, cadence_s).frame(160 * 77)
    pieces = ToneGenerator([freq_hz], -10.0, cadence_s)
    assert np.array_equal(whole, np.concatenate([pieces.frame(n) for n in (1, 159, *[160] * 70, 160 * 6)]))


def test_cadence_repeats() -> None:
    samples = ToneGenerator([450], -10.0, (0.1, 0.3)).frame(8000).reshape(-1, 400)
    sounding = [bool(np.any(piece)) for piece in samples]
    assert sounding == ([True] * 2 + [False] * 6) * 2 + [True] * 2 + [False] * 2


def test_reset_starts_again() -> None:
    tone = ToneGenerator([450], -10.0, (0.1, 0.1))
    first = tone.frame(900)
    tone.reset()
    assert np.array_equal(tone.frame(900), first)


@pytest.mark.parametrize("cadence_s", [(0.1,), (0.1, 0.0), (-0.1, 0.2)])
def test_bad_cadence_is_refused(cadence_s: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="pairs of on and off"):
        ToneGenerator([450], -10.0, cadence_s)


def test_levels_must_fit_frequencies() -> None:
    with pytest.raises(ValueError, match="one level each"):
        ToneGenerator([350, 440], (-13.0,))


def test_a_mix_too_loud_is_clipped_not_wrapped() -> None:
    samples = ToneGenerator([350, 440], 3.0).frame(8000)
    assert samples.max() == 32767
    assert samples.min() == -32767
    assert np.abs(np.diff(samples.astype(np.int32))).max() < 32767


def test_every_digit_has_its_own_pair() -> None:
    pairs = [dtmf_pair_hz(digit) for digit in DTMF_DIGITS]
    assert len(set(pairs)) == 16
    assert dtmf_pair_hz("1") == (697, 1209)
    assert dtmf_pair_hz("0") == (941, 1336)
    assert dtmf_pair_hz("#") == (941, 1477)


@pytest.mark.parametrize("wrong", ["", "E", "12", "一"])
def test_other_characters_are_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match="DTMF digit"):
        dtmf_pair_hz(wrong)


def test_dtmf_timing_and_twist() -> None:
    samples = dtmf_samples("5", on_ms=1000, off_ms=40, level_dbm0=-12.0, twist_db=4.0)
    assert samples.size == 8 * 1040
    assert not samples[8000:].any()
    spectrum = np.abs(np.fft.rfft(samples[:8000]))
    assert 20 * np.log10(spectrum[1336] / spectrum[770]) == pytest.approx(4.0, abs=0.02)
    assert level_dbm0(samples[:8000]) == pytest.approx(10 * np.log10(10**-1.2 + 10**-0.8), abs=0.05)
