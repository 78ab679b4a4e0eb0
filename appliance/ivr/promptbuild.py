"""Makes the built-in prompts: `python -m appliance.ivr.promptbuild [FOLDER]`.

Runs at build time (`./dev`, packaging). Speech comes from espeak-ng's Mandarin voice, music and beep from `sounds.py`.
A prompt is made again only when its words or this recipe changed, or its file is gone or was altered.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray
from pydub import AudioSegment

from appliance.atomicfile import replace_file
from appliance.ivr import promptaudio, sounds
from appliance.ivr.prompts import BUILTIN_DIR, Prompt, promptbook
from drivers.base import SAMPLE_RATE

# The voice that reads pinyin and characters; plain `cmn` spells them in English.
_VOICE = ("-v", "cmn-latn-pinyin", "-s", "165", "-p", "45", "-g", "1")
_STAMP = "built.json"
_DEBIAN_PACKAGES = {"espeak-ng": "espeak-ng", "ffmpeg": "ffmpeg"}
_MAX_S = 120.0


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
    fresh: dict[str, _Built] = {}
    made: list[str] = []
    for prompt in promptbook():
        file = folder / f"{prompt.id}.wav"
        recipe = _recipe(prompt)
        known = built.get(prompt.id)
        if known is None or known.recipe != recipe or _content(file) != known.content:
            replace_file(file, _render(prompt))
            made.append(prompt.id)
        fresh[prompt.id] = _Built(recipe, _content(file))
    for stray in folder.glob("*.wav"):
        if stray.stem not in fresh:
            stray.unlink()
    if made or fresh != built:
        replace_file(stamp, msgspec.json.format(msgspec.json.encode(fresh)))
    return made


def _read_stamp(stamp: Path) -> dict[str, _Built]:
    try:
        return msgspec.json.decode(stamp.read_bytes(), type=dict[str, _Built])
    except (OSError, msgspec.DecodeError):
        return {}


def _recipe(prompt: Prompt) -> str:
    """Hash of everything of ours that a prompt's sound depends on."""
    code = b"".join(Path(str(module.__file__)).read_bytes() for module in (promptaudio, sounds))
    words = msgspec.json.encode([prompt.pinyin, prompt.sound, _VOICE])
    return hashlib.sha256(words + code).hexdigest()


def _content(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest() if file.is_file() else ""


def _render(prompt: Prompt) -> bytes:
    if prompt.sound == "music":
        # Not trimmed: the loop joins end to start.
        segment = promptaudio.levelled(_segment(sounds.music()), sounds.MUSIC_DBFS)
    elif prompt.sound == "beep":
        segment = promptaudio.levelled(_segment(sounds.beep()))
    elif prompt.pinyin:
        segment = promptaudio.levelled(promptaudio.trimmed(_speech(prompt)))
    else:
        raise PromptBuildError(f"promptbook.toml: prompt {prompt.id!r} needs `pinyin`, or `sound` music or beep")
    return promptaudio.wav_bytes(promptaudio.samples_of(segment))


def _segment(samples: NDArray[np.float64]) -> AudioSegment:
    pcm = np.rint(samples * 32767).astype("<i2")
    return AudioSegment(data=pcm.tobytes(), sample_width=2, frame_rate=SAMPLE_RATE, channels=1)


def _speech(prompt: Prompt) -> AudioSegment:
    for program, package in _DEBIAN_PACKAGES.items():
        if shutil.which(program) is None:
            raise PromptBuildError(f"{program} is not installed; the prompts need it: sudo apt-get install {package}")
    try:
        spoken = subprocess.run(  # noqa: S603
            ["espeak-ng", *_VOICE, "--stdout", prompt.pinyin],  # noqa: S607
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
