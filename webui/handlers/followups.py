"""The ledger of unserved callers (未接台账) and what waits at the desk in all."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec

from appliance.store.connection import Connection
from appliance.store.errors import InvalidError
from appliance.store.followup_day import FollowUpDay, followup_day
from appliance.store.followup_ledger import Contact
from appliance.store.followups import (
    FollowUp,
    FollowUpQuery,
    FollowUpReach,
    FollowUpState,
    assign_followup,
    close_followup,
    count_followups,
    followup_history,
    get_followup,
    list_followups,
)
from appliance.store.ratings import AgentRatings, agent_ratings
from appliance.store.users import agent_names
from appliance.store.voicemails import count_new
from webui.auth.access import needs, signed_in
from webui.auth.permissions import P
from webui.auth.sessions import Caller
from webui.callview import hides_numbers
from webui.errors import Refusal
from webui.handlers.base import ApiHandler
from webui.handlers.seat import Dialled, SeatHandler
from webui.hearing import followup_reach, voicemail_reach
from webui.masking import masked_number


class FollowUpsQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    state: FollowUpState = FollowUpState.OPEN
    queue: str = ""
    owner: str = ""
    number: str = ""
    limit: Annotated[int, msgspec.Meta(ge=1, le=200)] = 50
    after: str = ""
    """`next` of the page before."""


class FollowUps(msgspec.Struct, frozen=True, kw_only=True):
    rows: tuple[FollowUp, ...]
    next: str | None


class HistoryStep(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that happened with the number."""

    at: str
    kind: str
    call_id: str
    agent: str
    """Name of who called, closed it, or to whom it was assigned."""
    result: str


class Closing(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    reason: Annotated[str, msgspec.Meta(max_length=200)]


class Owner(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    owner: str
    """Staff number; empty: the queue's agents together."""


class DayQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    day: str = ""
    """`2026-11-02`; empty: today."""


class RatingsQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    since: str
    until: str


class DeskCounts(msgspec.Struct, frozen=True, kw_only=True):
    """What waits for the caller; 0 for what the caller has nothing to do with."""

    new_voicemails: int
    open_followups: int
    overdue_followups: int


def now_here() -> datetime:
    return datetime.now().astimezone()


def shown(row: FollowUp, caller: Caller) -> FollowUp:
    """The row with its number masked for people who may not see it whole."""
    if not hides_numbers(caller):
        return row
    return msgspec.structs.replace(row, number=masked_number(row.number))


class DeskHandler(ApiHandler):
    @signed_in
    async def get(self) -> DeskCounts:
        """How much waits for the caller: new voicemails, callers to be followed up."""
        new = opened = overdue = 0
        if self.me.may(P.VM_OWN, P.VM_SUB):
            new = await self.context.database.read(count_new, await voicemail_reach(self.context, self.me))
        if self.me.may(P.CALL_VIEW):
            reach = await followup_reach(self.context, self.me)
            opened, overdue = await self.context.database.read(count_followups, reach, now_here())
        return DeskCounts(new_voicemails=new, open_followups=opened, overdue_followups=overdue)


class FollowUpsHandler(ApiHandler):
    @needs(P.CALL_VIEW)
    async def get(self, query: FollowUpsQuery) -> FollowUps:
        """Callers to be called back: open ones by due time, closed ones newest first."""
        wanted = FollowUpQuery(state=query.state, queue=query.queue, owner=query.owner, number=query.number)
        reach = await followup_reach(self.context, self.me)
        page = await self.context.database.read(
            list_followups, wanted, reach, now_here(), limit=query.limit, after=query.after
        )
        return FollowUps(rows=tuple(shown(row, self.me) for row in page.rows), next=page.next)


class OneFollowUp(SeatHandler):
    """What handlers of one row have in common."""

    async def row(self, source: str) -> FollowUp:
        """Raises `NotFoundError`."""
        reach = await followup_reach(self.context, self.me)
        return await self.context.database.read(get_followup, source, reach, now_here())

    async def changed(self, source: str, action: str, after: str) -> FollowUp:
        """Log what was done and tell everybody; the row as it is now."""
        await self.audit(action, "follow_up", source, after=after)
        self.context.desk.soon()
        everything = FollowUpReach(everything=True)  # it may have been given to somebody else
        row = await self.context.database.read(get_followup, source, everything, now_here())
        return shown(row, self.me)


class FollowUpHandler(OneFollowUp):
    @needs(P.CALL_VIEW)
    async def get(self, source: str) -> tuple[HistoryStep, ...]:
        """What happened with the caller, oldest first."""
        return await self.context.database.read(_history, await self.row(source))

    @needs(P.CALL_EDIT_OTHERS)
    async def patch(self, source: str, body: Owner) -> FollowUp:
        """Say who calls back."""
        await self.context.database.write(assign_followup, await self.row(source), body.owner, now_here())
        return await self.changed(source, "follow_up.assign", body.owner)


class FollowUpCloseHandler(OneFollowUp):
    @needs(P.CALL_EDIT_SUMMARY)
    async def post(self, source: str, body: Closing) -> FollowUp:
        """Nobody needs to call back any more, for this reason."""
        row = await self.row(source)
        await self.context.database.write(close_followup, row, body.reason, self.me.user.name, now_here())
        return await self.changed(source, "follow_up.close", body.reason)


class FollowUpDialHandler(OneFollowUp):
    @needs(P.AGENT_CLICK_DIAL)
    async def post(self, source: str) -> Dialled:
        """Ring the own phone, then dial the caller; whether anybody was reached the call itself tells."""
        return await self.dial((await self.row(source)).number)


class FollowUpDayHandler(ApiHandler):
    @needs(P.CALL_VIEW)
    async def get(self, query: DayQuery) -> FollowUpDay:
        """The ledger's day in figures, and how long all outside lines were in use."""
        plan = await self.context.plan.read()
        lines = sum(1 for line in plan.lines if line.enabled) if plan else 0
        day = query.day or now_here().date().isoformat()
        reach = await followup_reach(self.context, self.me)
        return await self.context.database.read(followup_day, day, reach, lines, now_here())


class RatingsHandler(ApiHandler):
    @needs(P.RPT_SATISFACTION)
    async def get(self, query: RatingsQuery) -> tuple[AgentRatings, ...]:
        """Ratings by agent in the queues that ask for them; who most often lets callers go unasked comes first."""
        for field in ("since", "until"):
            try:
                datetime.fromisoformat(getattr(query, field))
            except ValueError as error:
                raise InvalidError("日期不对，应写成 2026-11-02。", field) from error
        plan = await self.context.plan.read()
        if plan is None:
            raise Refusal(503, "还没有话务配置，请等待话务引擎启动完成后重试。")
        queues = tuple(queue.id for queue in plan.queues if queue.survey)
        return await self.context.database.read(agent_ratings, query.since, query.until, queues)


def _history(db: Connection, row: FollowUp) -> tuple[HistoryStep, ...]:
    names = agent_names(db)
    return tuple(_step(contact, names) for contact in followup_history(db, row))


def _step(contact: Contact, names: dict[str, str]) -> HistoryStep:
    return HistoryStep(
        at=contact.at,
        kind=contact.kind.value,
        call_id=contact.call_id,
        agent=names.get(contact.agent, contact.agent),
        result=contact.result,
    )
