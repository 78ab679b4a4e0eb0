"""Makes the built-in prompts: `python -m appliance.ivr.promptbuild [FOLDER]`.

Runs at build time (`./dev`, packaging). Speech comes from espeak-ng's Mandarin voice, music and beep from `sounds.py`.
A prompt is made again only when its words or this recipe changed, or its file is gone or was altered.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray
from pydub import AudioSegment

from appliance.atomicfile import replace_file
from appliance.ivr import promptaudio, sounds
from appliance.ivr.prompts import BUILTIN_DIR, Prompt, promptbook
from appliance.telephony.ids import PromptId
from drivers.base import SAMPLE_RATE

# The voice that reads pinyin and characters; plain `cmn` spells them in English.
_VOICE = ("-v", "cmn-latn-pinyin", "-s", "165", "-p", "45", "-g", "1")
_ENGLISH_VOICE = ("-v", "en-gb", "-s", "150", "-p", "45", "-g", "1")
_STAMP = "built.json"
_DEBIAN_PACKAGES = {"espeak-ng": "espeak-ng", "ffmpeg": "ffmpeg"}
_MAX_S = 120.0
_AT_ONCE = 3


class PromptBuildError(Exception):
    """Built-in prompts cannot be made; the text says what to install or mend."""


class _Built(msgspec.Struct, frozen=True):
    """What one file was made from, and what it was when it was made."""

    recipe: str
    content: str


def build_prompts(folder: Path = BUILTIN_DIR) -> list[str]:
    """Bring every prompt in `folder` up to date; the ids of those that were made. Raises `PromptBuildError`."""
    folder.mkdir(parents=True, exist_ok=True)
    stamp = folder / _STAMP
    built = _read_stamp(stamp)
    recipes = {prompt.id: _recipe(prompt) for prompt in promptbook()}
    stale = [prompt for prompt in promptbook() if not _is_current(folder, prompt, recipes[prompt.id], built)]
    with ThreadPoolExecutor(_AT_ONCE) as pool:  # most of the time goes by in espeak-ng and ffmpeg
        for prompt, sound in zip(stale, pool.map(_render, stale), strict=True):
            replace_file(folder / f"{prompt.id}.wav", sound)
    made: list[str] = [prompt.id for prompt in stale]
    fresh: dict[str, _Built] = {
        name: _Built(recipe, _content(folder / f"{name}.wav")) for name, recipe in recipes.items()
    }
    for stray in folder.glob("*.wav"):
        if stray.stem not in fresh:
            stray.unlink()
    if made or fresh != built:
        replace_file(stamp, msgspec.json.format(msgspec.json.encode(fresh)))
    return made


def spoken(pinyin: str) -> bytes:
    """The WAV of a prompt that the built-in Mandarin voice says. Raises `PromptBuildError`."""
    return _render(Prompt(id=PromptId("spoken"), label="", text="", pinyin=pinyin))


def _is_current(folder: Path, prompt: Prompt, recipe: str, built: Mapping[str, _Built]) -> bool:
    known = built.get(prompt.id)
    return known is not None and known.recipe == recipe and _content(folder / f"{prompt.id}.wav") == known.content


def _read_stamp(stamp: Path) -> dict[str, _Built]:
    try:
        return msgspec.json.decode(stamp.read_bytes(), type=dict[str, _Built])
    except (OSError, msgspec.DecodeError):
        return {}


def _recipe(prompt: Prompt) -> str:
    """Hash of everything of ours that a prompt's sound depends on."""
    code = b"".join(Path(str(module.__file__)).read_bytes() for module in (promptaudio, sounds))
    words = msgspec.json.encode([prompt.pinyin, prompt.english, prompt.sound, prompt.joined, _VOICE, _ENGLISH_VOICE])
    return hashlib.sha256(words + code).hexdigest()


def _content(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest() if file.is_file() else ""


def _render(prompt: Prompt) -> bytes:
    if prompt.sound == "music":
        # Not trimmed: the loop joins end to start.
        segment = promptaudio.levelled(_segment(sounds.music()), sounds.MUSIC_DBFS)
    elif prompt.sound == "beep":
        segment = promptaudio.levelled(_segment(sounds.beep()))
    elif prompt.pinyin or prompt.english:
        kept_ms = promptaudio.JOINED_KEPT_MS if prompt.joined else promptaudio.KEPT_MS
        segment = promptaudio.levelled(promptaudio.trimmed(_speech(prompt), kept_ms))
    else:
        raise PromptBuildError(f"prompt book: {prompt.id!r} needs `pinyin`, `english`, or `sound` music or beep")
    return promptaudio.wav_bytes(promptaudio.samples_of(segment))


def _segment(samples: NDArray[np.float64]) -> AudioSegment:
    pcm = np.rint(samples * 32767).astype("<i2")
    return AudioSegment(data=pcm.tobytes(), sample_width=2, frame_rate=SAMPLE_RATE, channels=1)


def _speech(prompt: Prompt) -> AudioSegment:
    for program, package in _DEBIAN_PACKAGES.items():
        if shutil.which(program) is None:
            raise PromptBuildError(f"{program} is not installed; the prompts need it: sudo apt-get install {package}")
    voice, words = (_VOICE, prompt.pinyin) if prompt.pinyin else (_ENGLISH_VOICE, prompt.english)
    try:
        spoken = subprocess.run(  # noqa: S603
            ["espeak-ng", *voice, "--stdout", words],  # noqa: S607
            capture_output=True,
            check=True,
            timeout=60,
        )
        return promptaudio.decode(spoken.stdout, ("-f", "wav", "-i", "pipe:0"), _MAX_S)
    except (subprocess.SubprocessError, OSError) as error:
        stderr = getattr(error, "stderr", None) or b""
        reason = stderr.decode(errors="replace").strip() or str(error)
        raise PromptBuildError(f"prompt {prompt.id!r} could not be made: {reason}") from error


def main(arguments: list[str]) -> int:
    """Command line: one optional argument, the folder. Exit code 2 with a sentence when it cannot be done."""
    folder = Path(arguments[0]) if arguments else BUILTIN_DIR
    try:
        made = build_prompts(folder)
    except PromptBuildError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sys.stdout.write(f"prompts: {len(made)} made, {len(promptbook()) - len(made)} up to date\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
