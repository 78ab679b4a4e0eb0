"""Excel exports of the call log."""

from __future__ import annotations

import msgspec

from appliance.store.call_order import NEWEST_FIRST, CallOrder
from appliance.store.call_search import CallSearch
from appliance.store.call_search_check import check_search
from webui.auth.access import needs
from webui.auth.permissions import P
from webui.callview import hides_numbers, is_advanced
from webui.exports import ExportView
from webui.handlers.base import ApiHandler
from webui.handlers.files import FileHandler, SheetQuery
from webui.hearing import call_scope

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class ExportWish(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    search: CallSearch = CallSearch()
    order: CallOrder = NEWEST_FIRST
    columns: tuple[str, ...] = ()
    """Ids of the columns in their order; empty: all."""


class ExportsHandler(ApiHandler):
    @needs(P.CALL_EXPORT)
    async def post(self, body: ExportWish, query: SheetQuery) -> ExportView:
        """Start an export of the calls that a search finds; numbers are masked as in the list."""
        check_search(body.search)
        if is_advanced(body.search):
            self.require(P.CALL_SEARCH_ADV)
        scope = await call_scope(self.context, self.me)
        view = await self.context.exports.begin(
            self.me,
            body.search,
            scope,
            body.columns,
            body.order,
            masked=hides_numbers(self.me),
            language=query.language,
        )
        await self.audit("call.export", "export", view.id, after=msgspec.json.encode(body.search).decode())
        return view


class ExportHandler(ApiHandler):
    @needs(P.CALL_EXPORT)
    async def get(self, export_id: str) -> ExportView:
        """How far the export is."""
        return await self.context.exports.view(self.me, export_id)

    @needs(P.CALL_EXPORT)
    async def delete(self, export_id: str) -> ExportView:
        """Stop the export, or delete its file."""
        return await self.context.exports.cancel(self.me, export_id)


class ExportFileHandler(FileHandler):
    @needs(P.CALL_EXPORT)
    async def get(self, export_id: str, query: SheetQuery) -> None:
        """The finished workbook (.xlsx)."""
        path = await self.context.exports.file(self.me, export_id)
        await self.send_file(path, XLSX, f"{query.language.said('通话记录', 'calls')}-{export_id}.xlsx")
