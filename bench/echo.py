"""Echo canceller: return loss enhancement over time on dispersive hybrids, double talk, and cost.

Run: `./dev bench echo`. Real voices come from espeak-ng where it is installed, an artificial one otherwise;
libspeexdsp's canceller (32 ms) runs beside ours where it is installed.
"""

from __future__ import annotations

import io
import shutil
import subprocess
import time
from collections.abc import Callable
from ctypes.util import find_library

import numpy as np
from cffi import FFI
from numpy.typing import NDArray

from drivers.dsp.echo import EchoCanceller
from drivers.dsp.level import power_of
from drivers.dsp.resample import Resampler
from drivers.wavestream import WavStream
from tests.audio.echo_path import hybrid, loss_db, on_line
from tests.audio.tone_cells import speech_like

Canceller = Callable[[NDArray[np.int16], NDArray[np.int16]], NDArray[np.int16]]
_SPANS_S = ((0, 1), (1, 3), (3, 5), (5, 15), (15, 25))
_SECONDS = 25
_TEXT = "您好 欢迎致电有线电视服务热线 报修请按一 业务咨询请按二 投诉建议请按三 人工服务请按零 " * 12


def voice(seed: int) -> NDArray[np.float64]:
    """25 s of voice at -16 dBm0."""
    program = shutil.which("espeak-ng")
    if program is None:
        return speech_like(_SECONDS, np.random.default_rng(seed), -16.0)
    command = [program, "-v", "cmn-latn-pinyin", "-p", str(30 + 20 * seed), "--stdout", _TEXT]
    stream = WavStream(io.BytesIO(subprocess.run(command, capture_output=True, check=True).stdout))
    sound = Resampler(stream.form.rate_hz).take(stream.rest()[:, 0])[: _SECONDS * 8000].astype(np.float64)
    return sound * np.sqrt(power_of(-16.0) / np.mean(sound**2))


def ours() -> Canceller:
    """Our canceller for one port."""
    canceller = EchoCanceller(1)
    armed = np.ones(1, dtype=np.bool_)
    return lambda received, sent: canceller.step(received[np.newaxis], sent[np.newaxis], armed)[0]


def speexdsp() -> Canceller | None:
    """libspeexdsp's canceller; None where it is not installed."""
    name = find_library("speexdsp")
    if name is None:
        return None
    ffi = FFI()
    ffi.cdef("""
        void *speex_echo_state_init(int frame_size, int filter_length);
        void speex_echo_cancellation(void *st, const int16_t *rec, const int16_t *play, int16_t *out);
        int speex_echo_ctl(void *st, int request, void *ptr);
    """)
    lib = ffi.dlopen(name)
    state = lib.speex_echo_state_init(160, 256)
    lib.speex_echo_ctl(state, 24, ffi.new("int32_t *", 8000))

    def cancel(received: NDArray[np.int16], sent: NDArray[np.int16]) -> NDArray[np.int16]:
        out = np.empty_like(received)
        pointers = [ffi.from_buffer("int16_t[]", np.ascontiguousarray(part)) for part in (received, sent)]
        lib.speex_echo_cancellation(state, *pointers, ffi.from_buffer("int16_t[]", out))
        return out

    return cancel


def left_by(
    canceller: Canceller, far: NDArray[np.float64], near: NDArray[np.float64], path: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The echo on the line, and what the canceller leaves beside the near end's voice."""
    sent = on_line(far)
    echo = np.convolve(sent.astype(np.float64), path)[: sent.size]
    noise = np.random.default_rng(3).normal(0, np.sqrt(power_of(-60.0)), sent.size)
    received = on_line(echo + near + noise)
    left = np.zeros(sent.size)
    for begin in range(0, sent.size - 159, 160):
        part = slice(begin, begin + 160)
        left[part] = canceller(received[part], sent[part]) - near[part]
    return echo, left


def table(name: str, make: Callable[[], Canceller]) -> None:
    """Mean and worst enhancement over six hybrids; double talk from 10 to 15 s at three levels."""
    far = voice(1)
    quiet = np.zeros_like(far)
    single, double = [], []
    for seed in range(6):
        path = hybrid(10.0 if seed % 2 else 7.0, 30 + 15 * seed, seed)
        single.append([loss_db(*left_by(make(), far, quiet, path), *span) for span in _SPANS_S])
    for seed, share in enumerate((1.0, 0.5, 0.25)):
        near = quiet.copy()
        near[80000:120000] = share * voice(2)[80000:120000]
        echo, left = left_by(make(), far, near, hybrid(10.0, 40, seed))
        double.append([loss_db(echo, left, *span) for span in ((5, 10), (10, 15), (15, 20))])
    rows = np.array(single)
    spans = "  ".join(
        f"{a}-{b} s {mean:.1f} ({worst:.1f})"
        for (a, b), mean, worst in zip(_SPANS_S, rows.mean(axis=0), rows.min(axis=0), strict=True)
    )
    print(f"{name}: enhancement in dB, mean (worst): {spans}")
    before, during, after = np.array(double).min(axis=0)
    print(f"{name}: double talk, worst: before {before:.1f}, during {during:.1f}, after {after:.1f}")


def cost() -> None:
    """Microseconds per tick for 8 ports."""
    canceller = EchoCanceller(8)
    armed = np.ones(8, dtype=np.bool_)
    frames = on_line(voice(1))[: 800 * 160].reshape(-1, 1, 160)
    for name, share in (("voice", 1), ("silence", 0)):
        taken = []
        for frame in frames:
            sent = np.repeat(frame * share, 8, axis=0).astype(np.int16)
            began = time.perf_counter()
            canceller.step(sent, sent, armed)
            taken.append(time.perf_counter() - began)
        microseconds = float(np.median(taken)) * 1e6
        print(f"ours, 8 ports, {name}: {microseconds:.0f} µs per tick ({microseconds / 200:.2f} % of a core)")


def main() -> None:
    """Print the tables."""
    table("ours", ours)
    if speexdsp() is not None:
        table("speexdsp", lambda: speexdsp() or ours())
    cost()


if __name__ == "__main__":
    main()
