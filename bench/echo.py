"""Echo canceller: return loss enhancement over time on dispersive hybrids, double talk, digits over a prompt, and cost.

Run: `./dev bench echo`, or `python -m bench.echo PATHS.txt` with impulse responses of your own, one a line (those of
ITU-T G.168 annex D, say); without, six synthetic hybrids. Real voices come from espeak-ng where it is installed, an
artificial one otherwise; the cancellers of libspeexdsp and libspandsp (32 ms) run beside ours where they are installed.
"""

# slow: libspandsp's canceller is called sample by sample, and prints

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from ctypes.util import find_library
from functools import cache
from pathlib import Path

import numpy as np
from cffi import FFI
from numpy.typing import NDArray

from drivers.dsp.dtmf import DtmfReceiver
from drivers.dsp.echo import EchoCanceller
from drivers.dsp.level import power_of
from drivers.dsp.resample import Resampler
from drivers.dsp.tones import dtmf_samples
from drivers.wavestream import WavStream
from tests.audio.drive import heard_by
from tests.audio.echo_path import composite_source, hybrid, loss_db, on_line
from tests.audio.tone_cells import speech_like

Canceller = Callable[[NDArray[np.int16], NDArray[np.int16]], NDArray[np.int16]]
_LIBC_FFI = FFI()
_LIBC_FFI.cdef("int fflush(void *stream);")
_LIBC = _LIBC_FFI.dlopen(None)
_SPANS_S = ((0, 1), (1, 3), (3, 5), (5, 15), (15, 25))
_SECONDS = 25
_TEXT = "您好 欢迎致电有线电视服务热线 报修请按一 业务咨询请按二 投诉建议请按三 人工服务请按零 " * 12


@cache
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


@contextmanager
def _unheard() -> Iterator[None]:
    """Debian's libspandsp prints several lines a sample on standard output: let them go nowhere."""
    sys.stdout.flush()
    own = os.dup(1)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    try:
        yield
        _LIBC.fflush(_LIBC_FFI.NULL)
    finally:
        os.dup2(own, 1)
        os.close(own)
        os.close(nowhere)


def spandsp() -> Canceller | None:
    """libspandsp's canceller, adapting, without its suppressor; None where it is not installed."""
    name = find_library("spandsp")
    if name is None:
        return None
    ffi = FFI()
    ffi.cdef("""
        void *echo_can_init(int len, int adaption_mode);
        int16_t echo_can_update(void *ec, int16_t tx, int16_t rx);
    """)
    lib = ffi.dlopen(name)
    state = lib.echo_can_init(256, 0x01)

    def cancel(received: NDArray[np.int16], sent: NDArray[np.int16]) -> NDArray[np.int16]:
        pairs = zip(sent.tolist(), received.tolist(), strict=True)
        with _unheard():
            return np.array([lib.echo_can_update(state, tx, rx) for tx, rx in pairs], np.int16)

    return cancel


def paths_in(file: Path) -> list[NDArray[np.float64]]:
    """Impulse responses, one a line, made equal in gain."""
    rows = [np.array(line.split(), np.float64) for line in file.read_text().splitlines() if line.strip()]
    return [row / np.sqrt(np.mean(np.abs(np.fft.rfft(row, 1024)) ** 2)) for row in rows]


def synthetic_paths() -> list[NDArray[np.float64]]:
    """Six hybrids of unit gain, 4 to 13 ms away."""
    return [hybrid(0.0, 30 + 15 * seed, seed) for seed in range(6)]


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


