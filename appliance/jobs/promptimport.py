"""Takes the bureau's own recording as a prompt: `python -m appliance.jobs.promptimport SRC DEST`.

The web runs it as a process of its own, so that a hostile or huge file hurts nobody. Success prints one JSON object
(`length_s`, `level_dbfs`) and leaves with 0; otherwise a Chinese sentence is the last line of standard error, the exit
code is 2 and `DEST` is as it was.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import msgspec
from pydub import AudioSegment

from appliance.atomicfile import replace_file
from appliance.ivr import promptaudio
from appliance.ivr.prompts import is_prompt_id

MIN_S = 0.3
MAX_S = 300.0
MAX_MB = 50
# Only what holds one recording: no playlists or filters that would make ffmpeg open other files or addresses.
_FORMATS = "wav,mp3,mov,mp4,m4a,3gp,3g2,mj2,ogg,flac,aac,amr,matroska,webm"


class PromptImportError(Exception):
    """The recording cannot become a prompt; the text is a Chinese sentence for the person who uploaded it."""


class ImportedPrompt(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a recording."""

    length_s: float
    level_dbfs: float
    """Mean level of the prompt; -19 unless the recording is all peaks."""


def import_prompt(source: Path, target: Path) -> ImportedPrompt:
    """Make `target` (`<data>/prompts/<id>.wav`, 8 kHz mono 16-bit) from `source`: wav, mp3, m4a, ogg and the like.

    Trimmed, levelled as the built-in prompts are, in place wholly or not at all. Raises `PromptImportError`.
    """
    if target.suffix != ".wav" or not is_prompt_id(target.stem):
        raise PromptImportError(f"提示音名“{target.name}”不行：只能用小写字母、数字、下划线和减号，并以 .wav 结尾。")
    segment = _decoded(source)
    if len(segment) > MAX_S * 1000:
        raise PromptImportError(f"录音超过 {MAX_S / 60:.0f} 分钟，请剪短后再上传。")
    try:
        prompt = promptaudio.trimmed(segment) if len(segment) else segment
    except promptaudio.SilentAudioError as error:
        raise PromptImportError("录音里听不到声音，请检查麦克风后重新录制。") from error
    if len(prompt) < MIN_S * 1000:
        raise PromptImportError(f"录音太短，去掉头尾静音后不足 {MIN_S} 秒，请重新录制。")
    prompt = promptaudio.levelled(prompt)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        replace_file(target, promptaudio.wav_bytes(promptaudio.samples_of(prompt)))
    except OSError as error:
        raise PromptImportError(f"提示音写不进磁盘：{error.strerror}。请检查磁盘空间和权限。") from error
    return ImportedPrompt(length_s=round(len(prompt) / 1000, 2), level_dbfs=round(prompt.dBFS, 1))


def _decoded(source: Path) -> AudioSegment:
    try:
        size = source.stat().st_size
    except OSError as error:
        raise PromptImportError(f"读不到上传的文件：{error.strerror}。") from error
    if size > MAX_MB * 1_000_000:
        raise PromptImportError(f"文件有 {size / 1e6:.0f} MB，超过 {MAX_MB} MB，请剪短或压缩成 mp3 后再上传。")
    reading = ("-protocol_whitelist", "file", "-format_whitelist", _FORMATS, "-i", f"file:{source}")
    try:
        return promptaudio.decode(None, reading, MAX_S + 1)
    except FileNotFoundError as error:
        raise PromptImportError("本机没有安装 ffmpeg，无法转换录音。请安装 Debian 软件包 ffmpeg。") from error
    except subprocess.TimeoutExpired as error:
        raise PromptImportError("转换录音用时过长，已放弃。请换成 wav 或 mp3 文件再上传。") from error
    except subprocess.CalledProcessError as error:
        raise PromptImportError("这个文件不是能识别的录音，请上传 wav、mp3、m4a 或 ogg 文件。") from error


def main(arguments: list[str]) -> int:
    """Command line `SRC DEST`; exit code 0, or 2 with a sentence."""
    if len(arguments) != 2:
        sys.stderr.write("用法：python -m appliance.jobs.promptimport 录音文件 目标.wav\n")
        return 2
    try:
        imported = import_prompt(Path(arguments[0]), Path(arguments[1]))
    except PromptImportError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sys.stdout.write(msgspec.json.encode(imported).decode() + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
