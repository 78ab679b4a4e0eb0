"""Reading WAV files of every kind block by block, and bringing them to 8 kHz."""

from __future__ import annotations

import io
import struct
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from drivers.dsp.g711 import alaw_encode, ulaw_encode
from drivers.dsp.resample import Resampler
from drivers.wavestream import WavError, WavStream


def wav_bytes(
    body: bytes, *, code: int = 1, channels: int = 1, rate_hz: int = 8000, bits: int = 16, length: int | None = None
) -> bytes:
    """A plain WAV file; `length` overrides the data chunk's."""
    block = channels * ((bits + 7) // 8)
    form = struct.pack("<HHIIHH", code, channels, rate_hz, rate_hz * block, block, bits)
    data_length = len(body) if length is None else length
    chunks = b"fmt " + struct.pack("<I", len(form)) + form + b"data" + struct.pack("<I", data_length) + body
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks


def sound_of(content: bytes, channel: int = 0) -> NDArray[np.float32]:
    blocks = list(WavStream(io.BytesIO(content)).blocks(channel))
    return np.concatenate(blocks) if blocks else np.zeros(0, np.float32)


RAMP = np.arange(-32000, 32000, 64, dtype=np.int16)


@pytest.mark.parametrize(
    ("content", "tolerance"),
    [
        (wav_bytes(RAMP.tobytes()), 0),
        (wav_bytes(((RAMP >> 8) + 128).astype(np.uint8).tobytes(), bits=8), 256),
        (wav_bytes(b"".join(struct.pack("<i", int(v) << 8)[:3] for v in RAMP), bits=24), 0),
        (wav_bytes((RAMP.astype(np.int32) << 16).tobytes(), bits=32), 0),
        (wav_bytes((RAMP / 32767).astype("<f4").tobytes(), code=3, bits=32), 1),
        (wav_bytes((RAMP / 32767).astype("<f8").tobytes(), code=3, bits=64), 1),
        (wav_bytes(alaw_encode(RAMP).tobytes(), code=6, bits=8), 1025),
        (wav_bytes(ulaw_encode(RAMP).tobytes(), code=7, bits=8), 1025),
    ],
    ids=["16", "8", "24", "32", "float", "double", "alaw", "ulaw"],
)
def test_every_encoding_gives_the_same_ramp(content: bytes, tolerance: float) -> None:
    assert np.abs(sound_of(content) - RAMP).max() <= tolerance


def test_channels_are_kept_apart() -> None:
    content = wav_bytes(np.stack((RAMP, -RAMP), axis=1).tobytes(), channels=2)
    assert np.array_equal(sound_of(content, 0), RAMP)
    assert np.array_equal(sound_of(content, 1), -RAMP)
    with pytest.raises(IndexError):
        next(WavStream(io.BytesIO(content)).blocks(2))


@pytest.mark.parametrize("length", [0, 0xFFFFFFFF, 10_000_000])
def test_a_header_with_a_wrong_length_is_read_to_the_end(length: int) -> None:
    assert sound_of(wav_bytes(RAMP.tobytes(), length=length)).size == RAMP.size


def test_a_file_cut_in_the_middle_of_a_sample_is_read_as_far_as_it_goes() -> None:
    assert sound_of(wav_bytes(RAMP.tobytes())[:-7]).size == RAMP.size - 4


def test_odd_chunks_and_extensible_headers() -> None:
    guid = struct.pack("<H", 1) + bytes.fromhex("000000001000800000aa00389b71")
    form = struct.pack("<HHIIHH", 0xFFFE, 1, 8000, 16000, 2, 16) + struct.pack("<HHI", 22, 16, 4) + guid
    content = b"RIFF\0\0\0\0WAVE" + b"LIST" + struct.pack("<I", 3) + b"abc\0"
    content += b"fmt " + struct.pack("<I", len(form)) + form
    content += b"data" + struct.pack("<I", RAMP.nbytes) + RAMP.tobytes() + b"LIST\x04\0\0\0abcd"
    assert np.array_equal(sound_of(content), RAMP)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"RIFF",
        b"OggS" + bytes(100),
        b"RIFF\0\0\0\0WAVE",
        wav_bytes(b"", channels=0),
        wav_bytes(b"", rate_hz=0),
        wav_bytes(b"", code=2, bits=4),
        wav_bytes(b"", bits=12345),
        b"RIFF\0\0\0\0WAVEdata\x04\0\0\0abcd",
        b"RIFF\0\0\0\0WAVEfmt \x02\0\0\0abdata\x04\0\0\0abcd",
    ],
)
def test_what_is_no_sound_is_one_sentence(content: bytes) -> None:
    with pytest.raises(WavError) as caught:
        WavStream(io.BytesIO(content))
    assert str(caught.value).endswith("。")


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_any_damaged_header_is_sound_or_a_sentence(data: st.DataObject) -> None:
    content = bytearray(wav_bytes(RAMP[:200].tobytes(), channels=2))
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, 60))] = data.draw(st.integers(0, 255))
    try:
        sound = sound_of(bytes(content[: data.draw(st.integers(0, len(content)))]))
    except WavError:
        return
    assert np.isfinite(sound).all()
    assert np.abs(sound).max(initial=0.0) <= 32768


@pytest.mark.parametrize("rate_hz", [6000, 8000, 11025, 16000, 22050, 44100, 48000, 47999])
def test_resampling_in_odd_blocks_keeps_a_tone_and_its_timing(rate_hz: int) -> None:
    count = rate_hz
    tone = (10000 * np.sin(2 * np.pi * 1000 * np.arange(count) / rate_hz)).astype(np.float32)
    resampler = Resampler(rate_hz)
    cuts = [0, 1, 700, 701, 2500, count]
    parts = [resampler.take(tone[begin:end]) for begin, end in pairwise(cuts)]
    out = np.concatenate([*parts, resampler.finish()])
    assert abs(out.size - 8000) <= 1
    wanted = 10000 * np.sin(2 * np.pi * 1000 * np.arange(out.size) / 8000)
    assert np.abs(out - wanted)[100:-100].max() < 60


def test_resampling_lets_nothing_fold_into_the_telephone_band() -> None:
    for hz in (4700, 5000, 7000, 12000, 20000):
        tone = (10000 * np.sin(2 * np.pi * hz * np.arange(48000) / 48000)).astype(np.float32)
        out = Resampler(48000).take(tone)[200:]
        assert 20 * np.log10(np.sqrt(np.mean(out**2)) / 7071) < -60
