"""Which prompts there are and which file each one is: the bureau's own recording, else the built-in one."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import msgspec

from appliance.telephony.ids import Language, PromptId

BUILTIN_DIR = Path(__file__).parent / "builtin_prompts"
"""Where `promptbuild` puts the built-in prompts: `<id>.wav`, 8 kHz, 16-bit, mono."""
CHINESE = Language("zh")
"""What a call begins with, and the language of prompts without a suffix."""
ENGLISH = Language("en")
_BOOKS = tuple(
    Path(__file__).parent / name
    for name in ("promptbook.toml", "promptbook_phone.toml", "promptbook_zh.toml", "promptbook_en.toml")
)
_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}(\.[a-z]{2,8})?")


class Prompt(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A built-in prompt as the prompt book has it."""

    id: PromptId
    label: str
    """What the bureau calls it."""
    text: str
    """What it says, for the person who records an own one; of a sound, what it is."""
    pinyin: str = ""
    """What is synthesised, in toned pinyin, word by word; empty for `sound`."""
    english: str = ""
    """What the English voice says instead."""
    sound: str = ""
    """Instead of speech: `music` or `beep`."""
    joined: bool = False
    """A word of a spoken number: hardly any dead air at its ends, so that words join within 20 ms."""


class _Book(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    prompt: tuple[Prompt, ...]


@cache
def promptbook() -> tuple[Prompt, ...]:
    """All built-in prompts, in the order of the books."""
    return tuple(prompt for book in _BOOKS for prompt in msgspec.toml.decode(book.read_bytes(), type=_Book).prompt)


def is_prompt_id(text: str) -> bool:
    """Whether `text` may name a prompt, and so a file: small letters, digits, `_` and `-`, at most 64.

    A language may follow: `welcome.en` is `welcome` for callers who chose English.
    """
    return _ID.fullmatch(text) is not None


def in_language(prompt: PromptId, language: Language) -> PromptId:
    """The prompt to ask for when the caller hears `language`; Chinese is the plain one."""
    return prompt if language == CHINESE or "." in prompt else PromptId(f"{prompt}.{language}")


def stand_ins(prompt: PromptId) -> tuple[PromptId, ...]:
    """What to play, in this order, when there is no sound for `prompt`: itself, the plain one, the English one."""
    plain = PromptId(prompt.partition(".")[0])
    return tuple(dict.fromkeys((prompt, plain, in_language(plain, ENGLISH))))


def own_prompts(own_dir: Path) -> frozenset[PromptId]:
    """Prompts that the bureau recorded or uploaded into `own_dir`; none when the folder is not there."""
    return frozenset(PromptId(path.stem) for path in own_dir.glob("*.wav") if is_prompt_id(path.stem))


def known_prompts(own_dir: Path | None = None) -> frozenset[PromptId]:
    """Every prompt that a flow may use: the built-in ones and those in `own_dir`."""
    built_in = frozenset(prompt.id for prompt in promptbook())
    return built_in if own_dir is None else built_in | own_prompts(own_dir)


def prompt_file(prompt: PromptId, own_dir: Path | None = None) -> Path | None:
    """The WAV to play: the bureau's own if there is one, else the built-in one; None when there is neither."""
    if not is_prompt_id(prompt):
        return None
    folders = (BUILTIN_DIR,) if own_dir is None else (own_dir, BUILTIN_DIR)
    return next((path for folder in folders if (path := folder / f"{prompt}.wav").is_file()), None)
