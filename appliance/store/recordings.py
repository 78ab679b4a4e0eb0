"""Recordings as files with a fate: kept, thrown away by clean-up, deleted by a person, lost. Their proof stays.

A recording that is gone is one that the call does not have: `calls.has_recording` and `calls.no_recording` say so to
every list and search. Clean-up and deletion ask for the lock in the very statement that changes the row, so that a lock
that came first always wins.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from appliance.store.call_index import reindex_call
from appliance.store.connection import Connection, execute, fetch_all, fetch_value
from appliance.store.errors import InvalidError, NotFoundError
from appliance.telephony.call import NoRecordingReason
from appliance.telephony.ids import CallId
from appliance.wire.facts import CallRecord

MAX_NOTE = 500
FATES = (NoRecordingReason.CLEANED, NoRecordingReason.DELETED, NoRecordingReason.LOST)
"""Why there is no recording any more."""


class StoredRecording(msgspec.Struct, frozen=True, kw_only=True):
    """One row: what the record said of the file, and what became of it."""

    key: int
    """Of the call: local start time, so the smallest is the oldest."""
    call_id: CallId
    path: str
    """Below the data folder; empty when there is only evidence."""
    length_s: float
    sha256: str
    chain: str
    evidence: str
    locked: bool
    fate: str
    """Empty: it is there; else one of `FATES`."""
    fate_at: str
    fate_by: str


class RecordingNote(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    at_s: float
    """Moment of the recording."""
    text: str
    user_id: int
    user_name: str
    written_at: str


_ROWS = (
    "r.id, d.call_id, r.path, r.length_s, r.sha256, r.chain, r.evidence, c.recording_locked, r.fate, r.fate_at,"
    " r.fate_by FROM recordings r JOIN calls c ON c.id = r.id JOIN call_details d ON d.id = r.id"
)


def keep_recording(db: Connection, key: int, record: CallRecord) -> str:
    """Take over what a record says of its files; the fate so far (empty: the file is there) stays and is returned."""
    recording = record.recording
    if recording is None and not record.evidence:
        execute(db, "DELETE FROM recordings WHERE id = ?", (key,))
        return ""
    execute(
        db,
        "INSERT INTO recordings (id, path, length_s, sha256, chain, evidence) VALUES (?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (id) DO UPDATE SET path = excluded.path, length_s = excluded.length_s,"
        " sha256 = excluded.sha256, chain = excluded.chain, evidence = excluded.evidence",
        (
            key,
            recording.path if recording else "",
            recording.length_s if recording else 0.0,
            recording.sha256 if recording else "",
            recording.chain if recording else "",
            record.evidence,
        ),
    )
    return str(fetch_value(db, "SELECT fate FROM recordings WHERE id = ?", (key,)))


def recording_of(db: Connection, call_id: CallId) -> StoredRecording | None:
    """None for a call that never had a recording or evidence."""
    rows = fetch_all(db, f"SELECT {_ROWS} WHERE d.call_id = ?", (call_id,))
    return _row(rows[0]) if rows else None


def oldest_to_clean(db: Connection, limit: int, *, after: int = 0, before: int | None = None) -> list[StoredRecording]:
    """The oldest recordings that are there and not locked, with keys between `after` and `before`."""
    upper, parameters = ("", ()) if before is None else (" AND r.id < ?", (before,))
    sql = (
        f"SELECT {_ROWS} WHERE r.fate = '' AND r.path <> '' AND c.recording_locked = 0"
        f" AND r.id > ?{upper} ORDER BY r.id LIMIT ?"
    )
    return [_row(row) for row in fetch_all(db, sql, (after, *parameters, limit))]


def evidence_before(db: Connection, before: int, limit: int) -> list[StoredRecording]:
    """Evidence of unlocked calls with keys below `before`, oldest first."""
    sql = f"SELECT {_ROWS} WHERE r.evidence <> '' AND c.recording_locked = 0 AND r.id < ? ORDER BY r.id LIMIT ?"
    return [_row(row) for row in fetch_all(db, sql, (before, limit))]


def forget_evidence(db: Connection, keys: list[int]) -> None:
    """Its files are to go."""
    for key in keys:
        execute(db, "UPDATE recordings SET evidence = '' WHERE id = ?", (key,))


def recordings_after(db: Connection, after: int, limit: int) -> list[StoredRecording]:
    """The next rows in order of time, whatever their fate; `after`: key of the last one seen."""
    sql = f"SELECT {_ROWS} WHERE r.id > ? ORDER BY r.id LIMIT ?"
    return [_row(row) for row in fetch_all(db, sql, (after, limit))]


def count_recordings(db: Connection) -> int:
    """How many rows there are, whatever their fate."""
    return int(fetch_value(db, "SELECT count(*) FROM recordings"))


class RecordedTotal(msgspec.Struct, frozen=True, kw_only=True):
    recordings: int
    seconds: float


def recorded_total(db: Connection, since: int = 0) -> RecordedTotal:
    """How much was recorded, and is there, of calls with keys from `since` on."""
    count, seconds = fetch_all(
        db,
        "SELECT count(*), coalesce(sum(length_s), 0) FROM recordings WHERE fate = '' AND path <> '' AND id >= ?",
        (since,),
    )[0]
    return RecordedTotal(recordings=int(count), seconds=float(seconds))


def locked_recordings(db: Connection, limit: int = 200) -> list[StoredRecording]:
    """What clean-up never touches, newest first."""
    sql = f"SELECT {_ROWS} WHERE c.recording_locked = 1 AND r.fate = '' ORDER BY r.id DESC LIMIT ?"
    return [_row(row) for row in fetch_all(db, sql, (limit,))]


def settle_fate(
    db: Connection, keys: list[int], fate: NoRecordingReason, *, at: datetime, by: str
) -> list[StoredRecording]:
    """Say of these recordings that they are gone; those that are, now: locked ones and such as are gone stay out.

    Delete the files afterwards: a file without a row is found by the nightly check, a row without a file misleads.
    A lost one may be locked.
    """
    gone = []
    for key in keys:
        rows = fetch_all(db, f"SELECT {_ROWS} WHERE r.id = ?", (key,))
        row = _row(rows[0]) if rows else None
        if row is None or row.fate or not row.path or (row.locked and fate is not NoRecordingReason.LOST):
            continue
        execute(
            db,
            "UPDATE recordings SET fate = ?, fate_at = ?, fate_by = ? WHERE id = ?",
            (fate.value, at.isoformat(timespec="seconds"), by, key),
        )
        execute(db, "UPDATE calls SET has_recording = 0, no_recording = ? WHERE id = ?", (fate.value, key))
        reindex_call(db, key)
        gone.append(row)
    return gone


def found_again(db: Connection, key: int) -> None:
    """The file of a lost recording is there after all."""
    execute(db, "UPDATE recordings SET fate = '', fate_at = '', fate_by = '' WHERE id = ? AND fate = 'lost'", (key,))
    execute(
        db,
        "UPDATE calls SET has_recording = 1, no_recording = '' WHERE id = ?"
        " AND EXISTS (SELECT 1 FROM recordings r WHERE r.id = calls.id AND r.fate = '' AND r.path <> '')",
        (key,),
    )
    reindex_call(db, key)


def delete_recording(db: Connection, call_id: CallId, *, at: datetime, by: str) -> StoredRecording:
    """A person throws it away. Raises `NotFoundError` without recording, `InvalidError` when it is locked."""
    row = recording_of(db, call_id)
    if row is None or not row.path or row.fate:
        raise NotFoundError("这次通话没有录音，或录音已经删除。")
    if row.locked:
        raise InvalidError("这条录音已锁定，不能删除。请先解锁。", "recording")
    settle_fate(db, [row.key], NoRecordingReason.DELETED, at=at, by=by)
    return row


def notes_of(db: Connection, call_id: CallId) -> tuple[RecordingNote, ...]:
    """In the order of the recording."""
    rows = fetch_all(
        db,
        "SELECT id, at_s, text, user_id, user_name, written_at FROM recording_notes WHERE call_id = ?"
        " ORDER BY at_s, id",
        (call_id,),
    )
    return tuple(RecordingNote(**dict(zip(RecordingNote.__struct_fields__, row, strict=True))) for row in rows)


def add_note(
    db: Connection, call_id: CallId, *, at_s: float, text: str, user_id: int, user_name: str, at: datetime
) -> tuple[RecordingNote, ...]:
    """Write a note at a moment of a recording; all notes then. Raises `InvalidError`, `NotFoundError`."""
    row = recording_of(db, call_id)
    if row is None or not row.path:
        raise NotFoundError("这次通话没有录音，不能批注。")
    if not text.strip():
        raise InvalidError("请填写批注内容。", "text")
    if len(text) > MAX_NOTE:
        raise InvalidError(f"批注太长，最多 {MAX_NOTE} 个字。", "text")
    if not 0 <= at_s <= row.length_s + 1:
        raise InvalidError("批注的时刻不在录音之内。", "at_s")
    execute(
        db,
        "INSERT INTO recording_notes (call_id, at_s, text, user_id, user_name, written_at) VALUES (?, ?, ?, ?, ?, ?)",
        (call_id, at_s, text.strip(), user_id, user_name, at.isoformat(timespec="seconds")),
    )
    return notes_of(db, call_id)


def delete_note(db: Connection, call_id: CallId, note_id: int, user_id: int) -> tuple[RecordingNote, ...]:
    """Take one's own note away. Raises `NotFoundError` for another's."""
    ours = "id = ? AND call_id = ? AND user_id = ?"
    if fetch_value(db, f"SELECT 1 FROM recording_notes WHERE {ours}", (note_id, call_id, user_id)) is None:  # noqa: S608
        raise NotFoundError("没有这条批注，或它是别人写的。")
    execute(db, "DELETE FROM recording_notes WHERE id = ?", (note_id,))
    return notes_of(db, call_id)


def _row(columns: tuple[object, ...]) -> StoredRecording:
    fields = dict(zip(StoredRecording.__struct_fields__, columns, strict=True))
    return msgspec.convert({**fields, "locked": bool(fields["locked"])}, StoredRecording)
