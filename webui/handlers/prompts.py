"""Prompts: list, listen, replace by an own recording, go back to the built-in one."""

from __future__ import annotations

from pathlib import Path

import msgspec

from appliance.wire.client import EngineDown
from appliance.wire.messages import ReloadCallPlan
from webui.auth.access import needs
from webui.auth.permissions import P
from webui.errors import Refusal
from webui.handlers.base import ApiHandler
from webui.handlers.files import FileHandler
from webui.handlers.upload import UploadHandler
from webui.prompts import PromptView

MAX_UPLOAD_BYTES = 50_000_000


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


class PromptHandler(UploadHandler):
    """The conversion runs as a process of its own."""

    most_bytes = MAX_UPLOAD_BYTES

    async def upload_path(self, size: int) -> Path:  # noqa: ARG002 - any that is small enough
        await self.context.prompts.get(self.path_args[0])
        return self.context.prompts.upload_path()

    def too_large(self) -> Refusal:
        return Refusal(413, "文件超过 50 MB，请剪短或压缩成 mp3 后再上传。")

    @needs(P.IVR_PROMPT)
    async def put(self, prompt_id: str) -> PromptView:
        """Body: the raw wav, mp3 or m4a file, at most 50 MB. 422 says why a recording will not do."""
        path = await self.uploaded("没有收到录音文件，请重新选择文件。")
        view = await self.context.prompts.take_in(path, prompt_id)
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
