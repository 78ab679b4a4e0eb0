"""The inverted index over customers: characters and pairs of characters of everything that a search looks at."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from appliance.store.call_clause import Groups
from appliance.store.call_tokens import term, word_fragments
from appliance.store.connection import Connection, fetch_all
from appliance.store.folded import words_of
from appliance.store.pinyin import pinyin_text
from appliance.store.term_index import Asked, add_terms, ask, set_terms

LAST_ID = (1 << 62) - 1


def reindex_customer(db: Connection, customer_id: int) -> None:
    """Make the index say what the customer's `search_text` and name say now; one that is gone leaves the index."""
    rows = fetch_all(db, "SELECT search_text, name FROM customers WHERE id = ?", (customer_id,))
    terms = _tokens(f"{rows[0][0]}\n{pinyin_text(rows[0][1])}") if rows else None
    set_terms(db, "customer", customer_id, terms)


def index_new_customers(db: Connection, texts: Iterable[tuple[int, str, str]]) -> None:
    """Id, `search_text` and `pinyin` of customers whose ids nobody had before."""
    add_terms(db, "customer", [(key, _tokens(f"{search_text}\n{pinyin}")) for key, search_text, pinyin in texts])


def customers_with(db: Connection, text: str, *, last: int = LAST_ID) -> Asked | None:
    """A superset of the customers, with ids up to `last`, that contain every word of `text`. None: no word."""
    fragments: set[str] = set()
    for word in words_of(text):
        fragments |= word_fragments(word)
    if not fragments:
        return None
    groups: Groups = tuple((term("y", fragment),) for fragment in sorted(fragments))
    return ask(db, "customer", groups, first=-LAST_ID, last=last)


def _tokens(search_text: str) -> list[str]:
    fragments: set[str] = set()
    for word in words_of(search_text):
        fragments.update(word, word_fragments(word))
    return list(map(_term, sorted(fragments)))


@lru_cache(maxsize=50_000)
def _term(fragment: str) -> str:
    """Customers of one bureau have most fragments in common."""
    return term("y", fragment)
