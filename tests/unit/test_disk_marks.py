"""The disk against its marks: which sentence, and how long it will do."""

from __future__ import annotations

import pytest

from appliance.storageplan import StorageRules
from appliance.store.recordings import RecordedTotal
from webui.diskmarks import DiskLevel, disk_state

RULES = StorageRules(warn_free_mb=20_000, clean_free_mb=10_000)
NOTHING = RecordedTotal(recordings=0, seconds=0.0)
HOUR_MB = 3600 * 32_000 / (1 << 20)


@pytest.mark.parametrize(
    ("free_mb", "hours_a_day", "level"),
    [
        (100_000, 0.0, DiskLevel.GOOD),
        (20_000, 1.0, DiskLevel.GOOD),
        (19_999, 0.0, DiskLevel.WARN),
        (10_000, 0.0, DiskLevel.WARN),
        (9_999, 0.0, DiskLevel.CLEAN),
        (512, 0.0, DiskLevel.CLEAN),
        (511, 0.0, DiskLevel.STOP),
        (25_000, 10.0, DiskLevel.WARN),
        (26_000, 10.0, DiskLevel.GOOD),
    ],
)
def test_levels(free_mb: int, hours_a_day: float, level: DiskLevel) -> None:
    lately = RecordedTotal(recordings=7, seconds=7 * hours_a_day * 3600)
    state = disk_state(200_000, free_mb, RULES, 512, NOTHING, lately, 7)
    assert state.level is level
    assert bool(state.text) is (level is not DiskLevel.GOOD)


def test_how_long_it_will_do() -> None:
    lately = RecordedTotal(recordings=7, seconds=7 * 3600.0)
    state = disk_state(200_000, 20_000, RULES, 512, lately, lately, 7)
    assert state.day_mb == pytest.approx(HOUR_MB, abs=0.1)
    assert state.days_left == pytest.approx(10_000 / HOUR_MB, abs=0.1)
    assert (state.recorded_hours, state.recordings) == (7.0, 7)
    assert disk_state(200_000, 9_000, RULES, 512, lately, lately, 7).days_left == 0
    assert disk_state(200_000, 90_000, RULES, 512, lately, NOTHING, 7).days_left is None
