"""Whether a database file was already changed by a newer program than this one."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from appliance.store.migrations import known_migrations


def is_newer_than_program(path: Path) -> bool:
    """Of a SQLite file that nobody has open. False for one that cannot be read: that is another fault."""
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as db:
            (newest,) = db.execute("SELECT max(number) FROM migrations").fetchone()
    except sqlite3.Error:
        return False
    return newest is not None and newest > max(number for number, _ in known_migrations())
