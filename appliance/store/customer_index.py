"""The inverted index over customers: characters and pairs of characters of everything that a search looks at."""

from __future__ import annotations

from appliance.store.call_tokens import term, word_fragments
from appliance.store.connection import Connection, execute, fetch_value
from appliance.store.folded import words_of


def reindex_customer(db: Connection, customer_id: int) -> None:
    """Make the index say what the customer's `search_text` says now; one that is gone leaves the index."""
    old = fetch_value(db, "SELECT tokens FROM customer_tokens WHERE id = ?", (customer_id,))
    text = fetch_value(db, "SELECT search_text FROM customers WHERE id = ?", (customer_id,))
    new = None if text is None else " ".join(_tokens(text))
    if old == new:
        return
    if old is not None:
        sql = "INSERT INTO customer_index (customer_index, rowid, tokens) VALUES ('delete', ?, ?)"
        execute(db, sql, (customer_id, old))
        execute(db, "DELETE FROM customer_tokens WHERE id = ?", (customer_id,))
    if new is not None:
        execute(db, "INSERT INTO customer_tokens (id, tokens) VALUES (?, ?)", (customer_id, new))
        execute(db, "INSERT INTO customer_index (rowid, tokens) VALUES (?, ?)", (customer_id, new))


def expression(text: str) -> str:
    """What to ask the index for customers that contain every word of `text`: a superset of them. Empty: no word."""
    fragments: set[str] = set()
    for word in words_of(text):
        fragments |= word_fragments(word)
    return " AND ".join(term("y", fragment) for fragment in sorted(fragments))


def _tokens(search_text: str) -> list[str]:
    fragments: set[str] = set()
    for word in words_of(search_text):
        fragments |= word_fragments(word) | set(word)
    return [term("y", fragment) for fragment in sorted(fragments)]
