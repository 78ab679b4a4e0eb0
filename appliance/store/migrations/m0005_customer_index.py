"""An inverted index over the customers' texts, so that any part of a name, card or address is found at once."""

from __future__ import annotations

from appliance.store.connection import Connection, execute, fetch_all
from appliance.store.customer_index import reindex_customer

_INVERTED_INDEX = """CREATE VIRTUAL TABLE customer_index USING fts5 (
    tokens, content='customer_tokens', content_rowid='id', detail=none, columnsize=0, tokenize="ascii tokenchars '_'"
)"""


def apply(db: Connection) -> None:
    """Create the index and put the customers that are there into it."""
    execute(db, "CREATE TABLE customer_tokens (id INTEGER PRIMARY KEY, tokens TEXT NOT NULL)")
    execute(db, _INVERTED_INDEX)
    for (customer_id,) in fetch_all(db, "SELECT id FROM customers ORDER BY id"):
        reindex_customer(db, customer_id)
