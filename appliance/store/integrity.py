"""Is the database whole?"""

from __future__ import annotations

from appliance.store.connection import Connection, fetch_all, is_postgres


def damage_of(db: Connection) -> str:
    """What SQLite's quick check finds, as one sentence; empty when the file is whole. A server looks after itself."""
    if is_postgres(db):
        return ""
    rows = [str(row[0]) for row in fetch_all(db, "PRAGMA quick_check(3)")]
    return "" if rows == ["ok"] else f"数据库文件损坏：{'；'.join(rows)}"
