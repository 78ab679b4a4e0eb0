"""Around the list of calls: exact count, print, searches that people keep, how each person wants the list."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec

from appliance.jobs.export_columns import columns_of
from appliance.store.call_choices import CallChoices, call_choices
from appliance.store.call_list import CallCount, CallPage, CallRow, count_calls
from appliance.store.call_order import NEWEST_FIRST, CallOrder, OrderBy, list_in_order
from appliance.store.call_search import CallSearch
from appliance.store.call_search_check import check_search, decode_search
from appliance.store.connection import Connection
from appliance.store.errors import InvalidError
from appliance.store.saved_searches import (
    SavedSearch,
    SearchTerms,
    add_search,
    arrange_searches,
    change_search,
    delete_search,
    get_search,
    list_searches,
)
from appliance.store.scope import Scope
from appliance.store.settings import get_setting, set_setting
from webui.auth.access import needs
from webui.auth.permissions import P
from webui.callview import is_advanced, shown_row
from webui.handlers.base import NOTHING, ApiHandler, Nothing
from webui.hearing import call_scope

MOST_PRINTED = 5_000
MOST_RECENT = 10
SearchText = Annotated[str, msgspec.Meta(max_length=20_000)]


class CountQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    search: SearchText = ""
    """JSON of a `CallSearch`."""


class PrintQuery(CountQuery, frozen=True, kw_only=True, forbid_unknown_fields=True):
    order_by: OrderBy = OrderBy.STARTED_AT
    ascending: bool = False


class ExactCount(msgspec.Struct, frozen=True, kw_only=True):
    count: int


class Printout(msgspec.Struct, frozen=True, kw_only=True):
    rows: tuple[CallRow, ...]
    count: int
    """How many calls the search finds; more than rows when it finds more than can be printed."""
    at: str
    by: str


class ShownColumn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    id: Annotated[str, msgspec.Meta(max_length=40)]
    width_px: Annotated[int, msgspec.Meta(ge=40, le=800)]


class RecentSearch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    search: CallSearch
    order: CallOrder = NEWEST_FIRST


class ListView(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How one person wants the list of calls."""

    columns: Annotated[tuple[ShownColumn, ...], msgspec.Meta(max_length=60)] = ()
    """In their order; empty: as the box comes."""
    default_search: int | None = None
    """The saved search that the page begins with."""
    recent: Annotated[tuple[RecentSearch, ...], msgspec.Meta(max_length=MOST_RECENT)] = ()
    """Newest first."""


