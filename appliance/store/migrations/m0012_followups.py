"""What has to be followed up: voicemails with their state, contacts with each number, and the ledger made of them."""

from __future__ import annotations

from appliance.store.connection import Connection, execute

_STATEMENTS = (
    """CREATE TABLE voicemails (
        id BIGINT PRIMARY KEY,
        call_id TEXT NOT NULL UNIQUE,
        left_at TEXT NOT NULL,
        number TEXT NOT NULL,
        box TEXT NOT NULL,
        for_agent TEXT NOT NULL,
        queue TEXT NOT NULL,
        path TEXT NOT NULL,
        length_s DOUBLE PRECISION NOT NULL,
        due_at TEXT NOT NULL DEFAULT '',
        state TEXT NOT NULL DEFAULT 'new',
        assigned_to TEXT NOT NULL DEFAULT '',
        heard_by TEXT NOT NULL DEFAULT '',
        heard_at TEXT NOT NULL DEFAULT '',
        handled_by TEXT NOT NULL DEFAULT '',
        handled_at TEXT NOT NULL DEFAULT '',
        note TEXT NOT NULL DEFAULT '',
        called_back TEXT NOT NULL DEFAULT '',
        deleted_at TEXT NOT NULL DEFAULT ''
    )""",
    "CREATE INDEX voicemails_state ON voicemails (state, id)",
    """CREATE TABLE voicemail_marks (
        fact_id TEXT PRIMARY KEY,
        call_id TEXT NOT NULL,
        state TEXT NOT NULL,
        agent TEXT NOT NULL,
        at TEXT NOT NULL
    )""",
    "CREATE INDEX voicemail_marks_call ON voicemail_marks (call_id)",
    """CREATE TABLE contacts (
        source TEXT PRIMARY KEY,
        call_id TEXT NOT NULL,
        number TEXT NOT NULL,
        at TEXT NOT NULL,
        at_ms BIGINT NOT NULL,
        kind TEXT NOT NULL,
        queue TEXT NOT NULL,
        area TEXT NOT NULL,
        agent TEXT NOT NULL,
        result TEXT NOT NULL
    )""",
    "CREATE INDEX contacts_number ON contacts (number, at_ms)",
    "CREATE INDEX contacts_call ON contacts (call_id)",
    """CREATE TABLE followups (
        source TEXT PRIMARY KEY,
        number TEXT NOT NULL,
        kind TEXT NOT NULL,
        queue TEXT NOT NULL,
        area TEXT NOT NULL,
        owner TEXT NOT NULL,
        result TEXT NOT NULL,
        calls INTEGER NOT NULL,
        tries INTEGER NOT NULL,
        first_at TEXT NOT NULL,
        first_ms BIGINT NOT NULL,
        last_at TEXT NOT NULL,
        due_at TEXT NOT NULL,
        due_ms BIGINT NOT NULL,
        closing TEXT NOT NULL,
        closed_at TEXT NOT NULL,
        closed_ms BIGINT NOT NULL,
        closed_by TEXT NOT NULL,
        closed_call TEXT NOT NULL,
        note TEXT NOT NULL
    )""",
    "CREATE INDEX followups_number ON followups (number, first_ms)",
    "CREATE INDEX followups_due ON followups (closing, due_ms, source)",
    "CREATE INDEX followups_closed ON followups (closed_ms, source)",
    """INSERT INTO voicemails (id, call_id, left_at, number, box, for_agent, queue, path, length_s, state)
        SELECT c.id, d.call_id, d.ended_at, c.peer_number, d.voicemail_box,
            CASE WHEN c.voicemail_for = d.voicemail_box THEN '' ELSE c.voicemail_for END,
            c.queue, d.voicemail_path, d.voicemail_length_s, c.voicemail_state
        FROM calls c JOIN call_details d ON d.id = c.id
        WHERE c.voicemail_state <> '' AND d.voicemail_path IS NOT NULL""",
)


def apply(db: Connection) -> None:
    """Create the tables; voicemails that are there are taken over, the ledger begins with the next call."""
    for statement in _STATEMENTS:
        execute(db, statement)
