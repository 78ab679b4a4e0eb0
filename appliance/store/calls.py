"""One call: look at it, file it under a reason, write its summary, say whose call it was."""

from __future__ import annotations

import msgspec
from msgspec import UNSET, UnsetType

from appliance.store.call_index import reindex_call
from appliance.store.call_list import CallRow, call_row, list_calls
from appliance.store.call_query import query_of
from appliance.store.call_search import CallSearch, NumberMatch, PeerNumber
from appliance.store.connection import Connection, fetch_value
from appliance.store.customers import get_customer
from appliance.store.errors import InvalidError, NotFoundError
from appliance.store.folded import fold
from appliance.store.models.call import CallDetailTable, CallTable
from appliance.store.reasons import reason_labels
from appliance.store.scope import EVERYTHING, Scope
from appliance.telephony.ids import CallId
from appliance.wire.facts import Step

MAX_SUMMARY = 2_000


class CallDetail(msgspec.Struct, frozen=True, kw_only=True):
    row: CallRow
    steps: tuple[Step, ...]
    """The call's time line."""


class CallEdit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a person changes on a call; what is left out stays."""

    reason: int | UnsetType | None = UNSET
    """None: not filed under any."""
    summary: str | UnsetType = UNSET


def get_call(db: Connection, call_id: CallId, scope: Scope = EVERYTHING) -> CallDetail:
    """Raises `NotFoundError`, also for a call outside the scope."""
    key = _key(db, call_id)
    if not scope.everything:
        query = query_of(db, CallSearch(), scope, before=key + 1, wanted=1).with_rows()
        sql = f"SELECT 1 FROM {query.tables} WHERE {query.where} AND c.id = ?"  # noqa: S608 own names and marks
        if fetch_value(db, sql, (*query.parameters, key)) is None:
            raise _no_call()
    row = call_row(db, key, scope.voicemails)
    if row is None:
        raise _no_call()
    steps = fetch_value(db, "SELECT steps FROM call_details WHERE id = ?", (key,))
    return CallDetail(row=row, steps=msgspec.json.decode(steps, type=tuple[Step, ...]))


def earlier_calls(
    db: Connection, number: str, scope: Scope = EVERYTHING, *, limit: int = 10, before: int | None = None
) -> tuple[CallRow, ...]:
    """The newest calls from or to this number (in any spelling) with keys below `before`; none without a number."""
    if not any(sign.isdigit() for sign in number):
        return ()
    search = CallSearch(peer_number=PeerNumber(match=NumberMatch.EQUAL, numbers=(number,)))
    return list_calls(db, search, scope, limit=limit, before=before).rows


def edit_call(db: Connection, call_id: CallId, edit: CallEdit) -> CallRow:
    """Raises `NotFoundError`, `InvalidError` for an unknown reason or a summary that is too long."""
    key = _key(db, call_id)
    if edit.reason is not UNSET:
        if edit.reason is not None and edit.reason not in reason_labels(db):
            raise InvalidError("没有这个呼叫事由，请重新选择。", "reason")
        CallTable.update(reason_id=edit.reason or 0).where(CallTable.id == key).execute(db)
    if edit.summary is not UNSET:
        summary = edit.summary.strip()
        if len(summary) > MAX_SUMMARY:
            raise InvalidError(f"通话摘要太长，最多 {MAX_SUMMARY} 个字。", "summary")
        CallTable.update(has_summary=bool(summary)).where(CallTable.id == key).execute(db)
        change = CallDetailTable.update(summary=summary, summary_folded=fold(summary))
        change.where(CallDetailTable.id == key).execute(db)
    return _reindexed(db, key)


def bind_customer(db: Connection, call_id: CallId, customer_id: int | None) -> CallRow:
    """Say whose call it was (None: a stranger's); class and area are taken as they are now. Raises `NotFoundError`."""
    key = _key(db, call_id)
    customer = None if customer_id is None else get_customer(db, customer_id)
    CallTable.update(
        customer_id=customer.id if customer else 0,
        cust_status=customer.status if customer else "",
        cust_level=customer.level if customer else "",
        area=customer.area if customer else "",
    ).where(CallTable.id == key).execute(db)
    return _reindexed(db, key)


def set_voicemail_state(db: Connection, call_id: CallId, state: str) -> None:
    """What searches find: `new`, `heard`, `done`, or empty when the message was deleted. Raises `NotFoundError`.

    The message itself is `appliance.store.voicemails`.
    """
    key = _key(db, call_id)
    CallTable.update(voicemail_state=state).where(CallTable.id == key).execute(db)
    reindex_call(db, key)


def lock_recording(db: Connection, call_id: CallId, *, locked: bool) -> CallRow:
    """Keep the recording from clean-up, or no longer. Raises `InvalidError` without recording, `NotFoundError`."""
    key = _key(db, call_id)
    row = call_row(db, key)
    if row is None or not row.has_recording:
        raise InvalidError("这次通话没有录音，不能锁定。", "recording")
    CallTable.update(recording_locked=locked).where(CallTable.id == key).execute(db)
    return _reindexed(db, key)


def _key(db: Connection, call_id: CallId) -> int:
    key = fetch_value(db, "SELECT id FROM call_details WHERE call_id = ?", (call_id,))
    if key is None:
        raise _no_call()
    return int(key)


def _reindexed(db: Connection, key: int) -> CallRow:
    reindex_call(db, key)
    row = call_row(db, key)
    if row is None:
        raise _no_call()
    return row


def _no_call() -> NotFoundError:
    return NotFoundError("没有这次通话的记录，或您无权查看。请刷新页面。")
