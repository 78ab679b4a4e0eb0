"""The disk against its water marks: how bad it is, for how long it will do, and the sentence about it. Pure."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from appliance.storageplan import StorageRules
from appliance.store.recordings import RecordedTotal

BYTES_PER_S = 2 * 2 * 8000
"""Of a stereo recording."""
WARN_DAYS = 14.0
"""So long before clean-up begins the screens say so."""


class DiskLevel(StrEnum):
    GOOD = "good"
    WARN = "warn"
    """Not much is left, or it will not do for two weeks."""
    CLEAN = "clean"
    """The oldest recordings go."""
    STOP = "stop"
    """Nothing is recorded."""


class DiskState(msgspec.Struct, frozen=True, kw_only=True):
    total_mb: int
    free_mb: int
    recordings: int
    """How many are there."""
    recorded_hours: float
    recordings_mb: int
    day_mb: float
    """Recorded on one day, at the rate of the last ones."""
    days_left: float | None
    """Until clean-up begins at this rate; None: for more than ten years, or nothing is recorded."""
    level: DiskLevel
    text: str
    """Chinese sentence about it; empty when all is well."""


def disk_state(
    total_mb: int,
    free_mb: int,
    rules: StorageRules,
    stop_mb: int,
    everything: RecordedTotal,
    lately: RecordedTotal,
    lately_days: int,
) -> DiskState:
    """`stop_mb`: the mark in force; `lately`: what was recorded in the last `lately_days`."""
    day_mb = lately.seconds * BYTES_PER_S / (1 << 20) / lately_days
    left = (free_mb - rules.clean_free_mb) / day_mb if day_mb > 0 else None
    days_left = None if left is None or left > 3650 else round(max(left, 0.0), 1)
    level, text = _verdict(free_mb, rules, stop_mb, days_left)
    return DiskState(
        total_mb=total_mb,
        free_mb=free_mb,
        recordings=everything.recordings,
        recorded_hours=round(everything.seconds / 3600, 1),
        recordings_mb=round(everything.seconds * BYTES_PER_S / (1 << 20)),
        day_mb=round(day_mb, 1),
        days_left=days_left,
        level=level,
        text=text,
    )


def _verdict(free_mb: int, rules: StorageRules, stop_mb: int, days_left: float | None) -> tuple[DiskLevel, str]:
    if free_mb < stop_mb:
        return DiskLevel.STOP, "磁盘可用空间低于停录线：新的通话不再录音，通话本身不受影响。请立即腾出空间。"
    if free_mb < rules.clean_free_mb:
        return DiskLevel.CLEAN, "磁盘可用空间低于清理线：正在从最早的录音开始清理，锁定的录音不会删除。"
    if free_mb < rules.warn_free_mb:
        return DiskLevel.WARN, "磁盘可用空间低于提醒线：请下载需要保留的录音，或锁定它们，或更换更大的磁盘。"
    if days_left is not None and days_left < WARN_DAYS:
        return DiskLevel.WARN, f"按最近的录音量，约 {days_left:.0f} 天后将开始清理最早的录音。需要保留的请先锁定。"
    return DiskLevel.GOOD, ""
