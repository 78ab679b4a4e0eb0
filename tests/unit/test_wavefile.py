"""Reading WAV files of every kind that a bureau or a recorder makes."""

from __future__ import annotations

import struct
import subprocess
import wave
from pathlib import Path

import numpy as np
import pytest

from drivers.wavefile import WavError, read_telephone_sound, read_wav


def sine(hz: float, rate_hz: int, seconds: float = 0.5, peak: float = 10000.0) -> np.ndarray:
    return np.rint(peak * np.sin(2 * np.pi * hz * np.arange(round(rate_hz * seconds)) / rate_hz)).astype(np.int16)


def level_at(samples: np.ndarray, hz: float) -> float:
    middle = samples[800:-800].astype(float) * np.hanning(len(samples) - 1600)
    at = np.exp(-2j * np.pi * hz * np.arange(len(middle)) / 8000)
    return 20 * np.log10(np.abs(middle @ at) / len(middle) * 4 / 10000 + 1e-9)


def written(file: Path, samples: np.ndarray, rate_hz: int) -> Path:
    with wave.open(str(file), "wb") as out:
        out.setparams((1, 2, rate_hz, 0, "NONE", ""))
        out.writeframes(samples.tobytes())
    return file


@pytest.mark.parametrize("rate_hz", [8000, 11025, 16000, 22050, 44100, 48000])
def test_any_rate_keeps_the_voice_band_and_its_level(tmp_path, rate_hz):
    out = read_telephone_sound(written(tmp_path / "a.wav", sine(1000.0, rate_hz), rate_hz))
    assert abs(len(out) - 4000) <= 80
    assert level_at(out, 1000.0) == pytest.approx(0.0, abs=0.2)


@pytest.mark.parametrize("rate_hz", [16000, 22050, 48000])
def test_what_lies_above_four_kilohertz_does_not_fold(tmp_path, rate_hz):
    out = read_telephone_sound(written(tmp_path / "a.wav", sine(5000.0, rate_hz), rate_hz))
    assert level_at(out, 3000.0) < -50


@pytest.mark.parametrize("encoding", ["u8", "s16le", "s24le", "s32le", "alaw", "mulaw"])
def test_every_common_encoding_reads_the_same(tmp_path, encoding):
    original = tmp_path / "in.wav"
    with wave.open(str(original), "wb") as out:
        out.setparams((2, 2, 16000, 0, "NONE", ""))
        out.writeframes(np.stack((sine(700, 16000), sine(700, 16000)), axis=1).tobytes())
    made = tmp_path / "made.wav"
    command = ["ffmpeg", "-v", "error", "-i", str(original), "-c:a", f"pcm_{encoding}", str(made)]
    subprocess.run(command, check=True)
    wav = read_wav(made)
    assert (wav.rate_hz, wav.samples.shape[1]) == (16000, 2)
    difference = wav.samples[:8000, 0].astype(int) - sine(700, 16000)[:8000]
    assert np.abs(difference).max() <= (300 if encoding in ("u8", "alaw", "mulaw") else 2)
    assert level_at(read_telephone_sound(made), 700.0) == pytest.approx(0.0, abs=0.3)


def wav_bytes(data: bytes, *, code: int = 1, bits: int = 16, length: int | None = None) -> bytes:
    form = struct.pack("<HHIIHH", code, 1, 8000, 16000, 2, bits)
    chunks = b"fmt " + struct.pack("<I", 16) + form + b"LIST\x03\x00\x00\x00abc\x00"
    chunks += b"data" + struct.pack("<I", len(data) if length is None else length) + data
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks


@pytest.mark.parametrize("length", [0, 0xFFFFFFFF, 100000])
def test_a_recording_whose_header_was_never_finished_is_read_to_its_end(tmp_path, length):
    file = tmp_path / "cut.wav"
    file.write_bytes(wav_bytes(sine(700, 8000).tobytes() + b"\x01", length=length))
    assert np.array_equal(read_wav(file).samples[:, 0], sine(700, 8000))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"ID3\x04 an mp3 file, really",
        b"RIFF\x04\x00\x00\x00WAVE",
        wav_bytes(b"", code=85, bits=0),
    ],
)
def test_what_cannot_be_read_is_told_in_a_sentence_that_names_the_file(tmp_path, content):
    file = tmp_path / "bad.wav"
    file.write_bytes(content)
    with pytest.raises(WavError, match=r"声音文件 .*bad\.wav"):
        read_wav(file)


def test_a_missing_file_is_told_in_a_sentence():
    with pytest.raises(WavError, match="读不到声音文件"):
        read_wav(Path("/nowhere/x.wav"))
