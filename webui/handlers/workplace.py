"""The agent's work place on the screen: what is written while talking, own queues, recent calls, favourite targets."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import UNSET

from appliance.store.call_list import CallRow, list_calls
from appliance.store.call_search import CallSearch
from appliance.store.connection import Connection
from appliance.store.customers import Customer
from appliance.store.running_notes import RunningNote, Writer, noted_customer, write_note
from appliance.store.scope import Scope
from appliance.store.settings import get_setting, set_setting
from appliance.telephony.ids import CallId, QueueId
from appliance.wire.softkeys import TransferTo
from webui.auth.access import needs
from webui.auth.permissions import P
from webui.callview import shown_row
from webui.errors import Refusal
from webui.handlers.base import ApiHandler
from webui.handlers.seat import SeatHandler

MOST_CALLS = 30
MOST_FAVOURITES = 50


class NoteBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is left out stays as it is."""

    reason: int | msgspec.UnsetType | None = UNSET
    summary: str | msgspec.UnsetType = UNSET
    customer: int | msgspec.UnsetType | None = UNSET


class Favourite(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A target of transfers that stands first."""

    to: TransferTo
    target: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    label: Annotated[str, msgspec.Meta(max_length=40)] = ""
    """What the agent calls an outside number."""


Favourites = Annotated[tuple[Favourite, ...], msgspec.Meta(max_length=MOST_FAVOURITES)]


class WorkPlace(msgspec.Struct, frozen=True, kw_only=True):
    queues: tuple[QueueId, ...]
    """Whose callers come to the agent."""
    break_reasons: tuple[str, ...]
    favourites: Favourites


class RunningNoteHandler(ApiHandler):
    @needs(P.CALL_EDIT_REASON, P.CALL_EDIT_SUMMARY, P.CALL_BIND_CUSTOMER)
    async def patch(self, call_id: str, body: NoteBody) -> RunningNote:
        """Write about a call that runs or ended a moment ago; it is put into the record when there is one."""
        for given, permission in (
            (body.reason, P.CALL_EDIT_REASON),
            (body.summary, P.CALL_EDIT_SUMMARY),
            (body.customer, P.CALL_BIND_CUSTOMER),
        ):
            if given is not UNSET:
                self.require(permission)
        agent, call = self.me.user.agent, CallId(call_id)
        if agent is None or not self.context.live.is_on_screen(call, agent):
            raise Refusal(404, "这个通话不在您的座席上，或结束已久，请到通话记录中填写。")
        writer = Writer(user_id=self.me.user.id, name=self.me.user.name, address=self.address)
        note = RunningNote(reason=body.reason, summary=body.summary, customer=body.customer)
        now = datetime.now().astimezone()
        whole, customer = await self.context.database.write(_written, call, note, writer, now)
        self.context.live.noted(call, whole, customer, agent)
        return whole


class WorkPlaceHandler(SeatHandler):
    @needs(P.AGENT_LOGIN)
    async def get(self) -> WorkPlace:
        """Own queues, reasons for a break, favourite targets."""
        plan = await self.context.plan.read()
        me = next((each for each in plan.agents if each.id == self.agent), None) if plan else None
        favourites = await self.context.database.read(_favourites, self.me.user.id)
        everything = tuple(queue.id for queue in plan.queues) if plan else ()
        return WorkPlace(
            queues=me.queues if me else everything,
            break_reasons=tuple(plan.break_reasons) if plan else (),
            favourites=favourites,
        )


class FavouritesHandler(ApiHandler):
    @needs(P.AGENT_LOGIN)
    async def put(self, body: Favourites) -> Favourites:
        """Replace the favourite targets."""
        await self.context.database.write(_keep_favourites, self.me.user.id, body)
        return body


class OwnCallsHandler(SeatHandler):
    @needs(P.CALL_VIEW)
    async def get(self) -> tuple[CallRow, ...]:
        """The agent's own newest calls."""
        scope = Scope(agents=(self.agent,))
        page = await self.context.database.read(list_calls, CallSearch(), scope, limit=MOST_CALLS, before=None)
        return tuple(shown_row(row, self.me) for row in page.rows)


def _written(
    db: Connection, call_id: CallId, note: RunningNote, writer: Writer, now: datetime
) -> tuple[RunningNote, Customer | None]:
    whole = write_note(db, call_id, note, writer, now)
    return whole, noted_customer(db, whole)


def _favourites(db: Connection, user_id: int) -> tuple[Favourite, ...]:
    return msgspec.json.decode(get_setting(db, _key(user_id), "[]"), type=tuple[Favourite, ...])


def _keep_favourites(db: Connection, user_id: int, favourites: tuple[Favourite, ...]) -> None:
    set_setting(db, _key(user_id), msgspec.json.encode(favourites).decode())


def _key(user_id: int) -> str:
    return f"desk.favourites.{user_id}"
