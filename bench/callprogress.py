"""Call-progress tones: every cell of the table, ours beside libspandsp's super-tone receiver, delays and cost.

Run: `./dev bench callprogress`, or `python -m bench.callprogress [alignments]`.
"""

from __future__ import annotations

import sys
import time
from collections import defaultdict
from collections.abc import Callable
from ctypes.util import find_library

import numpy as np
from cffi import FFI
from numpy.typing import NDArray

from drivers.dsp.callprogress import CallProgressDetector
from drivers.dsp.toneplan import load_tone_plan
from drivers.signals import Tone
from tests.audio.drive import heard_by
from tests.audio.tone_cells import CADENCES, CONDITIONS, NOMINAL, RATE, cell_samples, speech_like, tone_starts_s

Reports = list[tuple[float, Tone]]
Detector = Callable[[NDArray[np.int16]], Reports]
PLAN = load_tone_plan("cn")

_DECLARATIONS = """
    void *super_tone_rx_make_descriptor(void *desc);
    int super_tone_rx_add_tone(void *desc);
    int super_tone_rx_add_element(void *desc, int tone, int f1, int f2, int min, int max);
    void *super_tone_rx_init(void *s, void *desc, void (*callback)(void *, int, int, int), void *user);
    int super_tone_rx(void *s, const int16_t *amp, int samples);
    int super_tone_rx_free(void *s);
"""


def ours(samples: NDArray[np.int16]) -> Reports:
    """Recognised tones with the second of the report."""
    heard = heard_by(CallProgressDetector(1, PLAN), samples)
    return [(at_s, event.tone) for at_s, event in heard if event.end_sample is None]


def spandsp() -> Detector | None:
    """The super-tone receiver with the same tones, cadence ± (15 % + 25 ms); None without the library."""
    name = find_library("spandsp")
    if name is None:
        return None
    ffi = FFI()
    ffi.cdef(_DECLARATIONS)
    lib = ffi.dlopen(name)
    descriptor = lib.super_tone_rx_make_descriptor(ffi.NULL)
    tones = list(CADENCES)
    for tone in tones:
        index = lib.super_tone_rx_add_tone(descriptor)
        parts = CADENCES[tone] or (1.35,)
        for part, length_s in enumerate(parts):
            frequency = 450 if part % 2 == 0 else 0
            longest = round(length_s * 1150 + 25) if CADENCES[tone] else 0
            shortest = round(length_s * 850 - 25) if CADENCES[tone] else 1350
            lib.super_tone_rx_add_element(descriptor, index, frequency, 0, shortest, longest)

    def detect(samples: NDArray[np.int16]) -> Reports:
        reports: Reports = []
        position = 0

        @ffi.callback("void(void *, int, int, int)")
        def told(_user: object, code: int, _level: int, _delay: int) -> None:
            if code >= 0:
                reports.append((position / RATE, tones[code]))

        state = lib.super_tone_rx_init(ffi.NULL, descriptor, told, ffi.NULL)
        for begin in range(0, samples.size - 159, 160):
            position = begin + 160
            lib.super_tone_rx(state, ffi.from_buffer("int16_t[]", samples[begin : begin + 160]), 160)
        lib.super_tone_rx_free(state)
        return reports

    return detect


def table(detectors: dict[str, Detector], alignments: int) -> None:
    """Cells passed by each: the tone and no other, once."""
    print(f"{'condition':<16}" + "".join(f"{tone.value:>26}" for tone in CADENCES))
    delays_s: dict[tuple[str, Tone], list[float]] = defaultdict(list)
    passed: dict[str, int] = defaultdict(int)
    for condition in CONDITIONS:
        row = []
        for tone in CADENCES:
            scores = []
            for name, detect in detectors.items():
                right = 0
                for seed in range(alignments):
                    reports = detect(cell_samples(tone, condition, seed))
                    if reports and {found for _, found in reports} == {tone}:
                        right += 1
                        delays_s[name, tone].append(reports[0][0] - tone_starts_s(condition))
                passed[name] += right == alignments
                scores.append(f"{name} {right}/{alignments}")
            row.append(f"{'  '.join(scores):>26}")
        print(f"{condition.name:<16}" + "".join(row))
    for name in detectors:
        medians = ", ".join(
            f"{tone.value} {np.median(delays_s[name, tone]):.2f} s" if delays_s[name, tone] else f"{tone.value} -"
            for tone in CADENCES
        )
        print(f"{name}: {passed[name]} of {len(CONDITIONS) * len(CADENCES)} cells; median report {medians}")


def talk_off(detectors: dict[str, Detector], minutes: int) -> None:
    """False tones on an artificial voice."""
    speech = np.clip(speech_like(60.0 * minutes, np.random.default_rng(1), -16.0), -32768, 32767).astype(np.int16)
    for name, detect in detectors.items():
        false = [tone for _, tone in detect(speech)]
        hanging_up = sum(tone in (Tone.BUSY, Tone.CONGESTION) for tone in false)
        print(f"{name}: {len(false)} false tones ({hanging_up} busy or congestion) in {minutes} minutes of voice")


def cost() -> None:
    """Microseconds per 20 ms tick of ours, all ports armed."""
    rng = np.random.default_rng(1)
    sounds = {
        "quiet": np.zeros(4 * RATE),
        "voice": speech_like(4.0, rng),
        "busy": cell_samples(Tone.BUSY, NOMINAL)[RATE : 5 * RATE],
    }
    for ports in (8, 32, 128):
        armed = np.ones(ports, dtype=np.bool_)
        figures = []
        for name, sound in sounds.items():
            frames = sound[: 4 * RATE].astype(np.int16).reshape(-1, 1, 160)
            tiled = [np.ascontiguousarray(np.repeat(frame, ports, axis=0)) for frame in frames]
            best = float("inf")
            for _ in range(5):
                detector = CallProgressDetector(ports, PLAN)
                began = time.perf_counter()
                for frame in tiled:
                    detector.step(frame, armed)
                best = min(best, (time.perf_counter() - began) / len(tiled))
            figures.append(f"{name} {best * 1e6:.1f}")
        print(f"{ports} ports, µs per tick: " + ", ".join(figures))


def main() -> None:
    """Print the tables."""
    alignments = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    peer = spandsp()
    detectors: dict[str, Detector] = {"ours": ours} | ({"spandsp": peer} if peer else {})
    table(detectors, alignments)
    talk_off(detectors, 10)
    cost()


if __name__ == "__main__":
    main()
