"""Counted shapes of calls (`appliance.store.call_shapes`), and the calls of each customer."""

from __future__ import annotations

from appliance.store.call_shapes import RESPECTS, count_shape, shape_of
from appliance.store.call_tokens import CallTerms, tokens_of
from appliance.store.connection import Connection, execute, fetch_all

_COLUMNS = (
    "direction", "result", "queue", "has_recording", "no_recording", "recording_locked", "quality_checked",
    "voicemail_state", "rating", "transferred", "has_summary", "talk_sec > 0", "wait_sec > 0",
)  # fmt: skip


def apply(db: Connection) -> None:
    """Create the table and count what is there."""
    columns = ", ".join(f"{column} TEXT NOT NULL" for column in RESPECTS.values())
    key = ", ".join(RESPECTS.values())
    execute(db, f"CREATE TABLE call_shapes ({columns}, calls INTEGER NOT NULL, PRIMARY KEY ({key}))")
    execute(db, "CREATE INDEX calls_customer ON calls (customer_id)")
    places = ", ".join(str(at + 1) for at in range(len(_COLUMNS)))
    rows = fetch_all(db, f"SELECT {', '.join(_COLUMNS)}, count(*) FROM calls GROUP BY {places}")  # noqa: S608 own names
    for *values, calls in rows:
        count_shape(db, shape_of(tokens_of(_terms(*values))), int(calls))


def _terms(
    direction: str, result: str, queue: str, has_recording: int, no_recording: str, locked: int, checked: int,
    voicemail_state: str, rating: str, transferred: int, has_summary: int, talked: int, waited: int,
) -> CallTerms:  # fmt: skip
    """Of a call that is like that, and like nothing in all other respects."""
    return CallTerms(
        key=0,
        direction=direction,
        result=result,
        line=0,
        queue=queue,
        agents=(),
        talk_sec=int(talked),
        wait_sec=int(waited),
        peer_number="",
        peer_number_raw="",
        nodes=(),
        transfers=(("", ""),) if transferred else (),
        reason_id=0,
        summary_folded="-" if has_summary else "",
        customer_id=0,
        cust_status="",
        cust_level="",
        area="",
        has_recording=bool(has_recording),
        no_recording=no_recording,
        recording_locked=bool(locked),
        quality_checked=bool(checked),
        voicemail_state=voicemail_state,
        voicemail_for="",
        rating=rating,
    )
