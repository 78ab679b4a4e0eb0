"""The call log: list, one call, its reason and summary, its recording and voicemail."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import UNSET, UnsetType

from appliance.store.call_list import CallCount, CallPage, CallRow, count_calls
from appliance.store.call_order import CallOrder, OrderBy, list_in_order
from appliance.store.call_search import CallSearch
from appliance.store.call_search_check import decode_search
from appliance.store.calls import (
    CallDetail,
    CallEdit,
    bind_customer,
    earlier_calls,
    edit_call,
    get_call,
)
from appliance.store.connection import Connection
from appliance.store.customers import Customer, get_customer
from appliance.store.errors import InvalidError, NotFoundError
from appliance.store.scope import Scope
from appliance.store.voicemails import VoicemailRow, VoicemailState, get_voicemail, mark_heard
from appliance.telephony.ids import AgentId, CallId
from appliance.wire.facts import Step
from webui.auth.access import needs
from webui.auth.permissions import P
from webui.callview import is_advanced, shown_row, shown_steps
from webui.errors import Refusal
from webui.handlers.base import ApiHandler
from webui.handlers.files import FileHandler, confined
from webui.hearing import call_scope, recording_scope, voicemail_reach


class CallsQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    search: str = ""
    """JSON of a `CallSearch`."""
    limit: Annotated[int, msgspec.Meta(ge=1, le=200)] = 50
    before: int | None = None
    """`next` of the page before."""
    order_by: OrderBy = OrderBy.STARTED_AT
    ascending: bool = False


class Calls(msgspec.Struct, frozen=True, kw_only=True):
    rows: tuple[CallRow, ...]
    next: str | None
    """`before` of the next page; null: this was the last."""
    count: int
    """How many calls the search finds in all."""
    count_capped: bool
    """There are more than `count`."""


class RecordingView(msgspec.Struct, frozen=True, kw_only=True):
    url: str
    length_s: float


class VoicemailView(msgspec.Struct, frozen=True, kw_only=True):
    url: str
    length_s: float
    box: str | None
    for_agent: str
    state: str
    """`new`, `heard` or `done`."""


class CallAnswer(CallRow, frozen=True, kw_only=True):
    """One call with all that hangs on it."""

    steps: tuple[Step, ...]
    recording: RecordingView | None
    """Null also for people who may not hear it."""
    voicemail: VoicemailView | None
    customer: Customer | None
    earlier: tuple[CallRow, ...]
    """Calls of the same number before this one, newest first."""


class CallNote(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is left out stays as it is."""

    reason: int | UnsetType | None = UNSET
    summary: str | UnsetType = UNSET
    customer: int | UnsetType | None = UNSET


class FileQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    download: bool = False
    """Save the file instead of playing it."""
    v: str = ""
    """Ignored: a page changes it to get round what the browser kept."""


class CallHearing(FileHandler):
    """What handlers of one call have in common: who may hear what."""

    def may_hear_recording(self, agents: tuple[AgentId, ...]) -> bool:
        return self.me.may(P.REC_PLAY) or (self.me.may(P.REC_PLAY_OWN) and self.me.user.agent in agents)

    async def recorded_call(self, call_id: str) -> CallDetail:
        """A call within both policies, of calls and of recordings. Raises `NotFoundError`."""
        await self.context.database.read(get_call, CallId(call_id), self.me.sight.calls)
        scope = await recording_scope(self.context, self.me)
        return await self.context.database.read(get_call, CallId(call_id), scope)


class CallsHandler(ApiHandler):
    @needs(P.CALL_VIEW)
    async def get(self, query: CallsQuery) -> Calls:
        """The call log in the order that is asked for, newest first without."""
        search = decode_search(query.search)
        if is_advanced(search):
            self.require(P.CALL_SEARCH_ADV)
        scope = await call_scope(self.context, self.me)
        order = CallOrder(by=query.order_by, ascending=query.ascending)
        page, count = await self.context.database.read(_page, search, scope, order, query.limit, query.before)
        return Calls(
            rows=tuple(shown_row(row, self.me) for row in page.rows),
            next=None if page.next is None else str(page.next),
            count=count.count,
            count_capped=count.capped,
        )


