"""Whole WAV files, small enough to hold: sounds of the simulator and recordings that are looked at.

What: `read_wav` gives rate and channels as they are; `read_telephone_sound` brings any file to one channel at 8 kHz.
How: `WavStream` decodes, `Resampler` low-passes and changes the rate; a recording that is still being written, or was
    cut by a power failure, is read as far as it goes.
Limits: at most 512 MiB; the encodings of `WavStream`.
Cost: 149 s of 22,050 Hz to 8 kHz in about 0.15 s.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from drivers.dsp.resample import Resampler
from drivers.wavestream import WavError, WavStream

__all__ = ["Wav", "WavError", "read_telephone_sound", "read_wav"]
_LARGEST_FILE = 512 << 20


@dataclass(frozen=True, slots=True)
class Wav:
    """A file's sound: `samples` is `[sample, channel]`, 16 bit."""

    rate_hz: int
    samples: NDArray[np.int16]


def read_wav(path: Path) -> Wav:
    """Read a whole WAV file. Raises `WavError`, which names the file."""
    rate_hz, sound = _sound_of(path)
    return Wav(rate_hz, _to_int16(sound))


def read_telephone_sound(path: Path) -> NDArray[np.int16]:
    """Read a WAV file as one channel (all of them mixed) at 8 kHz. Raises `WavError`, which names the file."""
    rate_hz, sound = _sound_of(path)
    resampler = Resampler(rate_hz)
    return _to_int16(np.concatenate((resampler.take(sound.mean(axis=1)), resampler.finish())))


def _sound_of(path: Path) -> tuple[int, NDArray[np.float32]]:
    try:
        size, file = path.stat().st_size, path.open("rb")
    except OSError as error:
        raise WavError(f"读不到声音文件 {path}：{error.strerror}。请检查路径和权限。") from error
    with file:
        if size > _LARGEST_FILE:
            raise WavError(f"声音文件 {path} 超过 512 MiB，请先截短。")
        try:
            stream = WavStream(file)
            return stream.form.rate_hz, stream.rest()
        except WavError as error:
            raise WavError(f"声音文件 {path} 不能使用：{error}") from error
        except OSError as error:
            raise WavError(f"读不到声音文件 {path}：{error.strerror}。") from error


def _to_int16(sound: NDArray[np.float32]) -> NDArray[np.int16]:
    return np.clip(np.rint(sound), -32768, 32767).astype(np.int16)
