"""The page 备份与恢复: starts backups when they are due, and what people ask for; the work is done by jobs.

The web never touches the disk or server for backups itself: one that is dead would hold it up. A job that moves nothing
for a quarter of an hour is ended, and that is told as any other failure.
"""

from __future__ import annotations

import asyncio
import logging
import shutil
import time
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import msgspec

from appliance.jobs.backup import BusyError, only_one
from appliance.settings import Settings
from appliance.support.backupcatalogue import Catalogue
from appliance.support.backupfolder import BackupFolder, BackupPlan, Progress, RunKind, RunNote, is_due
from appliance.support.backuptarget import TargetKind, disks
from appliance.support.replacement import Ready, RestoreFolder, Switched
from appliance.wire.client import EngineDown
from appliance.wire.messages import RestartEngine
from webui.engine_link import EngineLink
from webui.errors import Refusal
from webui.jobs import last_sentence, start_job

log = logging.getLogger(__name__)

KEPT = "••••••••"
"""Stands for a password that there is; sent back it stays."""
LOOK_EVERY_S = 30.0
SWITCH_LOOK_S = 0.2
ASK_PATIENCE_S = 90.0
"""So long a target may take to say what it has."""
STALLED_S = 900.0
STOP_PATIENCE_S = 3.0
BUSY = "另一次备份、检查或恢复正在进行，请等它完成。"
_FAILED = "备份程序意外中断，请重试。"
_STALLED = "备份盘或服务器很久没有反应，已停止。请检查它是否损坏或断开。"


class BackupsView(msgspec.Struct, frozen=True, kw_only=True):
    plan: BackupPlan
    """With `KEPT` for passwords."""
    disks: tuple[str, ...]
    """USB disks that are plugged in."""
    runs: tuple[RunNote, ...]
    """The newest first."""
    running: Progress | None
    ready: Ready | None
    """Prepared to take the place of the box's data."""
    switching: bool
    """It will, as soon as no call is going on."""
    switched: Switched | None
    old_bytes: int
    """What the data that was replaced last time still takes."""
    database_apart: bool
    """A PostgreSQL server has the database."""


