"""Customer imports: the steps are niced processes of their own; started, watched and stopped here, one at a time."""

from __future__ import annotations

import asyncio
import logging
import secrets
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import msgspec

from appliance.jobs.customercheck import check_terms
from appliance.jobs.customercolumns import plain_heading
from appliance.jobs.importfiles import ImportFiles, Preview, Progress, Step, StepState, TableOutline, Terms
from appliance.settings import Settings
from appliance.store.connection import Connection
from appliance.store.customer_form import get_form
from appliance.store.customer_imports import (
    CustomerImport,
    ImportState,
    add_words,
    get_import,
    list_imports,
    open_import,
    remember_headings,
    set_import_state,
)
from appliance.store.database import Database
from appliance.store.errors import NotFoundError
from webui.auth.sessions import Caller
from webui.callerbook import CallerBookKeeper
from webui.errors import Refusal
from webui.jobs import RunningJob, is_alive, start_job, store_options

log = logging.getLogger(__name__)

STOP_PATIENCE_S = 5.0
KEPT_FOR = timedelta(days=7)
"""Files of an import; what it did can be undone without them."""
_INTERRUPTED = {
    Step.READ: "读取文件时意外中断，文件可能已损坏或太大。请在 Excel 里另存为 .xlsx，或分成几个文件再上传。",
    Step.CHECK: "检查意外中断，请重试。",
    Step.APPLY: "导入意外中断，已导入的部分保留。请点“继续导入”，或撤销。",
    Step.UNDO: "撤销意外中断，请再次撤销。",
}
_MADE_BY_WRITING = (Step.APPLY, Step.UNDO)


