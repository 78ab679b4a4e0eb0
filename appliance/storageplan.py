"""How much disk recordings may take, and how long they are kept: part of the call plan."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

import msgspec

from appliance.ivr.problem import Problem

Megabytes = Annotated[int, msgspec.Meta(ge=0, le=1 << 30)]
Days = Annotated[int, msgspec.Meta(ge=0, le=36_500)]

_WARN_SHARE, _CLEAN_SHARE = 5, 10
"""What warns and what cleans, as parts of a small disk."""
_LEAST_WARN_MB, _LEAST_CLEAN_MB = 800, 640
"""Room is made before recording stops (`engine.disk_reserve_mb`)."""


class StorageRules(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Three water marks of free space, from the highest to the lowest, and how long files are kept."""

    warn_free_mb: Megabytes = 20_480
    """Below this the screens warn; also two weeks before, at the rate of the last days, the next mark is reached."""
    clean_free_mb: Megabytes = 10_240
    """Below this the oldest unlocked recordings are thrown away until a tenth more than this is free."""
    stop_free_mb: Megabytes = 0
    """Below this no new recording is begun; 0: as `engine.disk_reserve_mb` in the settings says. Calls go on."""
    keep_days: Days = 0
    """Unlocked recordings older than this are thrown away; 0: only when the disk fills up."""
    evidence_days: Days = 90
    """The last seconds before automatic hang-ups are kept so long; 0: for ever."""
    check_at: Annotated[str, msgspec.Meta(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")] = "03:30"
    """When, each night, files are held against records."""


def rules_for_disk(disk_mb: int) -> StorageRules:
    """The defaults, for a small disk lower ones: a new box must not begin with an alarm, nor throw away recordings
    while half of its disk is free. `disk_mb`: of the whole file system.
    """
    usual = StorageRules()
    return StorageRules(
        warn_free_mb=min(usual.warn_free_mb, max(disk_mb // _WARN_SHARE, _LEAST_WARN_MB)),
        clean_free_mb=min(usual.clean_free_mb, max(disk_mb // _CLEAN_SHARE, _LEAST_CLEAN_MB)),
    )


def storage_problems(rules: StorageRules) -> Iterable[Problem]:
    """Marks in the wrong order."""
    if rules.clean_free_mb > rules.warn_free_mb:
        yield Problem(field="storage.warn_free_mb", text="提醒线应不低于清理线，否则清理之前来不及提醒。")
    if rules.stop_free_mb and rules.stop_free_mb > rules.clean_free_mb:
        yield Problem(field="storage.clean_free_mb", text="清理线应不低于停录线，否则还没清理就停止录音了。")
