"""Before the first call: close what a dead engine left open, mend its torn recordings, seal their hash chains."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

import msgspec

from appliance.engine.diary import Diary
from appliance.journal import OpenCall, recover_record
from appliance.media.chainfile import chain_path, read_links
from appliance.media.ledger import Began, Ended, Ledger
from appliance.media.soundchain import BLOCK_S
from appliance.media.soundfile import chain_of
from appliance.media.wav import WavDamagedError, repair_wav
from appliance.wire.facts import CallEnded, CallRecord

log = logging.getLogger(__name__)


def seal_torn_recordings(ledger: Ledger, data: Path) -> dict[str, Ended]:
    """End in the ledger every recording that ran when the last engine died; by path. Never raises."""
    try:
        running = ledger.open()
    except OSError as error:
        log.error("the ledger of recordings cannot be read: %s", error)  # noqa: TRY400 - no trace tells more
        return {}
    sealed = {}
    for before, began in running:
        sealed[began.path] = ended = _seal(before, began, data)
        ledger.append(ended)
        if ended.unlike_at_s is not None:
            log.error("%s was changed while the box was dead, from %.0f s on", began.path, ended.unlike_at_s)
    return sealed


def _seal(before: str, began: Began, data: Path) -> Ended:
    """What there is of a torn recording, held against the links that had been written."""
    path = data / began.path
    try:
        if _mended_length_s(path) <= 0.0:
            path.unlink(missing_ok=True)
        sound = chain_of(path, before, began.channels)
    except OSError:
        chain_path(path).unlink(missing_ok=True)
        return Ended(path=began.path, bytes=0, head=before, sha256="", torn=True)
    written = read_links(path)
    both = zip(written.links, sound.links, strict=False)  # a power cut can cost the last second of either
    at = next((number for number, (was, now) in enumerate(both) if was != now), None)
    return Ended(
        path=began.path,
        bytes=sound.bytes,
        head=sound.head,
        sha256=sound.sha256,
        gaps=written.gaps,
        torn=True,
        unlike_at_s=None if at is None else at * BLOCK_S,
    )


def close_open_calls(
    calls: list[OpenCall],
    diary: Diary,
    data: Path,
    now: Callable[[], datetime],
    sealed: Mapping[str, Ended],
) -> int:
    """Write one record for each call that was running when the last engine died; returns how many."""
    for call in calls:
        record = recover_record(call, now(), lambda path: _mended_length_s(data / path))
        diary.write(CallEnded, durable=True, record=_with_seal(record, sealed))
        log.warning("call %s was open when the engine died: closed as %s", record.call_id, record.result)
    return len(calls)


def _with_seal(record: CallRecord, sealed: Mapping[str, Ended]) -> CallRecord:
    recording = record.recording
    seal = sealed.get(recording.path) if recording else None
    if recording is None or seal is None:
        return record
    recording = msgspec.structs.replace(recording, sha256=seal.sha256, chain=seal.head)
    return msgspec.structs.replace(record, recording=recording)


def _mended_length_s(path: Path) -> float:
    """Seconds that a recording plays after its header is put right; 0 when there is nothing to play."""
    try:
        return repair_wav(path)
    except (OSError, WavDamagedError):
        return 0.0
