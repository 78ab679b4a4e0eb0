"""Has the built-in voice read a text as a prompt: `python -m appliance.jobs.promptspeech TEXT DEST`.

The web runs it as a process of its own. Success leaves with 0; otherwise a Chinese sentence is the last line of
standard error, the exit code is 2 and `DEST` is as it was.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from pathlib import Path

from pypinyin import Style, lazy_pinyin

from appliance.atomicfile import replace_file
from appliance.ivr.promptbuild import PromptBuildError, spoken
from appliance.ivr.prompts import is_prompt_id

LONGEST_TEXT = 300
_DIGITS = dict(zip("0123456789", "零一二三四五六七八九", strict=True))
_PAUSES = {**dict.fromkeys("，、,；;：:", ","), **dict.fromkeys("。！!？?\n", ".")}


class PromptSpeechError(Exception):
    """The text cannot be read; a Chinese sentence for the person who wrote it."""


def pinyin_of(text: str) -> str:
    """Pinyin with tone numbers and pauses; digits one by one, `1` in numbers of three and more as telephones say it.

    Raises `PromptSpeechError` for a text without anything to say.
    """
    plain = unicodedata.normalize("NFKC", text)
    plain = re.sub(r"[0-9]+", lambda found: _digits(found[0]), plain)
    plain = re.sub(r"[A-Za-z]+", " ", plain)
    parts = lazy_pinyin(plain, style=Style.TONE3, neutral_tone_with_five=True, errors=_marks)
    words = re.sub(r"(\s*[,.]\s*)+", lambda found: ". " if "." in found[0] else ", ", " ".join(parts)).strip(" ,.")
    if not re.search(r"[a-zü]+[1-5]", words):
        raise PromptSpeechError("没有可以朗读的中文，请写成汉字（数字可以直接写）。")
    return re.sub(r"\s+", " ", words) + "."


def _digits(number: str) -> str:
    words = "".join(_DIGITS[digit] for digit in number)
    return words.replace("一", "幺") if len(number) > 2 else words


def _marks(rest: str) -> str:
    return " ".join(_PAUSES[mark] for mark in rest if mark in _PAUSES)


def speak(text: str, target: Path) -> None:
    """Make `target` (`<data>/prompts/<id>.wav`) the spoken text. Raises `PromptSpeechError`."""
    if target.suffix != ".wav" or not is_prompt_id(target.stem):
        raise PromptSpeechError(f"提示音名“{target.name}”不行。")
    if len(text) > LONGEST_TEXT:
        raise PromptSpeechError(f"文字太长，请不要超过 {LONGEST_TEXT} 个字。")
    try:
        sound = spoken(pinyin_of(text))
    except PromptBuildError as error:
        raise PromptSpeechError("本机没有安装朗读功能，请改用录音或上传。") from error
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        replace_file(target, sound)
    except OSError as error:
        raise PromptSpeechError(f"不能保存提示音：{error.strerror}。请检查磁盘空间。") from error


def main(arguments: list[str]) -> int:
    """Command line: text, target."""
    text, target = arguments
    try:
        speak(text, Path(target))
    except PromptSpeechError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
