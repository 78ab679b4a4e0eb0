"""Which prompts there are and which file each one is: the bureau's own recording, else the built-in one."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import msgspec

from appliance.telephony.ids import PromptId

BUILTIN_DIR = Path(__file__).parent / "builtin_prompts"
"""Where `promptbuild` puts the built-in prompts: `<id>.wav`, 8 kHz, 16-bit, mono."""
_BOOK = Path(__file__).parent / "promptbook.toml"
_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


class Prompt(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A built-in prompt as the prompt book has it."""

    id: PromptId
    label: str
    """What the bureau calls it."""
    text: str
    """What it says, for the person who records an own one; of a sound, what it is."""
    pinyin: str = ""
    """What is synthesised, in toned pinyin, word by word; empty for `sound`."""
    sound: str = ""
    """Instead of speech: `music` or `beep`."""


class _Book(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    prompt: tuple[Prompt, ...]


@cache
def promptbook() -> tuple[Prompt, ...]:
    """All built-in prompts, in the order of the book."""
    return msgspec.toml.decode(_BOOK.read_bytes(), type=_Book).prompt


def is_prompt_id(text: str) -> bool:
    """Whether `text` may name a prompt, and so a file: small letters, digits, `_` and `-`, at most 64."""
    return _ID.fullmatch(text) is not None


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
