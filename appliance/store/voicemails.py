"""Voicemails: what was left for whom, and what became of it. Who may see them is a `VoicemailReach` in every query."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec
from msgspec import UNSET, UnsetType

from appliance.store.calls import set_voicemail_state
from appliance.store.connection import Connection, execute, fetch_all, fetch_value
from appliance.store.contacts import get_policy
from appliance.store.errors import InvalidError, NotFoundError
from appliance.store.followup_ledger import FollowUpKind
from appliance.store.users import agent_names
from appliance.store.voicemail_reach import BoxQueues, VoicemailReach, boxes_now, organisation_of, reach
from appliance.telephony.ids import AgentId, CallId
from appliance.wire.facts import CallRecord, VoicemailClosed, VoicemailHeard
from appliance.wire.messagebook import BookedMessage, MessageBook, MessageBox

MAX_NOTE = 1000
MOST_AT_PHONE = 50
"""Messages that an agent can go through at the phone; the page shows all."""


class VoicemailState(StrEnum):
    NEW = "new"
    HEARD = "heard"
    DONE = "done"


class VoicemailRow(msgspec.Struct, frozen=True, kw_only=True):
    """One message. Times ISO 8601; people who acted by name."""

    id: int
    """Place in the list: `before` of the page that follows."""
    call_id: CallId
    left_at: str
    number: str
    box: str
    for_agent: str
    """Staff number; empty: for nobody in particular, in its box."""
    queue: str
    path: str
    """Below the data folder; for the server, not for the browser."""
    length_s: float
    due_at: str
    state: VoicemailState
    assigned_to: str
    heard_by: str
    heard_at: str
    handled_by: str
    handled_at: str
    note: str
    called_back: str
    """The call with which somebody called back."""
    for_name: str = ""
    assigned_name: str = ""
    customer_name: str = ""
    called_back_result: str = ""
    """Of that call, once it is over."""


class VoicemailQuery(msgspec.Struct, frozen=True, kw_only=True):
    state: VoicemailState | None = None
    box: str = ""
    queue: str = ""
    agent: str = ""
    """For this agent, or assigned to."""
    number: str = ""


class VoicemailEdit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a person changes; what is left out stays."""

    state: VoicemailState | UnsetType = UNSET
    assigned_to: str | UnsetType = UNSET
    """Staff number of somebody who may hear the message; empty: nobody."""
    note: str | UnsetType = UNSET


class VoicemailPage(msgspec.Struct, frozen=True, kw_only=True):
    rows: tuple[VoicemailRow, ...]
    next: int | None


_COLUMNS = tuple(field for field in VoicemailRow.__struct_fields__ if not field.endswith(("_name", "_result")))
_SELECT = f"""SELECT {", ".join(f"v.{name}" for name in _COLUMNS)}, k.name, c.result
    FROM voicemails v
    LEFT JOIN customer_numbers n ON n.number = v.number
    LEFT JOIN customers k ON k.id = n.customer_id
    LEFT JOIN call_details d ON d.call_id = v.called_back AND v.called_back <> ''
    LEFT JOIN calls c ON c.id = d.id"""  # noqa: S608 own names


def keep_voicemail(db: Connection, key: int, record: CallRecord) -> bool:
    """Make the row of the logged call's message say what the record says; what people did with it stays."""
    message = record.voicemail
    if message is None:
        gone = fetch_value(db, "SELECT 1 FROM voicemails WHERE id = ?", (key,)) is not None
        execute(db, "DELETE FROM voicemails WHERE id = ?", (key,))
        return gone
    values = (
        record.ended_at, record.peer_number, message.box, message.for_agent or "", record.queue or "", message.path,
        message.length_s, get_policy(db).due_at(record.ended_at, FollowUpKind.MISSED),
    )  # fmt: skip
    known = fetch_all(db, "SELECT deleted_at FROM voicemails WHERE id = ?", (key,))
    if known:
        execute(
            db,
            "UPDATE voicemails SET left_at = ?, number = ?, box = ?, for_agent = ?, queue = ?, path = ?, length_s = ?,"
            " due_at = ? WHERE id = ?",
            (*values, key),
        )
        if known[0][0]:
            _forget_in_log(db, key, record.call_id)
        return False
    execute(
        db,
        "INSERT INTO voicemails (left_at, number, box, for_agent, queue, path, length_s, due_at, id, call_id)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (*values, key, record.call_id),
    )
    for state, agent, at in fetch_all(
        db, "SELECT state, agent, at FROM voicemail_marks WHERE call_id = ? ORDER BY at, fact_id", (record.call_id,)
    ):
        _mark(db, record.call_id, VoicemailState(state), _name(db, agent), at)
    return True


