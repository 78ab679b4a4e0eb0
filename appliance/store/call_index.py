"""Keeping the inverted index in step: whoever changes a searched column calls `reindex_call` afterwards."""

from __future__ import annotations

from appliance.store.call_shapes import count_shape, shape_of
from appliance.store.call_tokens import ALL, CallTerms, tokens_of
from appliance.store.connection import Connection, execute, fetch_all
from appliance.store.term_index import set_terms

_TERMS = """SELECT c.direction, c.result, c.line, c.queue, c.talk_sec, c.wait_sec, c.peer_number, c.peer_number_raw,
    c.reason_id, d.summary_folded, c.customer_id, c.cust_status, c.cust_level, c.area, c.has_recording, c.no_recording,
    c.recording_locked, c.quality_checked, c.voicemail_state, c.voicemail_for, c.rating
    FROM calls c JOIN call_details d ON d.id = c.id WHERE c.id = ?"""
_COLUMNS = (
    "direction", "result", "line", "queue", "talk_sec", "wait_sec", "peer_number", "peer_number_raw",
    "reason_id", "summary_folded", "customer_id", "cust_status", "cust_level", "area", "has_recording", "no_recording",
    "recording_locked", "quality_checked", "voicemail_state", "voicemail_for", "rating",
)  # fmt: skip

_MOST_TOKENS = 500
"""In one statement."""


def reindex_call(db: Connection, key: int) -> None:
    """Make the index say what the call's rows say now; a call that is gone leaves the index."""
    terms = _terms(db, key)
    before, after = set_terms(db, "call", key, None if terms is None else tokens_of(terms))
    _count(db, sorted(after - before), 1)
    _count(db, sorted(before - after), -1)
    for tokens, change in ((before, -1), (after, 1)):
        if tokens and before != after:
            count_shape(db, shape_of(tokens), change)


def token_counts(db: Connection, tokens: set[str]) -> dict[str, int]:
    """How many calls have each of the tokens (0 is left out); with `ALL` always among them."""
    wanted = sorted(tokens | {ALL})
    marks = ", ".join("?" * len(wanted))
    return dict(fetch_all(db, f"SELECT token, calls FROM call_token_counts WHERE token IN ({marks})", wanted))  # noqa: S608 marks only


def _count(db: Connection, tokens: list[str], change: int) -> None:
    for at in range(0, len(tokens), _MOST_TOKENS):
        portion = tokens[at : at + _MOST_TOKENS]
        marks = ", ".join(f"(?, {change})" for _ in portion)
        execute(
            db,
            f"INSERT INTO call_token_counts (token, calls) VALUES {marks}"  # noqa: S608 marks only
            " ON CONFLICT (token) DO UPDATE SET calls = call_token_counts.calls + excluded.calls",
            portion,
        )


def _terms(db: Connection, key: int) -> CallTerms | None:
    rows = fetch_all(db, _TERMS, (key,))
    if not rows:
        return None
    agents = fetch_all(db, "SELECT agent FROM call_agents WHERE id = ? ORDER BY agent", (key,))
    nodes = fetch_all(db, "SELECT flow, node, digits FROM call_nodes WHERE id = ? ORDER BY position", (key,))
    transfers = fetch_all(db, "SELECT kind, target FROM call_transfers WHERE id = ? ORDER BY position", (key,))
    return CallTerms(
        key=key,
        agents=tuple(agent for (agent,) in agents),
        nodes=tuple((flow, node, digits) for flow, node, digits in nodes),
        transfers=tuple((kind, target) for kind, target in transfers),
        **dict(zip(_COLUMNS, rows[0], strict=True)),
    )
