"""Alarms as they were raised, cleared and acknowledged; television screens that show the wallboard."""

from __future__ import annotations

from appliance.store.connection import Connection, execute

_STATEMENTS = (
    """CREATE TABLE alarms (
        id INTEGER PRIMARY KEY,
        kind TEXT NOT NULL,
        subject TEXT NOT NULL,
        level TEXT NOT NULL,
        text TEXT NOT NULL,
        raised_at TEXT NOT NULL,
        cleared_at TEXT NOT NULL DEFAULT '',
        acknowledged_at TEXT NOT NULL DEFAULT '',
        acknowledged_by TEXT NOT NULL DEFAULT ''
    )""",
    "CREATE UNIQUE INDEX alarms_open ON alarms (kind, subject) WHERE cleared_at = ''",
    """CREATE TABLE displays (
        id INTEGER PRIMARY KEY,
        secret_hash TEXT NOT NULL UNIQUE,
        terms TEXT NOT NULL,
        created_at TEXT NOT NULL,
        created_by TEXT NOT NULL
    )""",
)


def apply(db: Connection) -> None:
    """Create the tables; only one alarm of a kind about one subject can be open."""
    for statement in _STATEMENTS:
        execute(db, statement)
