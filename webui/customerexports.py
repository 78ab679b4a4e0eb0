"""Exports of customers: niced processes, known to this web process only; their files go after a day."""

from __future__ import annotations

import asyncio
import secrets
import time
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path

import msgspec

from appliance.jobs.customerexport import CustomerExport, wish_path
from appliance.jobs.export_status import ExportFiles, ExportState, ExportStatus
from appliance.settings import Settings
from webui.auth.sessions import Caller
from webui.errors import Refusal
from webui.exports import ExportView
from webui.jobs import RunningJob, last_sentence, start_job, store_options

KEPT_S = 86_400.0
_INTERRUPTED = "导出意外中断，请重新导出。"


@dataclass(frozen=True, slots=True)
class _Started:
    user_id: int
    job: RunningJob
    created_at: str = field(default_factory=lambda: datetime.now().astimezone().isoformat(timespec="seconds"))
    began_s: float = field(default_factory=time.monotonic)


class CustomerExports:
    """Everybody sees only the own ones."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._started: dict[str, _Started] = {}

    async def begin(self, caller: Caller, wish: CustomerExport) -> ExportView:
        """Raises `Refusal` (409) while another one runs."""
        await asyncio.to_thread(self._clear_old)
        if any(each.job.runs for each in self._started.values()):
            raise Refusal(409, "已有导出正在进行，请等它完成或取消后再试。")
        export_id = f"cust-{datetime.now().astimezone():%Y%m%d-%H%M%S}-{secrets.token_hex(4)}"
        path = wish_path(self._settings.data, export_id)
        path.parent.mkdir(parents=True, exist_ok=True)
        await asyncio.to_thread(path.write_bytes, msgspec.json.encode(wish))
        process = await start_job("customerexport", *store_options(self._settings), "--job", export_id)
        job = RunningJob(process, f"export-{export_id}", partial(self._ended, export_id))
        self._started[export_id] = _Started(caller.user.id, job)
        return await self.view(caller, export_id)

    async def view(self, caller: Caller, export_id: str) -> ExportView:
        """How far it is. Raises `Refusal` (404)."""
        started = self._own(caller, export_id)
        status = await asyncio.to_thread(self._files(export_id).read_status)
        status = status or ExportStatus(state=ExportState.RUNNING, text="正在准备导出。")
        return ExportView(
            id=export_id,
            state=status.state,
            done_rows=status.done_rows,
            total_rows=status.total_rows,
            text=status.text,
            created_at=started.created_at,
        )

    async def file(self, caller: Caller, export_id: str) -> Path:
        """The finished workbook. Raises `Refusal` (404, 409)."""
        view = await self.view(caller, export_id)
        if view.state is not ExportState.DONE:
            raise Refusal(409, view.text or "导出还没有完成，请稍候。")
        return self._files(export_id).workbook

    async def cancel(self, caller: Caller, export_id: str) -> ExportView:
        """Stop it, or delete its file. Raises `Refusal` (404)."""
        started = self._own(caller, export_id)
        if started.job.runs:
            await started.job.stopped()
        files = self._files(export_id)
        await asyncio.to_thread(files.remove)
        await asyncio.to_thread(files.write_status, ExportStatus(state=ExportState.CANCELLED, text="导出已取消。"))
        return await self.view(caller, export_id)

    async def stop(self) -> None:
        """The web stops: so do the exports that it started."""
        await asyncio.gather(*(each.job.end() for each in self._started.values()))

    async def _ended(self, export_id: str, _code: int, errors: bytes) -> None:
        files = self._files(export_id)
        status = await asyncio.to_thread(files.read_status)
        if status is None or status.state is ExportState.RUNNING:
            failed = ExportStatus(state=ExportState.FAILED, text=last_sentence(errors, _INTERRUPTED))
            await asyncio.to_thread(files.write_status, failed)

    def _own(self, caller: Caller, export_id: str) -> _Started:
        started = self._started.get(export_id)
        if started is None or started.user_id != caller.user.id:
            raise Refusal(404, "没有这个导出任务，可能已被清理。请重新导出。")
        return started

    def _files(self, export_id: str) -> ExportFiles:
        return ExportFiles(self._settings.data, export_id)

    def _clear_old(self) -> None:
        for export_id, started in list(self._started.items()):
            if time.monotonic() - started.began_s > KEPT_S:
                self._files(export_id).remove()
                wish_path(self._settings.data, export_id).unlink(missing_ok=True)
                del self._started[export_id]
