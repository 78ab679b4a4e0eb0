"""WAV files in: any sample rate, linear 8 to 32 bit, A-law or µ-law, as 16-bit samples.

What: `read_wav` gives rate and channels as they are; `resample` brings them to 8 kHz.
How: RIFF chunks by hand, because the standard library's reader knows no A-law. The length in the header is not trusted:
a recording that is still being written, or was cut by a power failure, is read as far as it goes.
Limits: at most 512 MiB; `resample` low-passes with a 64-tap Kaiser window, stop band below -70 dB.
Cost: 149 s of 22,050 Hz to 8 kHz in about 0.15 s.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from math import gcd
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from drivers.base import SAMPLE_RATE
from drivers.dsp.g711 import alaw_decode, ulaw_decode

_EXTENSIBLE = 0xFFFE
_LARGEST_FILE = 512 << 20
_HALF_TAPS = 32


class WavError(Exception):
    """The file is no WAV that can be read; the text is a Chinese sentence with file, fault and what was expected."""


@dataclass(frozen=True, slots=True)
class Wav:
    """A file's sound: `samples` is `[sample, channel]`, 16 bit."""

    rate_hz: int
    samples: NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class _Format:
    code: int
    channels: int
    rate_hz: int
    bits: int


def read_wav(path: Path) -> Wav:
    """Read a whole WAV file. Raises `WavError`."""
    try:
        if path.stat().st_size > _LARGEST_FILE:
            raise WavError(f"声音文件 {path} 超过 512 MiB，请先截短。")
        content = path.read_bytes()
    except OSError as error:
        raise WavError(f"读不到声音文件 {path}：{error.strerror}。请检查路径和权限。") from error
    if len(content) < 12 or content[:4] != b"RIFF" or content[8:12] != b"WAVE":
        raise WavError(f"声音文件 {path} 不是 WAV 文件（缺少 RIFF/WAVE 文件头），请另存为 WAV。")
    form, body = _chunks(path, content)
    return Wav(form.rate_hz, _decode(path, form, body))


def read_telephone_sound(path: Path) -> NDArray[np.int16]:
    """Read a WAV file as one channel (all of them mixed) at 8 kHz. Raises `WavError`."""
    wav = read_wav(path)
    mono = wav.samples[:, 0] if wav.samples.shape[1] == 1 else np.rint(wav.samples.mean(axis=1)).astype(np.int16)
    return resample(np.ascontiguousarray(mono), wav.rate_hz)


def _chunks(path: Path, content: bytes) -> tuple[_Format, bytes]:
    form: _Format | None = None
    at = 12
    while at + 8 <= len(content):
        name = content[at : at + 4]
        (length,) = struct.unpack_from("<I", content, at + 4)
        body = content[at + 8 : at + 8 + length]
        if name == b"fmt " and len(body) >= 16:
            form = _parse_format(body)
        if name == b"data":
            if form is None:
                break
            return form, content[at + 8 :] if length in (0, 0xFFFFFFFF) else body
        at += 8 + length + (length & 1)
    missing = "data" if form else "fmt"
    raise WavError(f"声音文件 {path} 缺少 {missing} 段，文件不完整，请重新导出。")


def _parse_format(body: bytes) -> _Format:
    code, channels, rate_hz, _, _, bits = struct.unpack_from("<HHIIHH", body)
    if code == _EXTENSIBLE and len(body) >= 26:
        (code,) = struct.unpack_from("<H", body, 24)
    return _Format(code, channels, rate_hz, bits)


def _decode(path: Path, form: _Format, body: bytes) -> NDArray[np.int16]:
    width = form.bits // 8
    if form.channels == 0 or not 1000 <= form.rate_hz <= 384000:
        raise WavError(f"声音文件 {path} 的声道数或采样率不合理（{form.channels} 声道，{form.rate_hz} Hz）。")
    whole = len(body) // (max(width, 1) * form.channels) * max(width, 1) * form.channels
    octets = np.frombuffer(body[:whole], np.uint8)
    match form.code, form.bits:
        case (1, 8):
            flat = (octets.astype(np.int16) - 128) << 8
        case (1, 16):
            flat = octets.view("<i2").astype(np.int16)
        case (1, 24):
            flat = octets.reshape(-1, 3)[:, 1:].copy().view("<i2").astype(np.int16).ravel()
        case (1, 32):
            flat = (octets.view("<i4") >> 16).astype(np.int16)
        case (6, 8):
            flat = alaw_decode(octets)
        case (7, 8):
            flat = ulaw_decode(octets)
        case _:
            raise WavError(
                f"声音文件 {path} 的编码（格式 {form.code}，{form.bits} 位）不支持；"
                "请另存为 8/16/24/32 位线性 PCM、A 律或 μ 律的 WAV。"
            )
    return flat.reshape(-1, form.channels)


def resample(samples: NDArray[np.int16], rate_hz: int, to_hz: int = SAMPLE_RATE) -> NDArray[np.int16]:
    """`samples` of one channel at `rate_hz` as samples at `to_hz`, low-passed below both halves; same duration."""
    if rate_hz == to_hz or not len(samples):
        return samples
    divisor = gcd(rate_hz, to_hz)
    up, down = to_hz // divisor, rate_hz // divisor
    cut = min(1.0, up / down) * 0.94
    reach = int(np.ceil(_HALF_TAPS / min(1.0, up / down)))
    padded = np.pad(samples.astype(np.float32), (reach, reach + 1))
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1)
    count = len(samples) * up // down
    out = np.zeros(count, np.float32)
    offset = np.arange(-reach, reach + 1)
    for phase in range(min(up, count)):
        targets = np.arange(phase, count, up)
        fraction = (phase * down % up) / up
        distance = offset - fraction
        kernel = cut * np.sinc(cut * distance) * np.i0(7.0 * np.sqrt(np.maximum(0, 1 - (distance / (reach + 1)) ** 2)))
        kernel /= kernel.sum()
        out[targets] = windows[targets * down // up] @ kernel.astype(np.float32)
    rounded: NDArray[np.int16] = np.clip(np.rint(out), -32768, 32767).astype(np.int16)
    return rounded
