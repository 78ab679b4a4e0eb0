"""Excel exports that people asked for: what was asked, by whom, and what became of it."""

from __future__ import annotations

from appliance.store.connection import Connection, execute


def apply(db: Connection) -> None:
    """Create the table."""
    execute(
        db,
        """CREATE TABLE exports (
            id TEXT PRIMARY KEY,
            user_id INTEGER NOT NULL,
            search TEXT NOT NULL,
            scope TEXT NOT NULL,
            columns TEXT NOT NULL,
            created_at TEXT NOT NULL
        )""",
    )
