"""Searches of the call log that people keep; an export knows its order and whether numbers are masked in it."""

from __future__ import annotations

from appliance.store.connection import Connection, execute


def apply(db: Connection) -> None:
    """`search` is JSON of a `CallSearch`, `call_order` of a `CallOrder`; `place` orders the searches of one person."""
    execute(
        db,
        """CREATE TABLE saved_searches (
            id INTEGER PRIMARY KEY,
            user_id INTEGER NOT NULL,
            place INTEGER NOT NULL,
            name TEXT NOT NULL,
            search TEXT NOT NULL,
            call_order TEXT NOT NULL,
            shared INTEGER NOT NULL,
            UNIQUE (user_id, name)
        )""",
    )
    execute(db, "ALTER TABLE exports ADD COLUMN call_order TEXT NOT NULL DEFAULT '{}'")
    execute(db, "ALTER TABLE exports ADD COLUMN masked INTEGER NOT NULL DEFAULT 0")
