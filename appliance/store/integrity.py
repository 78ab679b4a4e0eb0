"""Is the database file whole?"""

from __future__ import annotations

from appliance.store.connection import Connection, fetch_all


def damage_of(db: Connection) -> str:
    """What SQLite's quick check finds, as one sentence; empty when the file is whole."""
    rows = [str(row[0]) for row in fetch_all(db, "PRAGMA quick_check(3)")]
    return "" if rows == ["ok"] else f"数据库文件损坏：{'；'.join(rows)}"
