"""The watch over the lines: what is measured when, and what is kept of the last seconds."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from drivers.base import PortKind
from drivers.dsp.level import amplitude_of, power_of
from drivers.linewatch import TAIL_S, LineWatch

KINDS = (PortKind.FXO, PortKind.FXO, PortKind.FXS)
LINE, OTHER, PHONE = range(3)


def noisy(seconds: float, level_dbm0: float, hum_dbm0: float = -80.0) -> NDArray[np.int16]:
    """Frames `[frame, row, sample]` with noise and hum on every row."""
    frames = round(seconds * 50)
    noise = np.random.default_rng(3).normal(0, np.sqrt(power_of(level_dbm0)), (frames, len(KINDS), 160))
    hum = amplitude_of(hum_dbm0) * np.sin(2 * np.pi * np.arange(160) / 160)
    return np.round(noise + hum).astype(np.int16)


def show(watch: LineWatch, frames: NDArray[np.int16]) -> None:
    for frame in frames:
        watch.step(frame)


def test_phones_and_a_card_that_is_dead_on_hook_tell_nothing() -> None:
    watch = LineWatch(KINDS)
    show(watch, np.zeros((200, len(KINDS), 160), np.int16))
    assert watch.findings(LINE) is None
    watch.off_hook(PHONE)
    show(watch, noisy(4, -50.0))
    assert watch.findings(PHONE) is None


def test_only_whole_seconds_off_hook_count() -> None:
    watch = LineWatch(KINDS)
    show(watch, np.zeros((25, len(KINDS), 160), np.int16))
    watch.off_hook(LINE)
    show(watch, noisy(1.4, -50.0))
    assert watch.findings(LINE) is None
    show(watch, noisy(0.2, -50.0))
    found = watch.findings(LINE)
    assert found is not None
    assert found.listened_s == 1.0
    assert watch.findings(OTHER) is not None, "on hook, but with sound"


def test_noise_and_hum_are_read_on_hook_where_the_card_lets_us_hear_it() -> None:
    watch = LineWatch(KINDS)
    show(watch, noisy(8, -60.0, hum_dbm0=-35.0))
    watch.off_hook(LINE)
    show(watch, noisy(5, -20.0))
    found = watch.findings(LINE)
    assert found is not None
    assert -63 < found.noise_dbm0 < -57, "of the quietest frames"
    assert -36 < found.hum_dbm0[0] < -34
    assert -21 < found.level_dbm0 < -19, "the level is that of the call"


def test_ringing_voltage_is_no_noise() -> None:
    watch = LineWatch(KINDS)
    watch.ringing(LINE, on=True)
    show(watch, noisy(3, -10.0))
    assert watch.findings(LINE) is None
    watch.ringing(LINE, on=False)
    show(watch, noisy(3, -60.0))
    found = watch.findings(LINE)
    assert found is not None
    assert found.noise_dbm0 < -55


def test_the_last_seconds_come_back_as_they_were() -> None:
    watch = LineWatch(KINDS)
    before, call = noisy(3, -40.0), noisy(7, -30.0)
    show(watch, before)
    watch.off_hook(LINE)
    show(watch, call[:30])
    assert (watch.last_heard(LINE, 1000) == call[:30, LINE].reshape(-1)).all(), "not from before the call"
    show(watch, call[30:])
    assert (watch.last_heard(LINE, 105) == call[-105:, LINE].reshape(-1)).all()
    assert watch.last_heard(LINE, 1000).size == TAIL_S * 8000


def test_the_end_of_a_call_can_be_had_after_it() -> None:
    watch = LineWatch(KINDS)
    show(watch, noisy(3, -40.0))
    watch.off_hook(LINE)
    call = noisy(6.5, -30.0)
    show(watch, call)
    assert (watch.heard_of_call(LINE) == call[-250:, LINE].reshape(-1)).all(), "the last 5 s while it runs"
    watch.on_hook(LINE)
    show(watch, noisy(0.5, -50.0))
    assert (watch.heard_of_call(LINE) == call[-250:, LINE].reshape(-1)).all(), "and without what came after"
    show(watch, noisy(7, -50.0))
    assert watch.heard_of_call(LINE).size == 0, "too late"


def test_a_short_call_has_nothing_from_before_it() -> None:
    watch = LineWatch(KINDS)
    show(watch, noisy(3, -40.0))
    watch.off_hook(LINE)
    call = noisy(1, -30.0)
    show(watch, call)
    watch.on_hook(LINE)
    assert (watch.heard_of_call(LINE) == call[:, LINE].reshape(-1)).all()
