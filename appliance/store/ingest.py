"""From the journal into the database: every call exactly once, whatever was interrupted, whoever was restarted."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path
from time import time

import msgspec

from appliance.journal import read_facts
from appliance.store.audit import note_clock
from appliance.store.call_write import save_call
from appliance.store.connection import Connection, execute, fetch_all, fetch_value
from appliance.store.contacts import note_booking, note_call
from appliance.store.event_feed import add_records
from appliance.store.running_notes import deliver_note
from appliance.store.sms import note_sms
from appliance.store.voicemails import keep_voicemail, note_mark
from appliance.telephony.ids import CallId
from appliance.wire.facts import AnyFact, CallBackBooked, CallEnded, ClockJumped, VoicemailClosed, VoicemailHeard


class IngestReport(msgspec.Struct, frozen=True, kw_only=True):
    """What one ingest did."""

    facts: int = 0
    garbage: int = 0
    """Lines that are no facts; they are skipped."""
    call_ids: tuple[CallId, ...] = ()
    """Calls that are in the log now, oldest line first."""
    more: bool = False
    """The limit was reached: call again."""
    desk_changed: bool = False
    """A voicemail or a caller to be followed up is new or not what it was."""
    sms_changed: bool = False
    """A short message is new or not what it was."""


def ingest(db: Connection, folder: Path, *, max_lines: int = 2_000) -> IngestReport:
    """Read on where the last ingest stopped; run it with `Database.write`: calls and position are one transaction.

    A line read again changes nothing. Raises `OSError` when the journal cannot be read.
    """
    stored: dict[str, int] = dict(fetch_all(db, "SELECT file, read_to FROM journal_positions"))
    reached: dict[str, int] = {}
    facts = garbage = 0
    call_ids: dict[CallId, None] = {}
    more = desk_changed = sms_changed = False
    for line in read_facts(folder, stored):
        if facts + garbage >= max_lines:
            more = True
            break
        reached[line.file] = line.offset
        if line.fact is None:
            garbage += 1
            continue
        if not _is_dated(line.fact):
            garbage += 1
            continue
        if isinstance(line.fact, CallEnded):
            call_ids[line.fact.record.call_id] = None
        desk_changed = _take(db, line.fact) or desk_changed
        sms_changed = note_sms(db, line.fact) or sms_changed
        facts += 1
    add_records(db, call_ids, time())
    for file in reached:
        _sync(folder / file)
    for file, read_to in reached.items():
        execute(
            db,
            "INSERT INTO journal_positions (file, read_to) VALUES (?, ?)"
            " ON CONFLICT (file) DO UPDATE SET read_to = excluded.read_to",
            (file, read_to),
        )
    return IngestReport(
        facts=facts,
        garbage=garbage,
        call_ids=tuple(call_ids),
        more=more,
        desk_changed=desk_changed,
        sms_changed=sms_changed,
    )


def _sync(file: Path) -> None:
    """The database never knows what a power cut may take out of the journal: a line is read before it is synced."""
    opened = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fdatasync(opened)
    finally:
        os.close(opened)


def _take(db: Connection, fact: AnyFact) -> bool:
    """Store what the fact says; whether the desk has something new to do or to leave."""
    match fact:
        case CallEnded(record=record):
            key = save_call(db, record)
            area = fetch_value(db, "SELECT area FROM calls WHERE id = ?", (key,))
            deliver_note(db, record.call_id)
            left = keep_voicemail(db, key, record)
            return note_call(db, record, str(area)) or left
        case CallBackBooked():
            return note_booking(db, fact)
        case VoicemailHeard() | VoicemailClosed():
            return note_mark(db, fact)
        case ClockJumped(at=at, expected=expected):
            note_clock(db, "set", datetime.fromisoformat(expected), datetime.fromisoformat(at))
            return False
        case _:
            return False


def _is_dated(fact: AnyFact) -> bool:
    """A record without a time cannot stand in the log; it must not stop the others."""
    match fact:
        case CallEnded(record=record):
            times = [record.started_at, record.ended_at]
        case ClockJumped(at=at, expected=expected):
            times = [at, expected]
        case _:
            times = [fact.at]
    try:
        for time in times:
            datetime.fromisoformat(time)
    except ValueError:
        return False
    return True


def unread_bytes(db: Connection, folder: Path) -> int:
    """How much of the journal is not in the database yet."""
    stored: dict[str, int] = dict(fetch_all(db, "SELECT file, read_to FROM journal_positions"))
    return sum(max(0, path.stat().st_size - stored.get(path.name, 0)) for path in folder.glob("*.jsonl"))
