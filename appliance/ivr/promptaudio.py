"""Makes any recording into a prompt for the telephone: 8 kHz mono, one loudness, no dead air at either end.

What: shared by the built-in prompts and by the bureau's own recordings, so that a flow never jumps in volume.
How: ffmpeg does what pydub does badly (decoding, low-pass and resampling in one; `set_frame_rate` would alias), pydub
    trims and fades, a soft limiter lets quiet recordings reach the level without clipping.
Limits: loudness is the mean level of the trimmed prompt; pauses of seconds inside one make its speech louder.
"""

from __future__ import annotations

import io
import subprocess
import wave

import numpy as np
from numpy.typing import NDArray
from pydub import AudioSegment
from pydub.silence import detect_leading_silence

from drivers.base import SAMPLE_RATE

MEAN_DBFS = -19.0
"""Mean level of speech prompts (-12.9 dBm0): loud and clear on a subscriber line."""
_QUIET_DBFS = -48.0
"""Below this an end of a recording is dead air."""
_STEP_MS = 5
KEPT_MS = 15
"""Of the dead air at each end, so that soft consonants keep their onset."""
JOINED_KEPT_MS = 5
"""The same for words that follow each other within a number."""
_FADE_MS = 5
_CEILING = 0.89
"""Peak after limiting, of full scale (-1 dBFS)."""
_KNEE = 0.6


class SilentAudioError(Exception):
    """The recording holds nothing above the level of dead air."""


def decode(source: bytes | None, ffmpeg_input: tuple[str, ...], max_s: float) -> AudioSegment:
    """Whatever ffmpeg reads from `ffmpeg_input` as 8 kHz mono, at most `max_s`; `source` is its standard input.

    Raises `FileNotFoundError` without ffmpeg, `subprocess.CalledProcessError` when it cannot read it,
    `subprocess.TimeoutExpired` after a minute.
    """
    command = ["ffmpeg", "-nostdin", "-v", "error", *ffmpeg_input, "-map", "0:a:0", "-t", f"{max_s}"]
    # -6 dB: resampled peaks overshoot. 100 Hz: below the telephone band is only hum and breath that eat level.
    command += ["-af", "volume=-6dB,highpass=f=100", "-ac", "1", "-ar", str(SAMPLE_RATE), "-f", "s16le", "-"]
    done = subprocess.run(  # noqa: S603 - a fixed program; the file name is an argument, never a shell word
        command, input=source if source is not None else b"", capture_output=True, check=True, timeout=60
    )
    return AudioSegment(data=done.stdout, sample_width=2, frame_rate=SAMPLE_RATE, channels=1)


def trimmed(segment: AudioSegment, kept_ms: int = KEPT_MS) -> AudioSegment:
    """`segment` with at most `kept_ms` of dead air at each end and short fades. Raises `SilentAudioError`."""
    # Relative to the loudest moment for quiet recordings, whose dead air lies lower as well.
    threshold = min(_QUIET_DBFS, segment.max_dBFS - 36)
    lead = detect_leading_silence(segment, silence_threshold=threshold, chunk_size=_STEP_MS)
    if segment.max_dBFS < -60 or lead >= len(segment) - _STEP_MS:
        raise SilentAudioError
    tail = detect_leading_silence(segment.reverse(), silence_threshold=threshold, chunk_size=_STEP_MS)
    cut = segment[max(0, lead - kept_ms) : len(segment) - max(0, tail - kept_ms)]
    return cut.fade_in(_FADE_MS).fade_out(_FADE_MS)


def levelled(segment: AudioSegment, mean_dbfs: float = MEAN_DBFS) -> AudioSegment:
    """`segment` at a mean level of `mean_dbfs`; peaks are rounded off smoothly, never above -1 dBFS."""
    wave_in = samples_of(segment).astype(np.float64) / 32768
    target = 10 ** (mean_dbfs / 20)
    gain = target / max(float(np.sqrt(np.mean(wave_in**2))), 1e-9)
    limited = wave_in
    for _ in range(8):  # limiting takes some level away again; a few rounds settle within 0.05 dB
        limited = _limited(wave_in * gain)
        gain *= target / max(float(np.sqrt(np.mean(limited**2))), 1e-9)
    pcm = np.rint(limited * 32768).astype("<i2")
    return AudioSegment(data=pcm.tobytes(), sample_width=2, frame_rate=segment.frame_rate, channels=1)


def _limited(samples: NDArray[np.float64]) -> NDArray[np.float64]:
    """Straight up to the knee, then bending towards the ceiling."""
    size = np.abs(samples)
    bent = _KNEE + (_CEILING - _KNEE) * np.tanh((size - _KNEE) / (_CEILING - _KNEE))
    rounded: NDArray[np.float64] = np.where(size > _KNEE, np.copysign(bent, samples), samples)
    return rounded


def samples_of(segment: AudioSegment) -> NDArray[np.int16]:
    """The samples of a mono 16-bit segment."""
    return np.frombuffer(segment.raw_data, dtype="<i2")


def wav_bytes(samples: NDArray[np.int16]) -> bytes:
    """A plain 8 kHz mono 16-bit WAV file of `samples`."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes(samples.astype("<i2").tobytes())
    return out.getvalue()
