"""WAV files of any length, read block by block: one channel as floats in 16-bit units.

What: `WavStream` reads the header and then gives the sound of one channel in blocks of about a second.
How: RIFF or RF64 chunks by hand. Lengths in the header are not trusted: what is there is read, so a file that is still
    being written or was cut off is read as far as it goes, and a 10 h file needs no more memory than a short one.
Limits: linear 8, 16, 24 and 32 bit, float 32 and 64 bit, A-law, µ-law, plain or extensible header; 1 to 64 channels;
    2 to 192 kHz. Not-a-number and infinite samples become silence, floats above full scale are clipped.
Cost: about 1 ms per second of 48 kHz stereo.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from drivers.dsp.g711 import alaw_decode, ulaw_decode

_PCM, _FLOAT, _ALAW, _ULAW, _EXTENSIBLE = 1, 3, 6, 7, 0xFFFE
_MOST_CHANNELS = 64
_SLOWEST_HZ, _FASTEST_HZ = 2000, 192000
_LONGEST_FORMAT = 4096
_SKIP_BYTES = 1 << 16
_FULL_SCALE = 32767.0


class WavError(Exception):
    """The file is no WAV that can be read; the text is a Chinese sentence with the fault and what was expected."""


@dataclass(frozen=True, slots=True)
class WavFormat:
    """What the header says, after checking. `width` is the bytes of one sample."""

    code: int
    channels: int
    rate_hz: int
    width: int


class WavStream:
    """One open WAV file, standing at its first sample."""

    def __init__(self, file: BinaryIO) -> None:
        """Read the header from `file`. Raises `WavError`, a Chinese sentence without the file's name."""
        self._file = file
        self.form, self._length = _read_header(file)

    def blocks(self, channel: int) -> Iterator[NDArray[np.float32]]:
        """The sound of `channel` (0 is the first), about a second at a time. Raises `IndexError`."""
        if not 0 <= channel < self.form.channels:
            raise IndexError(channel)
        for octets in self._octets():
            yield _decode(self.form, np.ascontiguousarray(octets[:, channel, :]))

    def rest(self) -> NDArray[np.float32]:
        """All that is left, `[sample, channel]`."""
        parts = [_decode(self.form, octets.reshape(-1, self.form.width)) for octets in self._octets()]
        flat = np.concatenate(parts) if parts else np.zeros(0, np.float32)
        return flat.reshape(-1, self.form.channels)

    def _octets(self) -> Iterator[NDArray[np.uint8]]:
        """The file's bytes as `[sample, channel, byte]`, about a second at a time."""
        form = self.form
        step = form.width * form.channels
        left = self._length
        while left >= step:
            content = self._file.read(min(left, step * form.rate_hz))
            whole = len(content) // step * step
            if not whole:
                return
            left -= whole if whole == len(content) else left
            yield np.frombuffer(content[:whole], np.uint8).reshape(-1, form.channels, form.width)


def _read_header(file: BinaryIO) -> tuple[WavFormat, int]:
    """Leave `file` at the first sample; the format and how many bytes of samples to expect at most."""
    head = file.read(12)
    if len(head) < 12 or head[:4] not in (b"RIFF", b"RF64") or head[8:12] != b"WAVE":
        raise WavError("不是 WAV 文件（缺少 RIFF/WAVE 文件头），请另存为 WAV。")
    form: WavFormat | None = None
    while True:
        chunk = file.read(8)
        if len(chunk) < 8:
            missing = "声音数据（data）" if form else "格式说明（fmt）"
            raise WavError(f"WAV 文件不完整，缺少{missing}段，请重新导出。")
        name, length = chunk[:4], struct.unpack("<I", chunk[4:])[0]
        if name == b"data":
            if form is None:
                raise WavError("WAV 文件的格式说明（fmt）段不在声音数据之前，请重新导出。")
            endless = length in (0, 0xFFFFFFFF) or head[:4] == b"RF64"
            return form, (1 << 62) if endless else length
        if name == b"fmt ":
            body = file.read(min(length, _LONGEST_FORMAT))
            form = _parse_format(body)
            length -= len(body)
        _skip(file, length + (length & 1))


def _skip(file: BinaryIO, count: int) -> None:
    while count > 0:
        passed = len(file.read(min(count, _SKIP_BYTES)))
        if not passed:
            return
        count -= passed


def _parse_format(body: bytes) -> WavFormat:
    if len(body) < 16:
        raise WavError("WAV 文件的格式说明（fmt）段太短，请重新导出。")
    code, channels, rate_hz, _, block, bits = struct.unpack_from("<HHIIHH", body)
    if code == _EXTENSIBLE and len(body) >= 26:
        (code,) = struct.unpack_from("<H", body, 24)
    if not 1 <= channels <= _MOST_CHANNELS or not _SLOWEST_HZ <= rate_hz <= _FASTEST_HZ:
        raise WavError(
            f"WAV 文件的声道数或采样率不合理（{channels} 声道，{rate_hz} Hz）；"
            f"应为 1 至 {_MOST_CHANNELS} 声道、{_SLOWEST_HZ} 至 {_FASTEST_HZ} Hz。"
        )
    width = block // channels if block % channels == 0 and (bits + 7) // 8 <= block // channels else (bits + 7) // 8
    widths = {_PCM: (1, 2, 3, 4), _FLOAT: (4, 8), _ALAW: (1,), _ULAW: (1,)}
    if width not in widths.get(code, ()):
        raise WavError(
            f"WAV 文件的编码（格式 {code}，{bits} 位）不支持；请另存为 8/16/24/32 位线性 PCM、32 位浮点、A 律或 μ 律。"
        )
    return WavFormat(code, channels, rate_hz, width)


def _decode(form: WavFormat, octets: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Samples of one channel, `octets` being `[sample, byte]`, as floats in 16-bit units."""
    if form.code == _ALAW:
        return alaw_decode(octets[:, 0]).astype(np.float32)
    if form.code == _ULAW:
        return ulaw_decode(octets[:, 0]).astype(np.float32)
    if form.code == _FLOAT:
        wide = octets.view("<f4" if form.width == 4 else "<f8")[:, 0]
        with np.errstate(all="ignore"):
            scaled = np.nan_to_num(wide * _FULL_SCALE, nan=0.0, posinf=0.0, neginf=0.0)
        return np.clip(scaled, -_FULL_SCALE, _FULL_SCALE).astype(np.float32)
    if form.width == 1:
        return (octets[:, 0].astype(np.float32) - 128.0) * 256.0
    low, high = octets[:, -2].astype(np.int32), octets[:, -1].astype(np.int8).astype(np.int32)
    return (high * 256 + low).astype(np.float32)
