"""Answers kept for a day, so that a request that a program repeats is carried out once."""

from __future__ import annotations

import msgspec

from appliance.store.connection import Connection, execute, fetch_all

KEPT_S = 86_400.0


class KeptReply(msgspec.Struct, frozen=True):
    digest: str
    """Of the request: another request under the same token is a mistake."""
    answer: str
    """Empty: nothing came of it yet."""


def begin_reply(db: Connection, key_id: int, token: str, digest: str, at: float) -> KeptReply | None:
    """None: this is the first such request, and it is noted; otherwise what is known of the first."""
    execute(db, "DELETE FROM api_replies WHERE at < ?", (at - KEPT_S,))
    rows = fetch_all(db, "SELECT digest, answer FROM api_replies WHERE key_id = ? AND token = ?", (key_id, token))
    if rows:
        return KeptReply(*rows[0])
    execute(db, "INSERT INTO api_replies (key_id, token, digest, at) VALUES (?, ?, ?, ?)", (key_id, token, digest, at))
    return None


def keep_reply(db: Connection, key_id: int, token: str, answer: str) -> None:
    """The request was carried out."""
    execute(db, "UPDATE api_replies SET answer = ? WHERE key_id = ? AND token = ?", (answer, key_id, token))


def drop_reply(db: Connection, key_id: int, token: str) -> None:
    """The request was refused: it may be tried again."""
    execute(db, "DELETE FROM api_replies WHERE key_id = ? AND token = ?", (key_id, token))
