"""Prompts: list, listen, replace by an own recording, go back to the built-in one."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import BinaryIO

import msgspec
from tornado.http1connection import HTTP1Connection
from tornado.web import stream_request_body

from appliance.wire.client import EngineDown
from appliance.wire.messages import ReloadCallPlan
from webui.auth.access import needs
from webui.auth.permissions import P
from webui.errors import Refusal
from webui.handlers.base import ApiHandler
from webui.handlers.files import FileHandler
from webui.prompts import PromptView

MAX_UPLOAD_BYTES = 50_000_000
_READ_AND_DROP_BYTES = 1 << 32
"""A larger upload is refused at once, but read to its end: a browser that is still sending shows no answer."""


class NewPrompt(msgspec.Struct, frozen=True, kw_only=True):
    label: str
    text: str = ""
    """What it is to say."""


class PromptsHandler(ApiHandler):
    @needs(P.IVR_VIEW, P.IVR_PROMPT)
    async def get(self) -> list[PromptView]:
        """Every prompt."""
        return await self.context.prompts.everything()

    @needs(P.IVR_PROMPT)
    async def post(self, body: NewPrompt) -> PromptView:
        """A prompt of the bureau's own, without a sound until one is recorded, uploaded or read out."""
        view = await self.context.prompts.create(body.label, body.text)
        await self.audit("ivr.prompt", "prompt", view.id, after=view.label)
        return view


class PromptAudioHandler(FileHandler):
    @needs(P.IVR_VIEW, P.IVR_PROMPT)
    async def get(self, prompt_id: str) -> None:
        """The sound in use (audio/wav, Range supported)."""
        await self.send_file(self.context.prompts.file(prompt_id), "audio/wav")


@stream_request_body
class PromptHandler(ApiHandler):
    """The upload goes to a file piece by piece; the conversion runs as a process of its own."""

    _upload: BinaryIO | None = None
    _received = 0

    async def prepare(self) -> None:
        if self.request.method == "PUT":
            assert isinstance(self.request.connection, HTTP1Connection)
            self.request.connection.set_max_body_size(_READ_AND_DROP_BYTES)
        await super().prepare()
        if self.request.method == "PUT":
            if int(self.request.headers.get("Content-Length") or 0) > MAX_UPLOAD_BYTES:
                raise _too_large()
            await self.context.prompts.get(self.path_args[0])
            self._upload = await asyncio.to_thread(self.context.prompts.upload_path().open, "wb")

    async def data_received(self, chunk: bytes) -> None:
        self._received += len(chunk)
        if self._upload is None or self._received > MAX_UPLOAD_BYTES:
            return
        await asyncio.to_thread(self._upload.write, chunk)

    @needs(P.IVR_PROMPT)
    async def put(self, prompt_id: str) -> PromptView:
        """Body: the raw wav, mp3 or m4a file, at most 50 MB. 422 says why a recording will not do."""
        if self._received > MAX_UPLOAD_BYTES:
            raise _too_large()
        if self._received == 0 or self._upload is None:
            raise Refusal(422, "没有收到录音文件，请重新选择文件。")
        await asyncio.to_thread(self._upload.close)
        view = await self.context.prompts.take_in(Path(self._upload.name), prompt_id)
        await self._tell_engine()
        await self.audit("ivr.prompt", "prompt", prompt_id, after="own")
        return view

    @needs(P.IVR_PROMPT)
    async def delete(self, prompt_id: str) -> PromptView:
        """The built-in prompt speaks again."""
        view = await self.context.prompts.restore(prompt_id)
        await self._tell_engine()
        await self.audit("ivr.prompt", "prompt", prompt_id, after="built_in")
        return view

    async def _tell_engine(self) -> None:
        try:
            await self.context.link.command(ReloadCallPlan())
        except EngineDown:
            return  # it reads prompts when it starts

    def on_finish(self) -> None:
        self._drop_upload()

    def on_connection_close(self) -> None:
        self._drop_upload()

    def _drop_upload(self) -> None:
        if self._upload is not None:
            self._upload.close()
            Path(self._upload.name).unlink(missing_ok=True)
            self._upload = None


def _too_large() -> Refusal:
    return Refusal(413, "文件超过 50 MB，请剪短或压缩成 mp3 后再上传。")
