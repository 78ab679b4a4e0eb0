"""`hotlinebox analyse`: what it finds, how it prints it, and that no file makes it fall over."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

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


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_damaged_files_end_with_0_or_2(tmp_path: Path, data: st.DataObject) -> None:
    content = bytearray(wav_bytes(dtmf_samples("159D").tobytes(), channels=2, rate_hz=16000))
    for _ in range(data.draw(st.integers(0, 8))):
        content[data.draw(st.integers(0, 80))] = data.draw(st.integers(0, 255))
    path = tmp_path / "damaged.wav"
    path.write_bytes(bytes(content[: data.draw(st.integers(0, len(content)))]))
    assert main(["analyse", str(path), "--json"]) in {0, 2}
