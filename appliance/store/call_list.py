"""The call log as lists show, print and export it: the same rows in the same order, newest first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from appliance.store.call_query import CallQuery, Way, queries_of_page, query_of
from appliance.store.call_search import CallSearch
from appliance.store.connection import Connection, fetch_all, fetch_value
from appliance.store.reasons import reason_labels
from appliance.store.scope import EVERYTHING, Scope
from appliance.store.users import agent_names
from appliance.store.voicemail_reach import VoicemailReach
from appliance.telephony.call import (
    CallerIdKind,
    CallResult,
    Direction,
    HangUpCause,
    NoRecordingReason,
    Side,
)
from appliance.telephony.ids import AgentId, BoxId, CallId, LineId, QueueId, SeatId, StationId

COUNT_CAP = 10_000
"""A list says "10,000+" beyond this."""


class CallRow(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One call as the log shows it: the record's fields and what was added. Times and units as in `CallRecord`."""

    key: int
    """Place in the log: `before` of the page that follows this row."""
    call_id: CallId
    direction: Direction
    result: CallResult
    started_at: str
    ended_at: str
    answered_at: str | None
    answer_inferred: bool
    connected_at: str | None
    line: LineId | None
    hotline: str
    peer_number: str
    peer_number_raw: str
    peer_name: str
    caller_id: CallerIdKind
    queue: QueueId | None
    agents: tuple[AgentId, ...]
    agent: AgentId | None
    agent_name: str
    seat: SeatId | None
    station: StationId | None
    ring_s: float
    wait_s: float
    talk_s: float
    total_s: float
    hang_up_side: Side
    hang_up_cause: HangUpCause
    transfers: tuple[str, ...]
    has_recording: bool
    recording_path: str | None
    """Below the data folder; for the server, not for the browser."""
    recording_length_s: float
    recording_locked: bool
    quality_checked: bool
    no_recording: NoRecordingReason | None
    has_voicemail: bool
    voicemail_path: str | None
    voicemail_length_s: float
    voicemail_box: BoxId | None
    voicemail_for: str
    voicemail_state: str
    """Empty, `new`, `heard` or `done`."""
    rating: str
    reason: int | None
    reason_label: str
    """With the reasons above it: `报修/无信号`."""
    summary: str
    customer_id: int | None
    customer_name: str
    cust_status: str
    cust_level: str
    area: str
    ticket: str
    """Number of the newest ticket of the call, or empty."""


class CallPage(msgspec.Struct, frozen=True, kw_only=True):
    rows: tuple[CallRow, ...]
    next: int | None
    """`before` of the next page; None: this was the last."""


class CallCount(msgspec.Struct, frozen=True, kw_only=True):
    count: int
    capped: bool
    """There are more than `count`."""


_COLUMNS = """c.id, d.call_id, c.direction, c.result, d.started_at, d.ended_at, d.answered_at, d.answer_inferred,
    d.connected_at, c.line, d.hotline, c.peer_number, c.peer_number_raw, d.peer_name, d.caller_id, c.queue, d.agents,
    c.agent, d.seat, d.station, d.ring_s, d.wait_s, d.talk_s, d.total_s, d.hang_up_side, d.hang_up_cause, d.transfers,
    c.has_recording, d.recording_path, d.recording_length_s, c.recording_locked, c.quality_checked, c.no_recording,
    c.voicemail_state, d.voicemail_path, d.voicemail_length_s, d.voicemail_box, c.voicemail_for, c.rating, c.reason_id,
    d.summary, c.customer_id, k.name, c.cust_status, c.cust_level, c.area,
    (SELECT t.number FROM call_tickets l JOIN tickets t ON t.id = l.ticket_id
     WHERE l.id = c.id ORDER BY t.id DESC LIMIT 1)"""
_DIRECTIONS = {member.value: member for member in Direction}
_RESULTS = {member.value: member for member in CallResult}
_CALLER_IDS = {member.value: member for member in CallerIdKind}
_SIDES = {member.value: member for member in Side}
_CAUSES = {member.value: member for member in HangUpCause}
_NO_RECORDING = {"": None, **{member.value: member for member in NoRecordingReason}}
_AGENTS = msgspec.json.Decoder(tuple[AgentId, ...])
_TRANSFERS = msgspec.json.Decoder(tuple[str, ...])
_JOINS = "CROSS JOIN call_details d ON d.id = c.id LEFT JOIN customers k ON k.id = c.customer_id"


def list_calls(
    db: Connection,
    search: CallSearch,
    scope: Scope,
    *,
    limit: int = 50,
    before: int | None = None,
    way: Way | None = None,
) -> CallPage:
    """The newest `limit` calls with keys below `before`. Raises `InvalidError` only through `decode_search`."""
    if way is None:
        queries = queries_of_page(db, search, scope, before=before, wanted=limit + 1)
    else:
        queries = (query_of(db, search, scope, before=before, wanted=limit + 1, way=way),)
    rows: tuple[CallRow, ...] = ()
    for query in queries:
        rows += tuple(_rows(db, query, limit + 1 - len(rows), scope.voicemails))
        if len(rows) > limit:
            break
    more = len(rows) > limit
    return CallPage(rows=rows[:limit], next=rows[limit - 1].key if more and limit else None)


