"""Runs of clean-up and of the check of files against records, with what they found."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec

from appliance.store.connection import Connection, execute, fetch_all

KEPT_RUNS = 100
"""Of each kind; older ones are forgotten."""


class RunKind(StrEnum):
    CHECK = "check"
    CLEAN = "clean"


class StorageRun(msgspec.Struct, frozen=True, kw_only=True):
    kind: RunKind
    began_at: str
    ended_at: str
    outcome: str
    """JSON of a `CheckOutcome` or `CleanOutcome` (`appliance.jobs.storage_outcomes`)."""


def add_run(db: Connection, kind: RunKind, began: datetime, ended: datetime, outcome: bytes) -> None:
    """Note a run that is over."""
    execute(
        db,
        "INSERT INTO storage_runs (kind, began_at, ended_at, outcome) VALUES (?, ?, ?, ?)",
        (kind.value, began.isoformat(timespec="seconds"), ended.isoformat(timespec="seconds"), outcome.decode()),
    )
    execute(
        db,
        "DELETE FROM storage_runs WHERE kind = ? AND id NOT IN"
        " (SELECT id FROM storage_runs WHERE kind = ? ORDER BY id DESC LIMIT ?)",
        (kind.value, kind.value, KEPT_RUNS),
    )


def last_runs(db: Connection, kind: RunKind, limit: int = 1) -> tuple[StorageRun, ...]:
    """The newest first."""
    rows = fetch_all(
        db,
        "SELECT kind, began_at, ended_at, outcome FROM storage_runs WHERE kind = ? ORDER BY id DESC LIMIT ?",
        (kind.value, limit),
    )
    return tuple(
        StorageRun(kind=RunKind(found), began_at=began_at, ended_at=ended_at, outcome=outcome)
        for found, began_at, ended_at, outcome in rows
    )
