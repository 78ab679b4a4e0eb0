"""Retired units, data policies of roles and people, former passwords, what browser a session has."""

from __future__ import annotations

from appliance.store.connection import Connection, execute

_STATEMENTS = (
    "ALTER TABLE units ADD COLUMN active INTEGER NOT NULL DEFAULT 1",
    "ALTER TABLE sessions ADD COLUMN browser TEXT NOT NULL DEFAULT ''",
    """CREATE TABLE data_policies (
        holder TEXT NOT NULL,
        object TEXT NOT NULL,
        level TEXT NOT NULL,
        units TEXT NOT NULL,
        areas TEXT NOT NULL,
        masked TEXT NOT NULL,
        PRIMARY KEY (holder, object)
    )""",
    """CREATE TABLE former_passwords (
        user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
        n INTEGER NOT NULL,
        password_hash TEXT NOT NULL,
        PRIMARY KEY (user_id, n)
    )""",
    "CREATE INDEX audit_entries_user ON audit_entries (user_id, id)",
    "CREATE INDEX audit_entries_action ON audit_entries (action, id)",
)


def apply(db: Connection) -> None:
    """Every unit is in use, nobody's policy differs from the role's own."""
    for statement in _STATEMENTS:
        execute(db, statement)
