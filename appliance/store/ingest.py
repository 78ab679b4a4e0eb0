"""From the journal into the database: every call exactly once, whatever was interrupted, whoever was restarted."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from time import time

import msgspec

from appliance.journal import read_facts
from appliance.store.call_write import save_call
from appliance.store.connection import Connection, execute, fetch_all
from appliance.store.event_feed import add_records
from appliance.telephony.ids import CallId
from appliance.wire.facts import CallEnded


class IngestReport(msgspec.Struct, frozen=True, kw_only=True):
    """What one ingest did."""

    facts: int = 0
    garbage: int = 0
    """Lines that are no facts; they are skipped."""
    call_ids: tuple[CallId, ...] = ()
    """Calls that are in the log now, oldest line first."""
    more: bool = False
    """The limit was reached: call again."""


def ingest(db: Connection, folder: Path, *, max_lines: int = 2_000) -> IngestReport:
    """Read on where the last ingest stopped; run it with `Database.write`: calls and position are one transaction.

    A line read again changes nothing. Raises `OSError` when the journal cannot be read.
    """
    stored: dict[str, int] = dict(fetch_all(db, "SELECT file, read_to FROM journal_positions"))
    reached: dict[str, int] = {}
    facts = garbage = 0
    call_ids: dict[CallId, None] = {}
    more = False
    for line in read_facts(folder, stored):
        if facts + garbage >= max_lines:
            more = True
            break
        reached[line.file] = line.offset
        if line.fact is None:
            garbage += 1
            continue
        if isinstance(line.fact, CallEnded):
            if not _is_dated(line.fact):
                garbage += 1
                continue
            save_call(db, line.fact.record)
            call_ids[line.fact.record.call_id] = None
        facts += 1
    add_records(db, call_ids, time())
    for file, read_to in reached.items():
        execute(
            db,
            "INSERT INTO journal_positions (file, read_to) VALUES (?, ?)"
            " ON CONFLICT (file) DO UPDATE SET read_to = excluded.read_to",
            (file, read_to),
        )
    return IngestReport(facts=facts, garbage=garbage, call_ids=tuple(call_ids), more=more)


def _is_dated(fact: CallEnded) -> bool:
    """A record without a time cannot stand in the log; it must not stop the others."""
    try:
        datetime.fromisoformat(fact.record.started_at)
    except ValueError:
        return False
    return True


def unread_bytes(db: Connection, folder: Path) -> int:
    """How much of the journal is not in the database yet."""
    stored: dict[str, int] = dict(fetch_all(db, "SELECT file, read_to FROM journal_positions"))
    return sum(max(0, path.stat().st_size - stored.get(path.name, 0)) for path in folder.glob("*.jsonl"))
