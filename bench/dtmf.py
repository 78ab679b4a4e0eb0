"""DTMF: acceptance cases T1-T13, how far each limit goes, talk-off, cost; beside libspandsp and multimon-ng.

Run: `./dev bench dtmf`, or `python -m bench.dtmf [FOLDER…]` with folders of speech or music (no digits in them) for a
longer talk-off; every recording is played at five speeds, flat and band-limited.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, lfilter, resample_poly, sosfilt

from bench.dtmf_cases import CASES, SWEEPS
from bench.dtmf_peers import multimon, spandsp
from bench.dtmf_score import Detector, Score, our_digits, reach, run_case
from bench.dtmf_signals import Signal, at_active_level, carried, syllables
from drivers.dsp.dtmf import DtmfReceiver

SPEEDS = {"0.8": (5, 4), "0.9": (10, 9), "1": (1, 1), "1.1": (10, 11), "1.25": (4, 5)}
SPEECH_DBM0 = -17.0
RECORDINGS = ("*.wav", "*.mp3", "*.ogg", "*.flac")


def detectors() -> dict[str, Detector]:
    """Ours first, then every peer that this machine has."""
    peers = {"spandsp": spandsp(), "spandsp 12/12": spandsp(12), "multimon-ng": multimon()}
    return {"ours": our_digits} | {name: peer for name, peer in peers.items() if peer}


def _cell(score: Score) -> str:
    return f"{100 * score.share:.1f} %" if score.digits else f"{score.false}/{score.recordings}"


def cases(found: dict[str, Detector]) -> None:
    print(f"{'case':7}{'':60}{'need':>8}" + "".join(f"{name:>16}" for name in found))
    passed = dict.fromkeys(found, 0)
    for case in CASES:
        need = "" if case.least is None else f"{100 * case.least:.0f} %" if case.least else "none"
        line = f"{case.name:7}{case.text:60}{need:>8}"
        for name, detector in found.items():
            score = run_case(case, detector)
            good = score.passes(case)
            passed[name] += bool(good)
            line += f"{_cell(score) + (' !' if good is False else '  '):>16}"
        print(line)
    graded = sum(case.least is not None for case in CASES)
    print(f"{'passed of ' + str(graded):75}" + "".join(f"{count:>14}  " for count in passed.values()))


def sweeps(found: dict[str, Detector]) -> None:
    for sweep in SWEEPS:
        line = f"{sweep.name:7}{sweep.text:68}"
        for name, detector in found.items():
            reached = None if name == "multimon-ng" else reach(sweep, detector)  # a process a tone: too slow to sweep
            line += f"{'-' if reached is None else f'{reached:g}':>14}  "
        print(line)


def _played(sound: Signal) -> list[NDArray[np.int16]]:
    """At five speeds; flat, in the telephone band, and thin as from a handset."""
    band = butter(6, [300, 3400], "bandpass", fs=8000, output="sos")
    thin = butter(1, 800, "high", fs=8000)
    played = []
    for up, down in SPEEDS.values():
        for filtered in (sound, sosfilt(band, sound), lfilter(*thin, sosfilt(band, sound))):
            level = at_active_level(resample_poly(filtered, up, down), SPEECH_DBM0)
            played.append(carried([level])[0])
    return played


def _recording(path: Path) -> Signal:
    raw = subprocess.run(
        ["ffmpeg", "-v", "error", "-i", str(path), "-ac", "1", "-ar", "8000", "-f", "s16le", "-"],
        check=True,
        capture_output=True,
    ).stdout
    return np.frombuffer(raw, dtype=np.int16).astype(np.float64)


def talk_off(found: dict[str, Detector], folders: list[Path]) -> None:
    sounds = [syllables(seed) for seed in range(6)]
    for folder in folders:
        paths = sorted(path for pattern in RECORDINGS for path in folder.rglob(pattern))
        sounds += [
            np.concatenate([_recording(path) for path in paths[begin : begin + 500]])
            for begin in range(0, len(paths), 500)
        ]
    hours = 0.0
    false = dict.fromkeys(found, 0)
    for sound in sounds:
        for audio in _played(sound):
            hours += audio.size / 8000 / 3600
            for name, detector in found.items():
                false[name] += len(detector(audio[None, :])[0])
    print(
        f"talk-off, false digits an hour over {hours:.1f} h: "
        + ", ".join(f"{n} {c / hours:.2f}" for n, c in false.items())
    )


def cost() -> None:
    sounds = {
        "speech": carried([at_active_level(syllables(0), SPEECH_DBM0)])[0],
        "noise": (np.random.default_rng(0).standard_normal(80000) * 1000).astype(np.int16),
        "silence": np.zeros(80000, dtype=np.int16),
    }
    for ports in (8, 32, 128):
        figures = []
        for name, sound in sounds.items():
            frames = sound[: 160 * 400].reshape(-1, 1, 160)
            ticks = [np.ascontiguousarray(np.repeat(frame, ports, axis=0)) for frame in frames]
            armed = np.ones(ports, dtype=np.bool_)
            best = float("inf")
            for _ in range(3):
                receiver = DtmfReceiver(ports)
                began = time.perf_counter()
                for tick in ticks:
                    receiver.step(tick, armed)
                best = min(best, (time.perf_counter() - began) / len(ticks))
            figures.append(f"{name} {best * 1e6:.0f}")
        print(f"{ports} ports, µs a tick of 20 ms: " + ", ".join(figures))


def main() -> None:
    """Print the tables."""
    found = detectors()
    cases(found)
    sweeps(found)
    talk_off(
        {name: detector for name, detector in found.items() if name != "multimon-ng"}, [Path(a) for a in sys.argv[1:]]
    )
    cost()


if __name__ == "__main__":
    main()
