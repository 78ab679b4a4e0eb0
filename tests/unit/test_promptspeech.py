"""Texts that the built-in voice reads: pinyin, digits, pauses, and what cannot be read."""

from __future__ import annotations

import re
import shutil
import wave
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.jobs.promptspeech import PromptSpeechError, pinyin_of, speak


@pytest.mark.parametrize(
    ("text", "pinyin"),
    [
        ("您好，报修请按1。", "nin2 hao3, bao4 xiu1 qing3 an4 yi1."),
        ("热线０５６２－96110！", "re4 xian4 ling2 wu3 liu4 er4 jiu3 liu4 yao1 yao1 ling2."),
        ("欢迎…TV…银行", "huan1 ying2 yin2 hang2."),
    ],
)
def test_pinyin(text: str, pinyin: str) -> None:
    assert pinyin_of(text) == pinyin


@pytest.mark.parametrize("text", ["", "hello", "……", "$(reboot)", "-w /etc/passwd"])
def test_nothing_to_read(text: str) -> None:
    with pytest.raises(PromptSpeechError, match="汉字"):
        pinyin_of(text)


@given(st.text(max_size=60))
def test_what_is_spoken_is_no_option_of_a_program(text: str) -> None:
    """The voice is a program that is given the words on its command line."""
    with suppress(PromptSpeechError):
        assert re.fullmatch(r"[a-zü][a-zü1-5 ,.]*", pinyin_of(text)), text


def test_a_text_becomes_a_prompt_and_a_wrong_one_changes_nothing(tmp_path: Path) -> None:
    if not shutil.which("espeak-ng") or not shutil.which("ffmpeg"):
        pytest.skip("needs espeak-ng and ffmpeg")
    target = tmp_path / "prompts" / "welcome.wav"
    speak("您好，欢迎致电铜陵广电。", target)
    with wave.open(str(target)) as sound:
        assert (sound.getframerate(), sound.getnchannels()) == (8000, 1)
        assert 1.5 < sound.getnframes() / 8000 < 8
    before = target.read_bytes()
    for text in ("hello", "长" * 301):
        with pytest.raises(PromptSpeechError):
            speak(text, target)
    assert target.read_bytes() == before