class About(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of an upload from the start."""

    file_name: str
    user_id: int
    user_name: str
    at: str


class ImportView(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    about: About
    progress: Progress
    outline: TableOutline | None = None
    """None until the file has been read."""
    terms: Terms | None = None
    preview: Preview | None = None
    """What it would do, by these terms; None until that was checked."""
    outcome: CustomerImport | None = None
    """None until it was confirmed."""


class CustomerImports:
    """Steps of imports. Uploads are seen by whoever may import."""

    def __init__(self, settings: Settings, database: Database, callerbook: CallerBookKeeper) -> None:
        self._settings = settings
        self._database = database
        self._callerbook = callerbook
        self._running: tuple[str, RunningJob] | None = None

    def new_id(self) -> str:
        """For an upload; its folder is there."""
        import_id = f"{datetime.now().astimezone():%Y%m%d-%H%M%S}-{secrets.token_hex(4)}"
        self.files(import_id).folder.mkdir(parents=True)
        return import_id

    def files(self, import_id: str) -> ImportFiles:
        return ImportFiles(self._settings.data, import_id)

    async def read(self, caller: Caller, import_id: str, file_name: str) -> ImportView:
        """Begin to read an uploaded file."""
        self._refuse_while_running()
        files = self.files(import_id)
        now = datetime.now().astimezone()
        about = About(
            file_name=file_name,
            user_id=caller.user.id,
            user_name=caller.user.name,
            at=now.isoformat(timespec="seconds"),
        )
        await asyncio.to_thread(files.about.write_bytes, msgspec.json.encode(about))
        await asyncio.to_thread(_clear_old, files.folder.parent, import_id, (now - KEPT_FOR).timestamp())
        await self._start(Step.READ, import_id)
        return await self.view(import_id)

    async def check(self, import_id: str, terms: Terms) -> ImportView:
        """Begin to find out what it would do. Raises `InvalidError`, `Refusal` (409) once it was confirmed."""
        self._refuse_while_running()
        view = await self.view(import_id)
        if view.outline is None:
            raise Refusal(409, "文件还没有读完，请稍候。")
        if view.outcome is not None:
            raise Refusal(409, "这次导入已经执行过了，请重新上传文件。")
        check_terms(terms, view.outline, await self._database.read(get_form))
        files = self.files(import_id)
        await asyncio.to_thread(files.forget_check)
        await asyncio.to_thread(files.terms.write_bytes, msgspec.json.encode(terms))
        await self._start(Step.CHECK, import_id)
        return await self.view(import_id)

    async def apply(self, caller: Caller, import_id: str) -> ImportView:
        """Confirmed: begin to take it over, or go on after an interruption. Raises `Refusal` (409)."""
        self._refuse_while_running()
        view = await self.view(import_id)
        if view.preview is None or view.terms is None or view.outline is None:
            raise Refusal(409, "请先预览，再确认导入。")
        if view.outcome is not None and view.outcome.state is not ImportState.STOPPED:
            raise Refusal(409, "这次导入已经执行过了。")
        meant = {
            plain: target
            for column, target in zip(view.outline.columns, view.terms.targets, strict=True)
            if (plain := plain_heading(column.heading))
        }
        await self._database.write(_confirm, import_id, view, view.preview, view.terms, meant, caller)
        await self._start(Step.APPLY, import_id)
        return await self.view(import_id)

    async def undo(self, caller: Caller, import_id: str) -> ImportView:
        """Begin to take back what it did. Raises `NotFoundError`, `Refusal` (409)."""
        self._refuse_while_running()
        outcome = await self._database.read(get_import, import_id)
        if outcome.state is ImportState.UNDONE:
            raise Refusal(409, "这次导入已经撤销过了。")
        await self._database.write(set_import_state, import_id, ImportState.STOPPED)
        self.files(import_id).folder.mkdir(parents=True, exist_ok=True)
        await self._start(Step.UNDO, import_id, "--user", caller.user.name)
        return await self.view(import_id)

    async def stop_step(self, import_id: str) -> ImportView:
        """Stop what runs. An upload that was not confirmed is forgotten when nothing runs."""
        if self._running is not None and self._running[0] == import_id:
            await self._running[1].stopped()
            return await self.view(import_id)
        view = await self.view(import_id)
        if view.outcome is None:
            await asyncio.to_thread(self.files(import_id).remove)
        return view

    async def view(self, import_id: str) -> ImportView:
        """How far it is. Raises `NotFoundError`."""
        return await self._database.read(self._view, import_id)

    async def recent(self) -> tuple[CustomerImport, ...]:
        """Confirmed imports, newest first."""
        return await self._database.read(list_imports)

    async def left_out(self, import_id: str) -> Path:
        """The table of rows that are left out. Raises `Refusal` (404, 409)."""
        view = await self.view(import_id)
        path = self.files(import_id).left_out
        if view.preview is None or not path.exists():
            raise Refusal(409, "还没有检查完，请稍候。")
        return path

    async def stop(self) -> None:
        """The web stops: so does the step that it started."""
        if self._running is not None:
            await self._running[1].end(STOP_PATIENCE_S)

    def _refuse_while_running(self) -> None:
        if self._running is not None:
            raise Refusal(409, "有一个导入正在进行，请等它完成或取消后再试。")

    async def _start(self, step: Step, import_id: str, *more: str) -> None:
        files = self.files(import_id)
        await asyncio.to_thread(files.write_progress, Progress(step=step, state=StepState.RUNNING))
        arguments = [*store_options(self._settings), "--job", import_id, *more]
        process = await start_job("customerimport", step.value, *arguments)
        self._running = (import_id, RunningJob(process, f"import-{import_id}", partial(self._ended, step, import_id)))

    async def _ended(self, step: Step, import_id: str, code: int, errors: bytes) -> None:
        self._running = None
        files = self.files(import_id)
        progress = await asyncio.to_thread(files.read_progress)
        if progress is None or progress.state is StepState.RUNNING:
            log.error("import %s ended with %s: %s", import_id, code, errors.decode("utf-8", "replace"))
            failed = Progress(step=step, state=StepState.FAILED, text=_INTERRUPTED[step])
            await asyncio.to_thread(files.write_progress, failed)
        if step in _MADE_BY_WRITING:
            await self._database.write(_stopped_if_running, import_id)
            self._callerbook.changed()

    def _view(self, db: Connection, import_id: str) -> ImportView:
        files = self.files(import_id)
        outcome = None
        with suppress(NotFoundError):
            outcome = get_import(db, import_id)
        about, progress = self._about(files, outcome), files.read_progress()
        if about is None:
            raise NotFoundError("没有这次导入，文件可能已被清理。请重新上传。")
        if progress is None:
            progress = Progress(step=Step.APPLY if outcome else Step.READ, state=StepState.DONE)
        elif self._running is not None and self._running[0] == import_id:
            progress = msgspec.structs.replace(progress, state=StepState.RUNNING)  # until the process is gone
        elif progress.state is StepState.RUNNING and not is_alive(progress.pid):
            progress = Progress(step=progress.step, state=StepState.FAILED, text=_INTERRUPTED[progress.step])
        return ImportView(
            id=import_id,
            about=about,
            progress=progress,
            outline=files.read_outline(),
            terms=files.read_terms(),
            preview=files.read_preview(),
            outcome=outcome,
        )

    @staticmethod
    def _about(files: ImportFiles, outcome: CustomerImport | None) -> About | None:
        try:
            return msgspec.json.decode(files.about.read_bytes(), type=About)
        except (OSError, msgspec.DecodeError):
            if outcome is None:
                return None
        return About(file_name=outcome.file_name, user_id=0, user_name=outcome.user_name, at=outcome.at)


def _confirm(
    db: Connection,
    import_id: str,
    view: ImportView,
    preview: Preview,
    terms: Terms,
    meant: dict[str, str],
    caller: Caller,
) -> None:
    if view.outcome is None:
        add_words(db, preview.new_words)
        remember_headings(db, meant)
    open_import(
        db,
        import_id,
        user_id=caller.user.id,
        user_name=caller.user.name,
        file_name=view.about.file_name,
        terms=msgspec.json.encode(terms).decode(),
        total=preview.new + preview.changed,
        at=datetime.now().astimezone(),
    )


def _stopped_if_running(db: Connection, import_id: str) -> None:
    if get_import(db, import_id).state is ImportState.RUNNING:
        set_import_state(db, import_id, ImportState.STOPPED)


def _clear_old(folder: Path, keep: str, before: float) -> None:
    for each in folder.iterdir():
        with suppress(OSError, ValueError):
            if each.name != keep and each.stat().st_mtime < before:
                ImportFiles(folder.parent, each.name).remove()
