"""Excel exports: each is a niced process that reads the database for itself; started, watched and cancelled here."""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import msgspec

from appliance.jobs.export_columns import columns_of
from appliance.jobs.export_status import ExportFiles, ExportState, ExportStatus
from appliance.jobs.sheet_language import SheetLanguage
from appliance.settings import Settings
from appliance.store.call_order import CallOrder
from appliance.store.call_search import CallSearch
from appliance.store.connection import Connection
from appliance.store.database import Database
from appliance.store.exports import Export, add_export, delete_export, get_export, list_exports
from appliance.store.scope import Scope
from webui.auth.sessions import Caller
from webui.errors import Refusal
from webui.jobs import RunningJob, is_alive, last_sentence, start_job, store_options

log = logging.getLogger(__name__)

MOST_RUNNING = 2
"""On a small box more at once only take longer."""
KEPT_FOR = timedelta(days=1)
_INTERRUPTED = "导出意外中断，请重新导出。"


class ExportView(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    state: ExportState
    done_rows: int
    total_rows: int
    text: str
    created_at: str


class Exports:
    """Everybody sees only the own exports. Finished files are kept for a day."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self._settings = settings
        self._database = database
        self._running: dict[str, RunningJob] = {}

    async def begin(
        self,
        caller: Caller,
        search: CallSearch,
        scope: Scope,
        columns: tuple[str, ...],
        order: CallOrder,
        *,
        masked: bool,
        language: SheetLanguage,
    ) -> ExportView:
        """Export the calls in `scope`, without whole numbers when `masked`, with headings in this language.

        Raises `InvalidError`, `Refusal` (409) when too many run.
        """
        columns_of(columns)
        if len(self._running) >= MOST_RUNNING:
            raise Refusal(409, "已有导出正在进行，请等它完成或取消后再试。")
        now = datetime.now().astimezone()
        await self._clear_old(caller.user.id, now)
        export = await self._database.write(
            add_export,
            user_id=caller.user.id,
            search=search,
            scope=scope,
            columns=columns,
            at=now,
            order=order,
            masked=masked,
        )
        options = store_options(self._settings)
        process = await start_job("export", *options, "--job", export.id, "--language", language)
        self._running[export.id] = RunningJob(process, f"export-{export.id}", partial(self._ended, export))
        return await self.view(caller, export.id)

    async def view(self, caller: Caller, export_id: str) -> ExportView:
        """How far it is. Raises `NotFoundError`, `Refusal` for somebody else's."""
        export = await self._own(caller, export_id)
        status = await asyncio.to_thread(self._status, export)
        return ExportView(
            id=export.id,
            state=status.state,
            done_rows=status.done_rows,
            total_rows=status.total_rows,
            text=status.text,
            created_at=export.created_at,
        )

    async def file(self, caller: Caller, export_id: str) -> Path:
        """The finished workbook. Raises `Refusal` (409) until it is."""
        view = await self.view(caller, export_id)
        if view.state is not ExportState.DONE:
            raise Refusal(409, view.text or "导出还没有完成，请稍候。")
        return self._files(export_id).workbook

    async def cancel(self, caller: Caller, export_id: str) -> ExportView:
        """Stop it if it runs, delete its file if it is done."""
        export = await self._own(caller, export_id)
        running = self._running.get(export_id)
        if running is not None:
            await running.stopped()
        await asyncio.to_thread(self._discard, export)
        return await self.view(caller, export_id)

    async def stop(self) -> None:
        """The web stops: so do the exports that it started."""
        await asyncio.gather(*(running.end() for running in self._running.values()))

    async def _ended(self, export: Export, code: int, errors: bytes) -> None:
        del self._running[export.id]
        files = self._files(export.id)
        status = await asyncio.to_thread(files.read_status)
        if status is None or status.state is ExportState.RUNNING:
            log.error("export %s ended with %s: %s", export.id, code, errors.decode("utf-8", "replace"))
            failed = ExportStatus(state=ExportState.FAILED, text=last_sentence(errors, _INTERRUPTED))
            await asyncio.to_thread(files.write_status, failed)

    async def _own(self, caller: Caller, export_id: str) -> Export:
        export = await self._database.read(get_export, export_id)
        if export.user_id != caller.user.id:
            raise Refusal(404, "没有这个导出任务，可能已被清理。请重新导出。")
        return export

    def _discard(self, export: Export) -> None:
        files = self._files(export.id)
        if self._status(export).state is ExportState.RUNNING:
            files.request_cancel()  # a job that an earlier web process started
            return
        files.remove()
        files.write_status(ExportStatus(state=ExportState.CANCELLED, text="导出已取消。"))

    def _status(self, export: Export) -> ExportStatus:
        status = self._files(export.id).read_status()
        if export.id in self._running:
            return status or ExportStatus(state=ExportState.RUNNING, text="正在准备导出。")
        if status is None or (status.state is ExportState.RUNNING and not is_alive(status.pid)):
            return ExportStatus(state=ExportState.FAILED, text=_INTERRUPTED)
        return status

    def _files(self, export_id: str) -> ExportFiles:
        return ExportFiles(self._settings.data, export_id)

    async def _clear_old(self, user_id: int, now: datetime) -> None:
        for export_id in await self._database.write(_forget_old, user_id, (now - KEPT_FOR).isoformat()):
            await asyncio.to_thread(self._files(export_id).remove)


def _forget_old(db: Connection, user_id: int, before: str) -> list[str]:
    old = [export.id for export in list_exports(db, user_id, limit=1000) if export.created_at < before]
    for export_id in old:
        delete_export(db, export_id)
    return old
