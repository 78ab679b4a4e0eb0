"""What a bureau adds to its customers: own fields, areas with managers, pinyin for searches, history, imports."""

from __future__ import annotations

from appliance.store.connection import Connection, execute, fetch_all
from appliance.store.customer_index import reindex_customer
from appliance.store.pinyin import pinyin_text

_STATEMENTS = (
    "ALTER TABLE customers ADD COLUMN custom TEXT NOT NULL DEFAULT '{}'",
    "ALTER TABLE customers ADD COLUMN pinyin TEXT NOT NULL DEFAULT ''",
    """CREATE TABLE areas (
        label TEXT PRIMARY KEY,
        manager TEXT NOT NULL DEFAULT '',
        position INTEGER NOT NULL DEFAULT 0
    )""",
    "INSERT INTO areas (label) SELECT DISTINCT area FROM customers WHERE area <> ''",
    """CREATE TABLE customer_history (
        id INTEGER PRIMARY KEY,
        customer_id INTEGER NOT NULL,
        at TEXT NOT NULL,
        user_name TEXT NOT NULL DEFAULT '',
        kind TEXT NOT NULL,
        import_id TEXT NOT NULL DEFAULT '',
        before TEXT NOT NULL DEFAULT ''
    )""",
    "CREATE INDEX customer_history_customer ON customer_history (customer_id, id)",
    "CREATE INDEX customer_history_import ON customer_history (import_id, id)",
    """CREATE TABLE customer_imports (
        id TEXT PRIMARY KEY,
        user_id INTEGER NOT NULL,
        user_name TEXT NOT NULL,
        file_name TEXT NOT NULL,
        at TEXT NOT NULL,
        terms TEXT NOT NULL,
        state TEXT NOT NULL,
        total INTEGER NOT NULL DEFAULT 0,
        done INTEGER NOT NULL DEFAULT 0,
        added INTEGER NOT NULL DEFAULT 0,
        changed INTEGER NOT NULL DEFAULT 0,
        left_out INTEGER NOT NULL DEFAULT 0
    )""",
)


def apply(db: Connection) -> None:
    """Areas that customers have become the bureau's areas; everybody can be found by pinyin."""
    for statement in _STATEMENTS:
        execute(db, statement)
    for customer_id, name in fetch_all(db, "SELECT id, name FROM customers ORDER BY id"):
        execute(db, "UPDATE customers SET pinyin = ? WHERE id = ?", (pinyin_text(name), customer_id))
        reindex_customer(db, customer_id)
