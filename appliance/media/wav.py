"""The WAV file of a recording: its header, and the repair of one that a crash tore.

What: the plain 44-byte RIFF/WAVE header, 16-bit PCM at 8 kHz, one or two channels: what every Windows plays.
How: data first, then the whole header in one write. A crash between the two leaves a header that is too small, never
    one that promises what is not there; a power cut can leave the latter, and `repair_wav` puts either right.
Limits: 4 GiB, i.e. 37 hours of stereo.
"""

from __future__ import annotations

import os
import struct
from pathlib import Path

from drivers.base import SAMPLE_RATE

HEADER_BYTES = 44
SAMPLE_BYTES = 2
_HEADER = struct.Struct("<4sI4s4sIHHIIHH4sI")
_PCM = 1


class WavDamagedError(Exception):
    """The file has no header of ours: nothing can be said about its content."""


def wav_header(channels: int, data_bytes: int) -> bytes:
    """Header of a file with `data_bytes` of samples."""
    block = channels * SAMPLE_BYTES
    rate = SAMPLE_RATE
    head = (b"RIFF", HEADER_BYTES - 8 + data_bytes, b"WAVE", b"fmt ", 16, _PCM, channels, rate, rate * block, block, 16)
    return _HEADER.pack(*head, b"data", data_bytes)


def repair_wav(path: Path) -> float:
    """Make the header of a recording tell its true size; returns its length in seconds.

    A half-written last sample is cut off. Raises `WavDamagedError` when there is no recording header, `OSError` when
    the file cannot be read or written. A sound file is left untouched.
    """
    with path.open("r+b") as file:
        head = file.read(HEADER_BYTES)
        if len(head) < HEADER_BYTES:
            raise WavDamagedError(f"{path} ends inside its header; it holds no sound and can be deleted")
        riff, _, wave, fmt, _, _, channels, rate, _, _, bits, data, _ = _HEADER.unpack(head)
        if (riff, wave, fmt, data) != (b"RIFF", b"WAVE", b"fmt ", b"data") or rate != SAMPLE_RATE or bits != 16:
            raise WavDamagedError(f"{path} is not a recording of this box (8 kHz, 16 bit); it was left as it is")
        block = max(channels, 1) * SAMPLE_BYTES
        size = os.fstat(file.fileno()).st_size
        data_bytes = (size - HEADER_BYTES) // block * block
        if head != wav_header(channels, data_bytes) or size != HEADER_BYTES + data_bytes:
            file.truncate(HEADER_BYTES + data_bytes)
            file.seek(0)
            file.write(wav_header(channels, data_bytes))
            file.flush()
            os.fsync(file.fileno())
    return float(data_bytes / block / SAMPLE_RATE)
