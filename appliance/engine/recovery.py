"""Before the first call: close what a dead engine left open, mend its torn recordings."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from appliance.engine.diary import Diary
from appliance.journal import OpenCall, recover_record
from appliance.media.wav import WavDamagedError, repair_wav
from appliance.wire.facts import CallEnded

log = logging.getLogger(__name__)


def close_open_calls(calls: list[OpenCall], diary: Diary, data: Path, now: Callable[[], datetime]) -> int:
    """Write one record for each call that was running when the last engine died; returns how many."""
    for call in calls:
        record = recover_record(call, now(), lambda path: _mended_length_s(data / path))
        diary.write(CallEnded, durable=True, record=record)
        log.warning("call %s was open when the engine died: closed as %s", record.call_id, record.result)
    return len(calls)


def _mended_length_s(path: Path) -> float:
    """Seconds that a recording plays after its header is put right; 0 when there is nothing to play."""
    try:
        return repair_wav(path)
    except (OSError, WavDamagedError):
        return 0.0
