"""Whether the backups that somebody asked for are made: what the alarms say of it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from appliance.support.backupfolder import BackupPlan, RunKind, RunNote, last_good
from appliance.support.backuptarget import TargetKind

_DAY_S = 86_400.0


class BackupHealth(msgspec.Struct, frozen=True, kw_only=True):
    """All as it should be, unless it says otherwise."""

    failure: str = ""
    """What was wrong with the last backup."""
    days: float = 0.0
    """So long none went well, though there should be one every day."""


def health_of(plan: BackupPlan, runs: Sequence[RunNote], planned_at: datetime | None, now: datetime) -> BackupHealth:
    """`runs`: the newest first; `planned_at`: since when the plan is as it is. Without nightly backups all is well."""
    if not plan.nightly or plan.place.kind is TargetKind.NONE:
        return BackupHealth()
    last = next((run for run in runs if run.kind is RunKind.BACKUP), None)
    good = last_good(runs)
    since = datetime.fromisoformat(good.ended_at) if good else planned_at
    return BackupHealth(
        failure=last.text if last and not last.good else "",
        days=max(0.0, (now - since).total_seconds() / _DAY_S) if since else 0.0,
    )