def note_mark(db: Connection, fact: VoicemailHeard | VoicemailClosed) -> bool:
    """What an agent did at a phone; the same fact again changes nothing, whatever was done since."""
    if fetch_value(db, "SELECT 1 FROM voicemail_marks WHERE fact_id = ?", (fact.id,)) is not None:
        return False
    state = VoicemailState.HEARD if isinstance(fact, VoicemailHeard) else VoicemailState.DONE
    execute(
        db,
        "INSERT INTO voicemail_marks (fact_id, call_id, state, agent, at) VALUES (?, ?, ?, ?, ?)",
        (fact.id, fact.call_id, state.value, fact.agent, fact.at),
    )
    return _mark(db, fact.call_id, state, _name(db, fact.agent), fact.at)


def list_voicemails(
    db: Connection, query: VoicemailQuery, reach: VoicemailReach, *, limit: int = 50, before: int | None = None
) -> VoicemailPage:
    """Newest first."""
    clause, bound = reach.clause
    where, parameters = [clause], list(bound)
    for sql, values in (
        ("v.id < ?", () if before is None else (before,)),
        ("v.state = ?", () if query.state is None else (query.state.value,)),
        ("v.box = ? AND v.for_agent = ''", (query.box,) if query.box else ()),
        ("v.queue = ?", (query.queue,) if query.queue else ()),
        ("(v.for_agent = ? OR v.assigned_to = ?)", (query.agent, query.agent) if query.agent else ()),
        ("v.number LIKE ?", (f"%{_digits(query.number)}%",) if _digits(query.number) else ()),
    ):
        if values:
            where.append(sql)
            parameters += values
    rows = fetch_all(db, f"{_SELECT} WHERE {' AND '.join(where)} ORDER BY v.id DESC LIMIT ?", (*parameters, limit + 1))
    names = agent_names(db)
    shown = tuple(_row(row, names) for row in rows[:limit])
    return VoicemailPage(rows=shown, next=shown[-1].id if len(rows) > limit else None)


def get_voicemail(db: Connection, call_id: str, reach: VoicemailReach) -> VoicemailRow:
    """Raises `NotFoundError`, also for a message that the person may not see."""
    clause, parameters = reach.clause
    rows = fetch_all(db, f"{_SELECT} WHERE v.call_id = ? AND {clause}", (call_id, *parameters))
    if not rows:
        raise NotFoundError("没有这条留言，或者它是留给别人的。")
    return _row(rows[0], agent_names(db))


def edit_voicemail(
    db: Connection, row: VoicemailRow, edit: VoicemailEdit, *, by: str, at: datetime, boxes: tuple[BoxQueues, ...]
) -> None:
    """Raises `InvalidError` for a note too long, or for somebody who may not hear the message."""
    now = at.isoformat(timespec="seconds")
    if edit.state is not UNSET:
        _set_state(db, row.call_id, edit.state, by, now)
    if edit.assigned_to is not UNSET:
        if edit.assigned_to and edit.assigned_to not in listeners(db, row, boxes):
            raise InvalidError("这个人无权听取这条留言，请改派给收件人或其上级。", "assigned_to")
        execute(db, "UPDATE voicemails SET assigned_to = ? WHERE id = ?", (edit.assigned_to, row.id))
    if edit.note is not UNSET:
        note = edit.note.strip()
        if len(note) > MAX_NOTE:
            raise InvalidError(f"备注太长，最多 {MAX_NOTE} 个字。", "note")
        execute(db, "UPDATE voicemails SET note = ? WHERE id = ?", (note, row.id))


def mark_heard(db: Connection, row: VoicemailRow, by: str, at: datetime) -> bool:
    """A new message was listened to by whom it concerns."""
    return _mark(db, row.call_id, VoicemailState.HEARD, by, at.isoformat(timespec="seconds"))


def link_call_back(db: Connection, row: VoicemailRow, call_id: CallId) -> None:
    """The call with which somebody calls back; the newest counts."""
    execute(db, "UPDATE voicemails SET called_back = ? WHERE id = ?", (call_id, row.id))


def delete_voicemail(db: Connection, row: VoicemailRow, at: datetime) -> None:
    """Nobody sees it any more; removing its file is the caller's part. The call stays in the log."""
    execute(db, "UPDATE voicemails SET deleted_at = ? WHERE id = ?", (at.isoformat(timespec="seconds"), row.id))
    _forget_in_log(db, row.id, row.call_id)


