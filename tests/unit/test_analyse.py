"""`hotlinebox analyse`: what it finds, how it prints it, and that no file makes it fall over."""

from __future__ import annotations

import argparse
import json
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from appliance.cli import analyse
from drivers.dsp.callerid_send import dtmf_burst, fsk_burst
from drivers.dsp.g711 import alaw_encode
from drivers.dsp.tones import ToneGenerator, dtmf_samples
from tests.unit.test_wavestream import wav_bytes

QUIET = np.zeros(8000, np.int16)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser()
    analyse.add_parser(parser.add_subparsers())
    parsed = parser.parse_args(arguments)
    code: int = parsed.run(parsed)
    return code


def line_recording() -> NDArray[np.int16]:
    """1 s of quiet between caller ID, dial tone, digits and busy."""
    return np.concatenate(
        (
            QUIET,
            fsk_burst("05628896599", "王县长", "06010912"),
            QUIET,
            dtmf_burst("13800138000"),
            QUIET,
            ToneGenerator((450,), -12.0).frame(3 * 8000),
            QUIET,
            dtmf_samples("12#"),
            QUIET,
            ToneGenerator((450,), -12.0, (0.35, 0.35)).frame(4 * 8000),
            QUIET,
        )
    )


def found(path: Path, capsys: pytest.CaptureFixture[str], *options: str) -> list[dict[str, object]]:
    assert main(["analyse", str(path), "--json", *options]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


@pytest.mark.parametrize("kind", ["pcm16", "alaw", "right of stereo"])
def test_finds_everything_in_order(tmp_path: Path, capsys: pytest.CaptureFixture[str], kind: str) -> None:
    samples = line_recording()
    path = tmp_path / "line.wav"
    if kind == "alaw":
        path.write_bytes(wav_bytes(alaw_encode(samples).tobytes(), code=6, bits=8))
    elif kind == "pcm16":
        path.write_bytes(wav_bytes(samples.tobytes()))
    else:
        path.write_bytes(wav_bytes(np.stack((np.zeros_like(samples), samples), axis=1).tobytes(), channels=2))
    findings = found(path, capsys, *(["--channel", "2"] if kind.startswith("right") else []))
    values = [(one["kind"], one["value"]) for one in findings if one["kind"] != "callerid"]
    digits = "".join(str(value) for name, value in values if name == "dtmf")
    assert digits == "D13800138000C" + "12#"
    assert [value for name, value in values if name == "tone"] == ["dial", "busy"]
    fsk, dtmf = [one for one in findings if one["kind"] == "callerid"]
    assert fsk["value"] == {
        "number": "05628896599",
        "name": "王县长",
        "time": "06010912",
        "absence": "",
        "modulation": "fsk_bell202",
        "readable": True,
        "reliable": True,
    }
    assert isinstance(dtmf["value"], dict)
    assert (dtmf["value"]["number"], dtmf["value"]["modulation"]) == ("13800138000", "dtmf")
    starts = [float(str(one["start_s"])) for one in findings]
    assert starts == sorted(starts)
    assert starts[0] == pytest.approx(1.0, abs=0.05)
    assert all(float(str(one["end_s"])) > float(str(one["start_s"])) for one in findings)


def test_a_tone_that_lasts_to_the_end_ends_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "dial.wav"
    path.write_bytes(wav_bytes(ToneGenerator((450,), -12.0).frame(4 * 8000).tobytes()))
    assert [(one["value"], one["end_s"]) for one in found(path, capsys)] == [("dial", 4.0)]


def test_other_sample_rate(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    t = np.arange(48000 * 4) / 48000
    busy = (8000 * np.sin(2 * np.pi * 450 * t) * ((t % 0.7) < 0.35)).astype("<f4") / 32767
    path = tmp_path / "busy.wav"
    path.write_bytes(wav_bytes(np.stack((busy, busy), axis=1).tobytes(), code=3, bits=32, channels=2, rate_hz=48000))
    assert [one["value"] for one in found(path, capsys)] == ["busy"]


def test_table_is_chinese(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "line.wav"
    path.write_bytes(wav_bytes(line_recording().tobytes()))
    assert main(["analyse", str(path)]) == 0
    out = capsys.readouterr().out
    for text in ("05628896599 王县长 06-01 09:12", "拨号音", "按键 #", "忙音"):
        assert text in out


def test_nothing_in_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "empty.wav"
    path.write_bytes(wav_bytes(b""))
    assert found(path, capsys) == []
    assert main(["analyse", str(path)]) == 0
    assert "没有听到" in capsys.readouterr().out


@pytest.mark.parametrize("content", [None, b"", b"hello world, this is no sound", wav_bytes(b"", code=85, bits=0)])
def test_bad_files_are_one_sentence_and_exit_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes | None
) -> None:
    path = tmp_path / "bad.wav"
    if content is not None:
        path.write_bytes(content)
    assert main(["analyse", str(path), "--json"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert str(path) in captured.err


def test_no_such_channel(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "mono.wav"
    path.write_bytes(wav_bytes(QUIET.tobytes()))
    assert main(["analyse", str(path), "--channel", "2"]) == 2
    assert "只有 1 个声道" in capsys.readouterr().err


SHORT = dtmf_samples("159D")
KINDS = {
    "16 bit": wav_bytes(SHORT.tobytes(), channels=2, rate_hz=16000),
    "float 48 kHz stereo": wav_bytes(
        (np.repeat(SHORT, 12) / 32768).astype("<f4").tobytes(), code=3, bits=32, channels=2, rate_hz=48000
    ),
    "double": wav_bytes((SHORT / 32768).astype("<f8").tobytes(), code=3, bits=64),
    "24 bit": wav_bytes(np.repeat(SHORT, 3).astype(np.int8).tobytes(), bits=24),
    "8 bit": wav_bytes((SHORT // 256 + 128).astype(np.uint8).tobytes(), bits=8),
    "µ-law": wav_bytes(SHORT.astype(np.uint8).tobytes(), code=7, bits=8),
    "no sample": wav_bytes(b""),
}


@pytest.mark.parametrize("kind", list(KINDS))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damaged_files_end_with_0_or_2(tmp_path: Path, kind: str, data: st.DataObject) -> None:
    content = bytearray(KINDS[kind])
    for _ in range(data.draw(st.integers(0, 8))):
        content[data.draw(st.integers(0, min(80, len(content) - 1)))] = data.draw(st.integers(0, 255))
    path = tmp_path / "damaged.wav"
    path.write_bytes(bytes(content[: data.draw(st.integers(0, len(content)))]))
    assert main(["analyse", str(path), "--json", "--plot", str(tmp_path / "damaged.png")]) in {0, 2}


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(octets=st.binary(max_size=400), header=st.booleans())
def test_any_bytes_end_with_0_or_2(tmp_path: Path, octets: bytes, header: bool) -> None:
    path = tmp_path / "any.wav"
    path.write_bytes((b"RIFF\xff\xff\xff\xffWAVE" if header else b"") + octets)
    assert main(["analyse", str(path), "--json"]) in {0, 2}


def test_a_long_file_needs_no_more_memory_than_a_short_one(tmp_path: Path) -> None:
    path = tmp_path / "long.wav"
    peaks = []
    for seconds in (40, 240):
        header = wav_bytes(b"")
        with path.open("wb") as file:
            file.write(header[:-4] + (seconds * 16000).to_bytes(4, "little"))
            file.truncate(len(header) + seconds * 16000)  # a sparse file: silence
        tracemalloc.start()
        assert main(["analyse", str(path), "--json", "--plot", str(tmp_path / "long.png")]) == 0
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] + 2e6  # the sound itself is 4 MB, 13 MB as floats


def size_and_colours(path: Path) -> tuple[tuple[int, int], set[tuple[int, ...]]]:
    with Image.open(path) as image:
        image.load()
        return image.size, {colour for _, colour in image.convert("RGB").getcolors(1 << 24)}


def test_the_plot_shows_what_was_found_where_it_was(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, quiet = tmp_path / "line.wav", tmp_path / "quiet.wav"
    path.write_bytes(wav_bytes(line_recording().tobytes()))
    quiet.write_bytes(wav_bytes(np.zeros(8000 * 4, np.int16).tobytes()))
    for file in (path, quiet):
        assert main(["analyse", str(file), "--plot", str(file.with_suffix(".png"))]) == 0
    full_size, full_colours = size_and_colours(path.with_suffix(".png"))
    empty_size, empty_colours = size_and_colours(quiet.with_suffix(".png"))
    assert full_size == empty_size
    frame = (120, 235, 255)
    assert frame in full_colours
    assert frame not in empty_colours
    with Image.open(path.with_suffix(".png")) as image:
        total_s = len(line_recording()) / 8000
        at_s = 1.0 + 0.68 + 1.0 + 1.5 + 1.0 + 1.5  # in the middle of dial tone
        tone = image.getpixel((round(64 + 1320 * at_s / total_s), round(44 + 516 * (1 - 450 / 4000))))
        beside = image.getpixel((round(64 + 1320 * at_s / total_s), round(44 + 516 * (1 - 2000 / 4000))))
    assert sum(tone) > sum(beside) + 200


def test_a_plot_that_cannot_be_written_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "line.wav"
    path.write_bytes(wav_bytes(QUIET.tobytes()))
    assert main(["analyse", str(path), "--plot", str(tmp_path / "nowhere" / "line.png")]) == 2
    assert "写不了图" in capsys.readouterr().err
