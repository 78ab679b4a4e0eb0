"""Prompts: own before built-in, cached, and never an error in a call."""

from __future__ import annotations

import logging
import os
import time
import wave
from pathlib import Path

import numpy as np
import pytest

from appliance.media import promptstore
from appliance.media.promptstore import PromptStore
from appliance.telephony.ids import PromptId

WELCOME = PromptId("welcome")


def write(folder: Path, prompt: str, value: int, *, seconds: float = 0.1, rate: int = 8000, channels: int = 1) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / f"{prompt}.wav"
    with wave.open(str(path), "wb") as file:
        file.setframerate(rate)
        file.setsampwidth(2)
        file.setnchannels(channels)
        file.writeframes(np.full(round(seconds * rate) * channels, value, "<i2").tobytes())
    return path


@pytest.fixture
def store(tmp_path: Path) -> PromptStore:
    return PromptStore(tmp_path / "own", tmp_path / "built-in", beside=False)


def level(store: PromptStore, prompt: str = "welcome") -> int:
    samples = store.clip(PromptId(prompt)).samples
    assert samples is not None
    return int(samples[0])


def test_the_own_recording_goes_before_the_built_in(store: PromptStore, tmp_path: Path) -> None:
    write(tmp_path / "built-in", "welcome", 1)
    assert level(store) == 1
    own = write(tmp_path / "own", "welcome", 2)
    assert level(store) == 2
    own.unlink()
    assert level(store) == 1


def test_a_missing_language_falls_back_to_another(store: PromptStore, tmp_path: Path) -> None:
    write(tmp_path / "built-in", "welcome", 1)
    assert level(store, "welcome.en") == 1
    write(tmp_path / "built-in", "welcome.en", 2)
    assert level(store, "welcome.en") == 2
    assert level(store, "welcome.yue") == 1
    write(tmp_path / "built-in", "foreigners.en", 3)
    assert level(store, "foreigners") == 3


def test_a_broken_own_recording_falls_back_to_the_built_in(store: PromptStore, tmp_path: Path) -> None:
    write(tmp_path / "built-in", "welcome", 1)
    write(tmp_path / "own", "welcome", 2).write_bytes(b"RIFF")
    assert level(store) == 1


def test_a_replaced_file_is_heard_and_an_unchanged_one_is_not_read_again(store: PromptStore, tmp_path: Path) -> None:
    path = write(tmp_path / "own", "welcome", 1)
    clip = store.clip(WELCOME)
    assert store.clip(WELCOME) is clip
    write(tmp_path / "own", "welcome", 5)
    os.utime(path, ns=(1, 1))
    assert level(store) == 5


@pytest.mark.parametrize("fault", ["missing", "rate", "stereo", "text", "torn"])
def test_what_cannot_be_played_becomes_a_beep_and_a_warning(
    fault: str, store: PromptStore, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    own = tmp_path / "own"
    if fault == "rate":
        write(own, "welcome", 1, rate=16000)
    elif fault == "stereo":
        write(own, "welcome", 1, channels=2)
    elif fault == "text":
        own.mkdir()
        (own / "welcome.wav").write_text("not a sound")
    elif fault == "torn":
        path = write(own, "welcome", 1)
        path.write_bytes(path.read_bytes()[:30])
    with caplog.at_level(logging.WARNING):
        samples = store.clip(WELCOME).samples
    assert samples is not None
    assert samples.size == 2400
    assert np.abs(samples).max() > 1000
    assert "beep" in caplog.text


def test_memory_is_bounded(store: PromptStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(promptstore, "CACHE_BYTES", 4 * 1600)
    for number in range(10):
        write(tmp_path / "own", f"p{number}", number)
    first = store.clip(PromptId("p0"))
    for number in range(1, 4):
        store.clip(PromptId(f"p{number}"))
    assert store.clip(PromptId("p0")) is first, "still kept"
    for number in range(4, 10):
        store.clip(PromptId(f"p{number}"))
    assert store.clip(PromptId("p9")) is store.clip(PromptId("p9"))
    assert store.clip(PromptId("p0")) is not first, "the least recently used went"


def test_beside_the_tick_the_samples_come_a_moment_later(tmp_path: Path) -> None:
    write(tmp_path / "own", "welcome", 4)
    store = PromptStore(tmp_path / "own", tmp_path, beside=True)
    clip = store.clip(WELCOME)
    give_up_s = time.monotonic() + 10
    while clip.samples is None and time.monotonic() < give_up_s:
        time.sleep(0.001)
    assert clip.samples is not None
    assert clip.samples[0] == 4
    store.close()
    store.close()
