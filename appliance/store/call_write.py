"""Putting call records into the database: once or again, the outcome is the same; what people added stays."""

from __future__ import annotations

from datetime import datetime

import msgspec

from appliance.store.call_index import reindex_call
from appliance.store.call_key import key_of
from appliance.store.call_search import Rating, TransferKind
from appliance.store.connection import Connection, execute, fetch_all, fetch_value
from appliance.store.folded import fold
from appliance.store.recordings import keep_recording
from appliance.telephony.call import StepKind
from appliance.wire.facts import CallRecord

_SEARCHED = (
    "id", "direction", "result", "line", "queue", "talk_sec", "wait_sec", "peer_number", "peer_number_raw", "agent",
    "reason_id", "has_summary", "customer_id", "cust_status", "cust_level", "area", "has_recording", "no_recording",
    "recording_locked", "quality_checked", "voicemail_state", "voicemail_for", "rating", "transferred",
)  # fmt: skip
_SHOWN = (
    "id", "call_id", "started_at", "ended_at", "answered_at", "answer_inferred", "connected_at", "hotline", "peer_name",
    "caller_id", "agents", "seat", "station", "ring_s", "wait_s", "talk_s", "total_s", "hang_up_side", "hang_up_cause",
    "transfers", "recording_path", "recording_start_s", "recording_length_s", "voicemail_path", "voicemail_length_s",
    "voicemail_box", "steps", "summary", "summary_folded",
)  # fmt: skip


def _insert_sql(table: str, columns: tuple[str, ...]) -> str:
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"  # noqa: S608 own names


_INSERT_SEARCHED = _insert_sql("calls", _SEARCHED)
_INSERT_SHOWN = _insert_sql("call_details", _SHOWN)
_json = msgspec.json.Encoder()

_PASSED = (StepKind.FLOW, StepKind.NODE)
"""Steps that the search for a path looks at."""


class _Kept(msgspec.Struct, frozen=True, kw_only=True):
    """What is not in the record: the customer as it was at the time, and what people add later."""

    reason_id: int = 0
    summary: str = ""
    customer_id: int = 0
    cust_status: str = ""
    cust_level: str = ""
    area: str = ""
    recording_locked: int = 0
    quality_checked: int = 0
    voicemail_state: str = ""


def save_call(db: Connection, record: CallRecord) -> int:
    """Add the call or replace what an earlier record of it said; its key.

    A new call takes customer, class and area from the customer who has its number now.
    """
    key = fetch_value(db, "SELECT id FROM call_details WHERE call_id = ?", (record.call_id,))
    if key is None:
        key = _free_key(db, key_of(datetime.fromisoformat(record.started_at)))
        kept = _customer_now(db, record.peer_number)
    else:
        kept = _kept(db, key)
        for table in ("call_agents", "call_nodes", "call_transfers", "call_details", "calls"):
            execute(db, f"DELETE FROM {table} WHERE id = ?", (key,))  # noqa: S608 own names
    fate = keep_recording(db, key, record)
    execute(db, _INSERT_SEARCHED, _searched_values(key, record, kept, fate))
    execute(db, _INSERT_SHOWN, _shown_values(key, record, kept))
    agents = sorted({agent for agent in (*record.agents, record.agent) if agent})
    for agent in agents:
        execute(db, "INSERT INTO call_agents (id, agent) VALUES (?, ?)", (key, agent))
    passed = [step for step in record.steps if step.kind in _PASSED]
    for position, step in enumerate(passed):
        execute(
            db,
            "INSERT INTO call_nodes (id, position, flow, node, digits) VALUES (?, ?, ?, ?, ?)",
            (key, position, step.flow, step.node, step.digits),
        )
    for position, (kind, target) in enumerate(transfers_of(record)):
        execute(
            db,
            "INSERT INTO call_transfers (id, position, kind, target) VALUES (?, ?, ?, ?)",
            (key, position, kind, target),
        )
    reindex_call(db, key)
    return int(key)


def transfers_of(record: CallRecord) -> list[tuple[str, str]]:
    """Kind and target of each of the record's transfers: `kind:target`, without a kind one to an agent."""
    found = []
    for text in record.transfers:
        kind, colon, target = text.partition(":")
        found.append((kind, target) if colon else (TransferKind.AGENT.value, text))
    return found


def _free_key(db: Connection, key: int) -> int:
    """The smallest free key from `key` on."""
    while fetch_value(db, "SELECT 1 FROM calls WHERE id = ?", (key,)) is not None:
        key += 1
    return key


def _customer_now(db: Connection, number: str) -> _Kept:
    rows = fetch_all(
        db,
        "SELECT c.id, c.status, c.level, c.area FROM customer_numbers n JOIN customers c ON c.id = n.customer_id"
        " WHERE n.number = ?",
        (number,),
    )
    if not rows:
        return _Kept()
    customer_id, status, level, area = rows[0]
    return _Kept(customer_id=customer_id, cust_status=status, cust_level=level, area=area)


def _kept(db: Connection, key: int) -> _Kept:
    row = fetch_all(
        db,
        "SELECT c.reason_id, d.summary, c.customer_id, c.cust_status, c.cust_level, c.area, c.recording_locked,"
        " c.quality_checked, c.voicemail_state FROM calls c JOIN call_details d ON d.id = c.id WHERE c.id = ?",
        (key,),
    )[0]
    return _Kept(**dict(zip(_Kept.__struct_fields__, row, strict=True)))


def _searched_values(key: int, record: CallRecord, kept: _Kept, fate: str) -> tuple[object, ...]:
    """`fate`: why the recording of the record is gone; empty: it is there."""
    voicemail = record.voicemail
    return (
        key,
        record.direction.value,
        record.result.value,
        record.line or 0,
        record.queue or "",
        int(record.talk_s),
        int(record.wait_s),
        record.peer_number,
        record.peer_number_raw,
        record.agent or "",
        kept.reason_id,
        int(bool(kept.summary.strip())),
        kept.customer_id,
        kept.cust_status,
        kept.cust_level,
        kept.area,
        int(record.recording is not None and not fate),
        fate if record.recording or record.no_recording is None else record.no_recording.value,
        kept.recording_locked,
        kept.quality_checked,
        "" if voicemail is None else kept.voicemail_state or "new",
        "" if voicemail is None else voicemail.for_agent or voicemail.box,
        record.rating or Rating.NOT_INVITED.value,
        int(bool(record.transfers)),
    )


def _shown_values(key: int, record: CallRecord, kept: _Kept) -> tuple[object, ...]:
    recording, voicemail = record.recording, record.voicemail
    return (
        key,
        record.call_id,
        record.started_at,
        record.ended_at,
        record.answered_at,
        int(record.answer_inferred),
        record.connected_at,
        record.hotline,
        record.peer_name,
        record.caller_id.value,
        _json.encode(record.agents).decode(),
        record.seat,
        record.station,
        record.ring_s,
        record.wait_s,
        record.talk_s,
        record.total_s,
        record.hang_up_side.value,
        record.hang_up_cause.value,
        _json.encode(record.transfers).decode(),
        None if recording is None else recording.path,
        0.0 if recording is None else recording.start_s,
        0.0 if recording is None else recording.length_s,
        None if voicemail is None else voicemail.path,
        0.0 if voicemail is None else voicemail.length_s,
        "" if voicemail is None else voicemail.box,
        _json.encode(record.steps).decode(),
        kept.summary,
        fold(kept.summary),
    )
