"""The bureau's prompts: what there is, taking in an own recording, going back to the built-in one."""

from __future__ import annotations

import asyncio
import secrets
import wave
from itertools import count
from pathlib import Path
from threading import Lock

import msgspec

from appliance.atomicfile import replace_file
from appliance.ivr.prompts import own_prompts, prompt_file, promptbook
from appliance.telephony.ids import PromptId
from webui.errors import Refusal
from webui.jobs import last_sentence, start_job

LONGEST_LABEL = 40
LONGEST_TEXT = 500
_NAMES = "names.json"


class PromptView(msgspec.Struct, frozen=True, kw_only=True):
    id: PromptId
    label: str
    text: str
    """What it says, for the person who records an own one."""
    own: bool
    """The bureau's own recording is in use."""
    length_s: float | None
    """None when there is no sound file for it."""


class PromptName(msgspec.Struct, frozen=True, kw_only=True):
    """What the bureau calls a prompt that it made up itself."""

    label: str
    text: str = ""


class Prompts:
    """Own recordings live in `folder` as `<prompt id>.wav`, names of those that no book has in `names.json`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._naming = Lock()

    async def everything(self) -> list[PromptView]:
        """Every prompt of the prompt book, then own ones that the book does not know."""
        return await asyncio.to_thread(self._list)

    async def get(self, prompt: str) -> PromptView:
        """Raises `Refusal` (404)."""
        found = next((view for view in await self.everything() if view.id == prompt), None)
        if found is None:
            raise Refusal(404, "没有这个提示音。")
        return found

    async def create(self, label: str, text: str) -> PromptView:
        """A prompt of the bureau's own, still without a sound. Raises `Refusal` (422)."""
        named = PromptName(label=" ".join(label.split()), text=text.strip())
        if not named.label or len(named.label) > LONGEST_LABEL or len(named.text) > LONGEST_TEXT:
            raise Refusal(422, f"请给提示音起个名字（最长 {LONGEST_LABEL} 字），文字最长 {LONGEST_TEXT} 字。", "label")
        return await self.get(await asyncio.to_thread(self._add_name, named))

    def file(self, prompt: str) -> Path:
        """The sound in use. Raises `Refusal` (404)."""
        path = prompt_file(PromptId(prompt), self._folder)
        if path is None:
            raise Refusal(404, "没有这个提示音。")
        return path

    def upload_path(self) -> Path:
        """Where to put a recording that is being uploaded."""
        self._folder.mkdir(parents=True, exist_ok=True)
        return self._folder / f".upload-{secrets.token_hex(8)}"

    async def take_in(self, source: Path, prompt: str) -> PromptView:
        """Make an uploaded recording the prompt. Raises `Refusal` (422) with the reason when it will not do."""
        await self.get(prompt)
        process = await start_job("promptimport", str(source), str(self._folder / f"{prompt}.wav"))
        _, errors = await process.communicate()
        if process.returncode != 0:
            raise Refusal(422, last_sentence(errors, "无法转换这个录音文件，请上传 wav、mp3 或 m4a 文件。"))
        return await self.get(prompt)

    async def speak(self, text: str, prompt: str) -> PromptView:
        """Have the built-in voice read a text as the prompt. Raises `Refusal` (422) with the reason."""
        await self.get(prompt)
        process = await start_job("promptspeech", text, str(self._folder / f"{prompt}.wav"))
        _, errors = await process.communicate()
        if process.returncode != 0:
            raise Refusal(422, last_sentence(errors, "朗读没有成功，请改用录音或上传。"), "text")
        return await self.get(prompt)

    async def restore(self, prompt: str) -> PromptView:
        """Throw the own recording away: the built-in one speaks again."""
        await self.get(prompt)
        (self._folder / f"{prompt}.wav").unlink(missing_ok=True)
        return await self.get(prompt)

    def _list(self) -> list[PromptView]:
        own = own_prompts(self._folder)
        book = promptbook()
        listed = [self._view(entry.id, entry.label, entry.text, own) for entry in book]
        names = self._names()
        extra = sorted((own | names.keys()) - {entry.id for entry in book})
        unnamed = PromptName(label="")
        return listed + [
            self._view(prompt, (name := names.get(prompt, unnamed)).label or prompt, name.text, own) for prompt in extra
        ]

    def _names(self) -> dict[PromptId, PromptName]:
        try:
            return msgspec.json.decode((self._folder / _NAMES).read_bytes(), type=dict[PromptId, PromptName])
        except (OSError, msgspec.DecodeError):
            return {}

    def _add_name(self, name: PromptName) -> PromptId:
        with self._naming:
            names = self._names()
            taken = names.keys() | own_prompts(self._folder)
            number = next(n for n in count(1) if PromptId(f"own{n}") not in taken)
            prompt = PromptId(f"own{number}")
            self._folder.mkdir(parents=True, exist_ok=True)
            replace_file(self._folder / _NAMES, msgspec.json.encode({**names, prompt: name}))
        return prompt

    def _view(self, prompt: PromptId, label: str, text: str, own: frozenset[PromptId]) -> PromptView:
        path = prompt_file(prompt, self._folder)
        return PromptView(
            id=prompt, label=label, text=text, own=prompt in own, length_s=None if path is None else _length_s(path)
        )


def _length_s(path: Path) -> float | None:
    try:
        with wave.open(str(path), "rb") as sound:
            return round(sound.getnframes() / sound.getframerate(), 2)
    except (OSError, EOFError, wave.Error):
        return None
