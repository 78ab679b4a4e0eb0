"""Clean-up: recordings that are too old, then the oldest while too little is free; never a locked one.

What: `Cleaning.run` throws away by age, evidence by age, then by space, and says what it did.
How: small steps. Ten rows at a time are told to be gone, in one short transaction that asks for the lock, then their
    files go, then it rests: calls have the disk and the database in between. Killed at any moment, a row may say gone
    while its file is there (the nightly check throws it away), never the other way.
Limits: voicemails are never touched; the proof of a recording (its hashes in the database and the ledger) stays.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

from appliance.jobs.storage_outcomes import CleanOutcome
from appliance.media.chainfile import chain_path
from appliance.storageplan import StorageRules
from appliance.store.call_key import key_of
from appliance.store.database import Database
from appliance.store.recordings import (
    StoredRecording,
    evidence_before,
    forget_evidence,
    oldest_to_clean,
    settle_fate,
)
from appliance.telephony.call import NoRecordingReason

BATCH = 10
REST_S = 0.02
BY_AGE = "超过保存天数"
BY_SPACE = "磁盘空间不足"


def free_mb(folder: Path) -> int:
    """What everybody may still write on the disk of a folder."""
    space = os.statvfs(folder)
    return space.f_bavail * space.f_frsize >> 20


class Cleaning:
    """One run over the box with this data folder."""

    def __init__(
        self,
        data: Path,
        database: Database,
        rules: StorageRules,
        now: datetime,
        *,
        free: Callable[[Path], int] = free_mb,
        stopped: Callable[[], bool] = lambda: False,
        progress: Callable[[int, int], None] = lambda _done, _total: None,
        rest_s: float = REST_S,
    ) -> None:
        self._data = data
        self._database = database
        self._rules = rules
        self._now = now
        self._free = free
        self._stopped = stopped
        self._progress = progress
        self._rest_s = rest_s
        self._gone = 0
        self._freed_bytes = 0

    def run(self) -> CleanOutcome:
        """Do it all. Raises `OSError` when the disk cannot be asked, `StoreError`."""
        before = self._free(self._data)
        by_age = self._by_age()
        evidence = self._evidence()
        by_space = self._by_space()
        after = self._free(self._data)
        return CleanOutcome(
            by_age=by_age,
            by_space=by_space,
            evidence=evidence,
            freed_mb=round(self._freed_bytes / 1e6, 1),
            free_before_mb=before,
            free_after_mb=after,
            short=after < self._rules.clean_free_mb,
            complete=not self._stopped(),
        )

    def _by_age(self) -> int:
        if not self._rules.keep_days:
            return 0
        return self._throw_away(lambda: True, BY_AGE, before=self._key_before(self._rules.keep_days))

    def _by_space(self) -> int:
        if self._free(self._data) >= self._rules.clean_free_mb:
            return 0
        enough_mb = self._rules.clean_free_mb * 11 // 10
        return self._throw_away(lambda: self._free(self._data) < enough_mb, BY_SPACE)

    def _throw_away(self, wanted: Callable[[], bool], by: str, *, before: int | None = None) -> int:
        """The oldest unlocked ones, while `wanted`; how many."""
        count = after = 0
        while wanted() and not self._stopped():
            rows = self._database.read_now(oldest_to_clean, BATCH, after=after, before=before)
            if not rows:
                break
            after = rows[-1].key
            keys = [row.key for row in rows]
            gone = self._database.write_now(settle_fate, keys, NoRecordingReason.CLEANED, at=self._now, by=by)
            for row in gone:
                self._remove(row)
            count += len(gone)
            self._gone += len(gone)
            self._progress(self._gone, 0)
            time.sleep(self._rest_s)
        return count

    def _evidence(self) -> int:
        count = 0
        if not self._rules.evidence_days:
            return count
        before = self._key_before(self._rules.evidence_days)
        while not self._stopped() and (rows := self._database.read_now(evidence_before, before, BATCH)):
            self._database.write_now(forget_evidence, [row.key for row in rows])
            for row in rows:
                self._unlink(self._data / row.evidence)
            count += len(rows)
            time.sleep(self._rest_s)
        return count

    def _key_before(self, days: int) -> int:
        return key_of(self._now - timedelta(days=days))

    def _remove(self, row: StoredRecording) -> None:
        path = self._data / row.path
        self._unlink(path)
        self._unlink(chain_path(path))
        with suppress(OSError):
            path.parent.rmdir()  # the last of its day

    def _unlink(self, path: Path) -> None:
        with suppress(OSError):
            size = path.stat().st_size
            path.unlink()
            self._freed_bytes += size
