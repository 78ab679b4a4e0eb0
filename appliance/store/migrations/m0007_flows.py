"""Call flows in the making: one draft a flow, and every version that was ever published."""

from __future__ import annotations

from appliance.store.connection import Connection, execute

_TABLES = (
    """CREATE TABLE flow_drafts (
        flow TEXT PRIMARY KEY,
        graph TEXT NOT NULL,
        revision INTEGER NOT NULL,
        saved_at TEXT NOT NULL,
        user_id INTEGER,
        user_name TEXT NOT NULL
    )""",
    """CREATE TABLE flow_versions (
        flow TEXT NOT NULL,
        version INTEGER NOT NULL,
        graph TEXT NOT NULL,
        reason TEXT NOT NULL,
        published_at TEXT NOT NULL,
        user_id INTEGER,
        user_name TEXT NOT NULL,
        PRIMARY KEY (flow, version)
    )""",
)


def apply(db: Connection) -> None:
    """Create the tables."""
    for statement in _TABLES:
        execute(db, statement)
