"""Built-in prompts and imported recordings, judged by what the caller would hear."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import wave
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from appliance.callplan import check_callplan
from appliance.defaults.plan import default_plan
from appliance.ivr.promptbuild import PromptBuildError, build_prompts
from appliance.ivr.promptbuild import main as build_main
from appliance.ivr.prompts import (
    BUILTIN_DIR,
    in_language,
    known_prompts,
    own_prompts,
    prompt_file,
    promptbook,
    stand_ins,
)
from appliance.ivr.registry import KINDS
from appliance.jobs.promptimport import ImportedPrompt, PromptImportError, import_prompt
from appliance.telephony.ids import Language, PromptId
from drivers.dsp.callprogress import CallProgressDetector
from drivers.dsp.dtmf import DtmfReceiver
from drivers.dsp.g711 import alaw_decode, alaw_encode
from drivers.dsp.toneplan import load_tone_plan
from drivers.dsp.tones import ToneGenerator, dtmf_samples

RATE = 8000
IDS = [prompt.id for prompt in promptbook()]
JOINED = [prompt.id for prompt in promptbook() if prompt.joined]


@pytest.fixture(scope="session")
def prompts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `./dev` built, brought up to date: from scratch where nothing was built."""
    folder = tmp_path_factory.mktemp("prompts") / "built"
    if BUILTIN_DIR.is_dir():
        shutil.copytree(BUILTIN_DIR, folder)
    build_prompts(folder)
    assert sorted(path.stem for path in folder.glob("*.wav")) == sorted(IDS)
    return folder