class Arrangement(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    ids: Annotated[tuple[int, ...], msgspec.Meta(max_length=200)]
    """Own searches in their new order."""


class LogHandler(ApiHandler):
    """What handlers of the log have in common."""

    def may_run(self, search: CallSearch) -> bool:
        return self.me.may(P.CALL_SEARCH_ADV) or not is_advanced(search)

    def read_search(self, text: str) -> CallSearch:
        """Raises `InvalidError`, `Refusal` for conditions that the person may not use."""
        search = decode_search(text)
        if not self.may_run(search):
            self.require(P.CALL_SEARCH_ADV)
        return search


class CallCountHandler(LogHandler):
    @needs(P.CALL_VIEW)
    async def get(self, query: CountQuery) -> ExactCount:
        """How many calls a search finds, beyond the cap of the list."""
        search = self.read_search(query.search)
        scope = await call_scope(self.context, self.me)
        count = await self.context.database.read(count_calls, search, scope, cap=None)
        return ExactCount(count=count.count)


class CallPrintHandler(LogHandler):
    @needs(P.CALL_PRINT)
    async def get(self, query: PrintQuery) -> Printout:
        """The rows of the list for paper: the first 5,000."""
        self.require(P.CALL_VIEW)
        search = self.read_search(query.search)
        order = CallOrder(by=query.order_by, ascending=query.ascending)
        scope = await call_scope(self.context, self.me)
        page, count = await self.context.database.read(_printed, search, scope, order)
        await self.audit("call.print", "search", after=msgspec.json.encode(search).decode())
        return Printout(
            rows=tuple(shown_row(row, self.me) for row in page.rows),
            count=count.count,
            at=datetime.now().astimezone().isoformat(timespec="seconds"),
            by=self.me.user.name,
        )


class CallChoicesHandler(LogHandler):
    @needs(P.CALL_VIEW)
    async def get(self) -> CallChoices:
        """What the conditions of a search may be about."""
        choices = await self.context.database.read(call_choices)
        sight = self.me.sight
        return msgspec.structs.replace(
            choices, agents=tuple(each for each in choices.agents if sight.sees_agent(each.agent))
        )


class SavedSearchesHandler(LogHandler):
    @needs(P.CALL_VIEW)
    async def get(self) -> tuple[SavedSearch, ...]:
        """One's own in their order, then those that others share; without what one may not search for."""
        return await self._all()

    @needs(P.CALL_VIEW)
    async def post(self, body: SearchTerms) -> SavedSearch:
        """Keep a search."""
        terms = await _checked(self, body, None)
        saved = await self.context.database.write(add_search, self.me.user.id, terms)
        await self.audit("call.search_save", "search", str(saved.id), after=msgspec.json.encode(terms).decode())
        return saved

    @needs(P.CALL_VIEW)
    async def patch(self, body: Arrangement) -> tuple[SavedSearch, ...]:
        """Put one's own into another order."""
        await self.context.database.write(arrange_searches, self.me.user.id, body.ids)
        await self.audit("call.search_arrange", "search")
        return await self._all()

    async def _all(self) -> tuple[SavedSearch, ...]:
        searches = await self.context.database.read(list_searches, self.me.user.id)
        return tuple(each for each in searches if self.may_run(each.terms.search))


class SavedSearchHandler(LogHandler):
    @needs(P.CALL_VIEW)
    async def put(self, search_id: str, body: SearchTerms) -> SavedSearch:
        """Change one of one's own; somebody else's is 404."""
        before = await self.context.database.read(get_search, int(search_id), self.me.user.id)
        terms = await _checked(self, body, before)
        saved = await self.context.database.write(change_search, before.id, self.me.user.id, terms)
        await self.audit(
            "call.search_save", "search", search_id,
            before=msgspec.json.encode(before.terms).decode(), after=msgspec.json.encode(terms).decode(),
        )  # fmt: skip
        return saved

    @needs(P.CALL_VIEW)
    async def delete(self, search_id: str) -> Nothing:
        """Delete one of one's own."""
        gone = await self.context.database.write(delete_search, int(search_id), self.me.user.id)
        await self.audit("call.search_delete", "search", search_id, before=msgspec.json.encode(gone.terms).decode())
        return NOTHING


class CallViewHandler(LogHandler):
    @needs(P.CALL_VIEW)
    async def get(self) -> ListView:
        """How one wants the list of calls."""
        return await self.context.database.read(_view, self.me.user.id)

    @needs(P.CALL_VIEW)
    async def put(self, body: ListView) -> ListView:
        """Keep it; only one's own, so it stands in no log."""
        columns_of(tuple(column.id for column in body.columns))
        if len({column.id for column in body.columns}) < len(body.columns):
            raise InvalidError("同一列出现了两次，请刷新页面后重试。", "columns")
        for recent in body.recent:
            check_search(recent.search)
        await self.context.database.write(_keep_view, self.me.user.id, body)
        return body


async def _checked(handler: LogHandler, terms: SearchTerms, before: SavedSearch | None) -> SearchTerms:
    """Raises `InvalidError`, `Refusal` for sharing without the permission; what was shared may stay so."""
    name = terms.name.strip()
    if not name:
        raise InvalidError("请填写查询的名称。", "name")
    check_search(terms.search)
    if not handler.may_run(terms.search):
        handler.require(P.CALL_SEARCH_ADV)
    if terms.shared and not (before is not None and before.terms.shared):
        handler.require(P.CALL_SAVED_QUERY_SHARE)
    return msgspec.structs.replace(terms, name=name)


def _printed(db: Connection, search: CallSearch, scope: Scope, order: CallOrder) -> tuple[CallPage, CallCount]:
    return list_in_order(db, search, scope, order, limit=MOST_PRINTED), count_calls(db, search, scope, cap=None)


def _view(db: Connection, user_id: int) -> ListView:
    return msgspec.json.decode(get_setting(db, _key(user_id), "{}"), type=ListView)


def _keep_view(db: Connection, user_id: int, view: ListView) -> None:
    set_setting(db, _key(user_id), msgspec.json.encode(view).decode())


def _key(user_id: int) -> str:
    return f"calls.view.{user_id}"