class Backups:
    """Made once; `start` and `stop` belong to the web's life."""

    def __init__(self, settings: Settings, link: EngineLink) -> None:
        self._settings = settings
        self._link = link
        self.folder = BackupFolder(settings.data)
        self.restore = RestoreFolder(settings.data)
        self._media = Path(settings.backup.media)
        self._process: asyncio.subprocess.Process | None = None
        self._kind = RunKind.BACKUP
        self._watcher: asyncio.Task[None] | None = None
        self._task: asyncio.Task[None] | None = None
        self._switch = asyncio.Event()

    def start(self) -> asyncio.Task[None]:
        """Look for backups that are due. The task ends when it breaks, or when the box's data is to be switched."""
        self._task = asyncio.create_task(self._look_after(), name="backups")
        return self._task

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self.end_run()

    async def view(self) -> BackupsView:
        return await asyncio.to_thread(self._view)

    async def set_plan(self, plan: BackupPlan) -> None:
        await asyncio.to_thread(self._set_plan, plan)

    async def run(self, kind: RunKind, *words: str) -> None:
        """Start a backup, a check or a preparation. Raises `Refusal` (409) while another works."""
        if self._process is not None or await asyncio.to_thread(self.folder.progress) is not None:
            raise Refusal(409, BUSY)
        action = {RunKind.BACKUP: "run", RunKind.CHECK: "check", RunKind.RESTORE: "prepare"}[kind]
        process = await self._job(action, *words)
        self._process, self._kind = process, kind
        self._watcher = asyncio.create_task(self._watch(kind, process), name=f"backup-{action}")

    async def prepare(self, name: str, password: str, by: str) -> None:
        """Make a backup ready; an empty name means the uploaded file. Raises `Refusal` (409)."""
        if self._process is not None:
            raise Refusal(409, BUSY)
        if not name and not self.restore.upload.exists():
            raise Refusal(409, "还没有上传备份文件，请先选择文件。")
        if password:
            await asyncio.to_thread(self._leave_password, password)
        await self.run(RunKind.RESTORE, "--by", by, *(("--name", name) if name else ("--upload",)))

    async def end_run(self) -> None:
        """Stop what runs; what is there stays as it was."""
        process, watcher = self._process, self._watcher
        if process is None or watcher is None:
            return
        with suppress(ProcessLookupError):
            process.terminate()
        done, _ = await asyncio.wait({watcher}, timeout=STOP_PATIENCE_S)
        if not done:
            with suppress(ProcessLookupError):
                process.kill()
            await asyncio.wait({watcher}, timeout=STOP_PATIENCE_S)

    async def catalogue(self) -> Catalogue:
        """What is at the target. Raises `Refusal` (409) with what is wrong there."""
        return msgspec.json.decode(await self._ask("list"), type=Catalogue)

    async def try_target(self) -> None:
        """Raises `Refusal` (409) with what is wrong with the target."""
        await self._ask("try")

    async def download(self) -> asyncio.subprocess.Process:
        """A process that writes the backup to its output."""
        if self._process is not None:
            raise Refusal(409, BUSY)
        return await self._job("download")

    async def switch(self) -> None:
        """Put what is ready in force as soon as no call is going on. Raises `Refusal` (409)."""
        if await asyncio.to_thread(self.restore.ready) is None:
            raise Refusal(409, "还没有准备好的备份，请先选择一份备份。")
        await asyncio.to_thread(self.restore.wish)
        with suppress(EngineDown):  # then nobody has to end
            await self._link.command(RestartEngine())
        self._switch.set()

    async def discard(self) -> None:
        """Away with what was prepared or uploaded, and with the data that was replaced. Raises `Refusal` (409)."""
        if self._process is not None or self.restore.is_wished:
            raise Refusal(409, BUSY)
        await asyncio.to_thread(self.restore.clear)
        await asyncio.to_thread(self.restore.upload.unlink, missing_ok=True)

    def refuse_upload(self, size: int) -> None:
        """Blocking. Raises `Refusal` (409, 507)."""
        if self._process is not None or self.restore.is_wished:
            raise Refusal(409, BUSY)
        self.restore.path.mkdir(mode=0o770, exist_ok=True)
        if shutil.disk_usage(self.restore.path).free < 2 * size:
            raise Refusal(507, "磁盘空间不足，放不下这份备份。请先在“录音与存储”里清理。")

    def _view(self) -> BackupsView:
        plan = self.folder.plan()
        place = msgspec.structs.replace(plan.place, password=KEPT if plan.place.password else "")
        beginning = None if self._process is None else Progress(kind=self._kind, pid=0, began_at="")
        return BackupsView(
            plan=msgspec.structs.replace(plan, place=place, password=KEPT if plan.password else ""),
            disks=tuple(disk.name for disk in disks(self._media)),
            runs=self.folder.runs(),
            running=self.folder.progress() or beginning,
            ready=self.restore.ready(),
            switching=self.restore.is_wished,
            switched=self.restore.done(),
            old_bytes=self.restore.old_bytes(),
            database_apart=self._settings.store.url.startswith("postgres"),
        )

    def _set_plan(self, plan: BackupPlan) -> None:
        before = self.folder.plan()
        place = plan.place
        if place.password == KEPT:
            place = msgspec.structs.replace(place, password=before.place.password)
        if (place.host, place.port) != (before.place.host, before.place.port):
            place = msgspec.structs.replace(place, host_key="")
        password = before.password if plan.password == KEPT else plan.password
        self.folder.set_plan(msgspec.structs.replace(plan, place=place, password=password))

    def _leave_password(self, password: str) -> None:
        self.restore.path.mkdir(mode=0o770, exist_ok=True)
        file = self.restore.path / "password"
        file.touch(0o600)
        file.write_text(password, "utf-8")

    async def _job(self, action: str, *words: str) -> asyncio.subprocess.Process:
        url = self._settings.store.url
        options = ["--data", str(self._settings.data), "--media", str(self._media)]
        return await start_job("backup", *options, *(["--database", url] if url else []), *words, action)

    async def _ask(self, action: str) -> bytes:
        process = await self._job(action)
        try:
            async with asyncio.timeout(ASK_PATIENCE_S):
                output, errors = await process.communicate()
        except TimeoutError as error:
            raise Refusal(409, _STALLED) from error
        finally:
            if process.returncode is None:
                with suppress(ProcessLookupError):
                    process.kill()
        if process.returncode:
            raise Refusal(409, last_sentence(errors, _FAILED))
        return output

    async def _watch(self, kind: RunKind, process: asyncio.subprocess.Process) -> None:
        began = datetime.now().astimezone().isoformat(timespec="seconds")
        talk = asyncio.create_task(process.communicate())
        text, seen, since = "", await asyncio.to_thread(self.folder.progress), time.monotonic()
        while not (await asyncio.wait({talk}, timeout=LOOK_EVERY_S))[0]:
            now = await asyncio.to_thread(self.folder.progress)
            if now != seen:
                seen, since = now, time.monotonic()
            elif time.monotonic() - since > STALLED_S and not text:
                text = _STALLED
                process.kill()
                break
        done, _ = await asyncio.wait({talk}, timeout=STOP_PATIENCE_S)
        self._process = None
        if done and process.returncode in {0, 1, 3}:
            return  # it noted itself what came of it
        talk.cancel()
        note = RunNote(
            kind=kind,
            began_at=began,
            ended_at=datetime.now().astimezone().isoformat(timespec="seconds"),
            good=False,
            text=text or _FAILED,
        )
        await asyncio.to_thread(self.folder.note, note)

    async def _look_after(self) -> None:
        await asyncio.to_thread(self._tidy)
        while not self._switch.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_EVERY_S):
                    await self._switch.wait()
            try:
                await self._back_up_if_due()
            except Exception:
                log.exception("looking for a backup that is due; trying again in a moment")
        while self._link.mirror.snapshot() is not None:  # noqa: ASYNC110 - the engine ends by itself
            await asyncio.sleep(SWITCH_LOOK_S)
        log.warning("the data of a backup takes its place: the web begins anew")

    def _tidy(self) -> None:
        """Whoever unpacked a backup was killed in the middle: what is left of it only takes space."""
        if not self.restore.new.exists():
            return
        with suppress(BusyError, OSError), only_one(self.folder):
            if self.restore.ready() is None and not self.restore.is_wished:
                self.restore.clear_new()

    async def _back_up_if_due(self) -> None:
        plan = await asyncio.to_thread(self.folder.plan)
        if not plan.nightly or plan.place.kind is TargetKind.NONE or self._process is not None or self._switch.is_set():
            return
        runs = await asyncio.to_thread(self.folder.runs)
        last = next((run for run in runs if run.kind is RunKind.BACKUP), None)
        since = datetime.fromisoformat(last.began_at) if last else await asyncio.to_thread(self.folder.planned_at)
        if is_due(datetime.now().astimezone(), plan, since):
            with suppress(Refusal):
                await self.run(RunKind.BACKUP)
