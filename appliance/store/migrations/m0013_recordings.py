"""What proves each recording and what became of it, notes at moments of recordings, checks of all files."""

from __future__ import annotations

from appliance.store.connection import Connection, execute

_TABLES = (
    """CREATE TABLE recordings (
        id INTEGER PRIMARY KEY,
        path TEXT NOT NULL,
        length_s REAL NOT NULL,
        sha256 TEXT NOT NULL DEFAULT '',
        chain TEXT NOT NULL DEFAULT '',
        evidence TEXT NOT NULL DEFAULT '',
        fate TEXT NOT NULL DEFAULT '',
        fate_at TEXT NOT NULL DEFAULT '',
        fate_by TEXT NOT NULL DEFAULT ''
    )""",
    "CREATE INDEX recordings_fate ON recordings (fate, id)",
    """CREATE TABLE recording_notes (
        id INTEGER PRIMARY KEY,
        call_id TEXT NOT NULL,
        at_s REAL NOT NULL,
        text TEXT NOT NULL,
        user_id INTEGER NOT NULL,
        user_name TEXT NOT NULL,
        written_at TEXT NOT NULL
    )""",
    "CREATE INDEX recording_notes_call ON recording_notes (call_id, at_s)",
    """CREATE TABLE storage_runs (
        id INTEGER PRIMARY KEY,
        kind TEXT NOT NULL,
        began_at TEXT NOT NULL,
        ended_at TEXT NOT NULL,
        outcome TEXT NOT NULL
    )""",
)


def apply(db: Connection) -> None:
    """Create the tables; recordings from before have no chain."""
    for statement in _TABLES:
        execute(db, statement)
    execute(
        db,
        "INSERT INTO recordings (id, path, length_s)"
        " SELECT id, recording_path, recording_length_s FROM call_details WHERE recording_path IS NOT NULL",
    )
