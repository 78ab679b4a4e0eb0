"""Caller ID: the FSK cases beside libspandsp and minimodem, the DTMF cases beside libspandsp, and the cost of ours.

Run: `./dev bench callerid`, or `python -m bench.callerid [messages per case]`.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
import time
import wave
from collections.abc import Callable
from ctypes.util import find_library
from pathlib import Path

import numpy as np
from cffi import FFI
from numpy.typing import NDArray

from drivers.dsp.callerid_dtmf import DtmfCallerIdReceiver
from drivers.dsp.callerid_fsk import FskCallerIdReceiver
from drivers.dsp.callerid_message import CallerIdFormatError, checksum, parse_message
from drivers.dsp.callerid_send import V23
from drivers.dsp.level import power_of
from tests.audio.drive import heard_by
from tests.audio.dtmf_callerid_cases import DTMF_CALLER_ID_CASES, dtmf_case_samples
from tests.audio.fsk_cases import FSK_CASES, FskCase, fsk_case_samples

Samples = NDArray[np.int16]
Reader = Callable[[NDArray[np.int16], bool], list[str]]
"""Samples and whether they are V.23; the numbers delivered."""
_CLASS, _CLIP, _CLIP_DTMF = 1, 2, 5


def ours(samples: NDArray[np.int16], _is_v23: bool) -> list[str]:
    """Numbers that our receiver delivers; it is not told the modulation."""
    return [event.number for _, event in heard_by(FskCallerIdReceiver(1), samples) if event.ok]


def spandsp(standard: int | None = None) -> Reader | None:
    """libspandsp's ADSI receiver (told the modulation); None where the library is not installed."""
    name = find_library("spandsp")
    if name is None:
        return None
    ffi = FFI()
    ffi.cdef("""
        void *adsi_rx_init(void *s, int standard, void (*put)(void *, const uint8_t *, int), void *user);
        int adsi_rx(void *s, const int16_t *amp, int samples);
        int adsi_rx_free(void *s);
    """)
    lib = ffi.dlopen(name)

    def read(samples: NDArray[np.int16], is_v23: bool) -> list[str]:
        numbers: list[str] = []

        @ffi.callback("void(void *, const uint8_t *, int)")
        def put(_user: object, message: object, length: int) -> None:
            content = bytes(ffi.buffer(message, length))
            if standard == _CLIP_DTMF:
                numbers.append("".join(re.findall(r"\d", content.decode("latin-1"))))
                return
            try:
                numbers.append(parse_message(content + bytes((checksum(content),))).number)
            except CallerIdFormatError:
                numbers.append("?")

        state = lib.adsi_rx_init(ffi.NULL, standard or (_CLIP if is_v23 else _CLASS), put, ffi.NULL)
        for begin in range(0, samples.size - 159, 160):
            lib.adsi_rx(state, ffi.from_buffer("int16_t[]", samples[begin : begin + 160]), 160)
        lib.adsi_rx_free(state)
        return numbers

    return read


def dtmf_spandsp() -> Reader | None:
    """libspandsp's DTMF caller-ID receiver."""
    return spandsp(_CLIP_DTMF)


def minimodem() -> Reader | None:
    """minimodem's caller-ID mode (Bell 202 only), one process a message; None where it is not installed."""
    path = shutil.which("minimodem")
    if path is None:
        return None

    def read(samples: NDArray[np.int16], _is_v23: bool) -> list[str]:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "burst.wav"
            with wave.open(str(file), "wb") as sound:
                sound.setnchannels(1)
                sound.setsampwidth(2)
                sound.setframerate(8000)
                sound.writeframes(samples.tobytes())
            said = subprocess.run([path, "--rx", "callerid", "-f", str(file)], capture_output=True, check=False)
        return [found.strip().replace("-", "") for found in re.findall(r"Phone:\s*(.*)", said.stdout.decode("latin-1"))]

    return read


def fsk_table(readers: dict[str, Reader], messages: int) -> None:
    """Per case and reader: numbers right, numbers wrong."""
    totals = {name: [0, 0, 0] for name in readers}
    print(f"{'FSK case':<22}" + "".join(f"{name:>20}" for name in readers))
    for case in FSK_CASES:
        row = []
        for name, read in readers.items():
            right, wrong = score(case, read, messages)
            totals[name][0] += right
            totals[name][1] += wrong
            totals[name][2] += case.graded and right == messages
            row.append(f"{right}/{messages}" + (f" ({wrong} wrong)" if wrong else ""))
        print(f"{case.name + ('' if case.graded else ' *'):<22}" + "".join(f"{cell:>20}" for cell in row))
    graded = sum(case.graded for case in FSK_CASES)
    for name, (right, wrong, cases) in totals.items():
        total = messages * len(FSK_CASES)
        print(f"{name}: {cases} of {graded} graded cases, {right} of {total} messages, {wrong} wrong numbers")
    print("* measured, not graded")


def score(case: FskCase, read: Reader, messages: int) -> tuple[int, int]:
    right = wrong = 0
    for seed in range(messages):
        sent, samples = fsk_case_samples(case, seed)
        numbers = read(samples, case.modem is V23)
        right += numbers == [sent.number]
        wrong += any(number not in (sent.number, "?") for number in numbers)
    return right, wrong


def dtmf_table(messages: int) -> None:
    """The DTMF cases, ours beside libspandsp's."""
    peer = dtmf_spandsp()
    print(f"{'DTMF case':<22}{'ours':>20}{'spandsp':>20}")
    for case in DTMF_CALLER_ID_CASES:
        right = peer_right = 0
        for seed in range(messages):
            number, samples = dtmf_case_samples(case, seed)
            right += [event.number for _, event in heard_by(DtmfCallerIdReceiver(1), samples)] == [number]
            peer_right += peer is not None and peer(samples, False) == [number]
        print(f"{case.name:<22}{right:>17}/{messages}{peer_right:>17}/{messages}")


def cost() -> None:
    """Microseconds per 20 ms tick, both receivers, all of 8 lines armed."""
    rng = np.random.default_rng(1)
    burst = fsk_case_samples(FSK_CASES[0], 1)[1]
    sounds = {
        "quiet": np.zeros(32000, np.int16),
        "noise at -60 dBm0": rng.normal(0, np.sqrt(power_of(-60.0)), 32000).astype(np.int16),
        "all 8 lines in a burst": np.pad(burst, (0, 32000 - burst.size)),
    }
    armed = np.ones(8, dtype=np.bool_)
    for name, sound in sounds.items():
        frames = [np.ascontiguousarray(np.repeat(frame, 8, axis=0)) for frame in sound.reshape(-1, 1, 160)]
        receivers = (FskCallerIdReceiver(8), DtmfCallerIdReceiver(8))
        taken = []
        for frame in frames:
            began = time.perf_counter()
            for receiver in receivers:
                receiver.step(frame, armed)
            taken.append(time.perf_counter() - began)
        median, longest = np.median(taken) * 1e6, max(taken) * 1e6
        print(f"{name}: {np.mean(taken) * 1e6:.1f} µs per tick, median {median:.1f}, longest {longest:.0f}")


def main() -> None:
    """Print the tables."""
    messages = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    found = {"ours": ours, "spandsp": spandsp(), "minimodem": minimodem()}
    readers = {name: reader for name, reader in found.items() if reader}
    fsk_table(readers, messages)
    dtmf_table(messages)
    cost()


if __name__ == "__main__":
    main()
