"""Excel exports of customers."""

from __future__ import annotations

import msgspec

from appliance.jobs.customerexport import CustomerExport
from appliance.store.customer_list import CustomerSearch
from webui.auth.access import needs
from webui.auth.permissions import P
from webui.customerview import hides_address, hides_number, sees_sensitive
from webui.errors import Refusal
from webui.exports import ExportView
from webui.handlers.base import ApiHandler
from webui.handlers.exports import XLSX
from webui.handlers.files import FileHandler, SheetQuery


class CustomerExportsHandler(ApiHandler):
    @needs(P.CUST_EXPORT)
    async def post(self, body: CustomerSearch, query: SheetQuery) -> ExportView:
        """Start an export of the customers that a search finds; sensitive fields only with cust.view_id."""
        if hides_number(self.me) or hides_address(self.me):
            raise Refusal(403, "按您的数据权限，客户的号码或地址是隐藏的，不能导出。")
        wish = CustomerExport(
            search=body, scope=self.me.sight.customers, sensitive=sees_sensitive(self.me), language=query.language
        )
        view = await self.context.customer_exports.begin(self.me, wish)
        await self.audit("cust.export", "export", view.id, after=msgspec.json.encode(body).decode())
        return view


class CustomerExportHandler(ApiHandler):
    @needs(P.CUST_EXPORT)
    async def get(self, export_id: str) -> ExportView:
        """How far the export is."""
        return await self.context.customer_exports.view(self.me, export_id)

    @needs(P.CUST_EXPORT)
    async def delete(self, export_id: str) -> ExportView:
        """Stop the export, or delete its file."""
        return await self.context.customer_exports.cancel(self.me, export_id)


class CustomerExportFileHandler(FileHandler):
    @needs(P.CUST_EXPORT)
    async def get(self, export_id: str, query: SheetQuery) -> None:
        """The finished workbook (.xlsx); an import takes it back."""
        path = await self.context.customer_exports.file(self.me, export_id)
        await self.send_file(path, XLSX, f"{query.language.said('客户', 'customers')}-{export_id}.xlsx")
