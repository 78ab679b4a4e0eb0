"""The page 系统升级: upload, install, go back, restart, factory reset."""

from __future__ import annotations

import asyncio
from datetime import datetime
from pathlib import Path
from typing import Literal

import msgspec

from webui.auth.access import needs
from webui.auth.permissions import P
from webui.errors import Refusal
from webui.handlers.base import NOTHING, ApiHandler, Nothing
from webui.handlers.upload import UploadHandler
from webui.updates import MAX_UPDATE_BYTES, UpdatesView, too_large


class UpdatesHandler(ApiHandler):
    @needs(P.SYS_UPDATE, P.SYS_REBOOT, P.SYS_RESTORE)
    async def get(self) -> UpdatesView:
        """Versions in both slots, how far an update is, what the last one came to."""
        return await self.context.updates.view()


class UpdateFileHandler(UploadHandler):
    most_bytes = MAX_UPDATE_BYTES

    async def upload_path(self, size: int) -> Path:
        await asyncio.to_thread(self.context.updates.refuse_upload, size)
        return self.context.updates.folder.arriving

    def too_large(self) -> Refusal:
        return too_large()

    @needs(P.SYS_UPDATE)
    async def put(self) -> UpdatesView:
        """Body: an update file, at most 1 GiB. Nothing is installed yet."""
        await self.uploaded()
        await asyncio.to_thread(self.context.updates.take)
        await self.audit("sys.update", "update", "upload", after=self.received_mb)
        return await self.context.updates.view()

    @needs(P.SYS_UPDATE)
    async def delete(self) -> UpdatesView:
        """Throw the uploaded file away."""
        await asyncio.to_thread(self.context.updates.discard)
        await self.audit("sys.update", "update", "discard")
        return await self.context.updates.view()


class UpdateInstallHandler(ApiHandler):
    @needs(P.SYS_UPDATE)
    async def post(self) -> UpdatesView:
        """Check the uploaded file and write it into the other slot; calls go on."""
        await asyncio.to_thread(self.context.updates.install)
        await self.audit("sys.update", "update", "install")
        return await self.context.updates.view()


class UpdateBackHandler(ApiHandler):
    @needs(P.SYS_UPDATE)
    async def post(self) -> UpdatesView:
        """Let the next start take the version in the other slot, on trial."""
        await asyncio.to_thread(self.context.updates.go_back)
        await self.audit("sys.update", "update", "back")
        return await self.context.updates.view()


class RestartOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    at: datetime | None = None
    """With its offset from UTC; null: now. The restart waits until no call is going on."""


class RestartHandler(ApiHandler):
    @needs(P.SYS_REBOOT)
    async def put(self, body: RestartOrder) -> UpdatesView:
        """Restart the box."""
        if body.at is not None and body.at.tzinfo is None:
            raise Refusal(422, "请写出带时区的时间。", "at")
        await asyncio.to_thread(self.context.updates.plan_restart, body.at)
        await self.audit("sys.reboot", "box", "restart", after=body.at.isoformat() if body.at else "now")
        return await self.context.updates.view()

    @needs(P.SYS_REBOOT)
    async def delete(self) -> UpdatesView:
        """Do not restart."""
        await asyncio.to_thread(self.context.updates.cancel_restart)
        await self.audit("sys.reboot", "box", "cancel")
        return await self.context.updates.view()


class ResetOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    word: Literal["恢复出厂"]
    """Typed by hand: everything on this box is thrown away."""


class FactoryResetHandler(ApiHandler):
    @needs(P.SYS_RESTORE)
    async def post(self, body: ResetOrder) -> Nothing:
        """Throw away all calls, recordings, customers, people and settings, and restart as new."""
        await asyncio.to_thread(self.context.updates.reset)
        await self.audit("sys.restore", "box", "factory reset", after=body.word)
        return NOTHING