class CallHandler(CallHearing):
    @needs(P.CALL_VIEW)
    async def get(self, call_id: str) -> CallAnswer:
        """One call with its time line, customer and earlier calls of the same number."""
        scope = await call_scope(self.context, self.me)
        detail, customer, earlier = await self.context.database.read(_whole_call, CallId(call_id), scope)
        row = shown_row(detail.row, self.me)
        recording = voicemail = None
        if row.has_recording and self.may_hear_recording(row.agents) and await self._within_recordings(call_id):
            recording = RecordingView(url=f"/api/calls/{call_id}/recording", length_s=row.recording_length_s)
        if row.has_voicemail:
            voicemail = VoicemailView(
                url=f"/api/calls/{call_id}/voicemail",
                length_s=row.voicemail_length_s,
                box=row.voicemail_box,
                for_agent=row.voicemail_for,
                state=row.voicemail_state,
            )
        return CallAnswer(
            **{field: getattr(row, field) for field in row.__struct_fields__},
            steps=shown_steps(detail.steps, self.me),
            recording=recording,
            voicemail=voicemail,
            customer=customer if self.me.may(P.CUST_VIEW) else None,
            earlier=tuple(shown_row(call, self.me) for call in earlier),
        )

    async def _within_recordings(self, call_id: str) -> bool:
        try:
            await self.recorded_call(call_id)
        except NotFoundError:
            return False
        return True

    @needs(P.CALL_EDIT_REASON, P.CALL_EDIT_SUMMARY, P.CALL_BIND_CUSTOMER)
    async def patch(self, call_id: str, body: CallNote) -> CallRow:
        """File the call under a reason, write its summary, say which customer it was."""
        for given, permission in (
            (body.reason, P.CALL_EDIT_REASON),
            (body.summary, P.CALL_EDIT_SUMMARY),
            (body.customer, P.CALL_BIND_CUSTOMER),
        ):
            if given is not UNSET:
                self.require(permission)
        scope = await call_scope(self.context, self.me)
        detail = await self.context.database.read(get_call, CallId(call_id), scope)
        if detail.row.agents and self.me.user.agent not in detail.row.agents:
            self.require(P.CALL_EDIT_OTHERS)
        await self.context.database.write(_change_call, detail.row, body)
        row = (await self.context.database.read(get_call, CallId(call_id), scope)).row
        await self.audit("call.edit", "call", call_id, after=msgspec.json.encode(body).decode())
        return shown_row(row, self.me)


class CallRecordingHandler(CallHearing):
    @needs(P.REC_PLAY, P.REC_PLAY_OWN)
    async def get(self, call_id: str, query: FileQuery) -> None:
        """The recording: audio/wav, customer left, seat right; Range supported."""
        detail = await self.recorded_call(call_id)
        if not self.may_hear_recording(detail.row.agents):
            raise Refusal(403, "您只能播放自己通话的录音。")
        if detail.row.recording_path is None:
            raise Refusal(404, "这次通话没有录音。")
        if query.download:
            self.require(P.REC_DOWNLOAD)
            await self.audit("rec.download", "call", call_id)
        file = confined(self.context.settings.data, detail.row.recording_path)
        await self.send_file(file, "audio/wav", f"{call_id}.wav" if query.download else "")


class CallVoicemailHandler(CallHearing):
    @needs(P.VM_OWN, P.VM_SUB)
    async def get(self, call_id: str, query: FileQuery) -> None:
        """The message: audio/wav; Range supported. A new one becomes heard when it is for the listener."""
        reach = await voicemail_reach(self.context, self.me)
        row = await self.context.database.read(get_voicemail, call_id, reach)
        file = confined(self.context.settings.data, row.path)
        if row.state is VoicemailState.NEW and self._concerns_me(row):
            now = datetime.now().astimezone()
            if await self.context.database.write(mark_heard, row, self.me.user.name, now):
                self.context.desk.soon()
        await self.send_file(file, "audio/wav", f"{call_id}-voicemail.wav" if query.download else "")

    def _concerns_me(self, row: VoicemailRow) -> bool:
        """A superior who listens in leaves an agent's new message a new one."""
        wanted = {row.for_agent, row.assigned_to} - {""}
        return not wanted or self.me.user.agent in wanted


def _page(
    db: Connection, search: CallSearch, scope: Scope, order: CallOrder, limit: int, before: int | None
) -> tuple[CallPage, CallCount]:
    return list_in_order(db, search, scope, order, limit=limit, after=before), count_calls(db, search, scope)


def _whole_call(
    db: Connection, call_id: CallId, scope: Scope
) -> tuple[CallDetail, Customer | None, tuple[CallRow, ...]]:
    detail = get_call(db, call_id, scope)
    row = detail.row
    customer = None if row.customer_id is None else get_customer(db, row.customer_id)
    return detail, customer, earlier_calls(db, row.peer_number, scope, before=row.key)


def _change_call(db: Connection, row: CallRow, note: CallNote) -> None:
    if note.reason is UNSET and note.summary is UNSET and note.customer is UNSET:
        raise InvalidError("没有要修改的内容。")
    edit_call(db, row.call_id, CallEdit(reason=note.reason, summary=note.summary))
    if note.customer is not UNSET:
        bind_customer(db, row.call_id, note.customer)
