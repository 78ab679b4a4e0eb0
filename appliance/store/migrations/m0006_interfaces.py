"""Other programs: their keys, what they did, answers kept for repeated requests, the event feed and web hooks."""

from __future__ import annotations

from appliance.store.connection import Connection, execute

_TABLES = (
    """CREATE TABLE api_keys (
        id INTEGER PRIMARY KEY,
        secret_hash TEXT NOT NULL UNIQUE,
        hint TEXT NOT NULL,
        terms TEXT NOT NULL,
        created_at TEXT NOT NULL,
        created_by TEXT NOT NULL,
        last_used_at TEXT NOT NULL DEFAULT '',
        last_address TEXT NOT NULL DEFAULT '',
        revoked_at TEXT NOT NULL DEFAULT ''
    )""",
    """CREATE TABLE interface_log (
        id INTEGER PRIMARY KEY,
        at TEXT NOT NULL,
        kind TEXT NOT NULL,
        who TEXT NOT NULL,
        address TEXT NOT NULL,
        what TEXT NOT NULL,
        status INTEGER NOT NULL,
        note TEXT NOT NULL,
        took_ms INTEGER NOT NULL
    )""",
    """CREATE TABLE api_replies (
        key_id INTEGER NOT NULL,
        token TEXT NOT NULL,
        digest TEXT NOT NULL,
        answer TEXT NOT NULL DEFAULT '',
        at DOUBLE PRECISION NOT NULL,
        PRIMARY KEY (key_id, token)
    )""",
    """CREATE TABLE event_feed (
        n INTEGER PRIMARY KEY,
        at DOUBLE PRECISION NOT NULL,
        topic TEXT NOT NULL,
        call_id TEXT NOT NULL DEFAULT '',
        body TEXT NOT NULL DEFAULT ''
    )""",
    "CREATE INDEX event_feed_call ON event_feed (call_id)",
    """CREATE TABLE web_hooks (
        id INTEGER PRIMARY KEY,
        terms TEXT NOT NULL,
        secret TEXT NOT NULL,
        sent_to INTEGER NOT NULL,
        paused TEXT NOT NULL DEFAULT '',
        failing_since DOUBLE PRECISION NOT NULL DEFAULT 0,
        tries INTEGER NOT NULL DEFAULT 0,
        last_error TEXT NOT NULL DEFAULT '',
        last_ok_at TEXT NOT NULL DEFAULT '',
        created_at TEXT NOT NULL,
        created_by TEXT NOT NULL
    )""",
)


def apply(db: Connection) -> None:
    """Create the tables; calls that are there already are in the feed from the beginning."""
    for statement in _TABLES:
        execute(db, statement)
    execute(
        db,
        "INSERT INTO event_feed (n, at, topic, call_id)"
        " SELECT row_number() OVER (ORDER BY id), 0, 'records', call_id FROM call_details",
    )
