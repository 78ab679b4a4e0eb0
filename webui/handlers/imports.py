"""Imports of customers: upload, columns, preview, confirm, stop, undo."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Annotated

import msgspec

from appliance.jobs.importfiles import Terms
from appliance.store.customer_form import get_form
from appliance.store.customer_imports import CustomerImport
from webui.auth.access import needs
from webui.auth.permissions import P
from webui.customerview import shown_state
from webui.errors import Refusal
from webui.handlers.base import ApiHandler
from webui.handlers.exports import XLSX
from webui.handlers.files import FileHandler, SheetQuery
from webui.handlers.upload import UploadHandler
from webui.imports import ImportView

MAX_UPLOAD_BYTES = 50_000_000
_NOT_IN_NAMES = re.compile(r"[\x00-\x1f/\\]+")


class UploadQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: Annotated[str, msgspec.Meta(max_length=200)] = ""
    """Name of the file, to show."""


class ImportHandler(ApiHandler):
    """For answers with an import in them."""

    async def shown(self, view: ImportView) -> ImportView:
        """The import with its customers as the caller may see them."""
        if view.preview is None:
            return view
        form = await self.context.database.read(get_form)
        rows = tuple(
            msgspec.structs.replace(
                row,
                state=shown_state(row.state, self.me, form.sensitive),
                before=row.before and shown_state(row.before, self.me, form.sensitive),
            )
            for row in view.preview.rows
        )
        return msgspec.structs.replace(view, preview=msgspec.structs.replace(view.preview, rows=rows))


class CustomerImportsHandler(UploadHandler, ImportHandler):
    upload_method = "POST"
    most_bytes = MAX_UPLOAD_BYTES
    _import_id = ""

    async def upload_path(self, size: int) -> Path:  # noqa: ARG002 - any that is small enough
        self._import_id = await asyncio.to_thread(self.context.imports.new_id)
        return self.context.imports.files(self._import_id).source

    def too_large(self) -> Refusal:
        return Refusal(413, "文件超过 50 MB，请分成几个文件上传。")

    def throw_away(self, path: Path) -> None:  # noqa: ARG002 - with the folder that was made for it
        self.context.imports.files(self._import_id).remove()

    @needs(P.CUST_IMPORT)
    async def get(self) -> tuple[CustomerImport, ...]:
        """Imports that were confirmed, newest first."""
        return await self.context.imports.recent()

    @needs(P.CUST_IMPORT)
    async def post(self, query: UploadQuery) -> ImportView:
        """Body: an .xlsx, .xls or .csv file, at most 50 MB; begins to read it. Nothing changes yet."""
        await self.uploaded()
        name = _NOT_IN_NAMES.sub(" ", query.name).strip() or "未命名的文件"
        view = await self.context.imports.read(self.me, self._import_id, name)
        self.keep()
        await self.audit("cust.import", "import", view.id, after=name)
        return view


class CustomerImportHandler(ImportHandler):
    @needs(P.CUST_IMPORT)
    async def get(self, import_id: str) -> ImportView:
        """How far it is, what was found in the file, what it would do."""
        return await self.shown(await self.context.imports.view(import_id))

    @needs(P.CUST_IMPORT)
    async def delete(self, import_id: str) -> ImportView:
        """Stop what runs; forget an upload that was not confirmed. What was taken over stays until it is undone."""
        return await self.shown(await self.context.imports.stop_step(import_id))


class CustomerImportCheckHandler(ImportHandler):
    @needs(P.CUST_IMPORT)
    async def post(self, import_id: str, body: Terms) -> ImportView:
        """Begin to find out what an import by these terms would do. Nothing changes."""
        if body.add_words:
            self.require(P.CUST_FIELDS)
            self.require(P.CUST_AREA)
        return await self.shown(await self.context.imports.check(import_id, body))


class CustomerImportRunHandler(ImportHandler):
    @needs(P.CUST_IMPORT)
    async def post(self, import_id: str) -> ImportView:
        """Confirm what the preview showed, or go on after an interruption; 409 without a preview."""
        view = await self.context.imports.apply(self.me, import_id)
        before = msgspec.json.encode(view.terms).decode()
        after = msgspec.json.encode(msgspec.structs.replace(view.preview, rows=())).decode() if view.preview else ""
        await self.audit("cust.import", "import", import_id, before=before, after=after)
        return await self.shown(view)


class CustomerImportUndoHandler(ImportHandler):
    @needs(P.CUST_IMPORT)
    async def post(self, import_id: str) -> ImportView:
        """Take back what the import did; customers changed since keep what they are."""
        view = await self.context.imports.undo(self.me, import_id)
        await self.audit("cust.import", "import", import_id, after="undo")
        return await self.shown(view)


class CustomerImportFileHandler(FileHandler):
    @needs(P.CUST_IMPORT)
    async def get(self, import_id: str, query: SheetQuery) -> None:
        """Rows that are left out, each with its line and reason (.xlsx); corrected, it can be uploaded as it is."""
        path = await self.context.imports.left_out(import_id)
        await self.send_file(path, XLSX, f"{query.language.said('未导入的行', 'rows-left-out')}-{import_id}.xlsx")
