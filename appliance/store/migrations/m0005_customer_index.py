"""An inverted index over the customers' texts, so that any part of a name, card or address is found at once."""

from __future__ import annotations

from appliance.store.connection import Connection, execute, fetch_all
from appliance.store.customer_index import reindex_customer
from appliance.store.term_index import create_term_index


def apply(db: Connection) -> None:
    """Create the index and put the customers that are there into it."""
    execute(db, "CREATE TABLE customer_tokens (id INTEGER PRIMARY KEY, tokens TEXT NOT NULL)")
    create_term_index(db, "customer")
    for (customer_id,) in fetch_all(db, "SELECT id FROM customers ORDER BY id"):
        reindex_customer(db, customer_id)
