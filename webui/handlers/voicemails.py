"""The desk's voicemails: list, states, assignment, note, calling back, deleting. Playing: `handlers/calls.py`."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import UNSET

from appliance.store.connection import Connection
from appliance.store.policies import PolicyObject
from appliance.store.voicemail_reach import BoxQueues, VoicemailReach
from appliance.store.voicemails import (
    VoicemailEdit,
    VoicemailQuery,
    VoicemailRow,
    VoicemailState,
    delete_voicemail,
    edit_voicemail,
    get_voicemail,
    link_call_back,
    list_voicemails,
    listeners,
)
from appliance.telephony.ids import CallId
from webui.auth.access import needs
from webui.auth.permissions import P
from webui.auth.sessions import Caller
from webui.callview import hides_numbers
from webui.errors import Refusal
from webui.handlers.base import NOTHING, Nothing
from webui.handlers.files import confined
from webui.handlers.seat import Dialled, SeatHandler
from webui.hearing import boxes_now, voicemail_reach
from webui.masking import masked_number


class VoicemailsQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    state: VoicemailState | None = None
    box: str = ""
    queue: str = ""
    agent: str = ""
    """For this staff number, or assigned to it."""
    number: str = ""
    limit: Annotated[int, msgspec.Meta(ge=1, le=200)] = 50
    before: int | None = None
    """`next` of the page before."""


class Voicemails(msgspec.Struct, frozen=True, kw_only=True):
    rows: tuple[VoicemailRow, ...]
    """Newest first; the sound is at `/api/calls/{call_id}/voicemail`."""
    next: str | None


class Listener(msgspec.Struct, frozen=True):
    agent: str
    name: str


def shown(row: VoicemailRow, caller: Caller) -> VoicemailRow:
    """The row without the path of the box, its number masked for people who may not see it whole."""
    number = masked_number(row.number) if hides_numbers(caller, PolicyObject.VOICEMAIL) else row.number
    return msgspec.structs.replace(row, path="", number=number)


class VoicemailsHandler(SeatHandler):
    @needs(P.VM_OWN, P.VM_SUB)
    async def get(self, query: VoicemailsQuery) -> Voicemails:
        """The voicemails that the caller may hear, newest first."""
        wanted = VoicemailQuery(
            state=query.state, box=query.box, queue=query.queue, agent=query.agent, number=query.number
        )
        reach = await voicemail_reach(self.context, self.me)
        page = await self.context.database.read(list_voicemails, wanted, reach, limit=query.limit, before=query.before)
        rows = tuple(shown(row, self.me) for row in page.rows)
        return Voicemails(rows=rows, next=None if page.next is None else str(page.next))


class VoicemailHandler(SeatHandler):
    @needs(P.VM_OWN, P.VM_SUB, P.VM_ASSIGN, P.VM_CLOSE)
    async def patch(self, call_id: str, body: VoicemailEdit) -> VoicemailRow:
        """Mark as new, heard or done, assign, write a note."""
        if body.state is not UNSET and body.state is VoicemailState.DONE:
            self.require(P.VM_CLOSE)
        if body.assigned_to is not UNSET:
            self.require(P.VM_ASSIGN)
        if body.note is not UNSET and not self.me.may(P.VM_CLOSE, P.VM_ASSIGN):
            self.require(P.VM_CLOSE)
        reach, boxes = await voicemail_reach(self.context, self.me), await boxes_now(self.context)
        row = await self.context.database.write(
            _change, call_id, reach, boxes, body, self.me.user.name, datetime.now().astimezone()
        )
        await self.audit("vm.edit", "voicemail", call_id, after=msgspec.json.encode(body).decode())
        self.context.desk.soon()
        return shown(row, self.me)

    @needs(P.VM_DELETE)
    async def delete(self, call_id: str) -> Nothing:
        """Delete the message and its file; the call stays in the log."""
        reach = await voicemail_reach(self.context, self.me)
        row = await self.context.database.read(get_voicemail, call_id, reach)
        await self.context.database.write(delete_voicemail, row, datetime.now().astimezone())
        with suppress(Refusal, OSError):  # a file that is gone already is what was asked for
            await asyncio.to_thread(confined(self.context.settings.data, row.path).unlink)
        await self.audit("vm.delete", "voicemail", call_id, after=f"{row.left_at} {row.number} {row.length_s:.0f}s")
        self.context.desk.soon()
        return NOTHING


class VoicemailListenersHandler(SeatHandler):
    @needs(P.VM_ASSIGN)
    async def get(self, call_id: str) -> tuple[Listener, ...]:
        """To whom the message can be assigned: everybody who may hear it."""
        reach, boxes = await voicemail_reach(self.context, self.me), await boxes_now(self.context)
        people = await self.context.database.read(_listeners, call_id, reach, boxes)
        return tuple(Listener(agent, name) for agent, name in sorted(people.items()))


class VoicemailCallBackHandler(SeatHandler):
    @needs(P.AGENT_CLICK_DIAL)
    async def post(self, call_id: str) -> Dialled:
        """Ring the own phone, then dial whoever left the message; the call is linked with it."""
        reach = await voicemail_reach(self.context, self.me)
        row = await self.context.database.read(get_voicemail, call_id, reach)
        if not row.number:
            raise Refusal(422, "这条留言没有来电号码，不能回拨。")
        dialled = await self.dial(row.number)
        if dialled.call_id is not None:
            await self.context.database.write(link_call_back, row, dialled.call_id)
        await self.audit("vm.call_back", "voicemail", call_id, after=dialled.call_id or "")
        self.context.desk.soon()
        return dialled


def _change(
    db: Connection,
    call_id: str,
    reach: VoicemailReach,
    boxes: tuple[BoxQueues, ...],
    edit: VoicemailEdit,
    by: str,
    at: datetime,
) -> VoicemailRow:
    edit_voicemail(db, get_voicemail(db, call_id, reach), edit, by=by, at=at, boxes=boxes)
    return get_voicemail(db, call_id, reach)


def _listeners(db: Connection, call_id: str, reach: VoicemailReach, boxes: tuple[BoxQueues, ...]) -> dict[str, str]:
    return listeners(db, get_voicemail(db, CallId(call_id), reach), boxes)
