"""Settings as a file: download, upload with a look at what would change, putting chosen pieces in force."""

from __future__ import annotations

import asyncio
from datetime import datetime
from pathlib import Path
from typing import Annotated

import msgspec

from appliance.store.flows import Author
from webui.auth.access import needs
from webui.auth.permissions import P
from webui.configuration import ConfigurationView
from webui.configurationfile import MOST_BYTES
from webui.errors import Refusal
from webui.handlers.base import NOTHING, ApiHandler, Nothing
from webui.handlers.files import FileHandler
from webui.handlers.upload import UploadHandler


class ConfigurationFileHandler(UploadHandler, FileHandler):
    most_bytes = MOST_BYTES

    async def upload_path(self, size: int) -> Path:  # noqa: ARG002 - any that is small enough
        return await asyncio.to_thread(self.context.configurations.new_path)

    def too_large(self) -> Refusal:
        return Refusal(413, "文件太大，请确认选对了配置文件。")

    @needs(P.SYS_BACKUP)
    async def get(self) -> None:
        """Call plan, own prompts, roles, call reasons, customer form, alarm rules; no customers, no calls, no PINs."""
        path = await self.context.configurations.export()
        try:
            name = f"配置-{datetime.now().astimezone():%Y%m%d-%H%M}.config"
            await self.send_file(path, "application/octet-stream", name)
        finally:
            await asyncio.to_thread(path.unlink, missing_ok=True)
        await self.audit("sys.backup", "configuration", "export")

    @needs(P.SYS_RESTORE)
    async def put(self) -> ConfigurationView:
        """Body: such a file. What it would change; nothing is changed yet."""
        view = await self.context.configurations.take(await self.uploaded())
        await self.audit("sys.restore", "configuration", "upload", after=view.bureau)
        return view

    @needs(P.SYS_RESTORE)
    async def delete(self) -> Nothing:
        """Throw the uploaded file away."""
        await self.context.configurations.discard()
        return NOTHING


class ConfigurationOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pieces: Annotated[tuple[str, ...], msgspec.Meta(min_length=1, max_length=100)]
    """Ids of pieces."""


class ConfigurationHandler(ApiHandler):
    @needs(P.SYS_RESTORE)
    async def get(self) -> ConfigurationView:
        """What the uploaded file would change now. 404: there is none."""
        return await self.context.configurations.view()

    @needs(P.SYS_RESTORE)
    async def post(self, body: ConfigurationOrder) -> Nothing:
        """Put these pieces in force. 422 says what does not fit; the call plan is then as it was."""
        user = self.me.user
        await self.context.configurations.put_in_force(body.pieces, Author(user.id, user.name))
        await self.audit("sys.restore", "configuration", "import", after=" ".join(body.pieces))
        return NOTHING