def count_new(db: Connection, reach: VoicemailReach) -> int:
    """New messages that the person may hear."""
    clause, parameters = reach.clause
    sql = f"SELECT count(*) FROM voicemails v WHERE v.state = 'new' AND {clause}"  # noqa: S608 own names and marks
    return int(fetch_value(db, sql, parameters))


def unhandled_of(db: Connection, number: str, reach: VoicemailReach) -> int:
    """Messages from this number that nobody has done with."""
    if not number:
        return 0
    clause, parameters = reach.clause
    sql = f"SELECT count(*) FROM voicemails v WHERE v.number = ? AND v.state <> 'done' AND {clause}"  # noqa: S608
    return int(fetch_value(db, sql, (number, *parameters)))


def listeners(db: Connection, row: VoicemailRow, boxes: tuple[BoxQueues, ...]) -> dict[str, str]:
    """Staff number and name of everybody who may hear the message."""
    organisation, names, there = organisation_of(db), agent_names(db), boxes_now(db, boxes)
    return {
        place.agent: names[place.agent]
        for user_id, place in organisation.places.items()
        if place.agent and reach(user_id, organisation, there).holds(row.for_agent, row.box)
    }


def message_book(db: Connection, boxes: tuple[BoxQueues, ...]) -> MessageBook:
    """What each agent may go through at the phone: the own messages, those assigned, those of the own boxes."""
    organisation, there = organisation_of(db), boxes_now(db, boxes)
    rows = fetch_all(
        db,
        "SELECT call_id, path, left_at, number, state, for_agent, assigned_to, box FROM voicemails"
        " WHERE state <> 'done' AND deleted_at = '' ORDER BY id",
    )
    books = []
    for user_id, place in organisation.places.items():
        if not (place.agent and place.own):
            continue
        mine = reach(user_id, organisation, there)
        concerned = [
            BookedMessage(call_id=call_id, path=path, at=left_at, number=number, heard=state == VoicemailState.HEARD)
            for call_id, path, left_at, number, state, for_agent, assigned_to, box in rows
            if mine.holds(for_agent, box) and place.agent in ((assigned_to or for_agent or place.agent), for_agent)
        ]
        books.append(MessageBox(agent=AgentId(place.agent), messages=tuple(concerned[:MOST_AT_PHONE])))
    return MessageBook(boxes=tuple(sorted(books, key=lambda each: each.agent)))


def _forget_in_log(db: Connection, key: int, call_id: CallId) -> None:
    """Searches find no voicemail any more, and nobody misses its file."""
    execute(db, "UPDATE call_details SET voicemail_path = NULL WHERE id = ?", (key,))
    set_voicemail_state(db, call_id, "")


def _mark(db: Connection, call_id: CallId, state: VoicemailState, by: str, at: str) -> bool:
    """A step forward: new, heard, done. Going back is for people at the page."""
    now = fetch_value(db, "SELECT state FROM voicemails WHERE call_id = ? AND deleted_at = ''", (call_id,))
    order = list(VoicemailState)
    if now is None or order.index(state) <= order.index(VoicemailState(now)):
        return False
    _set_state(db, call_id, state, by, at)
    return True


def _set_state(db: Connection, call_id: CallId, state: VoicemailState, by: str, at: str) -> None:
    heard = ("", "") if state is VoicemailState.NEW else (by, at)
    handled = (by, at) if state is VoicemailState.DONE else ("", "")
    execute(
        db,
        "UPDATE voicemails SET state = ?, handled_by = ?, handled_at = ?,"
        " heard_by = CASE WHEN heard_by = '' OR ? = '' THEN ? ELSE heard_by END,"
        " heard_at = CASE WHEN heard_at = '' OR ? = '' THEN ? ELSE heard_at END WHERE call_id = ?",
        (state.value, *handled, heard[0], heard[0], heard[1], heard[1], call_id),
    )
    set_voicemail_state(db, call_id, state.value)


def _row(row: tuple[object, ...], names: dict[str, str]) -> VoicemailRow:
    *columns, customer, result = row
    values = dict(zip(_COLUMNS, columns, strict=True))
    return msgspec.convert(
        {
            **values,
            "for_name": names.get(str(values["for_agent"]), ""),
            "assigned_name": names.get(str(values["assigned_to"]), ""),
            "customer_name": customer or "",
            "called_back_result": result or "",
        },
        VoicemailRow,
    )


def _name(db: Connection, agent: str) -> str:
    return agent_names(db).get(agent, agent)


def _digits(text: str) -> str:
    return "".join(sign for sign in text if sign.isdigit())
