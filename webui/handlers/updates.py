"""The page 系统升级: upload, install, go back, restart, factory reset."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import BinaryIO, Literal

import msgspec
from tornado.http1connection import HTTP1Connection
from tornado.web import stream_request_body

from webui.auth.access import needs
from webui.auth.permissions import P
from webui.errors import Refusal
from webui.handlers.base import NOTHING, ApiHandler, Nothing
from webui.updates import MAX_UPDATE_BYTES, UpdatesView

_READ_AND_DROP_BYTES = 4 * MAX_UPDATE_BYTES
"""A larger upload is refused at once, but read to its end: a browser that is still sending shows no answer."""


class UpdatesHandler(ApiHandler):
    @needs(P.SYS_UPDATE, P.SYS_REBOOT, P.SYS_RESTORE)
    async def get(self) -> UpdatesView:
        """Versions in both slots, how far an update is, what the last one came to."""
        return await self.context.updates.view()


@stream_request_body
class UpdateFileHandler(ApiHandler):
    """The upload goes to a file piece by piece."""

    _file: BinaryIO | None = None
    _received = 0
    _taken = False

    async def prepare(self) -> None:
        if self.request.method == "PUT":
            assert isinstance(self.request.connection, HTTP1Connection)
            self.request.connection.set_max_body_size(_READ_AND_DROP_BYTES)
        await super().prepare()
        if self.request.method == "PUT":
            size = int(self.request.headers.get("Content-Length") or 0)
            await asyncio.to_thread(self.context.updates.refuse_upload, size)
            self._file = await asyncio.to_thread(self.context.updates.folder.arriving.open, "wb")

    async def data_received(self, chunk: bytes) -> None:
        self._received += len(chunk)
        if self._file is not None and self._received <= MAX_UPDATE_BYTES:
            await asyncio.to_thread(self._file.write, chunk)

    @needs(P.SYS_UPDATE)
    async def put(self) -> UpdatesView:
        """Body: an update file, at most 1 GiB. Nothing is installed yet."""
        if self._received > MAX_UPDATE_BYTES:
            raise Refusal(413, f"升级文件不能超过 {MAX_UPDATE_BYTES >> 20} MB，请确认选对了文件。")
        if self._received == 0 or self._file is None:
            raise Refusal(422, "没有收到文件，请重新选择文件。")
        await asyncio.to_thread(self._file.close)
        await asyncio.to_thread(self.context.updates.take)
        self._taken = True
        await self.audit("sys.update", "update", "upload", after=f"{self._received >> 20} MB")
        return await self.context.updates.view()

    @needs(P.SYS_UPDATE)
    async def delete(self) -> UpdatesView:
        """Throw the uploaded file away."""
        await asyncio.to_thread(self.context.updates.discard)
        await self.audit("sys.update", "update", "discard")
        return await self.context.updates.view()

    def on_finish(self) -> None:
        self._drop()

    def on_connection_close(self) -> None:
        self._drop()

    def _drop(self) -> None:
        if self._file is not None and not self._taken:
            self._file.close()
            self.context.updates.folder.arriving.unlink(missing_ok=True)
        self._file = None


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
