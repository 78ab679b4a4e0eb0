"""Short messages that came and went, and texts to begin one with."""

from __future__ import annotations

from appliance.store.connection import Connection, execute


def apply(db: Connection) -> None:
    """`incoming` 1: came to us. `number` as in the call log, or a sender's name. `state`: `SmsState`."""
    execute(
        db,
        """CREATE TABLE sms_messages (
            id INTEGER PRIMARY KEY,
            sms_id TEXT NOT NULL UNIQUE,
            incoming INTEGER NOT NULL,
            number TEXT NOT NULL,
            text TEXT NOT NULL,
            at TEXT NOT NULL,
            state TEXT NOT NULL,
            parts INTEGER NOT NULL,
            missing INTEGER NOT NULL DEFAULT 0,
            cost_yuan REAL NOT NULL DEFAULT 0,
            written_by TEXT NOT NULL DEFAULT '',
            failure TEXT NOT NULL DEFAULT '',
            read_at TEXT NOT NULL DEFAULT '',
            read_by TEXT NOT NULL DEFAULT ''
        )""",
    )
    execute(db, "CREATE INDEX sms_messages_of_number ON sms_messages (number, id)")
    execute(
        db,
        """CREATE TABLE sms_templates (
            id INTEGER PRIMARY KEY,
            position INTEGER NOT NULL,
            name TEXT NOT NULL,
            text TEXT NOT NULL
        )""",
    )
