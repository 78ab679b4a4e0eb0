"""What clean-up and the check of recordings found and did, and how far a running one is; read by web and screens."""

from __future__ import annotations

import contextlib
import os
from enum import StrEnum
from pathlib import Path

import msgspec

from appliance.atomicfile import replace_file

PROGRESS_FILE = "storage-job.json"
MOST_FINDINGS = 200
"""More are counted, not listed."""


class FindingKind(StrEnum):
    LEDGER_BROKEN = "ledger_broken"
    """A line of the ledger was changed, lost or moved."""
    CHANGED = "changed"
    """The sound is not what was recorded."""
    HEADER = "header"
    """The header, or the length of the file, is not the one that belongs to the sound."""
    MISSING = "missing"
    """A record names a file that is not there."""
    ORPHAN = "orphan"
    """A file that no record names."""
    EMPTY = "empty"
    """A file without sound."""
    LEFT_OVER = "left_over"
    """A file that clean-up or somebody threw away, interrupted in between."""
    FOUND_AGAIN = "found_again"
    """The file of a recording that was given up as lost."""
    UNPROVEN = "unproven"
    """The record's hash is not the one in the ledger, or the ledger does not know the recording."""
    CHANGED_WHILE_DOWN = "changed_while_down"
    """Not as it had been written before the box died."""


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    kind: FindingKind
    path: str
    text: str
    """Chinese: what is wrong and what was, or can be, done."""
    call_id: str = ""
    repaired: bool = False


class Outage(msgspec.Struct, frozen=True, kw_only=True):
    """The box did not work; nothing could be recorded."""

    since: str
    """The last thing known before: at the earliest then. Empty: nothing is known."""
    until: str
    orderly: bool
    """It was stopped; else power failed or the program died."""


class CheckOutcome(msgspec.Struct, frozen=True, kw_only=True):
    recordings: int = 0
    """Files that should be there."""
    verified: int = 0
    """Of them, whose sound was chained anew."""
    verified_hours: float = 0.0
    without_chain: int = 0
    """Recorded before there was a ledger."""
    ledger_lines: int = 0
    head: str = ""
    """Last link of the ledger: written down elsewhere, it proves all of it."""
    findings: tuple[Finding, ...] = ()
    finding_count: int = 0
    outages: tuple[Outage, ...] = ()
    """The last ones."""
    complete: bool = True
    """False: it was stopped."""


class CleanOutcome(msgspec.Struct, frozen=True, kw_only=True):
    by_age: int = 0
    """Recordings thrown away because they were older than `keep_days`."""
    by_space: int = 0
    """Because too little was free."""
    evidence: int = 0
    freed_mb: float = 0.0
    free_before_mb: int = 0
    free_after_mb: int = 0
    short: bool = False
    """Still less free than the mark: nothing is left that may go."""
    complete: bool = True


class StorageProgress(msgspec.Struct, frozen=True, kw_only=True):
    kind: str
    """`check` or `clean`."""
    pid: int
    began_at: str
    done: int = 0
    total: int = 0


def read_progress(data: Path) -> StorageProgress | None:
    """What runs now; None when nothing does, whatever a dead run left."""
    try:
        progress = msgspec.json.decode((data / PROGRESS_FILE).read_bytes(), type=StorageProgress)
        os.kill(progress.pid, 0)
    except (OSError, msgspec.DecodeError):
        return None
    return progress


def write_progress(data: Path, progress: StorageProgress) -> None:
    """Tell how far it is; a full disk does not stop anybody."""
    with contextlib.suppress(OSError):
        replace_file(data / PROGRESS_FILE, msgspec.json.encode(progress))


def clear_progress(data: Path) -> None:
    """Nothing runs any more."""
    with contextlib.suppress(OSError):
        (data / PROGRESS_FILE).unlink(missing_ok=True)