def read(path: Path) -> NDArray[np.int16]:
    with wave.open(str(path)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (RATE, 1, 2)
        return np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")


def dbfs(samples: NDArray[np.int16]) -> float:
    return 20 * float(np.log10(max(np.sqrt(np.mean(samples.astype(float) ** 2)), 1e-3) / 32768))


def dead_air_s(samples: NDArray[np.int16]) -> float:
    """Time before the first sample above -40 dBFS."""
    return float(np.argmax(np.abs(samples.astype(int)) > 327)) / RATE


@pytest.mark.parametrize("prompt", IDS)
def test_prompt_is_loud_tight_and_unclipped(prompts: Path, prompt: str) -> None:
    samples = read(prompts / f"{prompt}.wav")
    assert dbfs(samples) == pytest.approx(-20.0 if prompt == "music" else -19.0, abs=0.2)
    assert np.max(np.abs(samples.astype(int))) <= 32768 * 10 ** (-1 / 20)
    assert dead_air_s(samples) < 0.03
    assert dead_air_s(samples[::-1]) < 0.03
    assert (0.1 if prompt in JOINED else 0.3) <= samples.size / RATE <= 30


def test_words_of_a_number_join_within_20_ms(prompts: Path) -> None:
    """The gap that a caller hears between two words: below -40 dB of full scale at the seam."""
    ends = {name: read(prompts / f"{name}.wav") for name in JOINED}
    longest_lead = max(dead_air_s(samples) for samples in ends.values())
    longest_tail = max(dead_air_s(samples[::-1]) for samples in ends.values())
    assert longest_lead + longest_tail <= 0.020
    assert all(abs(int(samples[0])) < 200 and abs(int(samples[-1])) < 200 for samples in ends.values()), "a click"


def test_speech_lies_in_the_telephone_band(prompts: Path) -> None:
    speech = np.concatenate(
        [read(prompts / f"{prompt.id}.wav") for prompt in promptbook() if prompt.pinyin or prompt.english]
    )
    size = 1 << speech.size.bit_length()
    power = np.abs(np.fft.rfft(speech.astype(float), size)) ** 2
    hz = np.fft.rfftfreq(size, 1 / RATE)
    assert power[(hz >= 200) & (hz <= 3400)].sum() / power.sum() > 0.85


def test_music_is_long_enough_and_joins_without_a_click(prompts: Path) -> None:
    music = read(prompts / "music.wav").astype(int)
    assert 20 <= music.size / RATE <= 30
    assert abs(music[0] - music[-1]) <= np.percentile(np.abs(np.diff(music)), 99.5)
    seconds = music[: music.size // RATE * RATE].reshape(-1, RATE)
    assert 20 * np.log10(np.sqrt(np.mean(seconds**2.0, axis=1)) / 32768).min() > -32, "a caller hears a gap"


def heard(lines: list[NDArray[np.int16]]) -> list[str]:
    """What the line detectors make of sounds, one port each, after A-law."""
    frames = max(line.size for line in lines) // 160 + 50
    block = np.zeros((len(lines), frames * 160), dtype=np.int16)
    for row, line in enumerate(lines):
        block[row, : line.size] = alaw_decode(alaw_encode(line))
    armed = np.ones(len(lines), dtype=np.bool_)
    digits, tones = DtmfReceiver(len(lines)), CallProgressDetector(len(lines), load_tone_plan("cn"))
    found = []
    for at in range(0, block.shape[1], 160):
        frame = np.ascontiguousarray(block[:, at : at + 160])
        found += [repr(event) for event in (*digits.step(frame, armed), *tones.step(frame, armed))]
    return found


def test_no_prompt_is_taken_for_a_key_or_a_tone(prompts: Path) -> None:
    sounds = [read(prompts / f"{prompt}.wav") for prompt in IDS]
    # Echo of our own prompt comes back 10 to 20 dB down; the music also over its seam.
    quiet = [np.rint(sound * 0.2).astype(np.int16) for sound in sounds]
    assert heard([*sounds, *quiet, np.tile(read(prompts / "music.wav"), 2)]) == []


def test_that_test_would_hear_a_key_and_a_tone() -> None:
    busy = ToneGenerator([450.0], -20.0, (0.35, 0.35)).frame(5 * RATE)
    found = heard([dtmf_samples("5"), busy])
    assert any("digit='5'" in event for event in found)
    assert any("busy" in event for event in found)


def test_build_makes_only_what_is_missing_or_altered(prompts: Path) -> None:
    assert build_prompts(prompts) == []
    welcome, beep, stray = (prompts / f"{name}.wav" for name in ("welcome", "beep", "dropped"))
    before = welcome.read_bytes()
    welcome.write_bytes(before[:-2] + b"\x01\x01")
    beep.unlink()
    stray.write_bytes(b"")
    assert build_prompts(prompts) == ["welcome", "beep"]
    assert welcome.read_bytes() == before
    assert not stray.exists()


def test_build_without_espeak_names_the_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(PromptBuildError, match="apt-get install espeak-ng"):
        build_prompts(tmp_path)
    assert build_main([str(tmp_path)]) == 2
    assert "espeak-ng is not installed" in capsys.readouterr().err


def test_nodes_start_with_prompts_that_exist() -> None:
    for kind in KINDS.values():
        for field in kind.sample.__struct_fields__:
            if field.endswith("prompts"):
                assert set(getattr(kind.sample, field)) <= known_prompts(), kind.name
    assert not [p for p in check_callplan(default_plan("", "", "010")) if not p.grave]


def test_own_recording_comes_before_the_built_in_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    built_in, own = tmp_path / "built", tmp_path / "own"
    for folder, names in ((built_in, ("welcome", "night")), (own, ("welcome", "festival", "节日"))):
        folder.mkdir()
        for name in names:
            (folder / f"{name}.wav").write_bytes(b"")
    monkeypatch.setattr("appliance.ivr.prompts.BUILTIN_DIR", built_in)
    assert prompt_file(PromptId("welcome"), own) == own / "welcome.wav"
    assert prompt_file(PromptId("night"), own) == built_in / "night.wav"
    assert prompt_file(PromptId("welcome")) == built_in / "welcome.wav"
    assert prompt_file(PromptId("rain"), own) is None
    assert prompt_file(PromptId("../own/welcome"), own) is None
    assert own_prompts(own) == {"welcome", "festival"}
    assert known_prompts(own) >= {"festival", "goodbye"}
    assert own_prompts(tmp_path / "nowhere") == frozenset()


@pytest.mark.parametrize(
    ("prompt", "language", "played"),
    [
        ("welcome", "zh", ["welcome", "welcome.en"]),
        ("welcome", "en", ["welcome.en", "welcome"]),
        ("welcome", "yue", ["welcome.yue", "welcome", "welcome.en"]),
        ("language_menu.en", "zh", ["language_menu.en", "language_menu"]),
    ],
)
def test_a_prompt_falls_back_to_the_other_languages(prompt: str, language: str, played: list[str]) -> None:
    assert list(stand_ins(in_language(PromptId(prompt), Language(language)))) == played


def test_every_sentence_has_its_english_and_no_english_stands_alone() -> None:
    sentences = {prompt.id for prompt in promptbook() if not prompt.joined and not prompt.sound}
    plain = {name for name in sentences if "." not in name}
    assert {f"{name}.en" for name in plain} == sentences - plain


def write_wav(path: Path, samples: NDArray[np.float64], rate: int) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(np.rint(samples * 32767).astype("<i2").tobytes())
    return path


@pytest.fixture(scope="session")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Quiet, 44.1 kHz, two seconds of sound (1 kHz, and 5 kHz that must not fold to 3 kHz) between two of dead air."""
    at_s = np.arange(6 * 44100) / 44100
    sound = 0.01 * np.sin(2 * np.pi * 1000 * at_s) + 0.05 * np.sin(2 * np.pi * 5000 * at_s)
    folder = tmp_path_factory.mktemp("recording")
    source = write_wav(folder / "own.wav", sound * ((at_s >= 2) & (at_s < 4)), 44100)
    for suffix in ("mp3", "m4a", "ogg"):
        command = ["ffmpeg", "-nostdin", "-v", "error", "-i", str(source), str(folder / f"own.{suffix}")]
        subprocess.run(command, check=True)
    return folder


@pytest.mark.parametrize("suffix", ["wav", "mp3", "m4a", "ogg"])
def test_import(recording: Path, tmp_path: Path, suffix: str) -> None:
    target = tmp_path / "prompts" / "welcome.wav"
    imported = import_prompt(recording / f"own.{suffix}", target)
    samples = read(target)
    assert imported == ImportedPrompt(length_s=pytest.approx(2.02, abs=0.06), level_dbfs=-19.0)
    assert dbfs(samples) == pytest.approx(-19.0, abs=0.2)
    assert dead_air_s(samples) < 0.03
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(samples.size)))
    hz = np.fft.rfftfreq(samples.size, 1 / RATE)
    folded = spectrum[(hz > 2900) & (hz < 3100)].max() / spectrum[(hz > 900) & (hz < 1100)].max()
    assert 20 * np.log10(folded) < -30, "the 5 kHz tone, 14 dB louder, came out at 3 kHz"
    assert [path.name for path in target.parent.iterdir()] == ["welcome.wav"]


def test_import_of_a_peaky_recording_does_not_clip(tmp_path: Path) -> None:
    clicks = np.zeros(2 * RATE)
    clicks[::400] = 0.9
    import_prompt(write_wav(tmp_path / "clicks.wav", clicks, RATE), tmp_path / "own.wav")
    assert np.max(np.abs(read(tmp_path / "own.wav").astype(int))) <= 32768 * 10 ** (-1 / 20)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("text.mp3", "不是能识别的录音"),
        ("list.m3u8", "不是能识别的录音"),
        ("empty.wav", "不是能识别的录音"),
        ("silence.wav", "听不到声音"),
        ("no_samples.wav", "太短"),
        ("short.wav", "太短"),
        ("long.wav", "超过 5 分钟"),
        ("huge.wav", "超过 50 MB"),
        ("absent.wav", "读不到上传的文件"),
    ],
)
def test_import_refuses_in_a_sentence_and_leaves_the_old_prompt(
    recording: Path, tmp_path: Path, name: str, words: str
) -> None:
    source, target = tmp_path / name, tmp_path / "welcome.wav"
    target.write_bytes(b"old")
    tone = 0.1 * np.sin(2 * np.pi * 500 * np.arange(301 * RATE) / RATE)
    match name:
        case "text.mp3":
            source.write_text("这不是录音")
        case "list.m3u8":
            source.write_text(f"#EXTM3U\n#EXTINF:6,\nfile://{recording / 'own.mp3'}\n")
        case "empty.wav":
            source.write_bytes(b"")
        case "silence.wav":
            write_wav(source, np.zeros(2 * RATE), RATE)
        case "no_samples.wav":
            write_wav(source, np.zeros(0), RATE)
        case "short.wav":
            write_wav(source, np.concatenate([np.zeros(RATE), tone[: RATE // 5], np.zeros(RATE)]), RATE)
        case "long.wav":
            write_wav(source, tone, RATE)
        case "huge.wav":
            with source.open("wb") as file:
                file.truncate(50_000_001)
    with pytest.raises(PromptImportError, match=words):
        import_prompt(source, target)
    assert target.read_bytes() == b"old"
    assert not list(tmp_path.glob(".*"))


@pytest.mark.parametrize("name", ["欢迎.wav", "welcome.mp3", "Welcome.wav", ".wav"])
def test_import_refuses_a_name_that_no_flow_could_use(recording: Path, tmp_path: Path, name: str) -> None:
    with pytest.raises(PromptImportError, match="提示音名"):
        import_prompt(recording / "own.wav", tmp_path / name)


def test_import_as_a_process(recording: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "appliance.jobs.promptimport"]
    target = tmp_path / "welcome.wav"
    done = subprocess.run([*command, recording / "own.mp3", target], capture_output=True, check=False)
    assert done.returncode == 0
    assert json.loads(done.stdout)["level_dbfs"] == -19.0
    failed = subprocess.run([*command, tmp_path / "absent", target], capture_output=True, check=False)
    assert failed.returncode == 2
    assert failed.stderr.decode().splitlines()[-1].startswith("读不到上传的文件")
    assert subprocess.run(command, capture_output=True, check=False).returncode == 2
