"""What agents write while they talk: kept from the first word on, and in the call's record as soon as there is one."""

from __future__ import annotations

from datetime import datetime

import msgspec
from msgspec import UNSET, UnsetType

from appliance.store.audit import add_audit_entry
from appliance.store.calls import MAX_SUMMARY, CallEdit, bind_customer, edit_call
from appliance.store.connection import Connection, execute, fetch_all, fetch_value
from appliance.store.customers import Customer, get_customer
from appliance.store.errors import InvalidError, NotFoundError
from appliance.store.reasons import reason_labels
from appliance.telephony.ids import CallId


class RunningNote(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is left out nobody has written yet."""

    reason: int | UnsetType | None = UNSET
    summary: str | UnsetType = UNSET
    customer: int | UnsetType | None = UNSET


class Writer(msgspec.Struct, frozen=True, kw_only=True):
    """Who writes, for the operation log."""

    user_id: int
    name: str
    address: str


NOTHING_WRITTEN = RunningNote()


def write_note(db: Connection, call_id: CallId, note: RunningNote, writer: Writer, now: datetime) -> RunningNote:
    """Keep what was written, in the record if there is one; what is kept of the call now.

    Later words replace earlier ones field by field. Raises `InvalidError`, `NotFoundError` for an unknown customer.
    """
    _check(db, note)
    if fetch_value(db, "SELECT 1 FROM call_details WHERE call_id = ?", (call_id,)) is not None:
        _put_into_record(db, call_id, note)
        _log(db, call_id, note, writer, now)
        return note
    whole = _joined(read_note(db, call_id), note)
    execute(
        db,
        "INSERT INTO running_notes (call_id, note, user_id, user_name, address, written_at) VALUES (?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (call_id) DO UPDATE SET note = excluded.note, user_id = excluded.user_id,"
        " user_name = excluded.user_name, address = excluded.address, written_at = excluded.written_at",
        (
            call_id,
            msgspec.json.encode(whole).decode(),
            writer.user_id,
            writer.name,
            writer.address,
            now.isoformat(timespec="seconds"),
        ),
    )
    return whole


def read_note(db: Connection, call_id: CallId) -> RunningNote:
    """What waits for the call's record."""
    kept = fetch_value(db, "SELECT note FROM running_notes WHERE call_id = ?", (call_id,))
    return NOTHING_WRITTEN if kept is None else msgspec.json.decode(kept, type=RunningNote)


def noted_customer(db: Connection, note: RunningNote) -> Customer | None:
    """Who the agent said it is; None for nobody, and for a customer who was deleted meanwhile."""
    if not isinstance(note.customer, int):
        return None
    try:
        return get_customer(db, note.customer)
    except NotFoundError:
        return None


def deliver_note(db: Connection, call_id: CallId) -> None:
    """The call's record has been stored: what was written about it goes there.

    A reason or customer that was deleted meanwhile is left out; the words always arrive.
    """
    rows = fetch_all(
        db, "SELECT note, user_id, user_name, address, written_at FROM running_notes WHERE call_id = ?", (call_id,)
    )
    for kept, user_id, name, address, written_at in rows:
        note = msgspec.json.decode(kept, type=RunningNote)
        if isinstance(note.reason, int) and note.reason not in reason_labels(db):
            note = msgspec.structs.replace(note, reason=UNSET)
        if isinstance(note.customer, int) and noted_customer(db, note) is None:
            note = msgspec.structs.replace(note, customer=UNSET)
        _put_into_record(db, call_id, note)
        writer = Writer(user_id=user_id, name=name, address=address)
        _log(db, call_id, note, writer, datetime.fromisoformat(written_at))
        execute(db, "DELETE FROM running_notes WHERE call_id = ?", (call_id,))


def _check(db: Connection, note: RunningNote) -> None:
    if note == NOTHING_WRITTEN:
        raise InvalidError("没有要修改的内容。")
    if isinstance(note.reason, int) and note.reason not in reason_labels(db):
        raise InvalidError("没有这个呼叫事由，请重新选择。", "reason")
    if note.summary is not UNSET and len(note.summary.strip()) > MAX_SUMMARY:
        raise InvalidError(f"通话摘要太长，最多 {MAX_SUMMARY} 个字。", "summary")
    if isinstance(note.customer, int):
        get_customer(db, note.customer)


def _joined(before: RunningNote, after: RunningNote) -> RunningNote:
    return RunningNote(
        reason=before.reason if after.reason is UNSET else after.reason,
        summary=before.summary if after.summary is UNSET else after.summary,
        customer=before.customer if after.customer is UNSET else after.customer,
    )


def _put_into_record(db: Connection, call_id: CallId, note: RunningNote) -> None:
    if note.reason is not UNSET or note.summary is not UNSET:
        edit_call(db, call_id, CallEdit(reason=note.reason, summary=note.summary))
    if note.customer is not UNSET:
        bind_customer(db, call_id, note.customer)


def _log(db: Connection, call_id: CallId, note: RunningNote, writer: Writer, now: datetime) -> None:
    add_audit_entry(
        db,
        at=now,
        user_id=writer.user_id,
        user_name=writer.name,
        address=writer.address,
        action="call.edit",
        subject="call",
        subject_id=call_id,
        before="",
        after=msgspec.json.encode(note).decode(),
    )
