"""What agents write about calls that have no record yet."""

from __future__ import annotations

from appliance.store.connection import Connection, execute


def apply(db: Connection) -> None:
    """Create the table; `note` is JSON of a `RunningNote`."""
    execute(
        db,
        """CREATE TABLE running_notes (
            call_id TEXT PRIMARY KEY,
            note TEXT NOT NULL,
            user_id INTEGER NOT NULL,
            user_name TEXT NOT NULL,
            address TEXT NOT NULL,
            written_at TEXT NOT NULL
        )""",
    )
