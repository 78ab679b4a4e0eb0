"""Call records: a narrow table to search, a wide one to show, the inverted index, and how far the journal was read.

`calls.id` is the local start time (`call_key`), so that every scan and every posting list is newest first or last.
No searched column is ever NULL: a condition and its "not" together are always everything.
"""

from __future__ import annotations

from appliance.store.connection import Connection, execute
from appliance.store.term_index import create_term_index

_TABLES = (
    """CREATE TABLE calls (
        id INTEGER PRIMARY KEY,
        direction TEXT NOT NULL,
        result TEXT NOT NULL,
        line INTEGER NOT NULL,
        queue TEXT NOT NULL,
        talk_sec INTEGER NOT NULL,
        wait_sec INTEGER NOT NULL,
        peer_number TEXT NOT NULL,
        peer_number_raw TEXT NOT NULL,
        agent TEXT NOT NULL,
        reason_id INTEGER NOT NULL DEFAULT 0,
        has_summary INTEGER NOT NULL DEFAULT 0,
        customer_id INTEGER NOT NULL DEFAULT 0,
        cust_status TEXT NOT NULL DEFAULT '',
        cust_level TEXT NOT NULL DEFAULT '',
        area TEXT NOT NULL DEFAULT '',
        has_recording INTEGER NOT NULL,
        no_recording TEXT NOT NULL,
        recording_locked INTEGER NOT NULL DEFAULT 0,
        quality_checked INTEGER NOT NULL DEFAULT 0,
        voicemail_state TEXT NOT NULL,
        voicemail_for TEXT NOT NULL,
        rating TEXT NOT NULL,
        transferred INTEGER NOT NULL
    )""",
    """CREATE TABLE call_details (
        id INTEGER PRIMARY KEY REFERENCES calls (id) ON DELETE CASCADE,
        call_id TEXT NOT NULL UNIQUE,
        started_at TEXT NOT NULL,
        ended_at TEXT NOT NULL,
        answered_at TEXT,
        answer_inferred INTEGER NOT NULL,
        connected_at TEXT,
        hotline TEXT NOT NULL,
        peer_name TEXT NOT NULL,
        caller_id TEXT NOT NULL,
        agents TEXT NOT NULL,
        seat TEXT,
        station TEXT,
        ring_s REAL NOT NULL,
        wait_s REAL NOT NULL,
        talk_s REAL NOT NULL,
        total_s REAL NOT NULL,
        hang_up_side TEXT NOT NULL,
        hang_up_cause TEXT NOT NULL,
        transfers TEXT NOT NULL,
        recording_path TEXT,
        recording_start_s REAL NOT NULL,
        recording_length_s REAL NOT NULL,
        voicemail_path TEXT,
        voicemail_length_s REAL NOT NULL,
        voicemail_box TEXT NOT NULL,
        steps TEXT NOT NULL,
        summary TEXT NOT NULL DEFAULT '',
        summary_folded TEXT NOT NULL DEFAULT ''
    )""",
    "CREATE TABLE call_agents (id INTEGER NOT NULL, agent TEXT NOT NULL, PRIMARY KEY (id, agent))",
    """CREATE TABLE call_nodes (
        id INTEGER NOT NULL,
        position INTEGER NOT NULL,
        flow TEXT NOT NULL,
        node TEXT NOT NULL,
        digits TEXT NOT NULL,
        PRIMARY KEY (id, position)
    )""",
    """CREATE TABLE call_transfers (
        id INTEGER NOT NULL,
        position INTEGER NOT NULL,
        kind TEXT NOT NULL,
        target TEXT NOT NULL,
        PRIMARY KEY (id, position)
    )""",
    """CREATE TABLE tickets (
        id INTEGER PRIMARY KEY,
        number TEXT NOT NULL UNIQUE,
        kind TEXT NOT NULL DEFAULT '',
        status TEXT NOT NULL DEFAULT '',
        overdue INTEGER NOT NULL DEFAULT 0,
        repeated INTEGER NOT NULL DEFAULT 0
    )""",
    """CREATE TABLE call_tickets (
        id INTEGER NOT NULL,
        ticket_id INTEGER NOT NULL REFERENCES tickets (id) ON DELETE CASCADE,
        PRIMARY KEY (id, ticket_id)
    )""",
    "CREATE INDEX call_tickets_ticket ON call_tickets (ticket_id)",
    "CREATE TABLE holidays (day TEXT PRIMARY KEY, closed INTEGER NOT NULL)",
    "CREATE TABLE journal_positions (file TEXT PRIMARY KEY, read_to INTEGER NOT NULL)",
    "CREATE TABLE call_tokens (id INTEGER PRIMARY KEY, tokens TEXT NOT NULL)",
    "CREATE TABLE call_token_counts (token TEXT PRIMARY KEY, calls INTEGER NOT NULL)",
)


def apply(db: Connection) -> None:
    """Create the tables and the inverted index."""
    for statement in _TABLES:
        execute(db, statement)
    create_term_index(db, "call")