def count_calls(
    db: Connection, search: CallSearch, scope: Scope, *, cap: int | None = COUNT_CAP, way: Way | None = None
) -> CallCount:
    """How many calls there are, at most `cap` of them counted; None counts all."""
    query = query_of(db, search, scope, wanted=None if cap is None else cap + 1, way=way)
    if query.calls is not None:
        most = query.calls if cap is None else cap
        return CallCount(count=min(query.calls, most), capped=query.calls > most)
    if cap is None:
        sql = f"SELECT count(*) FROM {query.tables} WHERE {query.where}"  # noqa: S608 own names and marks
        return CallCount(count=int(fetch_value(db, sql, query.parameters)), capped=False)
    sql = f"SELECT count(*) FROM ({query.keys_sql()} LIMIT ?) AS found"  # noqa: S608
    found = int(fetch_value(db, sql, (*query.parameters, cap + 1)))
    return CallCount(count=min(found, cap), capped=found > cap)


def call_row(db: Connection, key: int, reach: VoicemailReach = EVERYTHING.voicemails) -> CallRow | None:
    """The row with this key, in any scope."""
    query = CallQuery(Way.WALK, "calls c", "c.id", "c.id = ?", (key,), has_rows=True)
    return next(iter(_rows(db, query, 1, reach)), None)


def calls_of_keys(db: Connection, keys: Sequence[int], reach: VoicemailReach) -> tuple[CallRow, ...]:
    """The rows with these keys, in this order and in any scope; keys that are gone are left out."""
    if not keys:
        return ()
    marks = ", ".join("?" * len(keys))
    query = CallQuery(Way.WALK, "calls c", "c.id", f"c.id IN ({marks})", tuple(keys), has_rows=True)
    found = {row.key: row for row in _rows(db, query, len(keys), reach)}
    return tuple(found[key] for key in keys if key in found)


def _rows(db: Connection, query: CallQuery, limit: int, reach: VoicemailReach) -> Iterator[CallRow]:
    query = query.with_rows()
    seen, parameters = ("1", ()) if reach.everything else reach.clause_of_call
    sql = (
        f"SELECT {_COLUMNS}, {seen} FROM {query.tables} {_JOINS} WHERE {query.where}"  # noqa: S608 own names and marks
        f" ORDER BY {query.key} DESC"
    )
    names, labels = agent_names(db), reason_labels(db)
    bound = (*parameters, *query.parameters)
    for columns in fetch_all(db, f"{sql} LIMIT ?", (*bound, limit)):
        row = _row_of(columns, names, labels)
        is_shown = columns[-1]
        yield row if is_shown or not row.has_voicemail else without_voicemail(row)


def without_voicemail(row: CallRow) -> CallRow:
    """The row for somebody who may not know the voicemail."""
    return msgspec.structs.replace(
        row,
        has_voicemail=False,
        voicemail_path=None,
        voicemail_length_s=0.0,
        voicemail_box=None,
        voicemail_for="",
        voicemail_state="",
    )


def _row_of(columns: tuple[Any, ...], names: Mapping[str, str], labels: Mapping[int, str]) -> CallRow:
    (
        key, call_id, direction, result, started_at, ended_at, answered_at, answer_inferred, connected_at, line,
        hotline, peer_number, peer_number_raw, peer_name, caller_id, queue, agents, agent, seat, station, ring_s,
        wait_s, talk_s, total_s, hang_up_side, hang_up_cause, transfers, has_recording, recording_path,
        recording_length_s, recording_locked, quality_checked, no_recording, voicemail_state, voicemail_path,
        voicemail_length_s, voicemail_box, voicemail_for, rating, reason_id, summary, customer_id, customer_name,
        cust_status, cust_level, area, ticket, _is_shown
    ) = columns  # fmt: skip
    return CallRow(
        key=key,
        call_id=call_id,
        direction=_DIRECTIONS[direction],
        result=_RESULTS[result],
        started_at=started_at,
        ended_at=ended_at,
        answered_at=answered_at,
        answer_inferred=bool(answer_inferred),
        connected_at=connected_at,
        line=line or None,
        hotline=hotline,
        peer_number=peer_number,
        peer_number_raw=peer_number_raw,
        peer_name=peer_name,
        caller_id=_CALLER_IDS[caller_id],
        queue=queue or None,
        agents=() if agents == "[]" else _AGENTS.decode(agents),
        agent=agent or None,
        agent_name=names.get(agent, ""),
        seat=seat,
        station=station,
        ring_s=ring_s,
        wait_s=wait_s,
        talk_s=talk_s,
        total_s=total_s,
        hang_up_side=_SIDES[hang_up_side],
        hang_up_cause=_CAUSES[hang_up_cause],
        transfers=() if transfers == "[]" else _TRANSFERS.decode(transfers),
        has_recording=bool(has_recording),
        recording_path=recording_path,
        recording_length_s=recording_length_s,
        recording_locked=bool(recording_locked),
        quality_checked=bool(quality_checked),
        no_recording=_NO_RECORDING[no_recording],
        has_voicemail=bool(voicemail_state),
        voicemail_path=voicemail_path,
        voicemail_length_s=voicemail_length_s,
        voicemail_box=voicemail_box or None,
        voicemail_for=voicemail_for,
        voicemail_state=voicemail_state,
        rating=rating,
        reason=reason_id or None,
        reason_label=labels.get(reason_id, ""),
        summary=summary,
        customer_id=customer_id or None,
        customer_name=customer_name or "",
        cust_status=cust_status, cust_level=cust_level, area=area,
        ticket=ticket or "",
    )  # fmt: skip