def measured(
    make: Callable[[], Canceller | None],
    far: NDArray[np.float64] | None = None,
    paths: Sequence[NDArray[np.float64]] = (),
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Enhancement in dB `[path, span]`: alone (return loss 7 and 10 dB in turn); before, in and after double talk."""
    far = voice(1) if far is None else far
    quiet = np.zeros_like(far)
    single, double = [], []
    for index, path in enumerate(paths or synthetic_paths()):
        canceller, again = make(), make()
        assert canceller is not None
        assert again is not None
        echoed = path * 10 ** (-(10.0 if index % 2 else 7.0) / 20)
        single.append([loss_db(*left_by(canceller, far, quiet, echoed), *span) for span in _SPANS_S])
        near = quiet.copy()
        near[80000:120000] = (1.0, 0.5, 0.25)[index % 3] * voice(2)[20000:60000]  # not the same words at once
        echo, left = left_by(again, far, near, path * 10 ** (-10.0 / 20))
        double.append([loss_db(echo, left, *span) for span in ((5, 10), (10, 15), (15, 20))])
    return np.array(single), np.array(double)


def table(name: str, make: Callable[[], Canceller | None], paths: Sequence[NDArray[np.float64]]) -> None:
    """Mean and worst enhancement over the hybrids, on voice and on a composite source; double talk from 10 to 15 s."""
    if make() is None:
        return
    for source, far in (("voice", voice(1)), ("composite source", composite_source(_SECONDS, 1))):
        single, double = measured(make, far, paths)
        spans = "  ".join(
            f"{a}-{b} s {mean:.1f} ({worst:.1f})"
            for (a, b), mean, worst in zip(_SPANS_S, single.mean(axis=0), single.min(axis=0), strict=True)
        )
        print(f"{name}, {source}: enhancement in dB, mean (worst): {spans}")
        before, during, after = double.min(axis=0)
        print(
            f"{name}, {source}: double talk, worst: before {before:.1f}, during {during:.1f}, after {after:.1f}",
            flush=True,
        )


def digits_over_prompt(paths: Sequence[NDArray[np.float64]]) -> None:
    """Digits of 80 ms found while the prompt echoes, with the canceller before the receiver and without."""
    sent = on_line(voice(1))
    for return_loss_db in (6.0, 12.0):
        for level_dbm0 in (-18.0, -24.0):
            counts = np.zeros(4, int)
            for index, path in enumerate(paths):
                counts += _digits_found(sent, path * 10 ** (-return_loss_db / 20), level_dbm0, index)
            total, raw, cleaned, false = counts
            print(
                f"digits at {level_dbm0:g} dBm0, echo {return_loss_db:g} dB below the prompt: found of {total}: "
                f"as received {raw}, cancelled {cleaned} ({false} false)"
            )


def _digits_found(sent: NDArray[np.int16], path: NDArray[np.float64], level_dbm0: float, seed: int) -> NDArray[np.int_]:
    """Digits sent, found as received, found after the canceller, and found there without having been sent."""
    rng = np.random.default_rng(seed)
    near = np.zeros(sent.size)
    expected = ""
    at = 4000
    while at < sent.size - 8000:
        digit = str(rng.choice(list("0123456789*#")))
        tone = dtmf_samples(digit, on_ms=80, level_dbm0=level_dbm0, twist_db=0.0)
        near[at : at + tone.size] += tone
        expected += digit
        at += int(rng.uniform(0.35, 0.8) * 8000)
    echo = np.convolve(sent.astype(np.float64), path)[: sent.size]
    received = on_line(echo + near + rng.normal(0, np.sqrt(power_of(-60.0)), sent.size))
    canceller = ours()
    frames = range(0, sent.size - 159, 160)
    cleaned = np.concatenate([canceller(received[at : at + 160], sent[at : at + 160]) for at in frames])
    raw, clean = (
        "".join(event.digit for _, event in heard_by(DtmfReceiver(1), sound) if event.end_sample is None)
        for sound in (received, cleaned)
    )
    return np.array(
        [len(expected), _common(expected, raw), _common(expected, clean), len(clean) - _common(expected, clean)]
    )


def _common(expected: str, heard: str) -> int:
    """Length of the longest common subsequence."""
    best = [0] * (len(heard) + 1)
    for digit in expected:
        before = best[:]
        for index, other in enumerate(heard):
            best[index + 1] = before[index] + 1 if digit == other else max(before[index + 1], best[index])
    return best[-1]


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
    paths = paths_in(Path(sys.argv[1])) if len(sys.argv) > 1 else synthetic_paths()
    table("ours", ours, paths)
    table("speexdsp", speexdsp, paths)
    table("spandsp", spandsp, paths)
    digits_over_prompt(paths)
    cost()


if __name__ == "__main__":
    main()
