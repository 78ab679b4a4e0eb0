"""The page 备份与恢复: its settings, runs by hand, what there is, download, and putting a backup in force."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Literal
from urllib.parse import quote

import msgspec
from tornado.http1connection import HTTP1Connection
from tornado.iostream import StreamClosedError

from appliance.support.backupcatalogue import Catalogue
from appliance.support.backupfolder import BackupPlan, RunKind
from webui.auth.access import needs
from webui.auth.permissions import P
from webui.backups import BackupsView
from webui.errors import Refusal
from webui.handlers.base import ApiHandler
from webui.handlers.upload import UploadHandler
from webui.jobs import last_sentence

MAX_UPLOAD_BYTES = 1 << 42
_PIECE_BYTES = 256 << 10


class BackupsHandler(ApiHandler):
    @needs(P.SYS_BACKUP, P.SYS_RESTORE)
    async def get(self) -> BackupsView:
        """Settings, what runs, what the last runs came to, what is ready to be put in force."""
        return await self.context.backups.view()


class BackupPlanHandler(ApiHandler):
    @needs(P.SYS_BACKUP)
    async def put(self, body: BackupPlan) -> BackupsView:
        """Set when, where and how; a password of eight dots stays as it is."""
        await self.context.backups.set_plan(body)
        await self.audit("sys.backup", "backup", "plan", after=f"{body.place.kind.value} {body.place.host}".strip())
        return await self.context.backups.view()


class BackupTrialHandler(ApiHandler):
    @needs(P.SYS_BACKUP)
    async def post(self) -> BackupsView:
        """Try whether the disk or server can be used. 409 says why not."""
        await self.context.backups.try_target()
        return await self.context.backups.view()


class BackupOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    kind: Literal["backup", "check"] = "backup"
    name: str = ""
    """Of the backup to be checked."""


class BackupRunsHandler(ApiHandler):
    @needs(P.SYS_BACKUP)
    async def post(self, body: BackupOrder) -> BackupsView:
        """Start a backup, or read one wholly and compare every hash."""
        await self.context.backups.run(RunKind(body.kind), *(("--name", body.name) if body.name else ()))
        await self.audit("sys.backup", "backup", body.kind, after=body.name)
        return await self.context.backups.view()

    @needs(P.SYS_BACKUP, P.SYS_RESTORE)
    async def delete(self) -> BackupsView:
        """Stop what runs."""
        await self.context.backups.end_run()
        return await self.context.backups.view()


class BackupCatalogueHandler(ApiHandler):
    @needs(P.SYS_BACKUP, P.SYS_RESTORE)
    async def get(self) -> Catalogue:
        """Backups on the disk or server, the newest first. 409 says why it cannot be used."""
        return await self.context.backups.catalogue()


class BackupDownloadHandler(ApiHandler):
    @needs(P.SYS_BACKUP)
    async def get(self) -> None:
        """A backup of everything as one file, made while it is sent."""
        process = await self.context.backups.download()
        assert process.stdout is not None and process.stderr is not None  # noqa: PT018
        try:
            piece = await process.stdout.read(_PIECE_BYTES)
            if not piece:
                raise Refusal(409, last_sentence(await process.stderr.read(), "备份没有做成，请重试。"))
            await self.audit("sys.backup", "backup", "download")
            name = f"备份-{datetime.now().astimezone():%Y%m%d-%H%M}.backup"
            self.set_header("Content-Type", "application/octet-stream")
            self.set_header("Content-Disposition", f"attachment; filename*=UTF-8''{quote(name)}")
            with suppress(StreamClosedError):
                while piece:
                    self.write(piece)
                    await self.flush()
                    piece = await process.stdout.read(_PIECE_BYTES)
            if await process.wait():
                assert isinstance(self.request.connection, HTTP1Connection)
                self.request.connection.stream.close()  # cut off, so that nobody takes it for whole
                return
            await self.finish()
        finally:
            if process.returncode is None:
                with suppress(ProcessLookupError):
                    process.kill()


class BackupFileHandler(UploadHandler):
    most_bytes = read_and_drop_bytes = MAX_UPLOAD_BYTES

    async def upload_path(self, size: int) -> Path:
        await asyncio.to_thread(self.context.backups.refuse_upload, size)
        return self.context.backups.restore.upload

    def too_large(self) -> Refusal:
        return Refusal(413, "文件太大，请确认选对了备份文件。")

    @needs(P.SYS_RESTORE)
    async def put(self) -> BackupsView:
        """Body: a downloaded backup. Nothing is changed yet."""
        await self.uploaded()
        self.keep()
        await self.audit("sys.restore", "backup", "upload", after=self.received_mb)
        return await self.context.backups.view()


class PreparationOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: str = ""
    """Of a backup at the target; empty: the uploaded file."""
    password: str = ""


class PreparationHandler(ApiHandler):
    @needs(P.SYS_RESTORE)
    async def post(self, body: PreparationOrder) -> BackupsView:
        """Unpack and check a backup beside the box's data, which stays as it is."""
        await self.context.backups.prepare(body.name, body.password, self.me.user.name)
        await self.audit("sys.restore", "backup", "prepare", after=body.name)
        return await self.context.backups.view()

    @needs(P.SYS_RESTORE)
    async def delete(self) -> BackupsView:
        """Throw away what was prepared, and the data that was replaced last time."""
        await self.context.backups.discard()
        await self.audit("sys.restore", "backup", "discard")
        return await self.context.backups.view()


class SwitchHandler(ApiHandler):
    @needs(P.SYS_RESTORE)
    async def post(self) -> BackupsView:
        """Put what was prepared in the place of the box's data, as soon as no call is going on."""
        await self.audit("sys.restore", "backup", "switch")
        await self.context.backups.switch()
        return await self.context.backups.view()
